using System.Security.Cryptography;

namespace Countersign.Core.Factors;

/// <summary>The private key of a push credential, as PEM. It prints masked.</summary>
public sealed class PushPrivateKey(string pem)
{
    /// <summary>Characters that a key may have.</summary>
    public const int MaxLength = 8192;

    /// <summary>The PEM: for sealing.</summary>
    public string Reveal() => pem;

    /// <summary>The signature that a JSON Web Token calls RS256 (PKCS #1 1.5).</summary>
    public byte[] SignRs256(byte[] data)
    {
        using var key = RSA.Create();
        key.ImportFromPem(pem);
        return key.SignData(data, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1);
    }

    /// <summary>The signature that a JSON Web Token calls ES256 (64 bytes).</summary>
    public byte[] SignEs256(byte[] data)
    {
        using var key = ECDsa.Create();
        key.ImportFromPem(pem);
        return key.SignData(data, HashAlgorithmName.SHA256);
    }

    /// <summary>Whether it is a private RSA key of 2,048 to 8,192 bits.</summary>
    public bool IsRsa => Works(() =>
    {
        using var key = RSA.Create();
        key.ImportFromPem(pem);
        return key.KeySize is >= 2048 and <= 8192 && SignRs256([1]).Length > 0;
    });

    /// <summary>Whether it is a private key on P-256.</summary>
    public bool IsP256 => Works(() =>
    {
        using var key = ECDsa.Create();
        key.ImportFromPem(pem);
        return key.KeySize == 256 && key.ExportParameters(includePrivateParameters: false).Curve.Oid.Value == "1.2.840.10045.3.1.7" && SignEs256([1]).Length == 64;
    });

    public override string ToString() => "••••••";

    static bool Works(Func<bool> test)
    {
        try
        {
            return test();
        }
        catch (Exception problem) when (problem is CryptographicException or ArgumentException)
        {
            return false;
        }
    }
}
