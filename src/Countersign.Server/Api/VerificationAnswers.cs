using System.Globalization;
using System.Text;
using System.Text.Json;
using Countersign.Core.Channels;
using Countersign.Core.Lookups;
using Countersign.Core.Numbers;
using Countersign.Core.Verifications;

namespace Countersign.Server.Api;

/// <summary>A verification as Twilio writes it, with our one extension object.</summary>
sealed class VerificationAnswer(int status, Verification verification, DateTimeOffset now, IReadOnlyList<Channel> channels, string address, LineFacts? line, TimeSpan nextSendIn = default) : JsonAnswer(status)
{
    protected override void Write(Utf8JsonWriter json)
    {
        json.WriteStartObject();
        VerificationJson.WriteHead(json, verification, now);
        VerificationJson.WriteDate(json, "date_created"u8, verification.CreatedAt);
        VerificationJson.WriteDate(json, "date_updated"u8, verification.UpdatedAt);
        WriteLookup(json);
        json.WriteString("amount"u8, verification.Details.Amount);
        json.WriteString("payee"u8, verification.Details.Payee);
        json.WriteStartArray("send_code_attempts"u8);
        foreach (var attempt in verification.Attempts)
        {
            json.WriteStartObject();
            VerificationJson.WriteDate(json, "time"u8, attempt.At);
            json.WriteString("channel"u8, Wire.AttemptChannel(attempt.Channel));
            VerificationJson.WriteSid(json, "attempt_sid"u8, attempt.Sid);
            json.WriteEndObject();
        }

        json.WriteEndArray();
        json.WriteNull("sna"u8);
        WriteUrl(json);
        VerificationJson.WriteNextSteps(json, verification, now, channels, nextSendIn);
        json.WriteEndObject();
    }

    /// <summary>What the numbering plan tells of the line, and the operator's table where there is one, for services with LookupEnabled.</summary>
    void WriteLookup(Utf8JsonWriter json)
    {
        json.WriteStartObject("lookup"u8);
        if (line is not null)
        {
            json.WriteStartObject("carrier"u8);
            json.WriteString("mobile_country_code"u8, line.MobileCountryCode);
            json.WriteString("type"u8, Wire.CarrierType(line.Type));
            json.WriteNull("error_code"u8);
            json.WriteString("mobile_network_code"u8, line.MobileNetworkCode);
            json.WriteString("name"u8, line.CarrierName);
            json.WriteEndObject();
        }

        json.WriteEndObject();
    }

    void WriteUrl(Utf8JsonWriter json)
    {
        var services = "/v2/Services/"u8;
        var verifications = "/Verifications/"u8;
        var most = Encoding.UTF8.GetMaxByteCount(address.Length) + services.Length + verifications.Length + (2 * Core.Sid.Length);
        Span<byte> url = most <= 512 ? stackalloc byte[512] : new byte[most];
        var length = Encoding.UTF8.GetBytes(address, url);
        services.CopyTo(url[length..]);
        length += services.Length;
        verification.ServiceSid.WriteTextTo(url[length..]);
        length += Core.Sid.Length;
        verifications.CopyTo(url[length..]);
        length += verifications.Length;
        verification.Sid.WriteTextTo(url[length..]);
        json.WriteString("url"u8, url[..(length + Core.Sid.Length)]);
    }
}

/// <summary>A check as Twilio writes it: no <c>url</c>, no <c>lookup</c>, no <c>send_code_attempts</c>.</summary>
sealed class VerificationCheckAnswer(Verification verification, DateTimeOffset now, IReadOnlyList<Channel> channels) : JsonAnswer(StatusCodes.Status200OK)
{
    protected override void Write(Utf8JsonWriter json)
    {
        json.WriteStartObject();
        VerificationJson.WriteHead(json, verification, now);
        json.WriteString("amount"u8, verification.Details.Amount);
        json.WriteString("payee"u8, verification.Details.Payee);
        json.WriteStartArray("sna_attempts_error_codes"u8);
        json.WriteEndArray();
        VerificationJson.WriteDate(json, "date_created"u8, verification.CreatedAt);
        VerificationJson.WriteDate(json, "date_updated"u8, verification.UpdatedAt);
        VerificationJson.WriteNextSteps(json, verification, now, channels);
        json.WriteEndObject();
    }
}

/// <summary>What both have in common.</summary>
static class VerificationJson
{
    /// <summary>Seconds and a Z: what every SDK parses.</summary>
    public static string Date(DateTimeOffset moment) => moment.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture);

    /// <summary>As <see cref="Date"/>, without a string in between.</summary>
    public static void WriteDate(Utf8JsonWriter json, ReadOnlySpan<byte> name, DateTimeOffset moment)
    {
        Span<byte> text = stackalloc byte[20];
        moment.UtcDateTime.TryFormat(text, out var length, "s", CultureInfo.InvariantCulture);
        text[length] = (byte)'Z';
        json.WriteString(name, text[..(length + 1)]);
    }

    public static void WriteSid(Utf8JsonWriter json, ReadOnlySpan<byte> name, Core.Sid sid)
    {
        Span<byte> text = stackalloc byte[Core.Sid.Length];
        sid.WriteTextTo(text);
        json.WriteString(name, text);
    }

    public static void WriteHead(Utf8JsonWriter json, Verification verification, DateTimeOffset now)
    {
        var status = verification.StatusAt(now);
        VerificationJson.WriteSid(json, "sid"u8, verification.Sid);
        VerificationJson.WriteSid(json, "service_sid"u8, verification.ServiceSid);
        VerificationJson.WriteSid(json, "account_sid"u8, verification.AccountSid);
        json.WriteString("to"u8, verification.To.Reveal());
        json.WriteString("channel"u8, Wire.Channel(verification.Channel));
        json.WriteString("status"u8, Wire.Status(status));
        json.WriteBoolean("valid"u8, status == VerificationStatus.Approved);
    }

    /// <summary>The one key that we add to Twilio's shapes.</summary>
    public static void WriteNextSteps(Utf8JsonWriter json, Verification verification, DateTimeOffset now, IReadOnlyList<Channel> channels, TimeSpan nextSendIn = default)
    {
        var next = NextSteps.At(verification, now, channels, nextSendIn);
        json.WriteStartObject("countersign"u8);
        WriteSeconds(json, "next_send_seconds"u8, next.NextSendSeconds);
        WriteSeconds(json, "next_check_seconds"u8, next.NextCheckSeconds);
        json.WriteNumber("expires_seconds"u8, next.ExpiresSeconds);
        json.WriteNumber("sends_left"u8, next.SendsLeft);
        json.WriteNumber("checks_left"u8, next.ChecksLeft);
        json.WriteStartArray("channels"u8);
        for (var i = 0; i < next.Channels.Count; i++)
        {
            json.WriteStringValue(Wire.Channel(next.Channels[i]));
        }

        json.WriteEndArray();
        WriteFallback(json, next);
        RiskJson.Write(json, verification.Details.Risk);
        json.WriteEndObject();
    }

    static void WriteFallback(Utf8JsonWriter json, NextSteps next)
    {
        if (next.FallbackChannel is not { } channel)
        {
            return; // Only verifications with a plan have the member.
        }

        json.WriteStartObject("fallback"u8);
        json.WriteString("channel"u8, Wire.Channel(channel));
        json.WriteNumber("seconds"u8, next.FallbackSeconds ?? 0);
        json.WriteEndObject();
    }

    static void WriteSeconds(Utf8JsonWriter json, ReadOnlySpan<byte> name, int? seconds)
    {
        if (seconds is { } value)
        {
            json.WriteNumber(name, value);
        }
        else
        {
            json.WriteNull(name);
        }
    }
}

/// <summary>Our values in Twilio's words.</summary>
static class Wire
{
    public static string Status(VerificationStatus status) => status switch
    {
        VerificationStatus.Pending => "pending",
        VerificationStatus.Approved => "approved",
        VerificationStatus.Canceled => "canceled",
        VerificationStatus.Expired => "expired",
        VerificationStatus.MaxAttemptsReached => "max_attempts_reached",
        _ => throw new ArgumentOutOfRangeException(nameof(status)),
    };

    public static string Channel(Channel channel) => ChannelNames.Of(channel);

    /// <summary>Twilio knows three types of lines; null for those that the plan does not tell apart, as in North America, and for others.</summary>
    public static string? CarrierType(LineType type) => type switch
    {
        LineType.Mobile => "mobile",
        LineType.FixedLine => "landline",
        LineType.Voip or LineType.FixedVoip => "voip",
        _ => null,
    };

    /// <summary>In a list of attempts Twilio writes some channels in capitals and some not.</summary>
    public static string AttemptChannel(Channel channel) => channel switch
    {
        Core.Channels.Channel.Sms => "SMS",
        Core.Channels.Channel.Call => "CALL",
        Core.Channels.Channel.Email => "EMAIL",
        _ => Channel(channel),
    };

    public static string Reason(NotFoundReason reason) => reason switch
    {
        NotFoundReason.NeverExisted => "never_existed",
        NotFoundReason.Approved => "approved",
        NotFoundReason.Canceled => "canceled",
        NotFoundReason.Expired => "expired",
        NotFoundReason.MaxAttemptsReached => "max_attempts_reached",
        _ => throw new ArgumentOutOfRangeException(nameof(reason)),
    };

    /// <summary>One sentence for the person who reads the error.</summary>
    public static string Explanation(NotFoundReason reason) => reason switch
    {
        NotFoundReason.NeverExisted => "This service has no verification of that SID or number. Check the service, or start a verification.",
        NotFoundReason.Approved => "The verification was approved before, and a code is good once. Start a new one to verify again.",
        NotFoundReason.Canceled => "The verification was cancelled. Start a new one.",
        NotFoundReason.Expired => "The verification ran out before it was approved. Start a new one.",
        NotFoundReason.MaxAttemptsReached => "All five guesses of the verification were wrong. Start a new one.",
        _ => throw new ArgumentOutOfRangeException(nameof(reason)),
    };
}
