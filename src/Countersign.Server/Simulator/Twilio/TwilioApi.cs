using System.Globalization;
using Countersign.Core;
using Countersign.Core.Delivery.Errors;
using Countersign.Core.Delivery.Receipts;
using Countersign.Core.Delivery.Simulation;
using Countersign.Core.Numbers;
using Countersign.Server.Api;
using Countersign.Server.Api.Forms;

namespace Countersign.Server.Simulator.Twilio;

/// <summary>
/// Twilio's Messages and Calls (REST API 2010-04-01) as far as a sender of codes uses them, with their status callbacks. What the simulated network refuses is answered as
/// Twilio would: a lost connection is cut, and a timeout is held until the client gives up.
/// </summary>
sealed class TwilioApi(
    SimulatorOptions options, SimulatedNetwork network, MessageLog log, StatusCallbacks callbacks, IHostApplicationLifetime lifetime, TimeProvider time, RandomSource random)
{
    public const string Version = "2010-04-01";

    const int LongestBody = 1600;

    static readonly TimeSpan LongestSilence = TimeSpan.FromMinutes(1);

    readonly string _account = options.Account.ToString();

    public void Map(IEndpointRouteBuilder routes)
    {
        routes.MapPost($"/{Version}/Accounts/{_account}/Messages.json", AnswerMapping.Answering(SendAsync));
        routes.MapGet($"/{Version}/Accounts/{_account}/Messages/{{sid}}.json", AnswerMapping.Answering(Fetch));
        routes.MapPost($"/{Version}/Accounts/{_account}/Calls.json", AnswerMapping.Answering(CallAsync));
        routes.MapGet($"/{Version}/Accounts/{_account}/Calls/{{sid}}.json", AnswerMapping.Answering(Fetch));
    }

    ValueTask<IResult> Fetch(HttpContext context) => new(
        log.Find((string)context.Request.RouteValues["sid"]!) is { Protocol: "twilio" } message
            ? TwilioAnswer.Of(message, _account, StatusCodes.Status200OK)
            : new TwilioProblem(404, 20404, $"The requested resource {context.Request.Path} was not found"));

    async ValueTask<IResult> SendAsync(HttpContext context)
    {
        if (!(await FormReader.ReadAsync(context.Request, context.RequestAborted)).TryGet(out var form, out var unreadable))
        {
            return unreadable;
        }

        var (body, from, service) = (form["Body"] ?? "", form["From"] ?? "", form["MessagingServiceSid"]);
        if (Problem(form, from.Length > 0 || service is not null, 21603, "A 'From' phone number is required.") is { } problem)
        {
            return problem;
        }

        if (body.Length is 0 or > LongestBody)
        {
            return body.Length == 0
                ? new TwilioProblem(400, 21602, "Message body is required.")
                : new TwilioProblem(400, 21617, "The concatenated message body exceeds the 1600 character limit");
        }

        var to = form["To"]!;
        var plan = network.Decide(options.Account, to, body);
        if (await RefuseAsync(context, plan, TwilioCodes.OfRefusal) is { } refusal)
        {
            return refusal;
        }

        var message = Keep("SM", "sms", to, from, body, service, plan);
        var answer = TwilioAnswer.Of(message, _account, StatusCodes.Status201Created);
        Follow(context, () => FollowMessageAsync(message, plan, Callback(form)));
        return answer;
    }

    async ValueTask<IResult> CallAsync(HttpContext context)
    {
        if (!(await FormReader.ReadAsync(context.Request, context.RequestAborted)).TryGet(out var form, out var unreadable))
        {
            return unreadable;
        }

        var from = form["From"] ?? "";
        if (Problem(form, from.Length > 0, 21213, "No 'From' number specified") is { } problem)
        {
            return problem;
        }

        if (form["Twiml"] is not { Length: > 0 } twiml)
        {
            return new TwilioProblem(400, 21205, "This simulator reads Twiml only, and fetches no Url");
        }

        if (TwimlText.Read(twiml) is not { } text)
        {
            return new TwilioProblem(400, 12100, "Document parse failure");
        }

        var to = form["To"]!;
        var plan = network.Decide(options.Account, to, text);
        if (await RefuseAsync(context, plan, TwilioCodes.OfRefusal) is { } refusal)
        {
            return refusal;
        }

        var call = Keep("CA", "call", to, from, text, null, plan);
        var answer = TwilioAnswer.Of(call, _account, StatusCodes.Status201Created);
        Follow(context, () => FollowCallAsync(call, plan, Callback(form)));
        return answer;
    }

    static TwilioProblem? Problem(Form form, bool hasSender, int senderCode, string senderText)
    {
        if (form["To"] is not { Length: > 0 } to)
        {
            return new TwilioProblem(400, 21604, "A 'To' phone number is required.");
        }

        if (!hasSender)
        {
            return new TwilioProblem(400, senderCode, senderText);
        }

        // The number is not repeated, unlike at Twilio: answers of errors end up in logs.
        return PhoneNumber.TryParse(to, out _, out _) ? null : new TwilioProblem(400, 21211, "Invalid 'To' Phone Number");
    }

    static string? Callback(Form form) => form["StatusCallback"] is { } url && Uri.TryCreate(url, UriKind.Absolute, out var address) && address.Scheme is "http" or "https" ? form["StatusCallback"] : null;

    SimulatorMessage Keep(string prefix, string channel, string to, string from, string body, string? service, SimulationPlan plan)
    {
        var now = time.GetUtcNow();
        var message = new SimulatorMessage
        {
            Sid = Sid.NewRandom(prefix, random).ToString(),
            To = to,
            From = from,
            Body = body,
            Channel = channel,
            Protocol = "twilio",
            MessagingServiceSid = service,
            Arrived = plan.Arrives,
            CreatedAt = now,
            UpdatedAt = now,
        };
        log.Add(message);
        return message;
    }

    /// <summary>Waits as long as the plan says, and answers what is refused; null for what is taken.</summary>
    async ValueTask<IResult?> RefuseAsync(HttpContext context, SimulationPlan plan, Func<DeliveryError, (int Status, int Code)> codeOf)
    {
        if (plan.Latency > TimeSpan.Zero)
        {
            await Task.Delay(plan.Latency, time, context.RequestAborted);
        }

        switch (plan.Refusal)
        {
            case null:
                return null;

            case DeliveryError.Timeout:
                using (var ending = CancellationTokenSource.CreateLinkedTokenSource(context.RequestAborted, lifetime.ApplicationStopping))
                {
                    await Task.Delay(LongestSilence, time, ending.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
                }

                context.Abort();
                return Results.Empty;

            case DeliveryError.ConnectionFailed:
                context.Abort();
                return Results.Empty;

            case DeliveryError.MalformedAnswer:
                return Results.Content("<html>It works!</html>", "text/html");

            case var error:
                var (status, code) = codeOf(error.Value);
                return new TwilioProblem(status, code, ErrorDictionary.Of(error.Value).Title);
        }
    }

    /// <summary>Begins once the answer is out: a callback must not overtake it.</summary>
    static void Follow(HttpContext context, Func<Task> follow) => context.Response.OnCompleted(() =>
    {
        _ = follow();
        return Task.CompletedTask;
    });

    async Task FollowMessageAsync(SimulatorMessage message, SimulationPlan plan, string? callback)
    {
        try
        {
            await TellAsync("queued", null);
            await TellAsync("sent", null);
            if (plan.Receipt is { } receipt)
            {
                await Task.Delay(receipt.Delay, time, lifetime.ApplicationStopping);
                await TellAsync(receipt.Status == ReceiptStatus.Delivered ? "delivered" : "undelivered", receipt.Error);
            }
        }
        catch (OperationCanceledException)
        {
            // The simulator stops.
        }

        async Task TellAsync(string status, DeliveryError? error)
        {
            log.Move(message, status, error);
            if (callback is not null)
            {
                await callbacks.SendAsync(callback, StatusCallbacks.MessageFields(message, _account, status, error is { } known ? TwilioCodes.OfReceipt(known) : null, time.GetUtcNow()));
            }
        }
    }

    async Task FollowCallAsync(SimulatorMessage call, SimulationPlan plan, string? callback)
    {
        try
        {
            if (plan.Receipt is not { } receipt)
            {
                log.Move(call, plan.Arrives ? "completed" : "ringing");
                return;
            }

            await Task.Delay(receipt.Delay, time, lifetime.ApplicationStopping);
            var (status, sip, code) = receipt.Error is { } error ? TwilioCodes.OfCall(error) : ("completed", null, null);
            log.Move(call, status, receipt.Error);
            if (callback is null)
            {
                return;
            }

            var fields = new List<KeyValuePair<string, string>>
            {
                new("CallSid", call.Sid),
                new("CallStatus", status),
                new("AccountSid", _account),
                new("To", call.To),
                new("From", call.From),
                new("Direction", "outbound-api"),
                new("ApiVersion", Version),
                new("CallDuration", status == "completed" ? "20" : "0"),
                new("Timestamp", time.GetUtcNow().UtcDateTime.ToString("R", CultureInfo.InvariantCulture)),
                new("SequenceNumber", "0"),
            };
            if (sip is not null)
            {
                fields.Add(new("SipResponseCode", sip));
            }

            if (code is { } number)
            {
                fields.Add(new("ErrorCode", number.ToString(CultureInfo.InvariantCulture)));
            }

            await callbacks.SendAsync(callback, fields);
        }
        catch (OperationCanceledException)
        {
            // The simulator stops.
        }
    }
}
