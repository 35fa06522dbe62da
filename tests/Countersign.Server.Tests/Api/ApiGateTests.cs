using System.Net.Http.Headers;
using System.Text;
using Countersign.Core;
using Countersign.Core.Accounts;
using Countersign.Core.Privacy;
using Countersign.Server.Tests.Running;
using Microsoft.Extensions.DependencyInjection;

namespace Countersign.Server.Tests.Api;

public sealed class ApiGateTests(RunningServer server) : IClassFixture<RunningServer>
{
    static readonly string ManyBytes = new('x', 600);

    [Fact]
    public async Task The_auth_token_lets_in_even_with_colons_in_it()
    {
        var answer = await server.Api.GetAsync("/v2/Services");

        answer.AssertStatus(200);
        Assert.Contains(':', RunningServer.AuthToken);
    }

    [Fact]
    public async Task A_preset_token_of_128_characters_lets_in_and_counts_to_its_last_one()
    {
        const string Printable = "!\"#$%&'()*+,-./0123456789:;<=>?@ABCDEFGHIJKLMNOPQRSTUVWXYZ[\\]^_`abcdefghijklmnopqrstuvwxyz{|}~";
        var token = Printable + Printable[..34];
        await using var own = await RunningServer.StartAsync(["--Countersign:Bootstrap:AuthToken", token]);
        own.Secret(token);

        (await own.Client(RunningServer.AccountSid, token).GetAsync("/v2/Services")).AssertStatus(200);
        foreach (var wrong in new[] { token[..^1], token[..^1] + "x", token[..64], token + "x", token.ToLowerInvariant() })
        {
            (await own.Client(RunningServer.AccountSid, wrong).GetAsync("/v2/Services")).AssertError(401, 20003, "bad_credentials");
        }
    }

    [Fact]
    public async Task Credentials_that_are_ten_years_old_let_in()
    {
        var accounts = server.Services.GetRequiredService<IAccountStore>();
        var made = server.Clock.GetUtcNow().AddYears(-10);
        var account = new Account { Sid = Sid.NewRandom("AC", RandomSource.System), FriendlyName = "Old", AuthToken = ApiSecret.New(RandomSource.System), CreatedAt = made };
        await accounts.SaveAccountAsync(account, CancellationToken.None);
        var (key, byKey) = await NewKeyAsync(accounts, account.Sid, made);

        (await server.Client(account.Sid.ToString(), server.Secret(account.AuthToken.Reveal())).GetAsync("/v2/Services")).AssertStatus(200);
        (await byKey.GetAsync("/v2/Services")).AssertStatus(200);
        Assert.Equal(made, (await accounts.FindKeyAsync(key.Sid, CancellationToken.None))!.CreatedAt);
    }

    [Fact]
    public async Task No_credentials_are_refused_and_the_scheme_is_named()
    {
        var answer = await AskAsync("/v2/Services", null);

        answer.AssertError(401, 20003, "missing_credentials");
        Assert.Equal("Authenticate", answer.Text("message"));
        Assert.StartsWith("Basic ", answer.Headers["WWW-Authenticate"], StringComparison.Ordinal);
    }

    public static TheoryData<string, string> WrongCredentials => new()
    {
        { "wrong token", Basic($"{RunningServer.AccountSid}:wrong") },
        { "empty token", Basic($"{RunningServer.AccountSid}:") },
        { "half a token", Basic($"{RunningServer.AccountSid}:{RunningServer.AuthToken[..10]}") },
        { "token with more behind", Basic($"{RunningServer.AccountSid}:{RunningServer.AuthToken}x") },
        { "unknown account", Basic($"AC{new string('0', 32)}:{RunningServer.AuthToken}") },
        { "unknown key", Basic($"SK{new string('0', 32)}:{RunningServer.AuthToken}") },
        { "another kind of SID", Basic($"{RunningServer.ServiceSid}:{RunningServer.AuthToken}") },
        { "no SID at all", Basic($"admin:{RunningServer.AuthToken}") },
        { "empty user", Basic($":{RunningServer.AuthToken}") },
        { "no colon", Basic(RunningServer.AccountSid) },
        { "nothing", Basic("") },
        { "no UTF-8", "Basic " + Convert.ToBase64String([0xff, 0xfe, (byte)':', 0xff]) },
        { "malformed base64", "Basic !!!not-base64!!!" },
        { "base64 cut off", Basic($"{RunningServer.AccountSid}:{RunningServer.AuthToken}")[..^3] },
        { "scheme alone", "Basic" },
        { "another scheme", "Bearer " + RunningServer.AuthToken },
        { "two headers in one", Basic($"{RunningServer.AccountSid}:x") + ", " + Basic($"{RunningServer.AccountSid}:{RunningServer.AuthToken}") },
        { "over-long", Basic($"{RunningServer.AccountSid}:{ManyBytes}") },
    };

    [Theory]
    [MemberData(nameof(WrongCredentials))]
    public async Task Wrong_credentials_are_refused_alike(string name, string header)
    {
        Assert.NotEmpty(name);

        var answer = await AskAsync("/v2/Services", header);

        answer.AssertError(401, 20003, "bad_credentials");
    }

    [Theory]
    [InlineData("basic")]
    [InlineData("BASIC")]
    public async Task The_schemes_case_does_not_matter(string scheme)
    {
        var header = Basic($"{RunningServer.AccountSid}:{RunningServer.AuthToken}").Replace("Basic", scheme, StringComparison.Ordinal);

        var answer = await AskAsync("/v2/Services", header);

        answer.AssertStatus(200);
    }

    [Theory]
    [InlineData("/v2")]
    [InlineData("/v2/")]
    [InlineData("/V2/Services")]
    [InlineData("/v2/Services")]
    [InlineData("/v2/Services/VAbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb/Verifications/VE00000000000000000000000000000000")]
    [InlineData("/v2/Attempts")]
    [InlineData("/v2/no/such/path")]
    [InlineData("/health/../v2/Services")]
    [InlineData("/admin/v1/keys")]
    [InlineData("/admin/v1/no-such-thing")]
    [InlineData("/sandbox/messages")]
    [InlineData("/sandbox/events")]
    [InlineData("/sandbox/rules")]
    public async Task Guarded_paths_ask_for_credentials_whether_they_exist_or_not(string path)
    {
        var answer = await RawConnection.AskAsync(server.Address, $"GET {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");

        answer!.AssertError(401, 20003, "missing_credentials");
    }

    [Theory]
    [InlineData("/health/live")]
    [InlineData("/health/ready")]
    [InlineData("/metrics")]
    public async Task Health_and_metrics_need_no_credentials(string path)
    {
        var answer = await AskAsync(path, null);

        answer.AssertStatus(200);
    }

    [Fact]
    public async Task Another_accounts_service_cannot_be_told_from_a_missing_one()
    {
        var other = await server.NewAccountAsync();
        var missing = "/v2/Services/VA" + new string('0', 32);
        (HttpMethod Method, string Path)[] calls =
        [
            (HttpMethod.Get, ""), (HttpMethod.Post, ""), (HttpMethod.Delete, ""), (HttpMethod.Post, "/Verifications"), (HttpMethod.Post, "/VerificationCheck"),
            (HttpMethod.Get, "/Verifications/+14155550100"), (HttpMethod.Post, "/Verifications/+14155550100"),
        ];

        foreach (var (method, path) in calls)
        {
            var foreign = await other.SendAsync(method, RunningServer.ServicePath + path);
            var none = await other.SendAsync(method, missing + path);

            foreign.AssertError(404, 20404, "not_found");
            Assert.Equal(none.Body.Replace(missing[^34..], "?", StringComparison.Ordinal), foreign.Body.Replace(RunningServer.ServiceSid, "?", StringComparison.Ordinal));
        }

        (await server.Api.GetAsync(RunningServer.ServicePath)).AssertStatus(200);
    }

    [Fact]
    public async Task Another_accounts_services_are_not_listed()
    {
        var other = await server.NewAccountAsync();

        var answer = await other.GetAsync("/v2/Services");

        Assert.Equal(0, answer.AssertStatus(200).At("services").GetArrayLength());
    }

    [Fact]
    public async Task An_api_key_lets_in_until_it_is_revoked()
    {
        var accounts = server.Services.GetRequiredService<IAccountStore>();
        var (key, client) = await NewKeyAsync(accounts);

        (await client.GetAsync(RunningServer.ServicePath)).AssertStatus(200);

        await accounts.DeleteKeyAsync(key.AccountSid, key.Sid, CancellationToken.None);
        server.Services.GetRequiredService<Authenticate>().Forget(key.Sid);

        (await client.GetAsync(RunningServer.ServicePath)).AssertError(401, 20003, "bad_credentials");
    }

    [Fact]
    public async Task A_connection_that_was_let_in_is_asked_again_for_other_credentials()
    {
        using var handler = new SocketsHttpHandler { MaxConnectionsPerServer = 1 };
        using var http = new HttpClient(handler) { BaseAddress = server.Address };
        var right = Basic(RunningServer.AuthToken);
        var wrong = Basic(RunningServer.AuthToken[..^1] + "x");

        var statuses = new List<int>();
        foreach (var credentials in new[] { right, right, wrong, wrong, right, null, right })
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, RunningServer.ServicePath);
            request.Headers.Authorization = credentials;
            using var answer = await http.SendAsync(request, TestContext.Current.CancellationToken);
            statuses.Add((int)answer.StatusCode);
        }

        Assert.Equal([200, 200, 401, 401, 200, 401, 200], statuses);

        static System.Net.Http.Headers.AuthenticationHeaderValue Basic(string secret) =>
            new("Basic", Convert.ToBase64String(System.Text.Encoding.UTF8.GetBytes($"{RunningServer.AccountSid}:{secret}")));
    }

    [Fact]
    public async Task An_api_keys_secret_is_good_for_that_key_alone()
    {
        var accounts = server.Services.GetRequiredService<IAccountStore>();
        var (key, _) = await NewKeyAsync(accounts);

        var asToken = await server.Client(RunningServer.AccountSid, "a secret of another").GetAsync("/v2/Services");
        var asKey = await server.Client(key.Sid.ToString(), RunningServer.AuthToken).GetAsync("/v2/Services");

        asToken.AssertError(401, 20003, "bad_credentials");
        asKey.AssertError(401, 20003, "bad_credentials");
    }

    Task<(ApiKey Key, ApiClient Client)> NewKeyAsync(IAccountStore accounts) => NewKeyAsync(accounts, Sid.Parse(RunningServer.AccountSid, "AC"), server.Clock.GetUtcNow());

    async Task<(ApiKey Key, ApiClient Client)> NewKeyAsync(IAccountStore accounts, Sid account, DateTimeOffset made)
    {
        var secret = ApiSecret.New(RandomSource.System);
        var key = new ApiKey
        {
            Sid = Sid.NewRandom("SK", RandomSource.System),
            AccountSid = account,
            FriendlyName = "Test",
            SecretHash = server.Services.GetRequiredService<SecretHasher>().Hash(secret),
            CreatedAt = made,
        };
        await accounts.CreateKeyAsync(key, CancellationToken.None);
        return (key, server.Client(key.Sid.ToString(), secret.Reveal()));
    }

    async Task<Answer> AskAsync(string path, string? authorization)
    {
        var request = new HttpRequestMessage(HttpMethod.Get, new Uri(server.Address, path));
        if (authorization is not null)
        {
            request.Headers.TryAddWithoutValidation("Authorization", authorization);
        }

        return await ApiClient.SendAsync(request);
    }

    static string Basic(string credentials) => new AuthenticationHeaderValue("Basic", Convert.ToBase64String(Encoding.UTF8.GetBytes(credentials))).ToString();
}
