using System.Globalization;
using Countersign.Bench.Routing;
using Countersign.Core.Guard;
using Countersign.Core.Guard.Fraud;
using Countersign.Core.Guard.Risk;
using Countersign.Core.Numbers;
using Countersign.Server.Hosting;

namespace Countersign.Bench.Guard;

/// <summary>What each stage of Guard costs a start, as the server composes them, each start for a number of its own: with nothing told but the device's address, and with all that a caller can tell. Looking places up in a database is not in it.</summary>
static class StageCost
{
    const int Starts = 500_000;

    public static async Task MeasureAsync(TextWriter output)
    {
        Console.SetOut(TextWriter.Null);
        var home = Directory.CreateTempSubdirectory("countersign-stages-");
        try
        {
            await MeasureAsync(home.FullName, output);
        }
        finally
        {
            home.Delete(recursive: true);
        }
    }

    static async Task MeasureAsync(string home, TextWriter output)
    {
        foreach (var told in new[] { false, true })
        {
            output.WriteLine(told ? "everything told" : "the address told");
            var total = await MeasureAsync(Path.Combine(home, told ? "told" : "untold"), told, output);
            output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"guard all-stages{(told ? "-told" : "")} {total:0.00} µs"));
        }
    }

    static async Task<double> MeasureAsync(string home, bool told, TextWriter output)
    {
        await using var app = CountersignHost.Build(
            ["--urls", "http://127.0.0.1:0", "--Countersign:DataDirectory", home, "--Logging:LogLevel:Default", "Error"],
            services => services.AddSingleton(new FraudOptions { JudgesFictional = true }));
        var random = new SeededSource(1);
        var service = EnginePolicy.ServiceOf(random, FraudLevel.Standard) with { Guard = new GuardSettings { FraudWatchOnly = true } };
        var stages = app.Services.GetServices<IGuardStage>().OrderBy(static stage => stage.Order).ToArray();
        var rng = new Rng(7);
        var starts = new StartFacts[Starts];
        for (var i = 0; i < Starts; i++)
        {
            var start = GuardCost.Invented(service, i, rng);
            starts[i] = told ? start with { Signals = TellAll(i) } : start;
        }

        var now = SimulatedClock.Start;
        var total = 0.0;
        foreach (var stage in stages)
        {
            var (bytes, from) = (GC.GetAllocatedBytesForCurrentThread(), TimeProvider.System.GetTimestamp());
            foreach (var start in starts)
            {
                now += TimeSpan.FromMilliseconds(1);
                if (stage.Judge(start, now) is null)
                    stage.Settle(start, sent: true, now);
            }

            var micros = TimeProvider.System.GetElapsedTime(from).TotalMicroseconds / Starts;
            total += micros;
            output.WriteLine(string.Create(
                CultureInfo.InvariantCulture,
                $"{stage.GetType().Name,-20} {micros:0.00} µs and {(GC.GetAllocatedBytesForCurrentThread() - bytes) / (double)Starts:0} bytes a start"));
        }

        return total;
    }

    static StartSignals TellAll(int index) => new()
    {
        Caller = new CallerSignals
        {
            UserAgent = "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.4 Safari/605.1.15",
            DeviceFingerprint = Dice.Mix((ulong)index).ToString("x16", CultureInfo.InvariantCulture),
            AccountCreatedAt = SimulatedClock.Start.AddYears(-1),
            PreviousNumber = PhoneNumber.Restore("+447700900124"),
        },
    };
}
