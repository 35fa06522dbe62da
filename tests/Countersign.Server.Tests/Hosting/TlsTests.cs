using System.Net;
using System.Security.Authentication;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using Countersign.Server.Tests.Running;

namespace Countersign.Server.Tests.Hosting;

/// <summary>TLS in the server itself, by the settings that docs/configuration.md names.</summary>
public sealed class TlsTests : IAsyncLifetime
{
    readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("countersign-tls-");
    string _thumbprint = "";
    RunningServer _server = null!;

    public async ValueTask InitializeAsync()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest("CN=127.0.0.1", key, HashAlgorithmName.SHA256);
        var names = new SubjectAlternativeNameBuilder();
        names.AddIpAddress(IPAddress.Loopback);
        request.CertificateExtensions.Add(names.Build());
        using var certificate = request.CreateSelfSigned(DateTimeOffset.UtcNow.AddDays(-1), DateTimeOffset.UtcNow.AddDays(1));
        _thumbprint = certificate.Thumbprint;
        var (file, keyFile) = (Path.Combine(_folder.FullName, "server.pem"), Path.Combine(_folder.FullName, "server.key"));
        await File.WriteAllTextAsync(file, certificate.ExportCertificatePem());
        await File.WriteAllTextAsync(keyFile, key.ExportPkcs8PrivateKeyPem());
        _server = await RunningServer.StartAsync(
            ["--urls", "https://127.0.0.1:0", "--Kestrel:Certificates:Default:Path", file, "--Kestrel:Certificates:Default:KeyPath", keyFile]);
    }

    public async ValueTask DisposeAsync()
    {
        await _server.DisposeAsync();
        _folder.Delete(recursive: true);
    }

    [Fact]
    public async Task The_server_proves_itself_by_its_certificate_and_the_caller_by_credentials()
    {
        Assert.Equal("https", _server.Address.Scheme);
        Assert.Equal(200, await AskAsync(RunningServer.AuthToken, trusted: true));
        Assert.Equal(401, await AskAsync(RunningServer.AuthToken[..^1], trusted: true));

        var refused = await Assert.ThrowsAsync<HttpRequestException>(() => AskAsync(RunningServer.AuthToken, trusted: false));
        Assert.IsType<AuthenticationException>(refused.InnerException);
    }

    [Fact]
    public async Task Whoever_speaks_without_TLS_where_it_is_expected_gets_no_answer()
    {
        var answer = await RawConnection.AskAsync(_server.Address, "GET /health/live HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n", hangUp: true);

        Assert.Null(answer);
    }

    /// <summary>The status that a caller gets; one that trusts does so by the certificate's thumbprint, the other by the system's authorities, which do not know it.</summary>
    async Task<int> AskAsync(string token, bool trusted)
    {
        using var handler = new HttpClientHandler();
        if (trusted)
        {
            handler.ServerCertificateCustomValidationCallback = (_, shown, _, _) => shown?.Thumbprint == _thumbprint;
        }

        using var client = new HttpClient(handler) { BaseAddress = _server.Address, Timeout = RunningServer.Patience };
        using var request = new HttpRequestMessage(HttpMethod.Get, RunningServer.ServicePath);
        request.Headers.Authorization = new("Basic", Convert.ToBase64String(Encoding.UTF8.GetBytes($"{RunningServer.AccountSid}:{token}")));
        using var answer = await client.SendAsync(request);
        return (int)answer.StatusCode;
    }
}
