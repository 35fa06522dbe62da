using System.Buffers;
using System.Text.Encodings.Web;
using System.Text.Json;
using Countersign.Core.Channels;
using Countersign.Core.Delivery;
using Countersign.Core.Services;
using Countersign.Core.Verifications;

namespace Countersign.Core.Events;

/// <summary>What receivers are told, one JSON object for each event, with the members of Twilio's event streams.</summary>
static class EventData
{
    static readonly JsonWriterOptions Options = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping, SkipValidation = true };

    /// <summary>A verification as it is after what happened.</summary>
    public static byte[] OfVerification(VerifyService service, Verification verification, VerificationStatus status) => Write(json =>
    {
        json.WriteString("account_sid"u8, verification.AccountSid.ToString());
        json.WriteString("service_sid"u8, verification.ServiceSid.ToString());
        json.WriteString("verification_sid"u8, verification.Sid.ToString());
        json.WriteString("friendly_name"u8, service.FriendlyName);
        json.WriteString("custom_friendly_name"u8, verification.Details.CustomFriendlyName);
        json.WriteBoolean("custom_code_enabled"u8, service.CustomCodeEnabled);
        json.WriteString("created_at"u8, Date(verification.CreatedAt));
        json.WriteString("verified_at"u8, status == VerificationStatus.Approved ? Date(verification.UpdatedAt) : null);
        json.WriteString("expired_at"u8, status == VerificationStatus.Expired ? Date(verification.ExpiresAt) : null);
        json.WriteString("to"u8, verification.To.Reveal());
        json.WriteString("channel"u8, ChannelNames.Of(verification.Channel));
        json.WriteString("verification_status"u8, status switch
        {
            VerificationStatus.MaxAttemptsReached => "MAX_ATTEMPTS_REACHED",
            _ => status.ToString().ToUpperInvariant(),
        });
        json.WriteString("country"u8, verification.To.Country is var country && country == "ZZ" ? null : country);
        if (verification.Code.CustomHash is null)
        {
            json.WriteNumber("code_length"u8, verification.Code.Length);
        }
        else
        {
            json.WriteNull("code_length"u8);
        }

        json.WriteBoolean("is_test"u8, verification.Details.IsTest);
        WriteSends(json, verification);
        WriteChecks(json, verification, status);
    });

    /// <summary>A message as it stands; the verification is null where the store could not say whose it is.</summary>
    public static byte[] OfMessage(AttemptRecord attempt, Verification? verification) => Write(json =>
    {
        json.WriteString("channel"u8, ChannelNames.Of(attempt.Channel));
        json.WriteString("verification_sid"u8, attempt.VerificationSid.ToString());
        json.WriteString("attempt_sid"u8, attempt.Sid.ToString());
        json.WriteString("service_sid"u8, attempt.ServiceSid.ToString());
        json.WriteString("account_sid"u8, attempt.AccountSid.ToString());
        json.WriteString("to"u8, verification is null ? null : FallbackPlan.DestinationOf(verification, attempt.Channel).Reveal());
        json.WriteString("mcc"u8, attempt.MobileCountryCode);
        json.WriteString("mnc"u8, attempt.MobileNetworkCode);
        json.WriteNumber("number_segments"u8, attempt.Segments);
        json.WriteString("created_at"u8, Date(attempt.CreatedAt));
        json.WriteString("message_status"u8, attempt.Status is AttemptStatus.TooLate ? "FAILED" : attempt.Status.ToString().ToUpperInvariant());
        json.WriteBoolean("has_fallback"u8, verification?.Details.Fallback is { Count: > 1 });
        json.WriteBoolean("is_fallback"u8, verification?.Details.Fallback is { Count: > 1 } && !attempt.IsFirst);
        WriteTags(json, verification);
        json.WriteString("error_code"u8, attempt.Error is { } code ? Delivery.Errors.ErrorDictionary.Of(code).TwilioCode.ToString(System.Globalization.CultureInfo.InvariantCulture) : "");
        json.WriteString("error"u8, attempt.Error is { } error ? Delivery.Errors.DeliveryErrors.NameOf(error) : null);
    });

    /// <summary>An object whose members <paramref name="members"/> writes.</summary>
    public static byte[] Write(Action<Utf8JsonWriter> members)
    {
        var buffer = new ArrayBufferWriter<byte>(1024);
        using (var json = new Utf8JsonWriter(buffer, Options))
        {
            json.WriteStartObject();
            members(json);
            json.WriteEndObject();
        }

        return buffer.WrittenSpan.ToArray();
    }

    /// <summary>A moment as the API writes it.</summary>
    public static string Date(DateTimeOffset moment) => moment.ToUniversalTime().ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", System.Globalization.CultureInfo.InvariantCulture);

    static void WriteSends(Utf8JsonWriter json, Verification verification)
    {
        json.WriteStartObject("send_code_attempts"u8);
        json.WriteNumber("count"u8, verification.Attempts.Length);
        json.WriteStartArray("attempts"u8);
        foreach (var attempt in verification.Attempts)
        {
            json.WriteStartObject();
            json.WriteString("time"u8, Date(attempt.At));
            json.WriteString("channel"u8, ChannelNames.Of(attempt.Channel));
            json.WriteString("attempt_sid"u8, attempt.Sid.ToString());
            json.WriteString("locale"u8, verification.Details.Locale);
            WriteTags(json, verification);
            json.WriteEndObject();
        }

        json.WriteEndArray();
        json.WriteEndObject();
    }

    /// <summary>Guesses are counted and not kept one by one: of the last that was right the time is known.</summary>
    static void WriteChecks(Utf8JsonWriter json, Verification verification, VerificationStatus status)
    {
        json.WriteStartObject("check_attempts"u8);
        json.WriteNumber("count"u8, verification.Checks);
        json.WriteStartArray("attempts"u8);
        if (status == VerificationStatus.Approved && verification.Checks > 0)
        {
            json.WriteStartObject();
            json.WriteString("time"u8, Date(verification.UpdatedAt));
            json.WriteString("status"u8, "SUCCESS"u8);
            json.WriteEndObject();
        }

        json.WriteEndArray();
        json.WriteEndObject();
    }

    static void WriteTags(Utf8JsonWriter json, Verification? verification)
    {
        if (verification?.Details.Tags is not { Count: > 0 } tags)
        {
            json.WriteNull("tags"u8);
            return;
        }

        json.WriteStartObject("tags"u8);
        foreach (var (name, value) in tags)
        {
            json.WriteString(name, value);
        }

        json.WriteEndObject();
    }
}
