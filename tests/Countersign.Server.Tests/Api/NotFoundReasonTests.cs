using Countersign.Server.Tests.Running;

namespace Countersign.Server.Tests.Api;

/// <summary>A 404 that says why: the same for a check, a fetch by number and an update, by number and by SID.</summary>
public sealed class NotFoundReasonTests(RunningServer server) : IClassFixture<RunningServer>
{
    [Fact]
    public async Task Never_existed()
    {
        var number = server.NewNumber();
        var sid = "VE" + new string('0', 32);

        (await server.Api.CheckAsync(number, "123456")).AssertError(404, 20404, "never_existed");
        (await CheckSidAsync(sid)).AssertError(404, 20404, "never_existed");
        foreach (var name in new[] { number, sid, "nonsense" })
        {
            (await server.Api.GetAsync(PathOf(name))).AssertError(404, 20404, "never_existed");
            (await server.Api.PostAsync(PathOf(name), ("Status", "canceled"))).AssertError(404, 20404, "never_existed");
        }
    }

    [Theory]
    [InlineData("/v2/Services/VA00000000000000000000000000000000", "This account has no service with the SID VA00000000000000000000000000000000.")]
    [InlineData("/v2/Services/VA00000000000000000000000000000000/Verifications/+14155550123", "This account has no service with the SID VA00000000000000000000000000000000.")]
    [InlineData("/v2/Services/VE00000000000000000000000000000000", "VE00000000000000000000000000000000 is no service SID")]
    [InlineData("/v2/Services/$SERVICE/Verifications/x", "$SERVICE is no service SID")]
    [InlineData("/admin/v1/services/VA00000000000000000000000000000000", "This account has no service with the SID VA00000000000000000000000000000000.")]
    [InlineData("/v2/Service", "No operation of this version has that path.")]
    [InlineData(RunningServer.ServicePath + "/Verification", "No operation of this version has that path.")]
    [InlineData("/admin/v1/service", "The admin API has no such path. GET /openapi/admin.json")]
    [InlineData("/sandbox/message", "There is nothing there. The virtual phones are at /sandbox")]
    [InlineData("/nothing", "There is nothing there. The API is under /v2")]
    public async Task What_was_looked_for_is_said_for_a_path_that_leads_nowhere(string path, string said)
    {
        var answer = (await server.Api.GetAsync(path)).AssertError(404, 20404, "not_found");

        Assert.StartsWith(said, answer.Text("details.explanation"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Approved()
    {
        var (number, sid, code) = await StartAsync();
        (await server.Api.CheckAsync(number, code)).AssertStatus(200);

        await AssertEndedAsync(number, sid, "approved");
    }

    [Fact]
    public async Task Approved_by_the_callers_word()
    {
        var (number, sid, _) = await StartAsync();
        var updated = await server.Api.PostAsync(PathOf(number), ("Status", "approved"));

        Assert.Equal(("approved", true), (updated.AssertStatus(200).Text("status"), updated.At("valid").GetBoolean()));
        await AssertEndedAsync(number, sid, "approved");
    }

    [Fact]
    public async Task Canceled()
    {
        var (number, sid, _) = await StartAsync();
        var updated = await server.Api.PostAsync(PathOf(sid), ("Status", "canceled"));

        Assert.Equal(("canceled", false), (updated.AssertStatus(200).Text("status"), updated.At("valid").GetBoolean()));
        await AssertEndedAsync(number, sid, "canceled");
    }

    [Fact]
    public async Task Expired()
    {
        var (number, sid, _) = await StartAsync();
        server.Clock.Advance(TimeSpan.FromMinutes(10));

        await AssertEndedAsync(number, sid, "expired");
    }

    [Fact]
    public async Task Max_attempts_reached()
    {
        var (number, sid, code) = await StartAsync();
        for (var guess = 0; guess < 5; guess++)
        {
            await server.Api.CheckAsync(number, RunningServer.Wrong(code));
        }

        // Until a new start is accepted a check gets Twilio's 60202, which says when.
        (await CheckSidAsync(sid)).AssertError(429, 60202, "max_check_attempts").AssertRetryIn(600);
        server.Clock.Advance(TimeSpan.FromMinutes(10));

        await AssertEndedAsync(number, sid, "max_attempts_reached");
    }

    [Fact]
    public async Task An_update_of_a_verification_that_used_up_its_guesses_is_refused_at_once()
    {
        var (number, sid, code) = await StartAsync();
        for (var guess = 0; guess < 5; guess++)
        {
            await server.Api.CheckAsync(number, RunningServer.Wrong(code));
        }

        (await server.Api.PostAsync(PathOf(number), ("Status", "approved"))).AssertError(404, 20404, "max_attempts_reached");
        (await server.Api.PostAsync(PathOf(sid), ("Status", "approved"))).AssertError(404, 20404, "max_attempts_reached");
    }

    [Fact]
    public async Task A_SID_and_a_number_that_do_not_belong_together_name_nothing()
    {
        var (_, sid, code) = await StartAsync();
        var (other, _, _) = await StartAsync();

        var check = await server.Api.CheckAsync(other, code, ("VerificationSid", sid));

        check.AssertError(404, 20404, "never_existed");
        Assert.Equal(5, (await server.Api.GetAsync(PathOf(sid))).Number("countersign.checks_left"));
        Assert.Equal(5, (await server.Api.GetAsync(PathOf(other))).Number("countersign.checks_left"));
    }

    [Fact]
    public async Task A_SID_and_its_number_together_name_the_verification()
    {
        var (number, sid, code) = await StartAsync();

        var check = await server.Api.CheckAsync(number, code, ("VerificationSid", sid));

        Assert.Equal(sid, check.AssertStatus(200).Text("sid"));
    }

    [Fact]
    public async Task A_verification_of_another_service_of_the_same_account_is_not_found()
    {
        var (number, sid, code) = await StartAsync();
        var path = await server.NewServiceAsync();

        (await server.Api.PostAsync(path + "/VerificationCheck", ("VerificationSid", sid), ("Code", code))).AssertError(404, 20404, "never_existed");
        (await server.Api.PostAsync(path + "/VerificationCheck", ("To", number), ("Code", code))).AssertError(404, 20404, "never_existed");
        (await server.Api.GetAsync($"{path}/Verifications/{sid}")).AssertError(404, 20404, "never_existed");
        (await server.Api.PostAsync($"{path}/Verifications/{sid}", ("Status", "approved"))).AssertError(404, 20404, "never_existed");
        Assert.Equal("pending", (await server.Api.GetAsync(PathOf(sid))).Text("status"));
    }

    [Fact]
    public async Task The_message_is_Twilios_and_the_explanation_is_for_people()
    {
        var answer = await server.Api.CheckAsync(server.NewNumber(), "123456");

        Assert.Equal($"The requested resource /Services/{RunningServer.ServiceSid}/VerificationCheck was not found", answer.Text("message"));
        Assert.NotEmpty(answer.Text("details.explanation")!);
    }

    async Task AssertEndedAsync(string number, string sid, string status)
    {
        (await server.Api.CheckAsync(number, "123456")).AssertError(404, 20404, status);
        (await CheckSidAsync(sid)).AssertError(404, 20404, status);
        foreach (var name in new[] { number, sid })
        {
            (await server.Api.PostAsync(PathOf(name), ("Status", "approved"))).AssertError(404, 20404, status);
            (await server.Api.PostAsync(PathOf(name), ("Status", "canceled"))).AssertError(404, 20404, status);
        }

        // By number only what is pending can be fetched, by SID everything.
        (await server.Api.GetAsync(PathOf(number))).AssertError(404, 20404, status);
        Assert.Equal(status, (await server.Api.GetAsync(PathOf(sid))).AssertStatus(200).Text("status"));
    }

    async Task<(string Number, string Sid, string Code)> StartAsync()
    {
        var number = server.NewNumber();
        var started = (await server.Api.StartAsync(number)).AssertStatus(201);
        return (number, started.Text("sid")!, await server.CodeAsync(number));
    }

    Task<Answer> CheckSidAsync(string sid) =>
        server.Api.PostAsync(RunningServer.ServicePath + "/VerificationCheck", ("VerificationSid", sid), ("Code", "123456"));

    static string PathOf(string name) => $"{RunningServer.ServicePath}/Verifications/{name}";
}
