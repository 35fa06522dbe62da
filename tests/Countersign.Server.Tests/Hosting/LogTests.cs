using Countersign.Server.Tests.Running;
using Microsoft.Extensions.Logging;

namespace Countersign.Server.Tests.Hosting;

/// <summary>Everything is logged at Trace, and no line holds a number, a code or a token. <see cref="RunningServer"/> searches them all when it stops.</summary>
public sealed class LogTests
{
    const string Path = RunningServer.ServicePath + "/Verifications";

    [Fact]
    public async Task No_way_through_the_API_logs_a_number_a_code_or_a_token()
    {
        await using var server = await RunningServer.StartAsync([]);
        var number = server.NewNumber();
        var test = server.NewNumber();

        await server.Api.StartAsync(number);
        var code = await server.CodeAsync(number);
        await server.Api.CheckAsync(number, RunningServer.Wrong(code));
        await server.Api.GetAsync($"{Path}/{number}");
        await server.Api.PostAsync($"{Path}/{number}", ("Status", "nonsense"));
        await server.Api.CheckAsync(number, code);
        await server.Api.CheckAsync(number, code);
        await server.Api.StartAsync(number[1..]);
        await server.Api.StartAsync(number + "x");
        await server.Api.GetAsync($"/sandbox/messages?to={number}");
        await server.Api.GetAsync($"/{number}/{code}");
        await server.Api.SendAsync(
            HttpMethod.Put, $"/admin/v1/services/{RunningServer.ServiceSid}/test-numbers/{test}", new StringContent("""{"code":"424242"}""", null, "application/json"));
        await server.Api.StartAsync(test);
        await server.CodeAsync(test);
        await server.Client(RunningServer.AccountSid, RunningServer.AuthToken + "x").GetAsync($"{Path}/{number}");

        Assert.NotEmpty(server.Logs.Lines);
        Assert.DoesNotContain(server.Logs.Lines, line => line.Text.Contains(number[2..], StringComparison.Ordinal) || line.Level >= LogLevel.Warning);
    }

    [Fact]
    public async Task A_start_that_no_carrier_can_serve_is_refused_before_anyone_is_told_to_wait()
    {
        await using var server = await RunningServer.StartAsync(["--Countersign:Sandbox:Enabled", "false"]);
        var number = server.NewNumber();

        var refused = (await server.Api.StartAsync(number)).AssertError(400, 60223, "channel_disabled");

        Assert.Contains("/admin/v1/carriers/", refused.Text("details.explanation"), StringComparison.Ordinal);
        (await server.Api.GetAsync("/sandbox/messages")).AssertError(404, 20404, "not_found");
    }
}
