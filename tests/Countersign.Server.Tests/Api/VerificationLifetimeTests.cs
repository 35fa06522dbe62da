using Countersign.Server.Tests.Running;

namespace Countersign.Server.Tests.Api;

/// <summary>What time and limits do to a verification.</summary>
public sealed class VerificationLifetimeTests(RunningServer server) : IClassFixture<RunningServer>
{
    static readonly TimeSpan Lifetime = TimeSpan.FromMinutes(10), Instant = TimeSpan.FromMilliseconds(1);

    [Fact]
    public async Task A_code_is_good_until_just_before_ten_minutes()
    {
        var (number, code) = await StartAsync();
        server.Clock.Advance(Lifetime - Instant);

        var check = await server.Api.CheckAsync(number, code);

        Assert.Equal("approved", check.AssertStatus(200).Text("status"));
    }

    [Fact]
    public async Task At_ten_minutes_it_has_expired()
    {
        var (number, code) = await StartAsync();
        server.Clock.Advance(Lifetime);

        var check = await server.Api.CheckAsync(number, code);

        check.AssertError(404, 20404, "expired");
    }

    [Fact]
    public async Task Each_send_starts_the_ten_minutes_again()
    {
        var (number, code) = await StartAsync();
        for (var send = 2; send <= 3; send++)
        {
            server.Clock.Advance(Lifetime - Instant);
            (await server.Api.StartAsync(number)).AssertStatus(201);
        }

        server.Clock.Advance(Lifetime - Instant);

        Assert.Equal(code, await server.CodeAsync(number, messages: 3));
        Assert.Equal("approved", (await server.Api.CheckAsync(number, code)).AssertStatus(200).Text("status"));
    }

    [Fact]
    public async Task Five_sends_keep_one_SID_and_one_code_and_the_sixth_waits_for_the_end()
    {
        var number = server.NewNumber();
        var answers = new List<Answer>();
        for (var send = 0; send < 5; send++)
        {
            answers.Add((await server.Api.StartAsync(number)).AssertStatus(201));
            server.Clock.Advance(TimeSpan.FromSeconds(7));
        }

        // Read before the clock jumps: a message that is sent after its code ran out is not sent at all.
        var messages = await server.MessagesAsync(number, 5);
        var sixth = await server.Api.StartAsync(number);
        server.Clock.Advance(TimeSpan.FromSeconds(592.5));
        var muchLater = await server.Api.StartAsync(number);

        Assert.Single(answers.Select(answer => answer.Text("sid")).Distinct());
        Assert.Single(messages.Select(message => message.Code.Reveal()).Distinct());
        Assert.Equal([1, 2, 3, 4, 5], answers.Select(answer => answer.At("send_code_attempts").GetArrayLength()));
        sixth.AssertError(429, 60203, "max_send_attempts").AssertRetryIn(593);
        muchLater.AssertError(429, 60203, "max_send_attempts").AssertRetryIn(1);

        server.Clock.Advance(TimeSpan.FromSeconds(0.5));

        Assert.NotEqual(answers[0].Text("sid"), (await server.Api.StartAsync(number)).AssertStatus(201).Text("sid"));
    }

    [Fact]
    public async Task A_refused_send_sends_nothing()
    {
        var number = server.NewNumber();
        for (var send = 0; send < 7; send++)
        {
            await server.Api.StartAsync(number);
        }

        await server.MessagesAsync(number, 5);
        (await server.Api.StartAsync(server.NewNumber())).AssertStatus(201);

        var messages = await server.Api.GetAsync($"/sandbox/messages?to={Uri.EscapeDataString(number)}");
        Assert.Equal(5, messages.AssertStatus(200).At("messages").GetArrayLength());
    }

    [Fact]
    public async Task The_sixth_check_is_refused_even_with_the_right_code()
    {
        var (number, code) = await StartAsync();
        server.Clock.Advance(TimeSpan.FromSeconds(100));
        var wrong = new List<Answer>();
        for (var guess = 0; guess < 5; guess++)
        {
            wrong.Add((await server.Api.CheckAsync(number, RunningServer.Wrong(code))).AssertStatus(200));
        }

        var sixth = await server.Api.CheckAsync(number, code);

        Assert.Equal(["pending", "pending", "pending", "pending", "max_attempts_reached"], wrong.Select(answer => answer.Text("status")));
        Assert.All(wrong, answer => Assert.False(answer.At("valid").GetBoolean()));
        sixth.AssertError(429, 60202, "max_check_attempts").AssertRetryIn(500);
    }

    [Fact]
    public async Task Starting_again_buys_no_guesses_until_the_exhausted_verification_would_have_expired()
    {
        var (number, code) = await StartAsync();
        server.Clock.Advance(TimeSpan.FromSeconds(250));
        await ExhaustAsync(number, code);

        (await server.Api.StartAsync(number)).AssertError(429, 60202, "max_check_attempts").AssertRetryIn(350);
        server.Clock.Advance(TimeSpan.FromSeconds(349));
        (await server.Api.StartAsync(number)).AssertError(429, 60202, "max_check_attempts").AssertRetryIn(1);
        server.Clock.Advance(TimeSpan.FromSeconds(1));

        (await server.Api.StartAsync(number)).AssertStatus(201);
        Assert.Equal("approved", (await server.Api.CheckAsync(number, await server.CodeAsync(number, 2))).Text("status"));
    }

    [Fact]
    public async Task Where_codes_live_longer_the_wait_after_five_wrong_guesses_is_ten_minutes()
    {
        var path = await server.NewServiceAsync();
        (await server.Api.PostJsonAsync(path.Replace("/v2/S", "/admin/v1/s", StringComparison.Ordinal), """{"code_lifetime_seconds":3600}""")).AssertStatus(200);
        var number = server.NewNumber();
        var started = await server.Api.PostAsync(path + "/Verifications", ("To", number), ("Channel", "sms"));
        var wrong = RunningServer.Wrong(await server.CodeAsync(number));
        for (var guess = 0; guess < 5; guess++)
        {
            (await server.Api.PostAsync(path + "/VerificationCheck", ("To", number), ("Code", wrong))).AssertStatus(200);
        }

        var again = await server.Api.PostAsync(path + "/Verifications", ("To", number), ("Channel", "sms"));

        Assert.Equal(3600, started.Number("countersign.expires_seconds"));
        again.AssertError(429, 60202, "max_check_attempts").AssertRetryIn(600);
    }

    [Fact]
    public async Task A_new_start_after_the_end_has_a_SID_and_a_code_of_its_own()
    {
        var sids = new List<string?>();
        var number = server.NewNumber();

        sids.Add((await server.Api.StartAsync(number)).Text("sid"));
        var first = await server.CodeAsync(number);
        await server.Api.CheckAsync(number, first);
        // What ends before its message has gone out is not sent: each goes out first.
        sids.Add((await server.Api.StartAsync(number)).Text("sid"));
        await server.MessagesAsync(number, 2);
        await server.Api.PostAsync($"{RunningServer.ServicePath}/Verifications/{number}", ("Status", "canceled"));
        sids.Add((await server.Api.StartAsync(number)).Text("sid"));
        await server.MessagesAsync(number, 3);
        server.Clock.Advance(Lifetime);
        sids.Add((await server.Api.StartAsync(number)).Text("sid"));

        Assert.Equal(4, sids.Distinct().Count());
        Assert.True((await server.MessagesAsync(number, 4)).Select(message => message.Code.Reveal()).Distinct().Count() > 1);
    }

    [Fact]
    public async Task Next_steps_say_what_may_be_done_and_when()
    {
        var number = server.NewNumber();

        var started = await server.Api.StartAsync(number);
        var code = await server.CodeAsync(number);
        server.Clock.Advance(TimeSpan.FromSeconds(90.5));
        var wrong = await server.Api.CheckAsync(number, RunningServer.Wrong(code));
        for (var send = 2; send <= 4; send++)
        {
            await server.Api.StartAsync(number);
        }

        var fifth = await server.Api.StartAsync(number);
        server.Clock.Advance(TimeSpan.FromSeconds(60));
        var fetched = await server.Api.GetAsync($"{RunningServer.ServicePath}/Verifications/{number}");
        var right = await server.Api.CheckAsync(number, code);

        AssertNext(started, nextSend: 0, nextCheck: 0, expires: 600, sends: 4, checks: 5);
        AssertNext(wrong, nextSend: 0, nextCheck: 0, expires: 510, sends: 4, checks: 4);
        AssertNext(fifth, nextSend: 600, nextCheck: 0, expires: 600, sends: 0, checks: 4);
        AssertNext(fetched, nextSend: 540, nextCheck: 0, expires: 540, sends: 0, checks: 4);
        AssertNext(right, nextSend: 0, nextCheck: null, expires: 0, sends: 0, checks: 0);
    }

    [Fact]
    public async Task Next_steps_after_the_last_guess_say_when_a_new_start_is_accepted()
    {
        var (number, code) = await StartAsync();
        server.Clock.Advance(TimeSpan.FromSeconds(30));

        var last = await ExhaustAsync(number, code);

        AssertNext(last, nextSend: 570, nextCheck: null, expires: 0, sends: 0, checks: 0);
        (await server.Api.StartAsync(number)).AssertError(429, 60202, "max_check_attempts").AssertRetryIn(570);
    }

    static void AssertNext(Answer answer, int? nextSend, int? nextCheck, int expires, int sends, int checks)
    {
        Assert.Equal(
            ["next_send_seconds", "next_check_seconds", "expires_seconds", "sends_left", "checks_left", "channels", "risk"], answer.NamesAt("countersign"));
        Assert.Equal(nextSend, Seconds(answer, "next_send_seconds"));
        Assert.Equal(nextCheck, Seconds(answer, "next_check_seconds"));
        Assert.Equal(
            (expires, sends, checks),
            (answer.Number("countersign.expires_seconds"), answer.Number("countersign.sends_left"), answer.Number("countersign.checks_left")));
        Assert.Equal(["sms", "call", "whatsapp"], answer.At("countersign.channels").EnumerateArray().Select(channel => channel.GetString()));
        Assert.Equal(0, answer.Number("countersign.risk.score"));
    }

    static int? Seconds(Answer answer, string name) => answer.IsNull($"countersign.{name}") ? null : answer.Number($"countersign.{name}");

    async Task<(string Number, string Code)> StartAsync()
    {
        var number = server.NewNumber();
        (await server.Api.StartAsync(number)).AssertStatus(201);
        return (number, await server.CodeAsync(number));
    }

    async Task<Answer> ExhaustAsync(string number, string code)
    {
        for (var guess = 0; ; guess++)
        {
            var answer = (await server.Api.CheckAsync(number, RunningServer.Wrong(code))).AssertStatus(200);
            if (guess == 4)
            {
                return answer;
            }
        }
    }
}
