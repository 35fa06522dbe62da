using System.Buffers.Text;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using Countersign.Core.Factors;

namespace Countersign.Server.Push;

/// <summary>What is written for platforms, and read from them.</summary>
static class PushJson
{
    public static byte[] Bytes(Action<Utf8JsonWriter> write)
    {
        using var buffer = new MemoryStream();
        using (var json = new Utf8JsonWriter(buffer))
        {
            json.WriteStartObject();
            write(json);
            json.WriteEndObject();
        }

        return buffer.ToArray();
    }

    public static ByteArrayContent Content(Action<Utf8JsonWriter> write)
    {
        var content = new ByteArrayContent(Bytes(write));
        content.Headers.ContentType = new MediaTypeHeaderValue("application/json");
        return content;
    }

    /// <summary>The members that apps built on the SDKs for Twilio Verify Push look for.</summary>
    public static void WriteChallenge(Utf8JsonWriter json, PushMessage message)
    {
        json.WriteString("type"u8, "verify_push_challenge");
        json.WriteString("challenge_sid"u8, message.ChallengeSid.ToString());
        json.WriteString("factor_sid"u8, message.FactorSid.ToString());
        json.WriteString("message"u8, message.Text);
    }

    /// <summary>A JSON Web Token.</summary>
    public static string Jwt(Action<Utf8JsonWriter> header, Action<Utf8JsonWriter> claims, Func<byte[], byte[]> sign)
    {
        var signed = $"{Base64Url.EncodeToString(Bytes(header))}.{Base64Url.EncodeToString(Bytes(claims))}";
        return $"{signed}.{Base64Url.EncodeToString(sign(Encoding.ASCII.GetBytes(signed)))}";
    }

    /// <summary>The text of a member; null where there is none.</summary>
    public static string? Text(JsonElement json, string name) =>
        json.ValueKind == JsonValueKind.Object && json.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String ? value.GetString() : null;

    /// <summary>A platform's word for what was wrong, if it is one word: it goes into the log, and nothing else of an answer does.</summary>
    public static string Word(string? text) => text is { Length: > 0 and <= 64 } && text.All(character => char.IsAsciiLetter(character) || character == '_') ? text : "-";
}
