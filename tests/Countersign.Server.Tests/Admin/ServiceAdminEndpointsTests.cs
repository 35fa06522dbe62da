using Countersign.Server.Tests.Running;

namespace Countersign.Server.Tests.Admin;

public sealed class ServiceAdminEndpointsTests(RunningServer server) : IClassFixture<RunningServer>
{
    [Theory]
    [InlineData(120, true)]
    [InlineData(86_400, true)]
    [InlineData(119, false)]
    [InlineData(86_401, false)]
    public async Task A_code_lives_two_minutes_to_a_day(int seconds, bool isAccepted)
    {
        var path = await server.NewServiceAsync();
        var number = server.NewNumber();

        var updated = await server.Api.PostJsonAsync(AdminPath(path), $$"""{"code_lifetime_seconds":{{seconds}}}""");
        var started = await server.Api.PostAsync(path + "/Verifications", ("To", number), ("Channel", "sms"));

        Assert.Equal(isAccepted ? 200 : 400, updated.Status);
        Assert.Equal(isAccepted ? seconds : 600, started.Number("countersign.expires_seconds"));
    }

    [Fact]
    public async Task A_service_has_a_plan_of_its_own_for_starts_that_bring_none()
    {
        var path = await server.NewServiceAsync();
        var admin = "/admin/v1/services/" + path.Split('/')[^1];

        var set = (await server.Api.PostJsonAsync(admin, """{"fallback":[{"channel":"sms","wait":20},{"channel":"call"}]}""")).AssertStatus(200);

        Assert.Equal("""[{"channel":"sms","wait":20},{"channel":"call","wait":30}]""", set.At("fallback").GetRawText());
        var started = (await server.Api.PostAsync(path + "/Verifications", ("To", server.NewNumber()), ("Channel", "sms"))).AssertStatus(201);
        Assert.Equal(("call", 20), (started.Text("countersign.fallback.channel"), started.Number("countersign.fallback.seconds")));
        (await server.Api.PostJsonAsync(admin, """{"fallback":[{"channel":"email"}]}""")).AssertInvalid("fallback", "invalid_plan");
        (await server.Api.PostJsonAsync(admin, """{"fallback":7}""")).AssertInvalid("fallback", "invalid_plan");
        Assert.Equal("[]", (await server.Api.PostJsonAsync(admin, """{"fallback":null}""")).AssertStatus(200).At("fallback").GetRawText());
    }

    [Fact]
    public async Task A_test_number_gets_its_fixed_code_and_loses_it_again()
    {
        var path = await server.NewServiceAsync();
        var number = server.NewNumber();
        var testNumber = $"{AdminPath(path)}/test-numbers/{number}";

        (await PutAsync(testNumber, """{"code":"4242"}""")).AssertStatus(200);
        await server.Api.PostAsync(path + "/Verifications", ("To", number), ("Channel", "sms"));

        Assert.Equal("4242", await server.CodeAsync(number));
        Assert.Equal("approved", (await server.Api.PostAsync(path + "/VerificationCheck", ("To", number), ("Code", "4242"))).Text("status"));
        Assert.Equal(204, (await server.Api.DeleteAsync(testNumber)).Status);
        (await server.Api.DeleteAsync(testNumber)).AssertError(404, 20404, "not_found");
        Assert.Equal(0, (await server.Api.GetAsync($"{AdminPath(path)}/test-numbers")).At("test_numbers").GetArrayLength());
    }

    [Fact]
    public async Task Another_fixed_code_takes_the_place_of_the_one_that_is_pending()
    {
        var path = await server.NewServiceAsync();
        var number = server.NewNumber();
        var testNumber = $"{AdminPath(path)}/test-numbers/{number}";
        await PutAsync(testNumber, """{"code":"4242"}""");
        var first = await server.Api.PostAsync(path + "/Verifications", ("To", number), ("Channel", "sms"));

        await PutAsync(testNumber, """{"code":"7777"}""");
        (await server.Api.PostAsync(path + "/Verifications", ("To", number), ("Channel", "sms"))).AssertStatus(201);

        Assert.Equal("canceled", (await server.Api.GetAsync($"{path}/Verifications/{first.Text("sid")}")).Text("status"));
        Assert.Equal("pending", (await server.Api.PostAsync(path + "/VerificationCheck", ("To", number), ("Code", "4242"))).Text("status"));
        Assert.Equal("approved", (await server.Api.PostAsync(path + "/VerificationCheck", ("To", number), ("Code", "7777"))).Text("status"));
    }

    [Fact]
    public async Task Another_accounts_service_is_not_found()
    {
        var other = await server.NewAccountAsync();
        var path = AdminPath(RunningServer.ServicePath);

        (await other.GetAsync(path)).AssertError(404, 20404, "not_found");
        (await other.PostJsonAsync(path, "{}")).AssertError(404, 20404, "not_found");
        (await other.GetAsync(path + "/test-numbers")).AssertError(404, 20404, "not_found");
        (await other.DeleteAsync(path + "/test-numbers/+14155550100")).AssertError(404, 20404, "not_found");
    }

    Task<Answer> PutAsync(string path, string json) => server.Api.SendAsync(HttpMethod.Put, path, new StringContent(json, null, "application/json"));

    static string AdminPath(string servicePath) => servicePath.Replace("/v2/Services", "/admin/v1/services", StringComparison.Ordinal);
}
