using System.Net;
using System.Text;
using Countersign.Core.Guard;
using Countersign.Core.Guard.Challenges;
using Countersign.Core.Tests.Guard.Challenges;
using Countersign.Core.Verifications;
using Countersign.Server.Tests.Running;
using Microsoft.Extensions.DependencyInjection;

namespace Countersign.Server.Tests.Api;

/// <summary>A server that has a doubt about every start.</summary>
public sealed class ChallengeTests(ChallengeTests.Server running) : IClassFixture<ChallengeTests.Server>
{
    const string Solutions = $"/challenges/{RunningServer.ServiceSid}/solutions";

    readonly RunningServer _server = running.Running;

    [Fact]
    public async Task The_error_has_everything_to_go_on_with()
    {
        var number = _server.NewNumber();
        var refused = (await StartAsync(number)).AssertError(403, 60410, "challenge_required");

        Assert.Equal("Verification delivery attempt blocked", refused.Text("message"));
        Assert.Equal(["reason", "explanation", "cause", "solutions", "expires_in", "challenge"], refused.At("details").EnumerateObject().Select(member => member.Name));
        Assert.Equal(("a_doubt", Solutions, 600), (refused.Text("details.cause"), refused.Text("details.solutions"), refused.Number("details.expires_in")));
        Assert.Equal(["algorithm", "challenge", "maxnumber", "salt", "signature"], refused.At("details.challenge").EnumerateObject().Select(member => member.Name));
        Assert.Equal("SHA-256", refused.Text("details.challenge.algorithm"));

        var sent = (await StartAsync(number, PayloadOf(refused))).AssertStatus(201);

        Assert.Equal("pending", sent.Text("status"));
        await _server.CodeAsync(number);
    }

    [Fact]
    public async Task A_solution_that_does_not_count_is_answered_with_what_is_wrong_and_a_fresh_challenge()
    {
        var (number, other) = (_server.NewNumber(), _server.NewNumber());
        var first = PayloadOf(await StartAsync(number));

        Assert.Equal("malformed", Problem(await StartAsync(number, "e30=")));
        Assert.Equal("malformed", Problem(await StartAsync(number, new string('A', 8192))));
        Assert.Equal("other_destination", Problem(await StartAsync(other, first)));
        (await StartAsync(number, first)).AssertStatus(201);
        (await StartAsync(number)).AssertStatus(201);
        var again = await StartAsync(number, first);

        Assert.Equal("used", Problem(again));
        (await StartAsync(number, PayloadOf(again))).AssertStatus(201);
        await _server.MessagesAsync(number, 3);
    }

    [Fact]
    public async Task What_no_solution_can_be_is_a_wrong_parameter()
    {
        (await StartAsync(_server.NewNumber(), new string('A', 8193))).AssertError(400, 60200, "too_long");
        (await _server.Api.PostAsync(RunningServer.ServicePath + "/Verifications", ("To", _server.NewNumber()), ("Channel", "sms"), ("Challenge", "a"), ("Challenge", "b")))
            .AssertError(400, 60200, "duplicated");
    }

    [Theory]
    [InlineData("application/json", "{\"payload\":\"{0}\",\"code\":null,\"timezone\":\"Europe/Paris\"}")]
    [InlineData("application/json; charset=utf-8", "{\"payload\":\"{0}\"}")]
    [InlineData("application/x-www-form-urlencoded", "altcha={1}")]
    [InlineData("application/x-www-form-urlencoded", "name=x&payload={1}")]
    public async Task A_browser_hands_it_in_without_credentials_and_the_same_start_goes_on(string type, string body)
    {
        var number = _server.NewNumber();
        var payload = PayloadOf(await StartAsync(number));

        using var answer = await HandInAsync(type, body.Replace("{0}", payload, StringComparison.Ordinal).Replace("{1}", Uri.EscapeDataString(payload), StringComparison.Ordinal));

        Assert.Equal((HttpStatusCode.OK, $$"""{"verified":true,"expires_in":600,"payload":"{{payload}}"}"""), (answer.StatusCode, await answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken)));
        Assert.Equal(["*"], answer.Headers.GetValues("Access-Control-Allow-Origin"));
        (await StartAsync(_server.NewNumber())).AssertError(403, 60410, "challenge_required");
        (await StartAsync(number)).AssertStatus(201);
        await _server.CodeAsync(number);
    }

    [Fact]
    public async Task Any_page_may_hand_in()
    {
        using var client = new HttpClient();
        using var request = new HttpRequestMessage(HttpMethod.Options, new Uri(_server.Address, Solutions));
        request.Headers.Add("Origin", "https://shop.example");
        request.Headers.Add("Access-Control-Request-Method", "POST");
        request.Headers.Add("Access-Control-Request-Headers", "content-type");

        using var answer = await client.SendAsync(request, TestContext.Current.CancellationToken);

        Assert.Equal(HttpStatusCode.NoContent, answer.StatusCode);
        Assert.Equal(("*", "POST", "Content-Type"), (Header("Allow-Origin"), Header("Allow-Methods"), Header("Allow-Headers")));
        Assert.False(answer.Headers.Contains("Access-Control-Allow-Credentials"));

        string Header(string name) => answer.Headers.GetValues("Access-Control-" + name).Single();
    }

    [Theory]
    [InlineData("application/json", "{}", 400, "missing")]
    [InlineData("application/json", "{\"payload\":7}", 400, "missing")]
    [InlineData("application/json", "[]", 400, "missing")]
    [InlineData("application/json", "", 400, "malformed_body")]
    [InlineData("application/json", "{\"payload\":\"e30=\",\"payload\":\"e30=\"}", 400, "malformed_body")]
    [InlineData("application/json", "{\"payload\":\"\\ud800\"}", 400, "malformed_body")]
    [InlineData("application/json", "{\"a\":[[[[[[[[]]]]]]]]}", 400, "malformed_body")]
    [InlineData("application/json", "{\"payload\":\"e30=\"}", 400, "challenge_malformed")]
    [InlineData("application/x-www-form-urlencoded", "altcha=e30%3D", 400, "challenge_malformed")]
    [InlineData("application/x-www-form-urlencoded", "x=y", 400, "missing")]
    [InlineData("text/plain", "{}", 415, "not_a_form")]
    public async Task What_cannot_be_handed_in_is_said(string type, string body, int status, string reason)
    {
        using var answer = await HandInAsync(type, body);

        Assert.Equal(status, (int)answer.StatusCode);
        Assert.Contains($"\"reason\":\"{reason}\"", await answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken), StringComparison.Ordinal);
        Assert.Equal(["*"], answer.Headers.GetValues("Access-Control-Allow-Origin"));
    }

    [Fact]
    public async Task A_megabyte_is_refused_unread_and_a_path_that_names_no_service_is_none()
    {
        using var large = await HandInAsync("application/json", $"{{\"payload\":\"{new string('A', 1 << 20)}\"}}");
        using var stranger = await HandInAsync("application/json", "{}", "/challenges/nobody/solutions");

        Assert.Equal((413, 404), ((int)large.StatusCode, (int)stranger.StatusCode));
    }

    [Fact]
    public async Task After_ten_minutes_it_is_too_late()
    {
        await using var server = await StartServerAsync();
        var number = server.NewNumber();
        var start = await server.Api.PostAsync(RunningServer.ServicePath + "/Verifications", ("To", number), ("Channel", "sms"));
        var payload = PayloadOf(start);
        server.Clock.Advance(Challenge.Lifetime);

        var late = await server.Api.PostAsync(RunningServer.ServicePath + "/Verifications", ("To", number), ("Channel", "sms"), ("Challenge", payload));

        Assert.Equal("expired", Problem(late));
        Assert.NotEqual(start.Text("details.challenge.salt"), late.Text("details.challenge.salt"));
    }

    [Fact]
    public async Task Numbers_for_practice_are_asked_though_nothing_is_in_doubt()
    {
        await using var server = await RunningServer.StartAsync([]);
        var start = (string number, string? solution) => server.Api.PostAsync(
            RunningServer.ServicePath + "/Verifications", [("To", number), ("Channel", "sms"), .. solution is null ? [] : new[] { ("Challenge", solution) }]);

        var hardest = (await start("+19815550196", null)).AssertError(403, 60410, "challenge_required");
        var easiest = (await start("+19815550190", null)).AssertError(403, 60410, "challenge_required");

        Assert.Equal((20_000 * 64, 20_000), (hardest.Number("details.challenge.maxnumber"), easiest.Number("details.challenge.maxnumber")));
        (await start("+19815550190", PayloadOf(easiest))).AssertStatus(201);
        (await start("+19815550197", null)).AssertStatus(201);
        await server.MessagesAsync("+19815550190", 1);
        await server.MessagesAsync("+19815550197", 1);
    }

    static Task<RunningServer> StartServerAsync() => RunningServer.StartAsync([], static services => services.AddSingleton<IGuardStage, AlwaysInDoubt>());

    Task<Answer> StartAsync(string number, string? solution = null) => _server.Api.PostAsync(
        RunningServer.ServicePath + "/Verifications", [("To", number), ("Channel", "sms"), .. solution is null ? [] : new[] { ("Challenge", solution) }]);

    async Task<HttpResponseMessage> HandInAsync(string type, string body, string path = Solutions)
    {
        using var client = new HttpClient();
        using var content = new ByteArrayContent(Encoding.UTF8.GetBytes(body));
        content.Headers.TryAddWithoutValidation("Content-Type", type);
        using var request = new HttpRequestMessage(HttpMethod.Post, new Uri(_server.Address, path)) { Content = content };

        // Who sends a body that is refused unread may find the connection closed before it has read why.
        request.Headers.ExpectContinue = body.Length > 100_000;
        return await client.SendAsync(request, TestContext.Current.CancellationToken);
    }

    static string Problem(Answer refused)
    {
        refused.AssertError(403, 60410, "challenge_required");
        Assert.Equal(64, refused.Text("details.challenge.challenge")?.Length);
        return refused.Text("details.problem")!;
    }

    static string PayloadOf(Answer refused)
    {
        refused.AssertError(403, 60410, "challenge_required");
        return Work.Payload(new Challenge(
            refused.Text("details.challenge.challenge")!, refused.Number("details.challenge.maxnumber"), refused.Text("details.challenge.salt")!, refused.Text("details.challenge.signature")!, default));
    }

    /// <summary>The server of this class.</summary>
    public sealed class Server : IAsyncLifetime
    {
        public RunningServer Running { get; private set; } = null!;

        public async ValueTask InitializeAsync() => Running = await StartServerAsync();

        public ValueTask DisposeAsync() => Running.DisposeAsync();
    }

    sealed class AlwaysInDoubt(IChallengeGate gate) : IGuardStage
    {
        public int Order => 70;

        public GuardRefusal? Judge(StartFacts start, DateTimeOffset now) => gate.Ask(start, 0, "a_doubt", now);

        public void Settle(StartFacts start, bool sent, DateTimeOffset now)
        {
        }

        public void Approved(Verification verification, UInt128 destination, DateTimeOffset now)
        {
        }
    }
}
