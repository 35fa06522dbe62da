using Countersign.Server.Tests.Running;

namespace Countersign.Server.Tests.Admin;

public sealed class FraudGuardAdminEndpointsTests(RunningServer server) : IClassFixture<RunningServer>
{
    [Fact]
    public async Task A_service_begins_at_level_standard_and_keeps_what_it_is_set_to()
    {
        var path = await PathAsync();
        var before = (await server.Api.GetAsync(path)).AssertStatus(200);
        Assert.Equal(("standard", false), (before.Text("level"), before.At("watch_only").GetBoolean()));

        (await server.Api.PostJsonAsync(path, """{"level":"max"}""")).AssertStatus(200);
        (await server.Api.PostJsonAsync(path, """{"watch_only":true}""")).AssertStatus(200);

        var after = await server.Api.GetAsync(path);
        Assert.Equal(("max", true), (after.Text("level"), after.At("watch_only").GetBoolean()));
    }

    [Theory]
    [InlineData("""{"level":"severe"}""", "level")]
    [InlineData("""{"level":3}""", "level")]
    [InlineData("""{"watch_only":"yes"}""", "watch_only")]
    public async Task What_makes_no_sense_is_refused(string body, string parameter)
    {
        var path = await PathAsync();

        var refused = await server.Api.PostJsonAsync(path, body);

        Assert.Equal((400, parameter), (refused.Status, refused.Text("details.parameter")));
        Assert.Equal("standard", (await server.Api.GetAsync(path)).Text("level"));
    }

    [Fact]
    public async Task A_number_can_be_asked_about_without_sending_to_it()
    {
        var path = await PathAsync();

        var score = (await server.Api.GetAsync($"{path}/score?to=%2B447700900123&device_ip=203.0.113.9")).AssertStatus(200);

        Assert.Equal(("GB", false), (score.Text("country"), score.At("refused").GetBoolean()));
        Assert.Equal(400, (await server.Api.GetAsync($"{path}/score?to=nobody")).Status);
        Assert.Equal(400, (await server.Api.GetAsync($"{path}/score?to=%2B447700900123&device_ip=here")).Status);
    }

    [Fact]
    public async Task Another_accounts_service_is_not_found() =>
        (await server.Api.GetAsync("/admin/v1/services/VA00000000000000000000000000000000/fraud-guard")).AssertStatus(404);

    async Task<string> PathAsync() => "/admin/v1/services/" + (await server.NewServiceAsync()).Split('/')[^1] + "/fraud-guard";
}
