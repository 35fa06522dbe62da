using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using Countersign.Core;
using Countersign.Core.Messages;
using Countersign.Core.Privacy;

namespace Countersign.Carriers.TwilioVoice;

/// <summary>
/// What a call needs once a key was pressed, or once it is known who answered, sealed into the address that Twilio then calls: so the server looks nothing up, and
/// Twilio's logs hold no code. Base64url of the attempt's 16 bytes and a seal that is bound to them and to what it is for.
/// </summary>
static class GateToken
{
    const int SidBytes = 16;

    /// <summary>Characters of a token that is opened.</summary>
    public const int LongestText = 3000;

    /// <summary>What the call waits for.</summary>
    public enum Awaited
    {
        Key,

        /// <summary>Twilio's word on whether a person answered; the greeting has not been said.</summary>
        Person,
    }

    public static string Seal(Sealer sealer, Awaited awaited, Sid account, Sid attempt, VoiceScript script, DateTimeOffset expiresAt)
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

            if (awaited == Awaited.Person)
            {
                writer.Write(script.Greeting);
            }
        }

        var token = new byte[SidBytes];
        attempt.WriteTo(token);
        return Base64Url.EncodeToString([.. token, .. sealer.Seal(plain.ToArray(), ContextOf(awaited, account, token))]);
    }

    /// <summary>Opens a token; null for one that was not sealed here, was changed, or is for something else.</summary>
    public static Opened? Open(Sealer sealer, Awaited awaited, Sid account, string? text)
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
            using var reader = new BinaryReader(new MemoryStream(sealer.Open(token.AsSpan(SidBytes), ContextOf(awaited, account, token.AsSpan(0, SidBytes)))), Encoding.UTF8);
            var expiresAt = DateTimeOffset.FromUnixTimeMilliseconds(reader.ReadInt64());
            var script = new VoiceScript
            {
                Locale = reader.ReadString(),
                Announce = reader.ReadString(),
                Again = reader.ReadString(),
                PressKey = "",
                NoKey = "",
                Goodbye = reader.ReadString(),
                Repeats = reader.ReadByte(),
                Digits = [.. Enumerable.Range(0, reader.ReadByte()).Select(_ => reader.ReadString())],
                Greeting = awaited == Awaited.Person ? reader.ReadString() : "",
            };
            return new Opened(Sid.FromBytes("VL", token.AsSpan(0, SidBytes)), script, expiresAt);
        }
        catch (CryptographicException)
        {
            return null;
        }
    }

    /// <summary>Tokens stand in addresses, which are logged in many places: another account's signature must not open them, nor spare anybody a key.</summary>
    static byte[] ContextOf(Awaited awaited, Sid account, ReadOnlySpan<byte> attempt) => [.. Encoding.ASCII.GetBytes($"{(awaited == Awaited.Key ? "gate" : "person")}/{account}/"), .. attempt];

    /// <summary>What was sealed.</summary>
    public sealed record Opened(Sid AttemptSid, VoiceScript Script, DateTimeOffset ExpiresAt);
}
