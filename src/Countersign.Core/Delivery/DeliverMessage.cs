using Countersign.Core.Delivery.Errors;
using Countersign.Core.Numbers;
using Countersign.Core.Registry;
using Countersign.Core.Routing;
using Countersign.Core.Services;
using Countersign.Core.Verifications;
using Microsoft.Extensions.Logging;

namespace Countersign.Core.Delivery;

/// <summary>
/// Delivers one message: plans its route, hands it to one carrier after the other until one takes it or nobody can, and says what came of it. Where all were only out
/// of order, it says when to come back.
/// </summary>
public sealed partial class DeliverMessage(
    IVerificationStore verifications, IServiceStore services, IAttemptStore attempts, IRegistry<Route> routes, CarrierDirectory carriers, ComposeMessage compose,
    RoutePlanner planner, RouteLearning learning, AskCarrier ask, TimeProvider time, ILogger<DeliverMessage> logger)
{
    /// <summary>How long a message that no carrier takes is tried again, unless its code runs out before: later the person has given up, or asked again.</summary>
    static readonly TimeSpan GiveUpAfter = TimeSpan.FromMinutes(2);

    static readonly TimeSpan[] Pauses = [TimeSpan.FromMilliseconds(500), TimeSpan.FromSeconds(2), TimeSpan.FromSeconds(5), TimeSpan.FromSeconds(10)];

    static readonly TimeSpan AskAgainAfter = TimeSpan.FromSeconds(1);

    static readonly TimeSpan UsualTimeout = TimeSpan.FromSeconds(8);

    /// <summary>How long a place of the last carrier that works is waited for, before those are asked that are known not to.</summary>
    static readonly TimeSpan WorthWaiting = TimeSpan.FromSeconds(1);

    /// <summary>How long the store may think about what became of earlier sends, by the machine's own clock.</summary>
    static readonly TimeSpan PreviousPatience = TimeSpan.FromSeconds(1);

    /// <summary>Times that one carrier may leave it open whether it has the message: each may have been a message that arrived, and was paid for.</summary>
    const int MaxOpenEnds = 2;

    readonly Rarely _saying = new(time), _sayingCrowd = new(time);

    /// <summary>One round over the carriers. <paramref name="tries"/> are those of earlier rounds and gets this one's.</summary>
    public ValueTask<DeliveryResult> RunAsync(OutboxItem item, List<SendTry> tries, int round) => RunAsync(item, tries, round, null);

    /// <summary>One round over the carriers, of a message that has a place in <paramref name="room"/> and may leave it while it waits for one of its carrier.</summary>
    internal async ValueTask<DeliveryResult> RunAsync(OutboxItem item, List<SendTry> tries, int round, DispatchRoom? room)
    {
        var now = time.GetUtcNow();
        var verification = item.Verification;
        if (now >= verification.ExpiresAt)
        {
            LogTooLate(item.Attempt.Sid, FallbackPlan.DestinationOf(verification, item.Attempt.Channel).ToString());
            return Ended(item, AttemptStatus.TooLate, null, tries);
        }

        if (await services.FindAsync(verification.ServiceSid, CancellationToken.None) is not { } service)
        {
            return Ended(item, AttemptStatus.Failed, DeliveryError.ServiceDeleted, tries);
        }

        var message = compose.Run(item, service);
        var serving = carriers.Serving(verification.AccountSid, message.Channel, message.To, verification.Details.IsTest);
        if (serving.Count == 0)
        {
            LogNoCarrier(item.Attempt.Sid, message.To.ToString());
            return Ended(item, AttemptStatus.Failed, DeliveryError.NoCarrier, tries);
        }

        if (serving is [{ Definition: null } sandbox])
        {
            return await ask.RunAsync(sandbox, message, UsualTimeout, SendTry.SandboxReason, tries) is { } refusal
                ? Ended(item, AttemptStatus.Failed, refusal.Error, tries, message)
                : Ended(item, AttemptStatus.Sent, null, tries, message);
        }

        if ((round > 0 || now - item.Attempt.At > AskAgainAfter) && !await IsStillWantedAsync(verification))
        {
            return Ended(item, AttemptStatus.TooLate, null, tries);
        }

        return await FollowRouteAsync(item, message, serving, tries, round, room);
    }

    /// <summary>A message that waited may be of no use any more: its code was typed, or the verification cancelled. Asked only then, as most do not wait.</summary>
    async ValueTask<bool> IsStillWantedAsync(Verification verification)
    {
        var step = new StatusStep { ServiceSid = verification.ServiceSid, VerificationSid = verification.Sid };
        await verifications.ApplyAsync(step, CancellationToken.None);
        return step.IsPending;
    }

    sealed class StatusStep : VerificationStep
    {
        public bool IsPending { get; private set; }

        public override StepDecision Decide(Verification? current, DateTimeOffset now)
        {
            IsPending = current?.StatusAt(now) == VerificationStatus.Pending;
            return StepDecision.Nothing;
        }
    }

    async ValueTask<DeliveryResult> FollowRouteAsync(
        OutboxItem item, OutgoingMessage message, IReadOnlyList<LiveCarrier> serving, List<SendTry> tries, int round, DispatchRoom? room)
    {
        var account = message.AccountSid;
        var digits = message.To is PhoneNumber ? message.To.Reveal()[1..] : "";
        var country = message.To.Country;
        var route = RouteMatch.Find(routes.Of(account), item.Verification.ServiceSid, message.Channel, country, digits);
        route = route?.WithPrices(serving, country);
        var plan = planner.Plan(new RouteRequest
        {
            Account = account,
            Channel = message.Channel,
            Country = country,
            Digits = digits,
            Route = route,
            Available = [.. serving.Select(carrier => carrier.Name).Where(name => tries.Count(tried => tried.Carrier == name && AskCarrier.IsOpenEnd(tried.Error)) < MaxOpenEnds)],
            Previous = await PreviousAsync(item),
        });
        if (plan.Choices.Count == 0 && tries.Count > 0)
        {
            return Ended(item, AttemptStatus.Failed, tries[^1].Error, tries, message);
        }

        if (plan.Choices.Count == 0 && round == 0)
        {
            LogNoCarrierOfRoute(item.Attempt.Sid, message.To.ToString(), plan.RouteName ?? "");
        }

        var (error, mayPass, isCrowd) = (DeliveryError.NoCarrier, false, false);
        var timeout = route?.SendTimeout ?? UsualTimeout;
        var first = item.Verification.Attempts[0].Sid == item.Attempt.Sid;
        using var underWay = learning.HandOver(item.Verification.Sid, first);
        for (var i = 0; i < plan.Choices.Count; i++)
        {
            // A carrier that answered late may have had the message all the same, and the code be typed.
            if (i > 0 && AskCarrier.IsOpenEnd(tries[^1].Error) && !await IsStillWantedAsync(item.Verification))
            {
                return Ended(item, AttemptStatus.TooLate, null, tries, message, plan.RouteName);
            }

            var choice = plan.Choices[i];
            var carrier = serving.First(candidate => candidate.Name == choice.Carrier);
            var wait = new PlaceWait(PlacePatience(plan.Choices, i, timeout), item.Attempt.At, room) { IsNew = round == 0 };
            if (await ask.RunAsync(carrier, message, timeout, choice.Reason, tries, wait) is not { } refusal)
            {
                learning.Sent(item.Verification.Sid, new CarrierKey(account, carrier.Name), message.Channel, country, digits, first, time.GetUtcNow());
                return Ended(item, AttemptStatus.Sent, null, tries, message, plan.RouteName);
            }

            error = refusal.Error;
            mayPass |= refusal.Failure is SendFailure.TryAgain or SendFailure.CarrierDown;
            isCrowd |= refusal.IsCrowd;
            if (refusal.Failure is SendFailure.FraudBlock or SendFailure.NumberRefused)
            {
                return Ended(item, AttemptStatus.Failed, error, tries, message, plan.RouteName);
            }
        }

        // Somebody may take it soon, and the person waits: not failed before it is of no use any more.
        var pause = Pauses[Math.Min(round, Pauses.Length - 1)];
        var failed = Ended(item, AttemptStatus.Failed, error, tries, message, plan.RouteName);
        if (isCrowd)
        {
            if (_sayingCrowd.May())
            {
                LogCrowd(tries[^1].Carrier, account);
            }

            return failed;
        }

        return (mayPass || plan.Choices.Count == 0) && time.GetUtcNow() + pause < GiveUpAt(item)
            ? new DeliveryResult(null, pause) { Hopeless = plan.Choices.Count > 0 && plan.Choices.All(choice => choice.IsLastResort) ? failed.Record : null }
            : failed;
    }

    /// <summary>How long a free place is waited for: at the last carrier as long as it may take, at the last one that works, and at one that is known not to, a moment. Any other is passed over.</summary>
    static TimeSpan PlacePatience(IReadOnlyList<RouteChoice> choices, int index, TimeSpan timeout) =>
        index == choices.Count - 1 && !choices[index].IsLastResort ? timeout
        : index == choices.Count - 1 ? TimeSpan.FromTicks(Math.Min(WorthWaiting.Ticks, timeout.Ticks))
        : !choices[index].IsLastResort && choices[index + 1].IsLastResort ? TimeSpan.FromTicks(Math.Min(WorthWaiting.Ticks, timeout.Ticks))
        : TimeSpan.Zero;

    static DateTimeOffset GiveUpAt(OutboxItem item)
    {
        var patience = item.Attempt.At + GiveUpAfter;
        return patience < item.Verification.ExpiresAt ? patience : item.Verification.ExpiresAt;
    }

    /// <summary>
    /// What became of earlier sends, so that another carrier has its turn. Somebody waits for this one: a store that does not say so is not waited for, and the message goes out as if nothing
    /// were known.
    /// </summary>
    async ValueTask<IReadOnlyList<PreviousSend>> PreviousAsync(OutboxItem item)
    {
        var previous = new List<PreviousSend>();
        if (item.Verification.Attempts[0].Sid == item.Attempt.Sid)
        {
            return previous;
        }

        using var limit = new CancellationTokenSource(PreviousPatience, TimeProvider.System);
        foreach (var earlier in item.Verification.Attempts)
        {
            if (earlier.Sid == item.Attempt.Sid)
            {
                break;
            }

            if (earlier.Channel != item.Attempt.Channel)
            {
                continue;
            }

            try
            {
                if (await attempts.FindAsync(earlier.Sid, limit.Token).AsTask().WaitAsync(limit.Token) is { Carrier: { } name } known)
                {
                    previous.Add(new PreviousSend(
                        name, earlier.At, known.Status is AttemptStatus.Delivered or AttemptStatus.Read, known.Status is AttemptStatus.Failed or AttemptStatus.Undelivered));
                }
            }
            catch (Exception problem) when (problem is StoreUnavailableException or StoreOverloadedException or OperationCanceledException)
            {
                if (_saying.May())
                {
                    LogPreviousUnknown(item.Attempt.Sid);
                }

                break;
            }
        }

        return previous;
    }

    DeliveryResult Ended(OutboxItem item, AttemptStatus status, DeliveryError? error, List<SendTry> tries, OutgoingMessage? message = null, string? route = null)
    {
        var last = tries.Count > 0 ? tries[^1] : null;
        return new DeliveryResult(
            new SendRecord
            {
                Item = item,
                Status = status,
                Error = error,
                Carrier = last?.Carrier,
                CarrierMessageId = last?.CarrierMessageId,
                CarrierCode = last?.CarrierCode,
                Locale = message?.Message.Locale,
                Segments = message?.Message.Segments.Segments ?? 0,
                Route = route,
                Tries = tries,
                At = time.GetUtcNow(),
            },
            default);
    }

    [LoggerMessage(2109, LogLevel.Warning, "Messages go out, {AttemptSid} among them, without it being known what became of the sends before them: the store does not say")]
    partial void LogPreviousUnknown(Sid attemptSid);

    [LoggerMessage(2101, LogLevel.Warning, "{AttemptSid} to {To} was not sent: its code had run out before it could be")]
    partial void LogTooLate(Sid attemptSid, string to);

    [LoggerMessage(2102, LogLevel.Error, "{AttemptSid} to {To} was not sent: no carrier serves it. Configure one (PUT /admin/v1/carriers/{{name}}), or turn the sandbox on (Countersign:Sandbox:Enabled)")]
    partial void LogNoCarrier(Sid attemptSid, string to);

    [LoggerMessage(2113, LogLevel.Error, "{AttemptSid} to {To} waits two minutes at most: of the carriers of route {Route} none can be used. GET /admin/v1/route-plan?to=… says what there is")]
    partial void LogNoCarrierOfRoute(Sid attemptSid, string to, string route);

    [LoggerMessage(2117, LogLevel.Error, "Messages fail without another try: {Carrier} of {AccountSid} takes fewer than are started, and has as many waiting for a place as it may while others send. Raise its max_in_flight, or give its route another carrier")]
    partial void LogCrowd(string carrier, Sid accountSid);
}

/// <summary>How one round ends: with what is to be recorded, or with how long to wait for the next round.</summary>
public readonly record struct DeliveryResult(SendRecord? Record, TimeSpan Retry)
{
    /// <summary>What to record, instead of another round, where too many wait for a carrier: all that it could go to are known not to work. Null where that is not so.</summary>
    public SendRecord? Hopeless { get; init; }
}
