using System.Net;
using System.Security.Authentication;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Countersign.Carriers.Smpp;
using Microsoft.Extensions.Logging.Abstractions;

namespace Countersign.Adapters.Tests.Carriers.Smpp;

public sealed class SmppTlsTests
{
    [Fact(Timeout = SmppBench.Deadline)]
    public async Task A_centre_with_a_certificate_of_the_set_authority_is_bound_to()
    {
        using var authority = NewAuthority();
        using var certificate = Issue(authority);
        await using var smsc = new Smsc(certificate: certificate);

        await using var session = await ConnectAsync(smsc, [X509CertificateLoader.LoadCertificate(authority.Export(X509ContentType.Cert))]);

        Assert.True(session.IsOpen);
        Assert.Equal("acme", (await smsc.NextAsync<Bind>()).Pdu.SystemId);
    }

    [Fact(Timeout = SmppBench.Deadline)]
    public async Task A_centre_with_a_certificate_of_another_is_told_nothing()
    {
        using var authority = NewAuthority();
        using var other = NewAuthority();
        using var certificate = Issue(other);
        await using var smsc = new Smsc(certificate: certificate);

        await Assert.ThrowsAsync<AuthenticationException>(() => ConnectAsync(smsc, [X509CertificateLoader.LoadCertificate(authority.Export(X509ContentType.Cert))]));
        await Assert.ThrowsAsync<AuthenticationException>(() => ConnectAsync(smsc, null));

        Assert.Equal(0, smsc.Waiting);
    }

    static Task<SmppSession> ConnectAsync(Smsc smsc, X509Certificate2Collection? authorities) => SmppSession.ConnectAsync(
        new SmppEndpoint { Host = "127.0.0.1", Port = smsc.Port, Tls = true, Authorities = authorities, Bind = new Bind(BindType.Transceiver) { SystemId = "acme" } },
        _ => Task.CompletedTask, TimeProvider.System, NullLogger.Instance, default);

    static X509Certificate2 NewAuthority()
    {
        using var key = RSA.Create(2048);
        var request = new CertificateRequest("CN=An authority of a test", key, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, false, 0, true));
        return request.CreateSelfSigned(DateTimeOffset.UtcNow.AddDays(-1), DateTimeOffset.UtcNow.AddDays(1));
    }

    static X509Certificate2 Issue(X509Certificate2 authority)
    {
        using var key = RSA.Create(2048);
        var request = new CertificateRequest("CN=127.0.0.1", key, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1);
        var names = new SubjectAlternativeNameBuilder();
        names.AddIpAddress(IPAddress.Loopback);
        request.CertificateExtensions.Add(names.Build());
        using var issued = request.Create(authority, DateTimeOffset.UtcNow.AddHours(-1), DateTimeOffset.UtcNow.AddHours(1), RandomNumberGenerator.GetBytes(8));
        return issued.CopyWithPrivateKey(key);
    }
}
