using Countersign.Server.Tests.Running;

namespace Countersign.Server.Tests.Api;

/// <summary>Methods, paths and bytes that no client of good will sends.</summary>
public sealed class BadRequestTests(RunningServer server) : IClassFixture<RunningServer>
{
    string Credentials => $"Authorization: {server.Api.Authorization}\r\n";

    [Fact]
    public async Task A_method_that_a_path_does_not_know_is_refused_with_those_that_it_knows()
    {
        foreach (var (path, methods) in ApiRoutes.Methods)
        {
            foreach (var method in new[] { "GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "PROPFIND" }.Except(methods))
            {
                var answer = await server.Api.SendAsync(new HttpMethod(method), path);

                answer.AssertError(405, 20004, "method_not_allowed");
                Assert.Equal(methods, answer.Headers["Allow"].Split(", ").Order(StringComparer.Ordinal));
                Assert.Equal(methods, answer.At("details.allowed").EnumerateArray().Select(allowed => allowed.GetString()).Order(StringComparer.Ordinal));
            }
        }
    }

    [Fact]
    public async Task HEAD_is_refused_without_a_body()
    {
        foreach (var (path, _) in ApiRoutes.Methods)
        {
            var answer = await server.Api.SendAsync(HttpMethod.Head, path);

            Assert.Equal((405, ""), (answer.Status, answer.Body));
        }
    }

    [Theory]
    [InlineData("/v2")]
    [InlineData("/v2/")]
    [InlineData("/v2/services/x/y/z")]
    [InlineData("/v2/Services/VAbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb/Nothing")]
    [InlineData("/v2/Services//Verifications")]
    [InlineData("/v2/Services/%2F")]
    [InlineData("/v2/Services/%2e%2e%2f%2e%2e%2fetc%2fpasswd")]
    [InlineData("/v2/Services/%5C..%5C")]
    [InlineData("/v2/Services/VAbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb%2FVerifications")]
    [InlineData("/v2/Services/VAbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb%0A")]
    [InlineData("/v2/Services/VAbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb%20")]
    [InlineData("/v2/Services/%25%32%46")]
    [InlineData("/v2/Services/%ff%fe")]
    [InlineData("/v2/Services/%")]
    [InlineData("/v2/Services/%zz")]
    [InlineData("/v2/Services/%F0%9F%98%80")]
    [InlineData("/v2/Services/%E2%80%AE")]
    [InlineData("/v2/Services/VAbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb/Verifications/%2B")]
    [InlineData("/v2/Services/VAbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb/Verifications/%2F")]
    [InlineData("/v2/Services/VAbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb/Verifications/%0d%0aSet-Cookie:x")]
    [InlineData("/v2/Services/VAbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb/Verifications/'or'1'='1")]
    [InlineData("/v2/Services;x=1")]
    [InlineData("/nothing")]
    [InlineData("//")]
    public async Task A_path_that_does_not_exist_is_not_found(string path)
    {
        var answer = await GetRawAsync(path);

        var sweep = new Sweep();
        sweep.Take(answer!, path).AssertStatus(404);
        Assert.Equal(20404, answer!.Number("code"));
        sweep.AssertClean(1);
    }

    [Fact]
    public async Task A_long_path_is_not_found_and_not_repeated_in_full()
    {
        var answer = await GetRawAsync("/v2/Services/" + new string('a', 7_000));

        answer!.AssertError(404, 20404, "not_found");
        Assert.InRange(answer.Body.Length, 1, 1_000);
    }

    [Fact]
    public async Task Lists_with_a_body_are_lists()
    {
        var answer = await server.Api.SendAsync(HttpMethod.Get, "/v2/Services", new StringContent("{}"));

        answer.AssertStatus(200);
    }

    /// <summary>What Kestrel refuses before anything of ours runs: a status without a body, and the line is cut.</summary>
    public static TheoryData<string, string, int> RefusedByTheListener => new()
    {
        { "no Host", "GET /v2/Services HTTP/1.1\r\n\r\n", 400 },
        { "two Hosts", "GET /v2/Services HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n", 400 },
        { "invalid Host", "GET /v2/Services HTTP/1.1\r\nHost: a b<c>\r\n\r\n", 400 },
        { "Host with a path", "GET /v2/Services HTTP/1.1\r\nHost: localhost/path\r\n\r\n", 400 },
        { "NUL in the path", "GET /v2/Services/a%00 HTTP/1.1\r\nHost: localhost\r\n\r\n", 400 },
        { "raw NUL in the path", "GET /v2/Services/\0 HTTP/1.1\r\nHost: localhost\r\n\r\n", 400 },
        { "space in the path", "GET /v2/a b HTTP/1.1\r\nHost: localhost\r\n\r\n", 400 },
        { "no path", "GET HTTP/1.1\r\nHost: localhost\r\n\r\n", 400 },
        { "path without a slash", "GET v2 HTTP/1.1\r\nHost: localhost\r\n\r\n", 405 },
        { "unknown version", "GET /v2/Services HTTP/9.9\r\nHost: localhost\r\n\r\n", 505 },
        { "garbage", "\u0001\u0002\u0003\u00ff\u00fe garbage \r\n\r\n", 400 },
        { "a TLS greeting", "\u0016\u0003\u0001\u0002\u0000\u0001\u0000\u0001\u00fc\u0003\u0003\r\n\r\n", 400 },
        { "NUL in a header", "GET /v2/Services HTTP/1.1\r\nHost: localhost\r\nX: a\0b\r\n\r\n", 400 },
        { "header without a colon", "GET /v2/Services HTTP/1.1\r\nHost: localhost\r\nnonsense\r\n\r\n", 400 },
        { "negative length", "POST /v2/Services HTTP/1.1\r\nHost: localhost\r\nContent-Length: -1\r\n\r\n", 400 },
        { "two lengths", "POST /v2/Services HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab", 400 },
        { "unknown framing", "POST /v2/Services HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: nonsense\r\n\r\n", 400 },
        { "long request line", $"GET /{new string('a', 9_000)} HTTP/1.1\r\nHost: localhost\r\n\r\n", 414 },
        { "long headers", $"GET /v2/Services HTTP/1.1\r\nHost: localhost\r\nX: {new string('a', 40_000)}\r\n\r\n", 431 },
        { "many headers", $"GET /v2/Services HTTP/1.1\r\nHost: localhost\r\n{string.Concat(Enumerable.Range(0, 150).Select(i => $"X{i}: a\r\n"))}\r\n", 431 },
    };

    [Theory]
    [MemberData(nameof(RefusedByTheListener))]
    public async Task What_is_no_HTTP_is_refused_without_a_word_about_us(string name, string bytes, int status)
    {
        Assert.NotEmpty(name);

        var answer = await RawConnection.AskAsync(server.Address, bytes);

        Assert.Equal((status, ""), (answer!.Status, answer.Body));
        Assert.False(answer.Headers.ContainsKey("Server"));
        await server.AssertWorksAsync();
    }

    [Fact]
    public async Task A_request_that_stops_in_the_middle_is_dropped()
    {
        foreach (var bytes in new[] { "", "GET", "GET /v2/Services HTTP/1.1\r\nHost: loc", "POST /v2/Services HTTP/1.1\r\nHost: localhost\r\nContent-Length: 10" })
        {
            var answer = await RawConnection.AskAsync(server.Address, bytes, hangUp: true);

            Assert.True(answer is null or { Status: 400, Body: "" }, answer?.Body);
        }

        await server.AssertWorksAsync();
    }

    [Fact]
    public async Task A_body_that_is_shorter_than_announced_does_nothing()
    {
        foreach (var route in ApiRoutes.Forms)
        {
            var before = (await server.Api.GetAsync(RunningServer.ServicePath)).Body;

            var answer = await RawConnection.AskAsync(
                server.Address,
                $"POST {route.Path} HTTP/1.1\r\nHost: localhost\r\n{Credentials}Content-Type: application/x-www-form-urlencoded\r\nContent-Length: 500\r\n\r\nFriendlyName=Short&To=",
                hangUp: true);

            Assert.True(answer is null or { Status: 400 }, answer?.Body);
            Assert.Equal(before, (await server.Api.GetAsync(RunningServer.ServicePath)).Body);
        }
    }

    [Theory]
    [InlineData("zz\r\nTo=x\r\n0\r\n\r\n")]
    [InlineData("5\r\nTo=xxxxxxx\r\n0\r\n\r\n")]
    [InlineData("-1\r\n\r\n")]
    [InlineData("7FFFFFFFFF\r\nTo=x")]
    public async Task A_chunk_that_is_none_is_malformed(string chunks)
    {
        var sweep = new Sweep();

        foreach (var route in ApiRoutes.Forms)
        {
            var answer = await RawConnection.AskAsync(
                server.Address,
                $"POST {route.Path} HTTP/1.1\r\nHost: localhost\r\n{Credentials}Content-Type: application/x-www-form-urlencoded\r\nTransfer-Encoding: chunked\r\n\r\n{chunks}");

            sweep.Take(answer!, route.Path).AssertError(400, 60200, "malformed_body");
        }

        sweep.AssertClean(ApiRoutes.Forms.Length);
    }

    [Theory]
    [InlineData("/challenges/VA00000000000000000000000000000000/solutions")]
    [InlineData("/callbacks/somebody/AC00000000000000000000000000000000")]
    [InlineData("/admin/v1/keys")]
    public async Task A_chunk_of_a_size_that_no_number_holds_is_malformed_in_JSON_too(string path)
    {
        var answer = await RawConnection.AskAsync(
            server.Address, $"POST {path} HTTP/1.1\r\nHost: localhost\r\n{Credentials}Content-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n7FFFFFFFFF\r\n{{}}");

        new Sweep().Take(answer!, path).AssertError(400, 60200, "malformed_body");
    }

    [Fact]
    public async Task Clients_that_crash_in_the_middle_do_nothing()
    {
        await using var own = await RunningServer.StartAsync([]);
        var before = (await own.Api.GetAsync("/v2/Services")).Body;

        foreach (var route in ApiRoutes.Forms)
        {
            await RawConnection.ResetAsync(
                own.Address,
                $"POST {route.Path} HTTP/1.1\r\nHost: localhost\r\n{Credentials}Content-Type: application/x-www-form-urlencoded\r\nContent-Length: 500\r\n\r\nFriendlyName=Reset");
        }

        Assert.Equal(before, (await own.Api.GetAsync("/v2/Services")).Body);
    }

    [Fact]
    public async Task A_request_in_absolute_form_is_answered()
    {
        var answer = await GetRawAsync("http://verify.example.com/v2/Services", host: "verify.example.com");

        Assert.StartsWith("http://verify.example.com/", answer!.AssertStatus(200).Text("meta.url"), StringComparison.Ordinal);
    }

    Task<Answer?> GetRawAsync(string target, string host = "localhost") =>
        RawConnection.AskAsync(server.Address, $"GET {target} HTTP/1.1\r\nHost: {host}\r\n{Credentials}Connection: close\r\n\r\n");
}
