using System.Buffers;
using System.Text;
using System.Text.Json;

namespace Countersign.Core.Guard.Challenges;

/// <summary>
/// A solution as it comes in: base64 of <c>{"algorithm","challenge","number","salt","signature"}</c>, in any order. Other members, such as the widget's <c>took</c>, are passed
/// over; one of ours that comes twice makes the whole unreadable, since two readers would take different ones. Says nothing yet about whether it is right.
/// </summary>
/// <param name="Hash">32 bytes: what the number had to give.</param>
/// <param name="Number">0 or more.</param>
/// <param name="Salt">The ASCII of the salt.</param>
/// <param name="Signature">32 bytes.</param>
sealed record ChallengeSolution(byte[] Hash, int Number, byte[] Salt, byte[] Signature)
{
    /// <summary>Characters that a payload may have; the widget's have about 400.</summary>
    public const int MaxLength = 1024;

    const int HashBytes = 32;
    const int MaxSalt = 128;

    static readonly SearchValues<byte> LowerHex = SearchValues.Create("0123456789abcdef"u8);

    /// <summary>Reads a payload; null for what is none.</summary>
    public static ChallengeSolution? Read(string payload)
    {
        if (payload.Length is 0 or > MaxLength)
        {
            return null;
        }

        Span<byte> json = stackalloc byte[MaxLength];

        // A plus sign that was not escaped in a form arrives as a space.
        return Convert.TryFromBase64String(payload.Replace(' ', '+'), json, out var written) ? Read(json[..written]) : null;
    }

    static ChallengeSolution? Read(ReadOnlySpan<byte> json)
    {
        try
        {
            return ReadObject(json);
        }
        catch (Exception problem) when (problem is JsonException or InvalidOperationException)
        {
            // What is no JSON, and strings that are no UTF-8 or hold half a surrogate.
            return null;
        }
    }

    static ChallengeSolution? ReadObject(ReadOnlySpan<byte> json)
    {
        var reader = new Utf8JsonReader(json, new JsonReaderOptions { MaxDepth = 4 });
        var (algorithm, hash, salt, signature, number) = (false, (byte[]?)null, (byte[]?)null, (byte[]?)null, -1);
        if (!reader.Read() || reader.TokenType != JsonTokenType.StartObject)
        {
            return null;
        }

        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            var name = reader.GetString();
            reader.Read();
            switch (name)
            {
                case "algorithm" when !algorithm && TextOf(reader) == Challenge.Algorithm:
                    algorithm = true;
                    break;

                case "challenge" when hash is null && HexOf(reader) is { } bytes:
                    hash = bytes;
                    break;

                case "signature" when signature is null && HexOf(reader) is { } bytes:
                    signature = bytes;
                    break;

                case "salt" when salt is null && TextOf(reader) is { Length: > 0 and <= MaxSalt } text && Ascii.IsValid(text):
                    salt = Encoding.ASCII.GetBytes(text);
                    break;

                // Only as a program writes a whole number: no sign, point, exponent or leading zero.
                case "number" when number < 0 && reader.TokenType == JsonTokenType.Number && !reader.ValueSpan.ContainsAnyExceptInRange((byte)'0', (byte)'9') && reader.TryGetInt32(out var value):
                    number = value;
                    break;

                case "algorithm" or "challenge" or "signature" or "salt" or "number":
                    return null;

                default:
                    reader.Skip();
                    break;
            }
        }

        return algorithm && hash is not null && salt is not null && signature is not null && number >= 0 && reader.TokenType == JsonTokenType.EndObject && !reader.Read()
            ? new ChallengeSolution(hash, number, salt, signature)
            : null;
    }

    static string? TextOf(in Utf8JsonReader reader) => reader.TokenType == JsonTokenType.String ? reader.GetString() : null;

    /// <summary>32 bytes in lower-case hex, so that each has one way to be written.</summary>
    static byte[]? HexOf(in Utf8JsonReader reader) =>
        reader.TokenType == JsonTokenType.String && reader.ValueSpan.Length == 2 * HashBytes && !reader.ValueSpan.ContainsAnyExcept(LowerHex) ? Convert.FromHexString(reader.ValueSpan) : null;

    /// <summary>Nothing: a solution buys a start.</summary>
    public override string ToString() => "•••";
}
