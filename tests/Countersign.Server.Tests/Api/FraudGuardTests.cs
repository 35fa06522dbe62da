using System.Globalization;
using Countersign.Core.Guard.Fraud;
using Countersign.Server.Tests.Running;
using Microsoft.Extensions.DependencyInjection;

namespace Countersign.Server.Tests.Api;

/// <summary>Pumped messages over HTTP, with the clock stepped. The numbers are those for fiction, which the server is told to judge.</summary>
public sealed class FraudGuardTests
{
    [Fact]
    public async Task A_range_that_is_pumped_is_refused_while_people_elsewhere_get_their_codes()
    {
        await using var server = await StartAsync();
        var path = await server.NewServiceAsync();
        for (var i = 0; i < 20; i++)
        {
            await PersonAsync(server, path, American(i));
        }

        var (sent, refusal) = await PumpAsync(server, path);

        Assert.InRange(sent, 3, 50);
        refusal.AssertError(403, 60410, "adjacent_numbers");
        Assert.Equal("GB", refusal.Text("details.country"));
        Assert.InRange(refusal.Number("details.retry_after"), 60, 3600);
        await PersonAsync(server, path, American(30));
        // The level of the moment decides, and what was learned is kept.
        await SetAsync(server, path, """{"watch_only":true}""");
        (await BeginAsync(server, path, British(98))).AssertStatus(201);
        await SetAsync(server, path, """{"watch_only":false}""");
        (await BeginAsync(server, path, British(99))).AssertError(403, 60410, "adjacent_numbers");
        var score = await server.Api.GetAsync($"/admin/v1/services/{path.Split('/')[^1]}/fraud-guard/score?to={Uri.EscapeDataString(British(97))}");
        Assert.True(score.At("refused").GetBoolean());
    }

    [Fact]
    public async Task A_caller_that_knows_better_turns_the_check_off_for_one_start()
    {
        await using var server = await StartAsync();
        var path = await server.NewServiceAsync();
        await PumpAsync(server, path);

        (await server.Api.PostAsync(path + "/Verifications", ("To", British(99)), ("Channel", "sms"), ("RiskCheck", "disable"))).AssertStatus(201);
        (await BeginAsync(server, path, British(98))).AssertError(403, 60410, "adjacent_numbers");
    }

    [Fact]
    public async Task A_refused_start_sends_nothing()
    {
        await using var server = await StartAsync();
        var path = await server.NewServiceAsync();
        var (sent, _) = await PumpAsync(server, path);

        (await server.Api.GetAsync($"/sandbox/messages?to={Uri.EscapeDataString(British(sent))}")).AssertStatus(200);
        Assert.Equal(0, (await server.Api.GetAsync($"/sandbox/messages?to={Uri.EscapeDataString(British(sent))}")).At("messages").GetArrayLength());
    }

    static Task<RunningServer> StartAsync() => RunningServer.StartAsync([], static services => services.AddSingleton(new FraudOptions { JudgesFictional = true, ProbeEvery = 0 }));

    static async Task<(int Sent, Answer Refusal)> PumpAsync(RunningServer server, string path)
    {
        for (var i = 0; i < 90; i++)
        {
            server.Clock.Advance(TimeSpan.FromSeconds(2));
            var started = await BeginAsync(server, path, British(i));
            if (started.Status != 201)
            {
                return (i, started);
            }
        }

        throw new InvalidOperationException("Nothing was refused.");
    }

    static async Task PersonAsync(RunningServer server, string path, string number)
    {
        (await BeginAsync(server, path, number)).AssertStatus(201);
        server.Clock.Advance(TimeSpan.FromSeconds(20));
        var code = await server.CodeAsync(number);
        Assert.Equal("approved", (await server.Api.PostAsync(path + "/VerificationCheck", ("To", number), ("Code", code))).Text("status"));
    }

    static Task<Answer> BeginAsync(RunningServer server, string path, string number) => server.Api.PostAsync(path + "/Verifications", ("To", number), ("Channel", "sms"));

    static async Task SetAsync(RunningServer server, string path, string settings) =>
        (await server.Api.PostJsonAsync($"/admin/v1/services/{path.Split('/')[^1]}/fraud-guard", settings)).AssertStatus(200);

    static string British(int index) => string.Create(CultureInfo.InvariantCulture, $"+447700900{index:000}");

    static string American(int index) => string.Create(CultureInfo.InvariantCulture, $"+141555501{index:00}");
}
