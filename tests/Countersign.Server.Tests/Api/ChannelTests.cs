using Countersign.Core;
using Countersign.Core.Channels;
using Countersign.Core.Services;
using Countersign.Core.Verifications;
using Countersign.Server.Tests.Running;
using Microsoft.Extensions.DependencyInjection;

namespace Countersign.Server.Tests.Api;

/// <summary>The channels other than sms, as the sandbox serves them.</summary>
public sealed class ChannelTests(RunningServer server) : IClassFixture<RunningServer>
{
    [Theory]
    [InlineData("call")]
    [InlineData("whatsapp")]
    public async Task Every_channel_of_a_phone_is_served(string channel)
    {
        var number = server.NewNumber();

        var answer = (await StartAsync(number, channel)).AssertStatus(201);

        Assert.Equal(channel, answer.Text("channel"));
        Assert.Equal(channel, answer.At("send_code_attempts").EnumerateArray().Single().GetProperty("channel").GetString()!.ToLowerInvariant());
    }

    [Fact]
    public async Task A_mailbox_is_verified_like_a_number_whatever_the_case_it_is_typed_in()
    {
        var started = (await StartAsync("Ann.Owl@Example.com", "email")).AssertStatus(201);

        Assert.Equal(("Ann.Owl@example.com", "email"), (started.Text("to"), started.Text("channel")));
        Assert.Equal(["email"], started.At("countersign.channels").EnumerateArray().Select(channel => channel.GetString()));
        Assert.Equal("EMAIL", started.At("send_code_attempts").EnumerateArray().Single().GetProperty("channel").GetString());
        var found = (await server.Api.GetAsync(RunningServer.ServicePath + "/Verifications/ann.owl@example.com")).AssertStatus(200);
        Assert.Equal(started.Text("sid"), found.Text("sid"));
        var code = await server.CodeAsync("ann.owl@example.com");
        var check = await server.Api.PostAsync(RunningServer.ServicePath + "/VerificationCheck", ("To", "ANN.OWL@example.com"), ("Code", code));
        Assert.Equal("approved", check.AssertStatus(200).Text("status"));
    }

    [Theory]
    [InlineData("nobody", "email")]
    [InlineData("nobody@", "email")]
    [InlineData("a@b@example.com", "auto")]
    [InlineData("+14155550100", "email")]
    public async Task What_is_no_mailbox_is_refused(string to, string channel) =>
        Assert.Equal(60200, (await StartAsync(to, channel)).AssertStatus(400).Number("code"));

    [Theory]
    [InlineData("sms")]
    [InlineData("call")]
    [InlineData("whatsapp")]
    public async Task A_mailbox_is_no_phone(string channel) =>
        Assert.Equal(60200, (await StartAsync("ann@example.com", channel)).AssertStatus(400).Number("code"));

    [Fact]
    public async Task Auto_chooses_a_channel_and_says_what_comes_next()
    {
        var answer = (await StartAsync(server.NewNumber(), "auto")).AssertStatus(201);

        Assert.Equal("sms", answer.Text("channel"));
        Assert.Equal("call", answer.Text("countersign.fallback.channel"));
        Assert.Equal(30, answer.Number("countersign.fallback.seconds"));
    }

    [Fact]
    public async Task A_plan_goes_on_by_itself_until_the_code_is_typed()
    {
        var number = server.NewNumber();
        var started = (await StartAsync(number, "sms", ("Fallback", """[{"channel":"sms","wait":20},{"channel":"whatsapp","wait":40},{"channel":"call"}]"""))).AssertStatus(201);
        var sid = started.Text("sid")!;
        Assert.Equal(20, started.Number("countersign.fallback.seconds"));

        server.Clock.Advance(TimeSpan.FromSeconds(21));

        var messages = await server.MessagesAsync(number, 2);
        Assert.Equal(messages[0].Code.Reveal(), messages[1].Code.Reveal());
        var second = await FetchAsync(sid);
        Assert.Equal(("whatsapp", "pending"), (second.Text("channel"), second.Text("status")));
        Assert.Equal("call", second.Text("countersign.fallback.channel"));
        Assert.Equal(3, second.Number("countersign.sends_left"));
        (await server.Api.PostAsync(RunningServer.ServicePath + "/VerificationCheck", ("To", number), ("Code", messages[0].Code.Reveal()))).AssertStatus(200);

        await AnotherPlanGoesOnAsync();

        Assert.Equal(2, (await FetchAsync(sid)).At("send_code_attempts").GetArrayLength());
    }

    [Fact]
    public async Task A_person_who_asks_again_starts_the_wait_anew()
    {
        var number = server.NewNumber();
        var plan = ("Fallback", """[{"channel":"sms","wait":60},{"channel":"call"}]""");
        var sid = (await StartAsync(number, "sms", plan)).Text("sid")!;
        server.Clock.Advance(TimeSpan.FromSeconds(50));
        await StartAsync(number, "sms", plan);
        server.Clock.Advance(TimeSpan.FromSeconds(20));

        await AnotherPlanGoesOnAsync();

        Assert.Equal(2, (await FetchAsync(sid)).At("send_code_attempts").GetArrayLength());
        await server.MessagesAsync(number, 2);
        server.Clock.Advance(TimeSpan.FromSeconds(41));
        Assert.Equal("Call", (await server.MessagesAsync(number, 3))[0].Channel.ToString());
    }

    /// <summary>When a plan that is due later went on, those that were due before were looked at.</summary>
    async Task AnotherPlanGoesOnAsync()
    {
        var number = server.NewNumber();
        await StartAsync(number, "sms", ("Fallback", """[{"channel":"sms","wait":10},{"channel":"call"}]"""));
        server.Clock.Advance(TimeSpan.FromSeconds(11));
        await server.MessagesAsync(number, 2);
    }

    [Theory]
    [InlineData("xyz", "invalid_plan")]
    [InlineData("[]", "invalid_plan")]
    [InlineData("""[{"channel":"call"}]""", "invalid_plan")]
    [InlineData("""[{"channel":"sms"},{"channel":"sms"}]""", "invalid_plan")]
    [InlineData("""[{"channel":"sms","wait":9}]""", "invalid_plan")]
    [InlineData("""[{"channel":"sms","wait":901}]""", "invalid_plan")]
    [InlineData("""[{"channel":"sms","pause":30}]""", "invalid_plan")]
    [InlineData("""[{"channel":"pigeon"}]""", "invalid_plan")]
    [InlineData("""[{"channel":"sms"},{"channel":"call","to":"+14155550100"}]""", "invalid_plan")]
    [InlineData("""[{"channel":"sms"},{"channel":"email","to":"nobody"}]""", "invalid_plan")]
    [InlineData("""[{"channel":"sms\ud800"}]""", "invalid_plan")]
    [InlineData("""[{"channel\ud800":"sms"}]""", "invalid_plan")]
    [InlineData("""[{"channel":"sms"},{"channel":"email","to":"\ud800@example.com"}]""", "invalid_plan")]
    public async Task A_plan_that_cannot_work_is_refused(string plan, string reason) =>
        (await StartAsync(server.NewNumber(), "sms", ("Fallback", plan))).AssertInvalid("Fallback", reason);

    [Theory]
    [InlineData("sms", "Fallback", """[{"channel":"sms"},{"channel":"email"}]""")]
    [InlineData("sms", "Fallback", """[{"channel":"sms"},{"channel":"email"},{"channel":"call"}]""")]
    [InlineData("sms", "ChannelConfiguration", """{"fallback":[{"channel":"sms"},{"channel":"email"}]}""")]
    [InlineData("auto", "Fallback", """[{"channel":"email"},{"channel":"sms"}]""")]
    [InlineData("auto", "ChannelConfiguration", """{"fallback":[{"channel":"sms"},{"channel":"email"}]}""")]
    public async Task A_plan_of_a_number_that_goes_on_by_email_needs_the_mailbox(string channel, string parameter, string plan)
    {
        var refused = (await StartAsync(server.NewNumber(), channel, (parameter, plan))).AssertInvalid("Fallback", "invalid_plan");

        Assert.Contains("must name a mailbox (to) in its step of email", refused.Text("details.explanation"), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("plans1@example.com", "email", """[{"channel":"email"}]""")]
    [InlineData("plans2@example.com", "auto", """[{"channel":"email"}]""")]
    [InlineData("plans3@example.com", "auto", """[{"channel":"sms"},{"channel":"email"}]""")]
    public async Task A_plan_of_a_mailbox_need_not_name_it_again(string to, string channel, string plan) =>
        Assert.Equal("email", (await StartAsync(to, channel, ("Fallback", plan))).AssertStatus(201).Text("channel"));

    [Fact]
    public async Task A_services_own_plan_with_email_refuses_neither_numbers_nor_mailboxes()
    {
        var path = await server.NewServiceAsync();
        // The admin API takes none like it; a store may hold one.
        await server.Services.GetRequiredService<IServiceStore>().UpdateAsync(
            Sid.Parse(path.Split('/')[^1], "VA"),
            static service => service with { Fallback = [new FallbackStep(Channel.Sms, 30), new FallbackStep(Channel.Email, 30), new FallbackStep(Channel.Call, 30)] },
            TestContext.Current.CancellationToken);

        var number = await server.Api.PostAsync(path + "/Verifications", ("To", server.NewNumber()), ("Channel", "sms"));
        var mailbox = await server.Api.PostAsync(path + "/Verifications", ("To", "plans4@example.com"), ("Channel", "email"));

        Assert.Equal("call", number.AssertStatus(201).Text("countersign.fallback.channel"));
        Assert.Equal("email", mailbox.AssertStatus(201).Text("channel"));
    }

    [Fact]
    public async Task A_plan_may_come_in_a_parameter_that_every_sdk_knows()
    {
        var answer = (await StartAsync(server.NewNumber(), "sms", ("ChannelConfiguration", """{"fallback":[{"channel":"sms","wait":15},{"channel":"call"}]}"""))).AssertStatus(201);

        Assert.Equal(15, answer.Number("countersign.fallback.seconds"));
    }

    [Fact]
    public async Task A_call_in_a_language_that_nobody_speaks_is_refused() =>
        (await StartAsync(server.NewNumber(), "call", ("Locale", "kn"))).AssertError(400, 60331, "locale_without_voice");

    [Fact]
    public async Task A_call_may_be_in_british_english() =>
        (await StartAsync(server.NewNumber(), "call", ("Locale", "en-GB"))).AssertStatus(201);

    Task<Answer> StartAsync(string to, string channel, params (string Name, string Value)[] more) =>
        server.Api.PostAsync(RunningServer.ServicePath + "/Verifications", [("To", to), ("Channel", channel), .. more]);

    Task<Answer> FetchAsync(string sid) => server.Api.GetAsync($"{RunningServer.ServicePath}/Verifications/{sid}");
}
