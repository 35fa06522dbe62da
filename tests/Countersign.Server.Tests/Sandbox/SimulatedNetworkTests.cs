using Countersign.Server.Tests.Delivery;
using Countersign.Server.Tests.Running;

namespace Countersign.Server.Tests.Sandbox;

/// <summary>Magic numbers and rules, from a start over HTTP to what the admin API tells and to the next channel of a fallback plan.</summary>
public sealed class SimulatedNetworkTests : IAsyncLifetime
{
    const string Rules = "/sandbox/rules";

    RunningServer _server = null!;

    public async ValueTask InitializeAsync() => _server = await RunningServer.StartAsync([]);

    public ValueTask DisposeAsync() => _server.DisposeAsync();

    [Theory]
    [InlineData("+19815550102", "failed", "unreachable")]
    [InlineData("+19815550120", "failed", "carrier_fault")]
    [InlineData("+19825550103", "undelivered", "unknown_number")]
    [InlineData("+19825550106", "undelivered", "filtered")]
    [InlineData("+19825550138", "undelivered", "internal_error")]
    public async Task A_magic_number_provokes_its_error_and_gets_no_message(string to, string status, string error)
    {
        var started = (await _server.Api.StartAsync(to)).AssertStatus(201);

        var attempt = await AttemptAsync(started, status);

        Assert.Equal((error, "simulated", "sandbox"), (attempt.Text("error"), attempt.Text("carrier_code"), attempt.Text("carrier")));
        Assert.Empty((await _server.Api.GetAsync($"/sandbox/messages?to={Uri.EscapeDataString(to)}")).At("messages").EnumerateArray());
    }

    [Theory]
    [InlineData("+19815550102", "failed")]
    [InlineData("+19825550100", "delivered")]
    [InlineData("+14155550117", "sent")]
    public async Task The_sandbox_is_a_try_too_and_says_why_it_was_its_turn(string to, string status)
    {
        var attempt = await AttemptAsync((await _server.Api.StartAsync(to)).AssertStatus(201), status);

        var tried = Assert.Single(attempt.At("tries").EnumerateArray().ToList());

        Assert.Equal(("sandbox", status != "failed"), (tried.GetProperty("carrier").GetString(), tried.GetProperty("accepted").GetBoolean()));
        Assert.StartsWith("only the sandbox serves it", tried.GetProperty("why_this_carrier").GetString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Two_zeros_arrive_and_a_receipt_says_so()
    {
        var started = (await _server.Api.StartAsync("+19825550100")).AssertStatus(201);

        await AttemptAsync(started, "delivered");

        Assert.Single(await _server.MessagesAsync("+19825550100", 1));
    }

    [Fact]
    public async Task Two_nines_are_taken_and_never_heard_of_again()
    {
        var started = (await _server.Api.StartAsync("+19825550199")).AssertStatus(201);

        await AttemptAsync(started, "sent");

        Assert.Equal(0, (await _server.Api.GetAsync("/sandbox/messages")).At("messages").GetArrayLength());
    }

    [Fact]
    public async Task A_number_like_any_other_arrives_and_no_receipt_comes()
    {
        var number = _server.NewNumber();
        var started = (await _server.Api.StartAsync(number)).AssertStatus(201);

        Assert.Single(await _server.MessagesAsync(number, 1));
        await AttemptAsync(started, "sent");
    }

    [Theory]
    [InlineData("+19815550102")]
    [InlineData("+19825550102")]
    public async Task A_message_that_fails_moves_the_verification_to_the_next_channel_of_its_plan(string to)
    {
        var mailbox = $"fallback-{to[^9..]}@example.com";
        var plan = $$"""[{"channel":"sms","wait":600},{"channel":"email","to":"{{mailbox}}"}]""";

        var started = (await _server.Api.StartAsync(to, ("Fallback", plan))).AssertStatus(201);

        var code = (await _server.MessagesAsync(mailbox, 1))[0].Code.Reveal();
        Assert.Equal("email", (await _server.Api.GetAsync($"{RunningServer.ServicePath}/Verifications/{started.Text("sid")}")).Text("channel"));
        Assert.Equal("approved", (await _server.Api.CheckAsync(to, code)).AssertStatus(200).Text("status"));
    }

    [Fact]
    public async Task A_fraud_block_opens_no_other_channel()
    {
        var plan = """[{"channel":"sms","wait":600},{"channel":"call"}]""";

        var started = (await _server.Api.StartAsync("+19825550114", ("Fallback", plan))).AssertStatus(201);

        await AttemptAsync(started, "undelivered");
        Assert.Equal("sms", (await _server.Api.GetAsync($"{RunningServer.ServicePath}/Verifications/{started.Text("sid")}")).Text("channel"));
    }

    [Fact]
    public async Task Rules_decide_by_prefix_until_they_are_taken_away()
    {
        (await PutAsync("""{"rules":[{"prefix":"+4477009001","refusal":{"error":"congestion"}},{"prefix":"+447700900","receipts":"all"}]}""")).AssertStatus(200);

        Assert.Equal("congestion", (await AttemptAsync((await _server.Api.StartAsync("+447700900100")).AssertStatus(201), "failed")).Text("error"));
        await AttemptAsync((await _server.Api.StartAsync("+447700900200")).AssertStatus(201), "delivered");

        (await PutAsync("""{"rules":[],"rules":[]}""")).AssertStatus(400);
        Assert.Equal(2, (await _server.Api.GetAsync(Rules)).At("rules").GetArrayLength());
        Assert.Equal(204, (await _server.Api.DeleteAsync(Rules)).Status);
        Assert.Equal(0, (await _server.Api.GetAsync(Rules)).At("rules").GetArrayLength());
        await AttemptAsync((await _server.Api.StartAsync("+447700900101")).AssertStatus(201), "sent");
    }

    [Fact]
    public async Task Latency_and_the_delay_of_receipts_follow_the_clock()
    {
        (await PutAsync("""{"rules":[{"prefix":"+447700900","latency_ms":3000,"receipts":"all","receipt_delay_ms":5000}]}""")).AssertStatus(200);
        var before = _server.Clock.GetUtcNow();
        var started = (await _server.Api.StartAsync("+447700900300")).AssertStatus(201);

        var attempt = Wired.AttemptOf(started);
        await WaitAsync(async () =>
        {
            _server.Clock.Advance(TimeSpan.FromSeconds(1));
            return (await _server.Api.GetAsync($"/admin/v1/attempts/{attempt}")).Status == 200;
        });
        Assert.Equal("sent", (await _server.Api.GetAsync($"/admin/v1/attempts/{attempt}")).Text("status"));
        Assert.True((await _server.MessagesAsync("+447700900300", 1))[0].SentAt >= before.AddSeconds(3));

        await WaitAsync(async () =>
        {
            _server.Clock.Advance(TimeSpan.FromSeconds(1));
            return (await _server.Api.GetAsync($"/admin/v1/attempts/{attempt}")).Text("status") == "delivered";
        });
    }

    [Fact]
    public async Task A_rule_that_is_wrong_is_refused_with_its_place_and_the_old_ones_stay()
    {
        (await PutAsync("""{"rules":[{"prefix":"+44","loss":1}]}""")).AssertStatus(200);

        (await PutAsync("""{"rules":[{"prefix":"+44","loss":2}]}""")).AssertInvalid("rules[0].loss", "invalid_rule");
        (await PutAsync("{")).AssertStatus(400);
        (await _server.Api.PostAsync(Rules, ("rules", "x"))).AssertStatus(405);

        Assert.Equal(1, (await _server.Api.GetAsync(Rules)).At("rules").GetArrayLength());
    }

    [Fact]
    public async Task Another_account_sees_and_suffers_none_of_our_rules()
    {
        (await PutAsync("""{"rules":[{"prefix":"","loss":1}]}""")).AssertStatus(200);
        var other = await _server.NewAccountAsync();

        Assert.Equal(0, (await other.GetAsync(Rules)).At("rules").GetArrayLength());
    }

    [Theory]
    [InlineData("GET")]
    [InlineData("PUT")]
    [InlineData("DELETE")]
    public async Task Nobody_reads_or_sets_rules_without_credentials(string method) =>
        (await _server.Client(RunningServer.AccountSid, "wrong").SendJsonAsync(new HttpMethod(method), Rules, """{"rules":[]}""")).AssertError(401, 20003, "bad_credentials");

    [Fact]
    public async Task Without_a_sandbox_there_are_no_rules()
    {
        await using var own = await RunningServer.StartAsync(["--Countersign:Sandbox:Enabled", "false"]);

        Assert.Equal(404, (await own.Api.GetAsync(Rules)).Status);
    }

    Task<Answer> PutAsync(string json) => _server.Api.SendJsonAsync(HttpMethod.Put, Rules, json);

    async Task<Answer> AttemptAsync(Answer started, string status)
    {
        Answer? attempt = null;
        await WaitAsync(async () => (attempt = await _server.Api.GetAsync($"/admin/v1/attempts/{Wired.AttemptOf(started)}")).Status == 200 && attempt.Text("status") == status);
        return attempt!;
    }

    static async Task WaitAsync(Func<Task<bool>> reached)
    {
        var waiting = System.Diagnostics.Stopwatch.StartNew();
        while (!await reached())
        {
            Assert.True(waiting.Elapsed < RunningServer.Patience, "It was waited for in vain.");
        }
    }
}
