using System.Globalization;
using Countersign.Bench.Routing;
using Countersign.Core.Channels;
using Countersign.Core.Guard;
using Countersign.Core.Guard.Fraud;
using Countersign.Core.Guard.Risk;
using Countersign.Core.Numbers;
using Countersign.Core.Privacy;
using Microsoft.Extensions.Logging.Abstractions;

namespace Countersign.Bench.Guard;

/// <summary>What scoring the risk of a start costs: with nothing told, and with all that a caller can tell. Looking places up in a database is not in it.</summary>
static class RiskCost
{
    const int Starts = 100_000;
    const int Rounds = 3;

    public static void Measure(TextWriter output)
    {
        var random = new SeededSource(1);
        var secret = new byte[RingKey.SecretBytes];
        random.Fill(secret);
        var ring = new KeyRing([(1, secret)], 1, 1);
        var stage = new RiskStage(new RiskOptions(), new DestinationIndex(ring), ring, new NoGeoSource(), NullLogger<RiskStage>.Instance);
        var service = EnginePolicy.ServiceOf(random, FraudLevel.Standard);
        var told = new StartSignals
        {
            Caller = new CallerSignals
            {
                UserAgent = "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.4 Safari/605.1.15",
                DeviceFingerprint = "3f2a9c0d71e84b66a5d0c1f2e3b4a596",
                AccountCreatedAt = SimulatedClock.Start.AddYears(-1),
                PreviousNumber = PhoneNumber.Restore("+447700900124"),
            },
        };
        var worst = 0.0;
        foreach (var (name, signals) in new[] { ("nothing told", StartSignals.None), ("everything told", told) })
        {
            worst = Math.Max(worst, Measure(output, name, stage, () => StartOf(service, signals)));
        }

        output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"guard risk memory {stage.MemoryBytes / 1048576.0:0.0} MB"));
        output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"guard risk {worst:0.00} µs"));
    }

    static double Measure(TextWriter output, string name, RiskStage stage, Func<StartFacts> make)
    {
        var best = double.MaxValue;
        var allocated = 0.0;
        for (var round = 0; round < Rounds; round++)
        {
            // What was found out about one is not found out again.
            var starts = Enumerable.Range(0, Starts).Select(_ => make()).ToArray();
            var (bytes, from) = (GC.GetAllocatedBytesForCurrentThread(), TimeProvider.System.GetTimestamp());
            foreach (var start in starts)
            {
                _ = stage.Judge(start, SimulatedClock.Start);
                stage.Settle(start, sent: true, SimulatedClock.Start);
            }

            best = Math.Min(best, TimeProvider.System.GetElapsedTime(from).TotalMicroseconds / Starts);
            allocated = (GC.GetAllocatedBytesForCurrentThread() - bytes) / (double)Starts;
        }

        output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"risk, {name}: {best:0.00} µs and {allocated:0} bytes a start"));
        return best;
    }

    static StartFacts StartOf(Core.Services.VerifyService service, StartSignals signals) => new()
    {
        Service = service,
        To = PhoneNumber.Restore("+447700900123"),
        DestinationKey = new UInt128(1, 2),
        Channel = Channel.Sms,
        IsTest = false,
        HasCustomCode = false,
        DeviceIp = IpAddress.TryParse("203.0.113.7", out var device) ? device : null,
        Signals = signals,
    };
}
