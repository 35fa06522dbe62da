using System.Text.Json;
using Countersign.Core.Channels;
using Countersign.Core.Delivery;
using Countersign.Core.Delivery.Tries;
using Countersign.Core.Guard.Limits;
using Countersign.Core.Guard.Sharing;
using Countersign.Core.Guard.Windows;
using Countersign.Core.Numbers;
using Countersign.Core.Registry;
using Countersign.Server.Api;
using Countersign.Server.Api.Errors;

namespace Countersign.Server.Admin;

/// <summary>A test message through every carrier, and what became of it: <c>countersign try</c> as calls.</summary>
sealed class TryAdminEndpoints(TryCarriers tryCarriers, IRegistry<TryRun> runs, SlidingWindows windows, SharedCounts shared, TimeProvider time)
{
    const int TriesPerHour = 30;

    static readonly string[] Names = ["to", "channel", "carriers"];

    readonly CallLimit _pace = new(windows, shared, LimitKind.Tries, TriesPerHour, TimeSpan.FromHours(1), time);

    public void Map(IEndpointRouteBuilder routes)
    {
        routes.MapPost("/admin/v1/tries", AnswerMapping.Answering(CreateAsync));
        routes.MapGet("/admin/v1/tries", AnswerMapping.Answering(List));
        routes.MapGet("/admin/v1/tries/{run}", AnswerMapping.Answering(FetchAsync));
    }

    async ValueTask<IResult> CreateAsync(HttpContext context)
    {
        var ct = context.RequestAborted;
        var (body, error) = await AdminBody.ReadAsync(context.Request, Names, ct);
        if (body is null)
        {
            return error!;
        }

        Channel? channel = (body.Text("channel", 1, 16) ?? "sms") switch
        {
            "sms" => Channel.Sms,
            "call" => Channel.Call,
            "whatsapp" => Channel.WhatsApp,
            "email" => Channel.Email,
            _ => null,
        };
        if (channel is null)
        {
            body.Invalid("channel", "not_a_choice", "Must be one of sms, call, whatsapp, email.");
        }

        var to = ReadTo(body, channel);
        var only = body.Texts("carriers", 16, 32);
        if (only is not null && tryCarriers.FirstUnknown(Caller.Of(context).AccountSid, only) is { } unknown)
        {
            body.Invalid("carriers", "unknown_carrier", $"The account has no carrier of the name {unknown}: GET /admin/v1/carriers lists those that it has.");
        }

        if (body.Error is not null)
        {
            return body.Error;
        }

        var account = Caller.Of(context).AccountSid;
        if ((tryCarriers.Forbids(account, to!, channel!.Value) ?? _pace.Judge(account)) is { } refusal)
        {
            return GuardErrors.Guarded(refusal);
        }

        var run = await tryCarriers.RunAsync(account, to!, channel.Value, only, ct);
        return run is null
            ? ApiErrors.ChannelDisabled(Wire.Channel(channel.Value))
            : new TryAnswer(StatusCodes.Status201Created, run, await tryCarriers.ResultsAsync(run, ct));
    }

    ValueTask<IResult> List(HttpContext context) => new(new ListAnswer<TryRun>("tries", runs.Of(Caller.Of(context).AccountSid).Reverse(), WriteShort));

    async ValueTask<IResult> FetchAsync(HttpContext context) =>
        runs.Find(Caller.Of(context).AccountSid, (string)context.Request.RouteValues["run"]!) is { } run
            ? new TryAnswer(StatusCodes.Status200OK, run, await tryCarriers.ResultsAsync(run, context.RequestAborted))
            : ApiErrors.NotFound(context.Request.Path);

    static Destination? ReadTo(AdminBody body, Channel? channel)
    {
        var text = body.Text("to", 1, 320);
        if (text is null)
        {
            body.Invalid("to", "missing", "to is required: a number in E.164, or a mailbox for email.");
            return null;
        }

        if (channel == Channel.Email)
        {
            if (EmailAddress.TryParse(text, out var mailbox, out var wrong))
            {
                return mailbox;
            }

            body.Invalid("to", wrong.ReasonName, wrong.Explanation);
            return null;
        }

        if (PhoneNumber.TryParse(text, out var number, out var problem))
        {
            return number;
        }

        body.Invalid("to", problem.ReasonName, problem.Explanation);
        return null;
    }

    sealed class TryAnswer(int status, TryRun run, IReadOnlyList<AttemptRecord> results) : JsonAnswer(status)
    {
        protected override void Write(Utf8JsonWriter json)
        {
            json.WriteStartObject();
            WriteHead(json, run);
            json.WriteStartArray("results"u8);
            foreach (var result in results)
            {
                WriteResult(json, result);
            }

            json.WriteEndArray();
            json.WriteEndObject();
        }

        static void WriteResult(Utf8JsonWriter json, AttemptRecord result)
        {
            json.WriteStartObject();
            json.WriteString("carrier"u8, result.Carrier);
            json.WriteString("attempt_sid"u8, result.Sid.ToString());
            json.WriteBoolean("accepted"u8, result.Status != AttemptStatus.Failed);
            json.WriteString("status"u8, DeliveryWords.Of(result.Status));
            json.WriteNumber("milliseconds"u8, result.Tries.Count > 0 ? result.Tries[0].Milliseconds : 0);
            var hasReceipt = result.Status is AttemptStatus.Delivered or AttemptStatus.Undelivered or AttemptStatus.Read;
            if (hasReceipt)
            {
                json.WriteNumber("receipt_milliseconds"u8, (long)(result.UpdatedAt - result.CreatedAt).TotalMilliseconds);
            }
            else
            {
                json.WriteNull("receipt_milliseconds"u8);
            }

            json.WriteString("error"u8, result.Error is { } error ? DeliveryWords.Of(error) : null);
            json.WriteString("carrier_code"u8, result.CarrierCode);
            json.WriteEndObject();
        }
    }

    static void WriteShort(Utf8JsonWriter json, TryRun run)
    {
        json.WriteStartObject();
        WriteHead(json, run);
        json.WriteEndObject();
    }

    static void WriteHead(Utf8JsonWriter json, TryRun run)
    {
        json.WriteString("sid"u8, run.Name);
        json.WriteString("to"u8, run.MaskedTo);
        json.WriteString("channel"u8, Wire.Channel(run.Channel));
        json.WriteString("date_created"u8, VerificationJson.Date(run.CreatedAt));
    }
}
