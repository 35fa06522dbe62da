using System.Net;
using Countersign.Core;
using Countersign.Server.Simulator;
using Countersign.Server.Simulator.Smsc;
using Countersign.Server.Tests.Running;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Time.Testing;

namespace Countersign.Server.Tests.Simulator;

/// <summary>The stand-alone simulator on free ports, with a clock that stands still unless a test advances it.</summary>
sealed class RunningSimulator : IAsyncDisposable
{
    public const string Account = "AC00000000000000000000000000000001";
    public const string Token = "not-a-real-token";

    readonly WebApplication _app;

    RunningSimulator(WebApplication app, FakeTimeProvider clock) => (_app, Clock) = (app, clock);

    public FakeTimeProvider Clock { get; }

    public Uri Address => new(_app.Urls.First());

    public IPEndPoint Smpp => _app.Services.GetRequiredService<SmscServer>().Address;

    public ApiClient Api => new(Address, Account, Token);

    public static async Task<RunningSimulator> StartAsync(params string[] args)
    {
        var clock = new FakeTimeProvider(new DateTimeOffset(2026, 3, 1, 12, 0, 0, TimeSpan.Zero));
        string[] usual = ["--urls", "http://127.0.0.1:0", "--smpp", "127.0.0.1:0", "--token", Token, .. args];
        var options = SimulatorOptions.Read(usual, clock.GetUtcNow(), RandomSource.System, out var problem);
        Assert.Equal("", problem);
        var app = SimulatorHost.Build(options!, services => services.AddSingleton<TimeProvider>(clock));
        await app.StartAsync();
        return new RunningSimulator(app, clock);
    }

    public async Task SetRulesAsync(string rules) => (await Api.SendJsonAsync(HttpMethod.Put, "/rules", $$"""{"rules":[{{rules}}]}""")).AssertStatus(200);

    /// <summary>The newest message to a number, once it is what the test waits for.</summary>
    public async Task<System.Text.Json.JsonElement> MessageAsync(string to, Func<System.Text.Json.JsonElement, bool>? until = null)
    {
        System.Text.Json.JsonElement? found = null;
        await WaitAsync(async () =>
        {
            var messages = (await Api.GetAsync($"/messages?limit=1&to={Uri.EscapeDataString(to)}")).AssertStatus(200).At("messages");
            return messages.GetArrayLength() == 1 && (found = messages[0]) is not null && until?.Invoke(messages[0]) != false;
        });
        return found!.Value;
    }

    public static async Task WaitAsync(Func<Task<bool>> reached)
    {
        var waiting = System.Diagnostics.Stopwatch.StartNew();
        while (!await reached())
        {
            Assert.True(waiting.Elapsed < RunningServer.Patience, "It was waited for in vain.");
            await Task.Yield();
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _app.StopAsync();
        await _app.DisposeAsync();
    }
}
