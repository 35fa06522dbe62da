using System.Net.Security;
using System.Security.Cryptography.X509Certificates;
using Countersign.Core.Delivery;

namespace Countersign.Carriers.Smpp;

/// <summary>Where a message centre is, and how to bind there. It prints without the password.</summary>
public sealed record SmppEndpoint
{
    public required string Host { get; init; }

    public required int Port { get; init; }

    public required Bind Bind { get; init; }

    public bool Tls { get; init; }

    /// <summary>Whom the centre's certificate must come from; null for those whom the system trusts.</summary>
    public X509Certificate2Collection? Authorities { get; init; }

    /// <summary>Submits that may be unanswered at once, 1 to 1000. Default 10.</summary>
    public int Window { get; init; } = 10;

    /// <summary>How long a PDU may be unanswered, or a connection unmade. Default 10 s.</summary>
    public TimeSpan ResponseTimeout { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>How often the centre is asked whether it is there. Default 30 s.</summary>
    public TimeSpan EnquireInterval { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>Where it may be.</summary>
    public CarrierNetworks Networks { get; init; } = CarrierNetworks.Any;

    public override string ToString() => $"{Host}:{Port}";

    /// <summary>Connects, and agrees on TLS where it is asked for. Fails with an exception of the network or of cancellation.</summary>
    internal async Task<Stream> OpenAsync(CancellationToken ct)
    {
        var stream = await CarrierSocket.ConnectAsync(Host, Port, Networks, ct);
        // TLS that does not come about closes what is under it.
        return Tls ? await SecureAsync(stream, ct) : stream;
    }

    async Task<Stream> SecureAsync(Stream stream, CancellationToken ct)
    {
        var secure = new SslStream(stream);
        try
        {
            var options = new SslClientAuthenticationOptions { TargetHost = Host };
            if (Authorities is not null)
            {
                options.CertificateChainPolicy = new X509ChainPolicy { TrustMode = X509ChainTrustMode.CustomRootTrust, RevocationMode = X509RevocationMode.NoCheck };
                options.CertificateChainPolicy.CustomTrustStore.AddRange(Authorities);
            }

            await secure.AuthenticateAsClientAsync(options, ct);
            return secure;
        }
        catch
        {
            await secure.DisposeAsync();
            throw;
        }
    }
}

/// <summary>The centre answered a bind with an error.</summary>
public sealed class SmppBindRefusedException(uint status) : Exception($"The message centre refused the bind with status 0x{status:X}.")
{
    public uint Status => status;
}
