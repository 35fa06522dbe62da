using System.Diagnostics;
using Countersign.Core.Delivery;

namespace Countersign.Adapters.Tests.Carriers.Smpp;

/// <summary>A thousand messages a second over one bind to the npm package smpp, which ends the connection again and again.</summary>
public sealed class SmppEnduranceTests(ITestOutputHelper output)
{
    const int Disconnects = 5, Senders = 100, LeastRate = 1_000;
    static readonly TimeSpan BetweenDisconnects = TimeSpan.FromSeconds(1.5);

    [Fact(Timeout = SmppBench.Deadline)]
    public async Task A_thousand_messages_a_second_survive_five_disconnects_on_one_bind()
    {
        await using var smsc = await SmscProcess.StartAsync(quiet: true);
        await using var carrier = SmppBench.Create(smsc.Port, new() { ["window"] = "50", ["registered_delivery"] = "none" });
        await carrier.AcceptedAsync(SmppBench.Message("Message 0"));
        using var enough = new CancellationTokenSource();
        var begun = Stopwatch.GetTimestamp();

        var next = 0;
        var refusals = new System.Collections.Concurrent.ConcurrentBag<SendOutcome>();
        var senders = Enumerable.Range(0, Senders).Select(async _ =>
        {
            while (!enough.IsCancellationRequested)
            {
                var outcome = await carrier.SendAsync(SmppBench.Message($"Message {Interlocked.Increment(ref next)}"), default);
                if (outcome is not SendOutcome.Accepted)
                {
                    refusals.Add(outcome);
                }
            }
        }).ToList();
        try
        {
            for (var i = 0; i < Disconnects; i++)
            {
                await Task.Delay(BetweenDisconnects);
                await smsc.TellAsync(new { command = "drop" });
                await smsc.NextAsync("bind", i + 2);
            }

            await Task.Delay(BetweenDisconnects);
        }
        finally
        {
            await enough.CancelAsync();
        }

        await Task.WhenAll(senders);
        var seconds = Stopwatch.GetElapsedTime(begun).TotalSeconds;
        await smsc.TellAsync(new { command = "count" });
        var count = await smsc.NextAsync("count");

        var rate = next / seconds;
        var unique = count.GetProperty("unique").GetInt32();
        output.WriteLine($"{next + 1} messages in {seconds:0.0} s, {rate:0} a second, {smsc.All("bind").Count} binds, {unique} arrived, {count.GetProperty("submits").GetInt32() - unique} twice");
        Assert.Empty(refusals);
        Assert.Equal(next + 1, unique);
        Assert.Equal(Disconnects + 1, smsc.All("bind").Count);
        Assert.InRange(rate, LeastRate, double.MaxValue);
    }
}
