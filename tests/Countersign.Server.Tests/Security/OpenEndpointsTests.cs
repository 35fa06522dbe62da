using Countersign.Server.Tests.Running;

namespace Countersign.Server.Tests.Security;

/// <summary>What is answered to whoever has no credentials: the same, whatever the account has.</summary>
public sealed partial class OpenEndpointsTests(RunningServer server) : IClassFixture<RunningServer>
{
    static readonly string[] Open =
    [
        "/", "/health/live", "/health/ready", "/openapi/admin.json", "/sandbox", "/sandbox/app.css", "/sandbox/app.js", "/sandbox/feed.js", "/sandbox/phones.js",
        "/console", "/console/app.css", "/console/app.js", "/console/api.js", "/console/carriers.js", "/console/day.js", "/console/lookup.js", "/console/parts.js", "/console/refusals.js", "/console/sends.js", "/admin/v1/errors", "/admin/v1/errors/{code}", "/metrics", "/callbacks/{carrier}/{account}/{**rest}",
        "/challenges/{service}/solutions", "/admin", "/admin/reference", "/admin/reference/app.js", "/admin/reference/scalar.js",
    ];

    [Fact]
    public async Task Every_other_route_of_the_server_refuses_without_looking_at_what_is_asked_for()
    {
        await using var own = await RunningServer.StartAsync([]);
        var things = await OwnedThings.MakeAsync(own);
        var answers = new HashSet<string>();

        foreach (var (method, pattern) in things.Routes("/").Where(route => !Open.Contains(route.Pattern)))
        {
            foreach (var owned in new[] { true, false })
            {
                var answer = await AskAsync(own, method, things.Fill(pattern, owned));
                answer.AssertStatus(401);
                if (method != HttpMethod.Head)
                {
                    answers.Add(answer.AssertError(401, 20003, "missing_credentials").Body);
                }
            }
        }

        Assert.Single(answers);
    }

    [Fact]
    public async Task What_is_open_is_the_same_before_and_after_and_names_nothing_that_an_account_has()
    {
        await using var own = await RunningServer.StartAsync([]);
        var before = await ReadAsync(own);
        var things = await OwnedThings.MakeAsync(own);

        var after = await ReadAsync(own);

        Assert.Equal(before, after);
        var metrics = await AskAsync(own, HttpMethod.Get, "/metrics");
        foreach (var name in things.Names.Append(RunningServer.AccountSid))
        {
            Assert.DoesNotContain(after, page => page.Contains(name, StringComparison.Ordinal));
            // Metrics may name carriers, and nothing else that an account has.
            Assert.True(name == things.Parameters["carrier"].Owned || !metrics.AssertStatus(200).Body.Contains(name.TrimStart('+'), StringComparison.Ordinal), $"Metrics tell {name}.");
        }
    }

    /// <summary>Signing in at the console and at the phones' page is asking the API with the credentials: a wrong account and a wrong token are one answer.</summary>
    [Theory]
    [InlineData("/v2/Services")]
    [InlineData("/admin/v1/keys")]
    [InlineData("/sandbox/messages")]
    [InlineData("/sandbox/events")]
    public async Task A_wrong_account_and_a_wrong_token_are_answered_byte_for_byte_alike(string path)
    {
        var made = await server.Api.PostJsonAsync("/admin/v1/keys", "{}");
        var revoked = made.Text("sid")!;
        (await server.Client(revoked, made.Text("secret")!).GetAsync(RunningServer.ServicePath)).AssertStatus(200);
        (await server.Api.DeleteAsync($"/admin/v1/keys/{revoked}")).AssertStatus(204);
        (string User, string Secret)[] wrong =
        [
            (RunningServer.AccountSid, "0123456789abcdef0123456789abcdef"), ("AC" + new string('1', 32), "0123456789abcdef0123456789abcdef"),
            ("SK" + new string('1', 32), "0123456789abcdef0123456789abcdef"), (revoked, made.Text("secret")!), ("nobody", "x"),
        ];

        var answers = new HashSet<string>();
        foreach (var (user, secret) in wrong)
        {
            var answer = (await server.Client(user, secret).GetAsync(path)).AssertError(401, 20003, "bad_credentials");
            answers.Add(string.Join('\n', answer.Headers.Where(header => header.Key != "Date").OrderBy(header => header.Key, StringComparer.Ordinal)) + answer.Body);
        }

        Assert.Single(answers);
    }

    static async Task<IReadOnlyList<string>> ReadAsync(RunningServer of)
    {
        var pages = new List<string>();
        foreach (var path in Open.Where(path => !path.Contains('{') && path != "/metrics"))
        {
            var answer = await AskAsync(of, HttpMethod.Get, path);

            // Scalar's own script is the package's. The page has a nonce of its own each time.
            pages.Add(path == "/admin/reference/scalar.js" ? path : $"{path} {answer.Status} {Nonce().Replace(answer.Body, "nonce")}");
        }

        return pages;
    }

    static Task<Answer> AskAsync(RunningServer of, HttpMethod method, string path)
    {
        var request = of.Api.Request(method, path);
        request.Headers.Authorization = null;
        return ApiClient.SendAsync(request);
    }

    [System.Text.RegularExpressions.GeneratedRegex("(?<=(nonce|content)=\")[0-9a-f]{32}")]
    private static partial System.Text.RegularExpressions.Regex Nonce();
}
