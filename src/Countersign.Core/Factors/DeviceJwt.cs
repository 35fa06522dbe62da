using System.Buffers.Text;
using System.Text;
using System.Text.Json;

namespace Countersign.Core.Factors;

/// <summary>A JSON Web Token that a device signed with its key. Only ES256, and only as a compact token of three parts.</summary>
public sealed class DeviceJwt
{
    const int MaxLength = ChallengeLimits.MaxSignedAnswer;
    static readonly JsonDocumentOptions Options = new() { MaxDepth = 8, AllowDuplicateProperties = false };

    readonly byte[] _signed;
    readonly byte[] _signature;

    DeviceJwt(JsonElement header, JsonElement payload, byte[] signed, byte[] signature) => (Header, Payload, _signed, _signature) = (header, payload, signed, signature);

    /// <summary>What the token says of itself. Nothing is proven by it.</summary>
    public JsonElement Header { get; }

    /// <summary>What the token says, to be believed once <see cref="IsSignedBy"/> was asked.</summary>
    public JsonElement Payload { get; }

    /// <summary>Takes a token apart; null for what is none.</summary>
    public static DeviceJwt? Parse(string text)
    {
        var parts = text.Length <= MaxLength ? text.Split('.') : [];
        if (parts.Length != 3 || Decode(parts[0]) is not { } header || Decode(parts[1]) is not { } payload || Decode(parts[2]) is not { } signature)
        {
            return null;
        }

        try
        {
            // The documents are not disposed of: their elements live on, and are collected with them.
            var (first, second) = (JsonDocument.Parse(header, Options).RootElement, JsonDocument.Parse(payload, Options).RootElement);
            return first.ValueKind == JsonValueKind.Object && second.ValueKind == JsonValueKind.Object && !first.TryGetProperty("crit", out _)
                && first.TryGetProperty("alg", out var algorithm) && algorithm.ValueKind == JsonValueKind.String && algorithm.ValueEquals("ES256"u8)
                ? new DeviceJwt(first, second, Encoding.ASCII.GetBytes($"{parts[0]}.{parts[1]}"), signature)
                : null;
        }
        catch (Exception problem) when (problem is JsonException or InvalidOperationException)
        {
            // Not JSON, or text in it that is none: half of a pair of code units, bytes that are not UTF-8.
            return null;
        }
    }

    /// <summary>Whether that key signed it.</summary>
    public bool IsSignedBy(byte[] publicKey) => DeviceSignature.IsOf(publicKey, _signed, _signature);

    /// <summary>The bytes of a part of a compact token; null for what is no base64url.</summary>
    internal static byte[]? Decode(string part) => Base64Url.IsValid(part) && !part.AsSpan().ContainsAny(" \r\n\t=") ? Base64Url.DecodeFromChars(part) : null;
}
