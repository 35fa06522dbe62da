using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization;
using Countersign.Core;
using Countersign.Core.Delivery;
using Countersign.Core.Messages;
using Countersign.Core.Privacy;

namespace Countersign.Carriers.TwilioVoice;

/// <summary>
/// What the call will read out, on its way through Twilio and back while the person presses a key. It is sealed with our key ring, so that Twilio's logs hold no code
/// and nothing has to be kept here.
/// </summary>
static class GateToken
{
    public static string Seal(Sealer sealer, OutgoingMessage message, Sid account)
    {
        var script = message.Voice!;
        var content = new GateContent
        {
            Attempt = message.AttemptSid.ToString(),
            ExpiresAt = message.ExpiresAt.ToUnixTimeSeconds(),
            Locale = script.Locale,
            Announce = script.Announce,
            Digits = string.Concat(script.Digits),
            Again = script.Again,
            Goodbye = script.Goodbye,
            Repeats = script.Repeats,
        };
        return Base64Url.EncodeToString(sealer.Seal(JsonSerializer.SerializeToUtf8Bytes(content, GateJson.Default.GateContent), ContextOf(account)));
    }

    /// <summary>The content; null for what is none of ours.</summary>
    public static GateContent? Open(Sealer sealer, string? token, Sid account)
    {
        try
        {
            return token is null ? null : JsonSerializer.Deserialize(sealer.Open(Base64Url.DecodeFromChars(token), ContextOf(account)), GateJson.Default.GateContent);
        }
        catch (Exception broken) when (broken is FormatException or CryptographicException or JsonException)
        {
            return null;
        }
    }

    /// <summary>Tokens stand in addresses, which are logged in many places: another account's signature must not open them.</summary>
    static byte[] ContextOf(Sid account) => Encoding.ASCII.GetBytes($"twilio-voice/gate/{account}");
}

/// <summary>What a token holds.</summary>
sealed record GateContent
{
    public string Attempt { get; set; } = "";

    public long ExpiresAt { get; set; }

    public string Locale { get; set; } = "";

    public string Announce { get; set; } = "";

    public string Digits { get; set; } = "";

    public string Again { get; set; } = "";

    public string Goodbye { get; set; } = "";

    public int Repeats { get; set; }

    public VoiceScript ToScript() => new()
    {
        Locale = Locale,
        Greeting = "",
        Announce = Announce,
        Digits = [.. Digits.Select(digit => digit.ToString())],
        Again = Again,
        PressKey = "",
        NoKey = "",
        Goodbye = Goodbye,
        Repeats = Repeats,
    };

    public override string ToString() => Attempt;
}

[JsonSerializable(typeof(GateContent))]
sealed partial class GateJson : JsonSerializerContext;
