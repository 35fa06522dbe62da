using System.Net.Sockets;
using Countersign.Core.Delivery.Errors;
using Countersign.Core.Routing;
using Microsoft.Extensions.Logging;

namespace Countersign.Core.Delivery;

/// <summary>
/// Asks one carrier to take a message: waits for a place of it, sends, and notes how that went. Whatever goes wrong is an answer.
/// </summary>
public sealed partial class AskCarrier(CarrierDirectory carriers, CarrierHealth health, TimeProvider time, ILogger<AskCarrier> logger)
{
    /// <summary>Tries that are kept of one message, the last one always, and so are all that left it open whether a carrier has it: they are counted, and are two of each carrier at most.</summary>
    const int MaxTries = 24;

    /// <summary>What stands for the carrier's own error where all its places stayed taken.</summary>
    const string NoPlace = "max_in_flight";

    readonly Rarely _sayingNoPlace = new(time);
    readonly FewASecond _refusals = new(time);

    // Tries that found no place of their carrier, since that was last said.
    int _withoutPlace;

    /// <summary>
    /// Hands the message to one carrier; null when it took it. <paramref name="wait"/> says how a place of the carrier is waited for when all are taken, null for as long as a send may take.
    /// </summary>
    internal async ValueTask<SendOutcome.Refused?> RunAsync(
        LiveCarrier carrier, OutgoingMessage message, TimeSpan timeout, string reason, List<SendTry> tries, PlaceWait? wait = null)
    {
        var started = time.GetTimestamp();
        var at = time.GetUtcNow();
        var outcome = await HandOverAsync(carrier, message, timeout, wait ?? new PlaceWait(timeout, at, null));
        var took = time.GetElapsedTime(started);
        var refused = outcome as SendOutcome.Refused;
        var leftOut = 0;
        if (tries.Count >= MaxTries && tries.FindLastIndex(static tried => !IsOpenEnd(tried.Error)) is >= 0 and var last)
        {
            leftOut = tries[last].LeftOut + 1;
            tries.RemoveAt(last); // What is recorded of the message, and receipts look for, is its last try.
        }

        tries.Add(new SendTry(carrier.Name, at, (int)took.TotalMilliseconds, refused?.Error, refused?.CarrierCode, reason)
        {
            CarrierMessageId = (outcome as SendOutcome.Accepted)?.CarrierMessageId,
            LeftOut = leftOut,
        });
        DeliveryMetrics.Tried(carrier.Name, refused);

        if (carrier.Definition is { } definition)
        {
            Observe(new CarrierKey(definition.AccountSid, definition.Name), refused, took);
        }

        if (refused is { WasAsked: false, CarrierCode: NoPlace })
        {
            LogNoPlaceRarely(carrier.Name, message);
        }
        else if (refused is not null && _refusals.May(out var untold))
        {
            LogRefused(message.AttemptSid, message.To.ToString(), carrier.Name, DeliveryErrors.NameOf(refused.Error), SpokenError.CodeOf(refused.CarrierCode), untold);
        }

        return refused;
    }

    void Observe(CarrierKey key, SendOutcome.Refused? refused, TimeSpan took)
    {
        if (refused is null)
        {
            health.Succeeded(key, time.GetUtcNow(), took);
        }
        else if (refused.WasAsked && refused.Error is not (DeliveryError.Misconfigured or DeliveryError.InvalidSender or DeliveryError.TemplateRejected))
        {
            // What is left out is a matter of one country, language or service, and often found out before the carrier is asked: it says nothing of how the carrier serves others.
            var fault = refused.Failure == SendFailure.CarrierDown || refused.Error == DeliveryError.Timeout;
            health.Failed(key, fault, time.GetUtcNow(), fault ? SpokenError.Of(refused.Error, refused.CarrierCode) : null);
        }
    }

    void LogNoPlaceRarely(string carrier, OutgoingMessage message)
    {
        Interlocked.Increment(ref _withoutPlace);
        if (_sayingNoPlace.May())
        {
            LogNoPlace(message.AttemptSid, message.To.ToString(), carrier, Interlocked.Exchange(ref _withoutPlace, 0));
        }
    }

    async ValueTask<SendOutcome> HandOverAsync(LiveCarrier carrier, OutgoingMessage message, TimeSpan timeout, PlaceWait wait)
    {
        if (carrier.Definition is null)
        {
            return await SendAsync(carrier, message, CancellationToken.None);
        }

        if (await carrier.EnterAsync(wait: false, CancellationToken.None))
        {
            return await SendWithinAsync(carrier, message, timeout);
        }

        var waiting = wait.Patience > TimeSpan.Zero ? wait.Room?.WaitFor(new CarrierKey(carrier.Definition.AccountSid, carrier.Name), wait.IsNew) : null;
        if (waiting is null && wait is { Room: not null, Patience.Ticks: > 0 })
        {
            return new SendOutcome.Refused(DeliveryError.Throttled, NoPlace) { WasAsked = false, IsCrowd = true };
        }

        try
        {
            return await WaitAndSendAsync(carrier, message, timeout, wait);
        }
        finally
        {
            waiting?.End();
        }
    }

    async ValueTask<SendOutcome> WaitAndSendAsync(LiveCarrier carrier, OutgoingMessage message, TimeSpan timeout, PlaceWait wait)
    {
        using (var patience = new CancellationTokenSource(wait.Patience, time))
        {
            while (!await carrier.EnterAsync(wait.Patience > TimeSpan.Zero, patience.Token, wait.Since))
            {
                if (!carrier.IsRetired)
                {
                    return new SendOutcome.Refused(DeliveryError.Throttled, NoPlace) { WasAsked = false };
                }

                // An operator changed it since the message was planned: the one in its place is meant, if there is one.
                if (carriers.Of(message.AccountSid).FirstOrDefault(other => other.Name == carrier.Name && other != carrier && other.Serves(message.Channel)) is not { } next)
                {
                    return new SendOutcome.Refused(DeliveryError.NoCarrier, "removed") { WasAsked = false };
                }

                carrier = next;
            }
        }

        return await SendWithinAsync(carrier, message, timeout);
    }

    /// <summary>Sends by a carrier of which a place was taken, and gives that back.</summary>
    async ValueTask<SendOutcome> SendWithinAsync(LiveCarrier carrier, OutgoingMessage message, TimeSpan timeout)
    {
        try
        {
            // Not cancelled when the server stops: a message that may be half-way out is better waited for than sent twice.
            using var limit = new CancellationTokenSource(timeout, time);
            return await SendAsync(carrier, ComposeMessage.From(message, carrier.Definition!) with { SendTimeout = timeout }, limit.Token);
        }
        finally
        {
            carrier.Leave();
        }
    }

    async ValueTask<SendOutcome> SendAsync(LiveCarrier carrier, OutgoingMessage message, CancellationToken ct)
    {
        try
        {
            return await carrier.Carrier.SendAsync(message, ct);
        }
        catch (OperationCanceledException)
        {
            return new SendOutcome.Refused(DeliveryError.Timeout, null);
        }
        catch (TimeoutException)
        {
            return new SendOutcome.Refused(DeliveryError.Timeout, "connection_lost");
        }
        catch (Exception problem) when (IsNetwork(problem))
        {
            return new SendOutcome.Refused(DeliveryError.ConnectionFailed, problem.GetType().Name);
        }
        catch (Exception problem)
        {
            // Note: the exception may quote the request, and so the number and the code; its type and place are all that is safe to say.
            LogCarrierThrew(message.AttemptSid, carrier.Name, problem.GetType().Name, problem.StackTrace);
            return new SendOutcome.Refused(DeliveryError.InternalError, problem.GetType().Name);
        }
    }

    /// <summary>Whether the carrier may have the message although it did not say so.</summary>
    internal static bool IsOpenEnd(DeliveryError? error) => error is DeliveryError.Timeout or DeliveryError.MalformedAnswer or DeliveryError.InternalError;

    /// <summary>The core knows no HTTP: the exceptions of the network are known by what they derive from, or by name.</summary>
    static bool IsNetwork(Exception problem) =>
        problem is IOException or SocketException or System.Security.Authentication.AuthenticationException
        || problem.GetType().FullName == "System.Net.Http.HttpRequestException";

    [LoggerMessage(2103, LogLevel.Warning, "{Carrier} did not take {AttemptSid} to {To}: {Error} {CarrierCode} ({Untold} before it were not told of)")]
    partial void LogRefused(Sid attemptSid, string to, string carrier, string error, string carrierCode, int untold);

    [LoggerMessage(2116, LogLevel.Warning, "{AttemptSid} to {To} found no free place of {Carrier} (max_in_flight); {Count} tries did since this was last said")]
    partial void LogNoPlace(Sid attemptSid, string to, string carrier, int count);

    [LoggerMessage(2104, LogLevel.Error, "{Carrier} failed on {AttemptSid}: {Problem}\n{Stack}")]
    partial void LogCarrierThrew(Sid attemptSid, string carrier, string problem, string? stack);
}
