using System.Text;
using Org.BouncyCastle.Crypto.Parameters;
using Org.BouncyCastle.Crypto.Signers;
using Org.BouncyCastle.Security;

namespace Countersign.Adapters.Tests.Carriers.Telnyx;

/// <summary>An account's key pair, as Telnyx would hold it.</summary>
public sealed class TelnyxKey(byte[] secret)
{
    readonly Ed25519PrivateKeyParameters _key = new(secret);

    public static TelnyxKey New()
    {
        var secret = new byte[32];
        new SecureRandom().NextBytes(secret);
        return new TelnyxKey(secret);
    }

    /// <summary>As the portal shows it.</summary>
    public string Public => Convert.ToBase64String(_key.GeneratePublicKey().GetEncoded());

    public string Sign(string text)
    {
        var signer = new Ed25519Signer();
        signer.Init(forSigning: true, _key);
        var bytes = Encoding.UTF8.GetBytes(text);
        signer.BlockUpdate(bytes, 0, bytes.Length);
        return Convert.ToBase64String(signer.GenerateSignature());
    }
}
