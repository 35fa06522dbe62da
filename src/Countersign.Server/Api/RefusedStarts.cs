using System.Buffers;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using Countersign.Core.Channels;
using Countersign.Core.Delivery;
using Countersign.Core.Guard.Refusals;
using Countersign.Core.Numbers;
using Countersign.Core.Privacy;
using Countersign.Core.Services;
using Countersign.Server.Api.Errors;

namespace Countersign.Server.Api;

/// <summary>
/// Tells of each start that was refused, in the log and in the journal that <c>/admin/v1/refusals</c> lists, since no verification is left of it: who is told that no code came has to find why. An
/// attack is refused a thousand times a second; so only so many are told of, and in the log the others counted.
/// </summary>
sealed partial class RefusedStarts(RefusalJournal journal, DestinationIndex index, TimeProvider time, ILogger<RefusedStarts> logger)
{
    // As answers are written: it is repeated as it was said.
    static readonly JsonWriterOptions Json = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    readonly FewASecond _lines = new(time);

    /// <summary>Tells of one. <paramref name="channel"/> is null where it was left to the server.</summary>
    public void Tell(VerifyService service, Destination to, Channel? channel, ApiError refusal)
    {
        var reason = refusal.Details?.Reason ?? "";
        if (_lines.May(out var untold))
        {
            LogRefused(to.ToString(), service.Sid.ToString(), refusal.Code, reason, untold);
        }

        if (journal.HasRoomFor(service.AccountSid, service.Sid, refusal.Code, reason, to.Country))
        {
            journal.Add(new RefusedStart
            {
                AccountSid = service.AccountSid,
                ServiceSid = service.Sid,
                At = time.GetUtcNow(),
                Destination = index.Of(to),
                MaskedTo = to.ToString(),
                Country = to.Country,
                Channel = channel,
                Code = refusal.Code,
                Reason = reason,
                Details = DetailsOf(refusal),
            });
        }
    }

    /// <summary>As the caller had them, but for a challenge: it is worth something until it is solved.</summary>
    static string DetailsOf(ApiError refusal)
    {
        var output = new ArrayBufferWriter<byte>();
        using (var json = new Utf8JsonWriter(output, Json))
        {
            json.WriteStartObject();
            refusal.Details?.Without("challenge").WriteMembersTo(json);
            if (refusal.RetryAfterSeconds is { } seconds)
            {
                json.WriteNumber("retry_after"u8, seconds);
            }

            json.WriteEndObject();
        }

        return Encoding.UTF8.GetString(output.WrittenSpan);
    }

    [LoggerMessage(9203, LogLevel.Information, "A start to {To} of {Service} was refused: {Code} {Reason} ({Untold} before it were not told of)")]
    partial void LogRefused(string to, string service, int code, string reason, int untold);
}
