using Countersign.Server.Tests.Delivery;
using Countersign.Server.Tests.Running;

namespace Countersign.Server.Tests.Simulator;

/// <summary>The real server with carriers that are the stand-alone simulator: over HTTP with signed callbacks, and over SMPP.</summary>
public sealed class SimulatorEndToEndTests : IAsyncLifetime
{
    readonly Relay _public = new();
    RunningServer _server = null!;
    RunningSimulator _simulator = null!;

    public async ValueTask InitializeAsync()
    {
        _simulator = await RunningSimulator.StartAsync("--magic", "+467017406");
        _server = await RunningServer.StartAsync(["--Countersign:PublicUrl", _public.Address.AbsoluteUri]);
        _public.To(_server.Address);
    }

    public async ValueTask DisposeAsync()
    {
        await _server.DisposeAsync();
        await _simulator.DisposeAsync();
        await _public.DisposeAsync();
    }

    [Theory]
    [InlineData("twilio")]
    [InlineData("smpp")]
    public async Task A_code_goes_out_its_receipt_comes_back_and_the_code_is_right(string kind)
    {
        await AddAsync(kind);

        var started = (await _server.Api.StartAsync("+15017122661")).AssertStatus(201);

        var code = (await _simulator.MessageAsync("+15017122661")).GetProperty("code").GetString()!;
        await AttemptAsync(started, "delivered");
        Assert.Equal("approved", (await _server.Api.CheckAsync("+15017122661", code)).AssertStatus(200).Text("status"));
    }

    [Theory]
    [InlineData("smpp", "+46701740605", "landline")]
    [InlineData("smpp", "+46701740607", "unknown")] // What SMPP has no code for.
    [InlineData("smpp", "+46701740613", "expired")]
    [InlineData("twilio", "+46701740638", "unknown")] // What Twilio has no code for.
    public async Task A_magic_number_fails_by_receipt(string kind, string to, string error)
    {
        await AddAsync(kind);

        var started = (await _server.Api.StartAsync(to)).AssertStatus(201);

        Assert.Equal(error, (await AttemptAsync(started, "undelivered")).Text("error"));
    }

    [Theory]
    [InlineData("+46701740606", "filtered")]
    [InlineData("+46701740618", "account_suspended")]
    public async Task After_a_failure_by_receipt_the_next_channel_takes_over(string to, string error)
    {
        await AddAsync("twilio");
        await AddAsync("twilio-voice");
        var plan = """[{"channel":"sms","wait":600},{"channel":"call"}]""";

        var started = (await _server.Api.StartAsync(to, ("Fallback", plan))).AssertStatus(201);

        Assert.Equal(error, (await AttemptAsync(started, "undelivered")).Text("error"));
        await ChannelAsync(started, "call");
        var call = await _simulator.MessageAsync(to, message => message.GetProperty("channel").GetString() == "call");
        Assert.NotEqual("", call.GetProperty("body").GetString());
    }

    [Fact]
    public async Task After_a_failure_by_receipt_over_the_carriers_own_connection_the_next_channel_takes_over()
    {
        await AddAsync("smpp");
        await AddAsync("twilio-voice");

        var started = (await _server.Api.StartAsync("+46701740613", ("Fallback", """[{"channel":"sms","wait":600},{"channel":"call"}]"""))).AssertStatus(201);

        Assert.Equal("expired", (await AttemptAsync(started, "undelivered")).Text("error"));
        await ChannelAsync(started, "call");
    }

    [Fact]
    public async Task Who_does_not_want_messages_is_not_called_either()
    {
        await AddAsync("twilio");
        await AddAsync("twilio-voice");

        var started = (await _server.Api.StartAsync("+46701740607", ("Fallback", """[{"channel":"sms","wait":600},{"channel":"call"}]"""))).AssertStatus(201);

        Assert.Equal("blocked_by_recipient", (await AttemptAsync(started, "undelivered")).Text("error"));
        await ChannelAsync(started, "sms");
    }

    [Theory]
    [InlineData("+15005550001", "invalid_number", "21211")]
    [InlineData("+15005550009", "landline", "21614")]
    public async Task Twilios_own_test_numbers_are_refused_as_twilio_refuses_them(string to, string error, string code)
    {
        await AddAsync("twilio");

        var attempt = await AttemptAsync((await _server.Api.StartAsync(to)).AssertStatus(201), "failed");

        Assert.Equal((error, code), (attempt.Text("error"), attempt.Text("carrier_code")));
    }

    [Theory]
    [InlineData("\"outage\":{\"seconds\":60}", "timeout")]
    [InlineData("\"refusal\":{\"error\":\"throttled\"}", "throttled")]
    [InlineData("\"refusal\":{\"error\":\"carrier_fault\"}", "carrier_fault")]
    [InlineData("\"refusal\":{\"error\":\"malformed_answer\"}", "malformed_answer")]
    public async Task A_carrier_that_fails_is_passed_over_for_the_next(string fault, string error)
    {
        await using var other = await RunningSimulator.StartAsync();
        await AddAsync("twilio");
        await PutAsync("second", Twilio(other));
        await _simulator.SetRulesAsync($$"""{"prefix":"",{{fault}}}""");

        var attempt = await AttemptAsync((await _server.Api.StartAsync("+15017122661")).AssertStatus(201), "delivered");

        Assert.Equal("second", attempt.Text("carrier"));
        Assert.Equal([error, null], attempt.At("tries").EnumerateArray().Select(tried => tried.GetProperty("error").GetString()));
    }

    Task AddAsync(string kind) => PutAsync(kind, kind switch
    {
        "smpp" => $$$"""{"kind":"smpp","settings":{"host":"127.0.0.1","port":{{{_simulator.Smpp.Port}}},"system_id":"countersign","password":"{{{RunningSimulator.Token[..8]}}}"}}""",
        _ => Twilio(_simulator, kind),
    });

    async Task PutAsync(string name, string json) => (await _server.Api.SendJsonAsync(HttpMethod.Put, $"/admin/v1/carriers/{name}", json)).AssertStatus(201);

    Task ChannelAsync(Answer started, string channel) => RunningSimulator.WaitAsync(async () =>
        (await _server.Api.GetAsync($"{RunningServer.ServicePath}/Verifications/{started.Text("sid")}")).Text("channel") == channel);

    static string Twilio(RunningSimulator simulator, string kind = "twilio") => $$$"""
        {"kind":"{{{kind}}}","settings":{"account_sid":"{{{RunningSimulator.Account}}}","auth_token":"{{{RunningSimulator.Token}}}","from":"+14155550199","base_url":"{{{simulator.Address}}}"}}
        """;

    async Task<Answer> AttemptAsync(Answer started, string status)
    {
        Answer? attempt = null;
        await RunningSimulator.WaitAsync(async () =>
            (attempt = await _server.Api.GetAsync($"/admin/v1/attempts/{Wired.AttemptOf(started)}")).Status == 200 && attempt.Text("status") == status);
        return attempt!;
    }
}
