using Countersign.Server.Tests.Running;

namespace Countersign.Server.Tests.Hosting;

public sealed class RootTests
{
    [Theory]
    [InlineData("true", "./sandbox")]
    [InlineData("false", "./console")]
    public async Task Who_opens_the_bare_address_is_led_to_a_page(string sandbox, string page)
    {
        await using var server = await RunningServer.StartAsync(["--Countersign:Sandbox:Enabled", sandbox]);

        var answer = await server.Api.GetAsync("/");

        Assert.Equal(page, answer.AssertStatus(302).Headers["Location"]);
        (await server.Api.GetAsync(page[1..])).AssertStatus(200);
    }

    [Fact]
    public async Task Metrics_are_countersigns_by_name()
    {
        await using var server = await RunningServer.StartAsync([]);

        var answer = await server.Api.GetAsync("/metrics");

        Assert.Contains("service_name=\"countersign\"", answer.AssertStatus(200).Body, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Metrics_tell_how_many_messages_wait()
    {
        await using var server = await RunningServer.StartAsync([]);

        var answer = await server.Api.GetAsync("/metrics");

        Assert.Contains("# TYPE countersign_outbox_waiting gauge\n", answer.AssertStatus(200).Body, StringComparison.Ordinal);
    }
}
