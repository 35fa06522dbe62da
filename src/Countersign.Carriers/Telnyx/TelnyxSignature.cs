using System.Diagnostics.CodeAnalysis;
using System.Text;
using Countersign.Core.Delivery.Receipts;
using Org.BouncyCastle.Math.EC.Rfc8032;

namespace Countersign.Carriers.Telnyx;

/// <summary>
/// Telnyx's webhook signature: Ed25519 (RFC 8032) over the Unix time of the signing, <c>|</c> and the body, in base64. It does not cover the address, so nothing of the
/// address may be used.
/// </summary>
sealed class TelnyxSignature(byte[] publicKey)
{
    public const string Header = "telnyx-signature-ed25519";
    public const string TimeHeader = "telnyx-timestamp";

    /// <summary>How far the signing may be from now.</summary>
    public static readonly TimeSpan Tolerance = TimeSpan.FromMinutes(5);

    /// <summary>Reads a public key as the portal shows it.</summary>
    public static bool TryReadKey(string text, [NotNullWhen(true)] out byte[]? key)
    {
        key = Read(text, Ed25519.PublicKeySize);
        return key is not null && Ed25519.ValidatePublicKeyFull(key, 0);
    }

    /// <summary>Why a callback is not Telnyx's; null where it is.</summary>
    public string? ProblemOf(CallbackRequest request)
    {
        if (request.Header(TimeHeader) is not { } time || request.Header(Header) is not { } header)
        {
            return "not_signed";
        }

        byte[] signed = [.. Encoding.UTF8.GetBytes(time + "|"), .. request.Body.Span];
        if (Read(header, Ed25519.SignatureSize) is not { } signature || !Ed25519.Verify(signature, 0, publicKey, 0, signed, 0, signed.Length))
        {
            return "wrong_signature";
        }

        return Moments.IsNear(time, request.Now, Tolerance) ? null : "wrong_time";
    }

    // So many bytes in base64, written in the one usual way.
    static byte[]? Read(string text, int size)
    {
        var bytes = new byte[size];
        return Convert.TryFromBase64String(text, bytes, out var read) && read == size && Convert.ToBase64String(bytes) == text ? bytes : null;
    }
}
