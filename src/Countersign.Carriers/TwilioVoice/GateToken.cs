using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using Countersign.Core;
using Countersign.Core.Messages;
using Countersign.Core.Privacy;

namespace Countersign.Carriers.TwilioVoice;

/// <summary>
/// What a call needs once a key was pressed, sealed into the address that Twilio then calls: so the server looks nothing up, and Twilio's logs hold no code.
/// Base64url of the attempt's 16 bytes and a seal that is bound to them.
/// </summary>
static class GateToken
{
    const int SidBytes = 16;
    const int LongestText = 3000;

    public static string Seal(Sealer sealer, Sid account, Sid attempt, VoiceScript script, DateTimeOffset expiresAt)
    {
        using var plain = new MemoryStream();
        using (var writer = new BinaryWriter(plain, Encoding.UTF8))
        {
            writer.Write(expiresAt.ToUnixTimeMilliseconds());
            writer.Write(script.Locale);
            writer.Write(script.Announce);
            writer.Write(script.Again);
            writer.Write(script.Goodbye);
            writer.Write((byte)script.Repeats);
            writer.Write((byte)script.Digits.Count);
            foreach (var digit in script.Digits)
            {
                writer.Write(digit);
            }
        }

        var token = new byte[SidBytes];
        attempt.WriteTo(token);
        return Base64Url.EncodeToString([.. token, .. sealer.Seal(plain.ToArray(), ContextOf(account, token))]);
    }

    /// <summary>Opens a token; null for one that was not sealed here, or was changed.</summary>
    public static Opened? Open(Sealer sealer, Sid account, string? text)
    {
        if (text is null || text.Length > LongestText || !Base64Url.IsValid(text))
        {
            return null;
        }

        var token = Base64Url.DecodeFromChars(text);
        if (token.Length <= SidBytes)
        {
            return null;
        }

        try
        {
            using var reader = new BinaryReader(new MemoryStream(sealer.Open(token.AsSpan(SidBytes), ContextOf(account, token.AsSpan(0, SidBytes)))), Encoding.UTF8);
            var expiresAt = DateTimeOffset.FromUnixTimeMilliseconds(reader.ReadInt64());
            var script = new VoiceScript
            {
                Locale = reader.ReadString(),
                Greeting = "",
                Announce = reader.ReadString(),
                Again = reader.ReadString(),
                PressKey = "",
                NoKey = "",
                Goodbye = reader.ReadString(),
                Repeats = reader.ReadByte(),
                Digits = [.. Enumerable.Range(0, reader.ReadByte()).Select(_ => reader.ReadString())],
            };
            return new Opened(Sid.FromBytes("VL", token.AsSpan(0, SidBytes)), script, expiresAt);
        }
        catch (CryptographicException)
        {
            return null;
        }
    }

    /// <summary>Tokens stand in addresses, which are logged in many places: another account's signature must not open them.</summary>
    static byte[] ContextOf(Sid account, ReadOnlySpan<byte> attempt) => [.. Encoding.ASCII.GetBytes($"gate/{account}/"), .. attempt];

    /// <summary>What was sealed.</summary>
    public sealed record Opened(Sid AttemptSid, VoiceScript Script, DateTimeOffset ExpiresAt);
}
