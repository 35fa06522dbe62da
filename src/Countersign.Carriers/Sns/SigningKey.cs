using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Countersign.Carriers.Sns;

/// <summary>The key that SNS signs with, as the operator pasted it.</summary>
static class SigningKey
{
    /// <summary>The RSA key of a PEM certificate or public key; null where it is neither.</summary>
    public static RSA? Load(string pem)
    {
        try
        {
            if (pem.Contains("CERTIFICATE", StringComparison.Ordinal))
            {
                using var certificate = X509Certificate2.CreateFromPem(pem);
                return certificate.GetRSAPublicKey();
            }

            var key = RSA.Create();
            key.ImportFromPem(pem);
            return key;
        }
        catch (Exception wrong) when (wrong is CryptographicException or ArgumentException)
        {
            return null;
        }
    }
}
