using System.Globalization;
using System.Text.Json;
using Countersign.Core.Channels;
using Countersign.Core.Delivery;
using Countersign.Core.Delivery.Attempts;
using Countersign.Core.Delivery.Errors;
using Countersign.Core.Verifications;

namespace Countersign.Server.Api;

/// <summary>One attempt as Twilio writes it.</summary>
sealed class AttemptAnswer(SeenAttempt seen, DateTimeOffset now, string address) : JsonAnswer(StatusCodes.Status200OK)
{
    protected override void Write(Utf8JsonWriter json) => AttemptJson.Write(json, seen, now, address);
}

/// <summary>A page of attempts. Pages lead on, and not back: where one began is not where the one before it did.</summary>
sealed class AttemptListAnswer(AttemptPage page, AttemptListQuery query, DateTimeOffset now, string address) : JsonAnswer(StatusCodes.Status200OK)
{
    protected override void Write(Utf8JsonWriter json)
    {
        var path = $"{address}/v2/Attempts";
        json.WriteStartObject();
        json.WriteStartArray("attempts"u8);
        foreach (var seen in page.Attempts)
        {
            AttemptJson.Write(json, seen, now, address);
        }

        json.WriteEndArray();
        json.WriteStartObject("meta"u8);
        json.WriteString("key"u8, "attempts"u8);
        json.WriteNumber("page"u8, query.Number);
        json.WriteNumber("page_size"u8, query.Size);
        json.WriteString("first_page_url"u8, query.Url(path, 0, null));
        json.WriteNull("previous_page_url"u8);
        json.WriteString("url"u8, query.Url(path, query.Number, query.Before));
        json.WriteString("next_page_url"u8, page.Next is { } next ? query.Url(path, query.Number == int.MaxValue ? query.Number : query.Number + 1, next) : null);
        json.WriteEndObject();
        json.WriteEndObject();
    }
}

/// <summary>The sums. The share is null where there is nothing to divide by.</summary>
sealed class AttemptSummaryAnswer(AttemptSummary summary, string address) : JsonAnswer(StatusCodes.Status200OK)
{
    protected override void Write(Utf8JsonWriter json)
    {
        // An approval may be known a moment before what became of its message.
        var total = Math.Max(summary.Total, summary.Converted);
        json.WriteStartObject();
        json.WriteNumber("total_attempts"u8, total);
        json.WriteNumber("total_converted"u8, summary.Converted);
        json.WriteNumber("total_unconverted"u8, total - summary.Converted);
        json.WriteString("conversion_rate_percentage"u8, total == 0 ? null : Math.Round(100m * summary.Converted / total, 9).ToString("0.#########", CultureInfo.InvariantCulture));
        json.WriteString("url"u8, $"{address}/v2/Attempts/Summary");
        json.WriteEndObject();
    }
}

/// <summary>Attempts in Twilio's words.</summary>
static class AttemptJson
{
    public static void Write(Utf8JsonWriter json, SeenAttempt seen, DateTimeOffset now, string address)
    {
        var attempt = seen.Attempt;
        json.WriteStartObject();
        json.WriteString("sid"u8, attempt.Sid.ToString());
        json.WriteString("account_sid"u8, attempt.AccountSid.ToString());
        json.WriteString("service_sid"u8, attempt.ServiceSid.ToString());
        json.WriteString("verification_sid"u8, attempt.VerificationSid.ToString());
        json.WriteString("date_created"u8, VerificationJson.Date(attempt.CreatedAt));
        json.WriteString("date_updated"u8, VerificationJson.Date(seen.IsConverted && seen.Verification!.UpdatedAt > attempt.UpdatedAt ? seen.Verification.UpdatedAt : attempt.UpdatedAt));
        json.WriteString("conversion_status"u8, seen.IsConverted ? "converted"u8 : "unconverted"u8);
        json.WriteString("channel"u8, Wire.Channel(attempt.Channel));
        WritePrice(json, attempt);
        WriteChannelData(json, seen, now);
        json.WriteString("url"u8, $"{address}/v2/Attempts/{attempt.Sid}");
        json.WriteEndObject();
    }

    static void WritePrice(Utf8JsonWriter json, AttemptRecord attempt)
    {
        if (attempt.Price is not { } price)
        {
            json.WriteNull("price"u8);
            return;
        }

        json.WriteStartObject("price"u8);
        json.WriteString("value"u8, price.ToString(CultureInfo.InvariantCulture));
        json.WriteString("currency"u8, attempt.Currency);
        json.WriteEndObject();
    }

    static void WriteChannelData(Utf8JsonWriter json, SeenAttempt seen, DateTimeOffset now)
    {
        var (attempt, verification) = seen;
        json.WriteStartObject("channel_data"u8);
        json.WriteString("verification_sid"u8, attempt.VerificationSid.ToString());
        json.WriteString("to"u8, seen.To?.Reveal());
        json.WriteString("status"u8, seen.IsConverted ? "confirmed" : verification is null || verification.StatusAt(now) == VerificationStatus.Expired ? "expired" : "unconfirmed");
        if (attempt.Channel == Channel.Call)
        {
            json.WriteString("call_status"u8, CallStatus(attempt));
        }
        else
        {
            json.WriteString("message_status"u8, MessageStatus(attempt.Status));
        }

        json.WriteString("error_code"u8, attempt.Error is { } error ? ErrorDictionary.Of(error).TwilioCode.ToString(CultureInfo.InvariantCulture) : null);
        json.WriteString("country"u8, attempt.Country is { Length: > 0 } country ? country : null);
        if (verification is null)
        {
            json.WriteNull("code_length"u8);
        }
        else
        {
            json.WriteNumber("code_length"u8, verification.Code.Length);
        }

        json.WriteString("locale"u8, attempt.Locale ?? verification?.Details.Locale);
        json.WriteString("mcc"u8, attempt.MobileCountryCode);
        json.WriteString("mnc"u8, attempt.MobileNetworkCode);

        // The network's name is in no receipt, and no table of names comes with the server.
        json.WriteNull("carrier"u8);
        json.WriteEndObject();
    }

    static string MessageStatus(AttemptStatus status) => status switch
    {
        AttemptStatus.Sent => "sent",
        AttemptStatus.Failed => "failed",
        AttemptStatus.TooLate => "canceled",
        AttemptStatus.Delivered => "delivered",
        AttemptStatus.Undelivered => "undelivered",
        AttemptStatus.Read => "read",
        _ => throw new ArgumentOutOfRangeException(nameof(status)),
    };

    static string CallStatus(AttemptRecord attempt) => attempt.Status switch
    {
        AttemptStatus.Sent => "queued",
        AttemptStatus.TooLate => "canceled",
        AttemptStatus.Delivered or AttemptStatus.Read => "completed",
        AttemptStatus.Undelivered when attempt.Error == DeliveryError.Busy => "busy",
        AttemptStatus.Undelivered when attempt.Error == DeliveryError.NoAnswer => "no-answer",
        _ => "failed",
    };
}
