using Countersign.Server.Tests.Running;

namespace Countersign.Server.Tests.Api;

public sealed class PublicAddressTests(RunningServer server) : IClassFixture<RunningServer>
{
    static readonly (string Name, string Value)[] Forwarded =
        [("X-Forwarded-Host", "verify.example.com"), ("X-Forwarded-Proto", "https"), ("X-Forwarded-For", "203.0.113.7")];

    [Theory]
    [InlineData("localhost:8080")]
    [InlineData("verify.example.com")]
    [InlineData("[::1]:8080")]
    public async Task Links_follow_the_Host_header(string host)
    {
        var answer = await FetchAsync(server, ("Host", host));

        Assert.Equal($"http://{host}{RunningServer.ServicePath}", answer.Text("url"));
        Assert.Equal($"http://{host}{RunningServer.ServicePath}/VerificationCheck", answer.Text("links.verification_checks"));
    }

    [Fact]
    public async Task The_links_of_a_list_follow_the_Host_header()
    {
        var request = server.Api.Request(HttpMethod.Get, "/v2/Services?PageSize=1");
        request.Headers.Host = "verify.example.com";

        var answer = await ApiClient.SendAsync(request);

        Assert.Equal("http://verify.example.com/v2/Services?PageSize=1&Page=0", answer.Text("meta.url"));
    }

    [Fact]
    public async Task Forwarded_headers_are_ignored_unless_proxies_are_configured()
    {
        var answer = await FetchAsync(server, Forwarded);

        Assert.Equal($"{server.Address.GetLeftPart(UriPartial.Authority)}{RunningServer.ServicePath}", answer.Text("url"));
    }

    [Theory]
    [InlineData("127.0.0.1")]
    [InlineData("127.0.0.0/8")]
    public async Task Forwarded_headers_of_a_configured_proxy_are_believed(string proxy)
    {
        await using var behindProxy = await RunningServer.StartAsync(["--Countersign:Proxies:0", proxy]);

        var answer = await FetchAsync(behindProxy, Forwarded);

        Assert.Equal($"https://verify.example.com{RunningServer.ServicePath}", answer.Text("url"));
    }

    [Fact]
    public async Task Forwarded_headers_of_anyone_else_are_ignored()
    {
        await using var behindProxy = await RunningServer.StartAsync(["--Countersign:Proxies:0", "10.0.0.0/8"]);

        var answer = await FetchAsync(behindProxy, Forwarded);

        Assert.Equal($"{behindProxy.Address.GetLeftPart(UriPartial.Authority)}{RunningServer.ServicePath}", answer.Text("url"));
    }

    [Fact]
    public async Task The_configured_address_overrides_what_the_request_says()
    {
        await using var published = await RunningServer.StartAsync(["--Countersign:PublicUrl", "https://verify.example.com/base/"]);

        var answer = await FetchAsync(published, ("Host", "localhost"));

        Assert.Equal($"https://verify.example.com/base{RunningServer.ServicePath}", answer.Text("url"));
    }

    static async Task<Answer> FetchAsync(RunningServer server, params (string Name, string Value)[] headers)
    {
        var request = server.Api.Request(HttpMethod.Get, RunningServer.ServicePath);
        foreach (var (name, value) in headers)
        {
            request.Headers.TryAddWithoutValidation(name, value);
        }

        return (await ApiClient.SendAsync(request)).AssertStatus(200);
    }
}
