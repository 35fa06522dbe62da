using Countersign.Core.Guard;
using Countersign.Core.Guard.Challenges;
using Countersign.Server.Tests.GeoIp;
using Countersign.Server.Tests.Running;
using Microsoft.Extensions.DependencyInjection;

namespace Countersign.Server.Tests.Api;

/// <summary>The risk score over HTTP, with two small databases of addresses and the clock stepped.</summary>
public sealed class RiskTests : IAsyncLifetime
{
    const string Script = "python-requests/2.31.0";

    readonly GeoFiles _files = new();
    readonly Gate _gate = new();
    RunningServer _server = null!;
    string _path = null!;

    public async ValueTask InitializeAsync()
    {
        _server = await RunningServer.StartAsync(_files.Settings, services => services.AddSingleton<IChallengeGate>(_gate));
        _path = await _server.NewServiceAsync();
    }

    public async ValueTask DisposeAsync()
    {
        await _server.DisposeAsync();
        _files.Dispose();
    }

    [Fact]
    public async Task The_score_and_its_reasons_are_told_and_by_default_nothing_follows()
    {
        var number = _server.NewNumber();

        var started = (await StartAsync(number, ("DeviceIp", GeoFiles.Rented), ("DeviceUserAgent", Script))).AssertStatus(201);

        Assert.Contains("hosting_network", Reasons(started));
        Assert.Contains("automated_client", Reasons(started));
        Assert.InRange(started.Number("countersign.risk.score"), 55, 60);
        Assert.Equal(("allow", "challenge"), (started.Text("countersign.risk.action"), started.Text("countersign.risk.watched")));
        Assert.Contains("challenge, watched", Assert.Single(_server.Logs.Lines, IsOfRisk).Text, StringComparison.Ordinal);
        var fetched = await _server.Api.GetAsync($"{_path}/Verifications/{started.Text("sid")}");
        Assert.Equal(started.At("countersign.risk").GetRawText(), fetched.At("countersign.risk").GetRawText());
    }

    [Fact]
    public async Task Against_a_start_of_which_nothing_is_told_nothing_speaks()
    {
        var started = (await StartAsync(_server.NewNumber())).AssertStatus(201);

        Assert.Equal("""{"score":0,"reasons":[],"action":"allow"}""", started.At("countersign.risk").GetRawText());
    }

    [Fact]
    public async Task An_SDK_that_knows_no_parameters_of_ours_tells_it_by_tags()
    {
        await SetAsync("""{"mode":"enforce","refuse_from":40}""");

        (await StartAsync(_server.NewNumber(), ("Tags", $$"""{"user_agent":"{{Script}}","order":"7"}"""))).AssertError(403, 60410, "risk");
        (await StartAsync(_server.NewNumber(), ("Tags", """{"account_created_at":"whenever","previous_number":"none"}"""))).AssertStatus(201);
    }

    [Fact]
    public async Task A_browsers_name_of_itself_may_be_longer_than_other_tags()
    {
        await SetAsync("""{"mode":"enforce","refuse_from":40}""");
        var agent = $"{Script} {new string('a', 1023 - Script.Length)}";

        (await StartAsync(_server.NewNumber(), ("Tags", $$"""{"user_agent":"{{agent}}"}"""))).AssertError(403, 60410, "risk");
        (await StartAsync(_server.NewNumber(), ("Tags", $$"""{"user_agent":"{{agent}}a"}"""))).AssertError(400, 60200, "value_too_long");
        (await StartAsync(_server.NewNumber(), ("Tags", $$"""{"order":"{{new string('a', 129)}}"}"""))).AssertError(400, 60200, "value_too_long");
    }

    [Theory]
    [InlineData("AccountCreatedAt", "yesterday", "not_a_moment")]
    [InlineData("PreviousNumber", "+1", "too_short")]
    public async Task A_parameter_that_is_wrong_is_refused(string name, string value, string reason)
    {
        var refused = await StartAsync(_server.NewNumber(), (name, value));

        Assert.Equal((400, name), (refused.Status, refused.Text("details.parameter")));
        Assert.True(name == "PreviousNumber" || refused.Text("details.reason") == reason);
    }

    [Theory]
    [InlineData("PreviousNumber", 65)]
    [InlineData("DeviceFingerprint", 257)]
    [InlineData("DeviceUserAgent", 1025)]
    public async Task What_was_told_of_the_person_is_not_repeated_in_an_error(string name, int length)
    {
        var value = string.Concat(Enumerable.Repeat("77009001", 200))[..length];

        var refused = (await StartAsync(_server.NewNumber(), (name, value))).AssertStatus(400);

        Assert.Equal(name, refused.Text("details.parameter"));
        Assert.DoesNotContain("77009001", refused.Body, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_refusal_explains_itself_sends_nothing_and_leaves_ways_on()
    {
        await SetAsync("""{"mode":"enforce","refuse_from":40}""");
        var number = _server.NewNumber();

        var refused = (await StartAsync(number, ("DeviceUserAgent", Script))).AssertError(403, 60410, "risk");

        Assert.Equal((40, 40, "automated_client"), (refused.Number("details.score"), refused.Number("details.threshold"), Assert.Single(refused.At("details.reasons").EnumerateArray()).GetString()));
        Assert.Equal(0, (await _server.Api.GetAsync($"/sandbox/messages?to={Uri.EscapeDataString(number)}")).At("messages").GetArrayLength());
        var vouched = (await StartAsync(number, ("DeviceUserAgent", Script), ("RiskCheck", "disable"))).AssertStatus(201);
        Assert.True(vouched.IsNull("countersign.risk"));
        var listed = _server.NewNumber();
        (await _server.Api.PostAsync("/v2/SafeList/Numbers", ("PhoneNumber", listed))).AssertStatus(201);
        (await StartAsync(listed, ("DeviceUserAgent", Script))).AssertStatus(201);
    }

    [Fact]
    public async Task A_journey_that_nobody_makes_is_refused_until_it_could_have_been_made()
    {
        await SetAsync("""{"mode":"enforce","challenge_from":0,"refuse_from":40}""");
        var number = _server.NewNumber();
        (await StartAsync(number, ("DeviceIp", GeoFiles.London))).AssertStatus(201);
        Assert.Equal("approved", (await _server.Api.PostAsync(_path + "/VerificationCheck", ("To", number), ("Code", await _server.CodeAsync(number)))).Text("status"));

        _server.Clock.Advance(TimeSpan.FromHours(1));
        var refused = (await StartAsync(number, ("DeviceIp", GeoFiles.Tokyo))).AssertError(403, 60410, "risk");

        Assert.Contains("impossible_travel", refused.At("details.reasons").EnumerateArray().Select(reason => reason.GetString()));
        Assert.InRange(refused.Number("details.retry_after"), 8 * 3600, 9 * 3600);
        (await StartAsync(number, ("DeviceIp", GeoFiles.London))).AssertStatus(201);
        _server.Clock.Advance(TimeSpan.FromSeconds(refused.Number("details.retry_after")));
        (await StartAsync(number, ("DeviceIp", GeoFiles.Tokyo))).AssertStatus(201);
    }

    [Fact]
    public async Task A_device_is_known_again_after_its_code_was_typed_back()
    {
        var number = _server.NewNumber();
        var fingerprint = _server.Secret("f1ngerprint-of-a-phone");
        (await StartAsync(number, ("DeviceFingerprint", fingerprint))).AssertStatus(201);
        Assert.Equal("approved", (await _server.Api.PostAsync(_path + "/VerificationCheck", ("To", number), ("Code", await _server.CodeAsync(number)))).Text("status"));

        Assert.Empty(Reasons(await StartAsync(number, ("DeviceFingerprint", fingerprint))));
        Assert.Equal(["new_device"], Reasons(await StartAsync(number, ("DeviceFingerprint", _server.Secret("f1ngerprint-of-another")))));
    }

    [Fact]
    public async Task A_risky_start_goes_by_another_channel_than_text_messages()
    {
        await SetAsync("""{"mode":"enforce","challenge_from":0,"stronger_channel_from":40}""");
        var number = _server.NewNumber();

        var refused = (await StartAsync(number, ("DeviceUserAgent", Script))).AssertError(403, 60410, "stronger_channel");
        Assert.Contains("call", refused.At("details.channels").EnumerateArray().Select(channel => channel.GetString()));

        var started = (await _server.Api.PostAsync(_path + "/Verifications", ("To", number), ("Channel", "auto"), ("DeviceUserAgent", Script))).AssertStatus(201);
        Assert.NotEqual("sms", started.Text("channel"));
        Assert.Equal("stronger_channel", started.Text("countersign.risk.action"));

        // Nor does the plan come back to them.
        var other = _server.NewNumber();
        var planned = await _server.Api.PostAsync(
            _path + "/Verifications", ("To", other), ("Channel", "call"), ("Fallback", """[{"channel":"call"},{"channel":"sms"}]"""), ("DeviceUserAgent", Script));
        Assert.False(planned.AssertStatus(201).Has("countersign.fallback"));
    }

    [Fact]
    public async Task A_channel_that_is_closed_to_the_country_is_no_other_channel_and_work_stands_in()
    {
        await SetAsync("""{"mode":"enforce","challenge_from":0,"stronger_channel_from":40}""");
        var closed = _path.Replace("/v2/Services", "/admin/v1/services", StringComparison.Ordinal) + "/geo-permissions";
        (await _server.Api.SendJsonAsync(HttpMethod.Put, closed, """{"default":{"call":"deny","whatsapp":"deny"}}""")).AssertStatus(200);

        (await StartAsync(_server.NewNumber(), ("DeviceUserAgent", Script))).AssertError(403, 60410, "solve_this");
        (await _server.Api.PostAsync(_path + "/Verifications", ("To", _server.NewNumber()), ("Channel", "auto"), ("DeviceUserAgent", Script))).AssertError(403, 60410, "solve_this");
        var score = await _server.Api.GetAsync($"/admin/v1/services/{_path.Split('/')[^1]}/risk/score?to={Uri.EscapeDataString(_server.NewNumber())}&user_agent={Script}");
        Assert.Equal("challenge", score.AssertStatus(200).Text("action"));

        // One that is left open is named alone.
        (await _server.Api.SendJsonAsync(HttpMethod.Put, closed, """{"default":{"whatsapp":"deny"}}""")).AssertStatus(200);
        var refused = (await StartAsync(_server.NewNumber(), ("DeviceUserAgent", Script))).AssertError(403, 60410, "stronger_channel");
        Assert.Equal(["call"], refused.At("details.channels").EnumerateArray().Select(channel => channel.GetString()));
    }

    [Fact]
    public async Task A_challenge_is_asked_for_and_once_solved_the_start_goes_out()
    {
        await SetAsync("""{"mode":"enforce","challenge_from":30}""");
        var number = _server.NewNumber();

        var asked = (await StartAsync(number, ("DeviceUserAgent", Script))).AssertError(403, 60410, "solve_this");
        Assert.Equal(40, asked.Number("details.score"));
        _gate.IsSolved = true;
        var started = (await StartAsync(number, ("DeviceUserAgent", Script))).AssertStatus(201);

        Assert.Equal("challenge", started.Text("countersign.risk.action"));
    }

    [Fact]
    public async Task What_is_held_back_is_logged_with_the_number_masked_and_nothing_of_the_person()
    {
        await SetAsync("""{"mode":"enforce","refuse_from":40}""");

        await StartAsync(_server.NewNumber(), ("DeviceUserAgent", Script), ("DeviceFingerprint", _server.Secret("f1ngerprint-to-hide")), ("PreviousNumber", _server.NewNumber()));
        await StartAsync(_server.NewNumber(), ("Tags", $$"""{"device_fingerprint":"{{_server.Secret("f1ngerprint-in-tags")}}"}"""));

        var line = Assert.Single(_server.Logs.Lines, line => line.Text.Contains("Risk 4", StringComparison.Ordinal));
        Assert.Contains("automated_client", line.Text, StringComparison.Ordinal);
        Assert.DoesNotContain(_server.Logs.Lines, logged => logged.Text.Contains(Script, StringComparison.Ordinal));
    }

    [Fact]
    public async Task What_went_out_by_another_channel_is_not_logged_as_held_back()
    {
        await SetAsync("""{"mode":"enforce","challenge_from":0,"stronger_channel_from":40}""");

        (await _server.Api.PostAsync(_path + "/Verifications", ("To", _server.NewNumber()), ("Channel", "auto"), ("DeviceUserAgent", Script))).AssertStatus(201);

        Assert.Contains("stronger_channel, let through", Assert.Single(_server.Logs.Lines, IsOfRisk).Text, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("sms", "")]
    [InlineData("auto", """[{"channel":"sms"}]""")]
    public async Task What_found_no_other_channel_is_logged_as_held_back(string channel, string plan)
    {
        await SetAsync("""{"mode":"enforce","challenge_from":0,"stronger_channel_from":40}""");

        var refused = await _server.Api.PostAsync(
            _path + "/Verifications", [("To", _server.NewNumber()), ("Channel", channel), ("DeviceUserAgent", Script), .. plan.Length == 0 ? [] : new[] { ("Fallback", plan) }]);

        refused.AssertError(403, 60410, "stronger_channel");
        Assert.Contains("stronger_channel, held back with stronger_channel", Assert.Single(_server.Logs.Lines, IsOfRisk).Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_would_be_challenged_and_is_answered_with_another_channel_is_logged_with_that_answer()
    {
        await SetAsync("""{"mode":"enforce","challenge_from":30,"stronger_channel_from":40}""");

        (await StartAsync(_server.NewNumber(), ("DeviceUserAgent", Script))).AssertError(403, 60410, "stronger_channel");

        Assert.Contains("challenge, held back with stronger_channel", Assert.Single(_server.Logs.Lines, IsOfRisk).Text, StringComparison.Ordinal);
    }

    static bool IsOfRisk(LogLine line) => line.EventId == 1501;

    Task<Answer> StartAsync(string number, params (string Name, string Value)[] more) =>
        _server.Api.PostAsync(_path + "/Verifications", [("To", number), ("Channel", "sms"), .. more]);

    async Task SetAsync(string settings) =>
        (await _server.Api.PostJsonAsync($"/admin/v1/services/{_path.Split('/')[^1]}/risk", settings)).AssertStatus(200);

    static string[] Reasons(Answer answer) => [.. answer.At("countersign.risk.reasons").EnumerateArray().Select(reason => reason.GetString()!)];

    sealed class Gate : IChallengeGate
    {
        public bool IsSolved { get; set; }

        public GuardRefusal? Ask(StartFacts start, int effort, string reason, DateTimeOffset now) =>
            IsSolved ? null : new GuardRefusal(GuardRefusalKind.Blocked, "solve_this", "Solve this.");
    }
}
