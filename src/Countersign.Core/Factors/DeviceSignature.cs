using System.Security.Cryptography;
using System.Text;

namespace Countersign.Core.Factors;

/// <summary>Signatures that devices make with their key (ECDSA on P-256 with SHA-256). Pure; nothing here throws for what a device or an attacker sends.</summary>
public static class DeviceSignature
{
    const int RawBytes = 64;

    /// <summary>Whether these bytes are a public key of the one curve that devices use, and nothing else besides.</summary>
    public static bool IsKey(byte[] subjectPublicKeyInfo)
    {
        using var key = Import(subjectPublicKeyInfo);
        return key is not null;
    }

    /// <summary>Whether the device signed the SID of its factor, as its proof that it holds the key: Base64 of the signature.</summary>
    public static bool IsOf(byte[] publicKey, Sid factor, string signature)
    {
        // Devices use either alphabet.
        var standard = signature.Replace('-', '+').Replace('_', '/').TrimEnd('=');
        var bytes = new byte[standard.Length];
        return Convert.TryFromBase64String(standard.PadRight((standard.Length + 3) / 4 * 4, '='), bytes, out var written)
            && IsOf(publicKey, Encoding.ASCII.GetBytes(factor.ToString()), bytes.AsSpan(0, written));
    }

    /// <summary>Whether the signature is of these bytes and by this key, in either of the two forms that signatures come in.</summary>
    public static bool IsOf(byte[] publicKey, ReadOnlySpan<byte> signed, ReadOnlySpan<byte> signature)
    {
        using var key = Import(publicKey);
        var form = signature.Length == RawBytes ? DSASignatureFormat.IeeeP1363FixedFieldConcatenation : DSASignatureFormat.Rfc3279DerSequence;
        try
        {
            return key is not null && key.VerifyData(signed, signature, HashAlgorithmName.SHA256, form);
        }
        catch (CryptographicException)
        {
            return false;
        }
    }

    static ECDsa? Import(byte[] subjectPublicKeyInfo)
    {
        var key = ECDsa.Create();
        try
        {
            key.ImportSubjectPublicKeyInfo(subjectPublicKeyInfo, out var read);
            if (read == subjectPublicKeyInfo.Length && key.ExportParameters(false).Curve.Oid.Value == ECCurve.NamedCurves.nistP256.Oid.Value)
            {
                return key;
            }
        }
        catch (Exception problem) when (problem is CryptographicException or PlatformNotSupportedException)
        {
            // Not a key, or a point that is not on the curve.
        }

        key.Dispose();
        return null;
    }
}
