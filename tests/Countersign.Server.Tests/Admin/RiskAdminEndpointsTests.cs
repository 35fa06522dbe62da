using Countersign.Server.Tests.Running;

namespace Countersign.Server.Tests.Admin;

public sealed class RiskAdminEndpointsTests(RunningServer server) : IClassFixture<RunningServer>
{
    [Fact]
    public async Task A_service_begins_by_watching_and_keeps_what_it_is_set_to()
    {
        var path = await PathAsync();
        Assert.Equal("""{"mode":"watch","challenge_from":50,"stronger_channel_from":0,"refuse_from":80}""", (await server.Api.GetAsync(path)).AssertStatus(200).Body);

        (await server.Api.PostJsonAsync(path, """{"mode":"enforce"}""")).AssertStatus(200);
        (await server.Api.PostJsonAsync(path, """{"challenge_from":0,"stronger_channel_from":30,"refuse_from":70}""")).AssertStatus(200);

        Assert.Equal("""{"mode":"enforce","challenge_from":0,"stronger_channel_from":30,"refuse_from":70}""", (await server.Api.GetAsync(path)).Body);
    }

    [Theory]
    [InlineData("""{"mode":"strict"}""", "mode")]
    [InlineData("""{"mode":2}""", "mode")]
    [InlineData("""{"refuse_from":101}""", "refuse_from")]
    [InlineData("""{"challenge_from":-1}""", "challenge_from")]
    [InlineData("""{"stronger_channel_from":"30"}""", "stronger_channel_from")]
    public async Task What_makes_no_sense_is_refused(string body, string parameter)
    {
        var refused = await server.Api.PostJsonAsync(await PathAsync(), body);

        Assert.Equal((400, parameter), (refused.Status, refused.Text("details.parameter")));
    }

    [Fact]
    public async Task Values_can_be_tried_without_sending()
    {
        var path = await PathAsync();

        var score = (await server.Api.GetAsync($"{path}/score?to=%2B447700900123&user_agent=curl%2F8&account_created_at=2026-03-01T11:00:00Z&previous_number=%2B447700900124&device_fingerprint=f"))
            .AssertStatus(200);

        Assert.Equal((50, "challenge", true), (score.Number("score"), score.Text("action"), score.At("judged").GetBoolean()));
        Assert.Equal(["automated_client", "new_account", "number_changed"], score.At("reasons").EnumerateArray().Select(reason => reason.GetString()));
        (await server.Api.PostJsonAsync(path, """{"mode":"off"}""")).AssertStatus(200);
        Assert.False((await server.Api.GetAsync($"{path}/score?to=%2B447700900123&user_agent=curl%2F8")).At("judged").GetBoolean());
    }

    [Theory]
    [InlineData("to=nobody", "to")]
    [InlineData("to=%2B447700900123&device_ip=here", "device_ip")]
    [InlineData("to=%2B447700900123&account_created_at=then", "account_created_at")]
    [InlineData("to=%2B447700900123&previous_number=none", "previous_number")]
    public async Task A_value_that_is_wrong_is_named(string query, string parameter)
    {
        var refused = (await server.Api.GetAsync($"{await PathAsync()}/score?{query}")).AssertStatus(400);

        Assert.Equal(parameter, refused.Text("details.parameter"));
    }

    [Fact]
    public async Task Another_accounts_service_is_not_found() =>
        (await server.Api.GetAsync("/admin/v1/services/VA00000000000000000000000000000000/risk")).AssertStatus(404);

    async Task<string> PathAsync() => "/admin/v1/services/" + (await server.NewServiceAsync()).Split('/')[^1] + "/risk";
}
