using System.Globalization;
using Countersign.Bench.Routing;
using Countersign.Core.Channels;
using Countersign.Core.Guard;
using Countersign.Core.Guard.Fraud;
using Countersign.Core.Numbers;
using Countersign.Core.Services;

namespace Countersign.Bench.Guard;

/// <summary>What Fraud Guard costs a start, and what it holds, as an attacker invents ten million numbers. Deliberately none of them is refused: that is what fills tables.</summary>
static class GuardCost
{
    const int Numbers = 10_000_000;
    const int Step = 1_000_000;

    public static void Measure(TextWriter output)
    {
        var random = new SeededSource(1);
        var before = GC.GetTotalMemory(forceFullCollection: true);
        var guard = new FraudGuard(new FraudOptions { JudgesFictional = true }, random);
        var service = EnginePolicy.ServiceOf(random, FraudLevel.Standard) with { Guard = new GuardSettings { FraudLevel = FraudLevel.Standard, FraudWatchOnly = true } };
        var rng = new Rng(7);
        var now = SimulatedClock.Start;
        var starts = new StartFacts[Step];
        double worst = 0;
        for (var done = 0; done < Numbers; done += Step)
        {
            for (var i = 0; i < Step; i++)
            {
                starts[i] = Invented(service, done + i, rng);
            }

            var (bytes, from) = (GC.GetAllocatedBytesForCurrentThread(), TimeProvider.System.GetTimestamp());
            for (var i = 0; i < Step; i++)
            {
                now += TimeSpan.FromMilliseconds(2);
                _ = guard.Judge(starts[i], now);
                guard.Settle(starts[i], sent: true, now);
            }

            var micros = TimeProvider.System.GetElapsedTime(from).TotalMicroseconds / Step;
            worst = Math.Max(worst, micros);
            var allocated = (GC.GetAllocatedBytesForCurrentThread() - bytes) / (double)Step;
            Array.Clear(starts);
            var held = GC.GetTotalMemory(forceFullCollection: true) - before - (Step * 8L);
            output.WriteLine(string.Create(
                CultureInfo.InvariantCulture,
                $"{done + Step,11:#,0} numbers: {micros:0.00} µs and {allocated:0} bytes a start, {held / 1048576.0:0.0} MB held"));
        }

        output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"guard cost {worst:0.00} µs"));
        output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"guard memory {guard.MemoryBytes / 1048576.0:0.0} MB"));
    }

    /// <summary>A start for a number that nobody had before, from somebody's home.</summary>
    public static StartFacts Invented(VerifyService service, int index, Rng rng)
    {
        var land = rng.Of(Lands.All);
        var number = PhoneNumber.Restore(Lands.Number(land, rng.Of(land.Leads), rng));
        _ = number.Country;
        return new StartFacts
        {
            Service = service,
            To = number,
            DestinationKey = new UInt128(Dice.Mix((ulong)index), Dice.Mix((ulong)index ^ 0xABCDEF)),
            Channel = Channel.Sms,
            IsTest = false,
            HasCustomCode = false,
            DeviceIp = IpAddress.Of(Town.HomeOf(land.Code, rng)),
            Signals = StartSignals.None,
        };
    }
}
