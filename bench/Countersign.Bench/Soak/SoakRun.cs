using System.Diagnostics;
using Countersign.Bench.Hot;
using Countersign.Bench.Load;
using Countersign.Bench.Servers;

namespace Countersign.Bench.Soak;

/// <summary>
/// A long run of start and check, paired, on each store: does memory stay flat? Codes live for two minutes only, the least that can be set, so that the run is many of their lives
/// long: what is kept for live verifications is level after the first of them, and the virtual phones are full long before.
/// </summary>
static class SoakRun
{
    const int Connections = 64, Capacity = 50_000, FastSlice = 20_000;

    static readonly TimeSpan Slice = TimeSpan.FromSeconds(1), Told = TimeSpan.FromSeconds(10);

    public static async Task<int> RunAsync(HotOptions options, CancellationToken ct)
    {
        var machine = Machine.Read(Path.GetTempPath());
        var results = new List<SoakResult>();
        foreach (var name in options.Stores)
        {
            results.Add(await HotVerb.OnStoreAsync(name, Capacity, new Numbers(new Random()), driver => RunAsync(driver, options, ct), ct));
        }

        if (options.PlotDirectory is { } directory)
        {
            Directory.CreateDirectory(directory);
            await File.WriteAllTextAsync(Path.Combine(directory, "hot-memory.svg"), MemoryPlot.Draw(results), CancellationToken.None);
        }

        SoakReport.Write(results, machine, Console.Out);
        return results.TrueForAll(result => result.Wrong.Count == 0) ? 0 : Verb.Misbehaved;
    }

    static async Task<SoakResult> RunAsync(LoadDriver driver, HotOptions options, CancellationToken ct)
    {
        await driver.ShortenLivesAsync();
        var perSecond = options.SoakMinutes is { } minutes ? options.Operations / (minutes * 60.0) : 0;
        var result = new SoakResult(driver.Store.Name, [], new SortedDictionary<string, long>(StringComparer.Ordinal));
        var (begun, done, told) = (Stopwatch.GetTimestamp(), 0L, TimeSpan.Zero);
        while (done < options.Operations)
        {
            // Behind its time, a slice is made up for by larger ones, as far as the virtual phones have room.
            var since = Stopwatch.GetElapsedTime(begun);
            var due = perSecond > 0 ? (long)(perSecond * (since + Slice).TotalSeconds) - done : 2L * FastSlice;
            var starts = Math.Clamp(Math.Min(due, options.Operations - done) / 2, 1, Capacity / 2);
            done += await PairAsync(driver, starts, perSecond, result);

            var state = await driver.ReadStateAsync();
            var sample = new SoakSample(Stopwatch.GetElapsedTime(begun).TotalSeconds, done, ProcessReading.Of(driver.Server.Id).Resident, state.Heap, driver.Store.Read().Resident);
            result.Samples.Add(sample);
            if (Stopwatch.GetElapsedTime(begun) - told > Told)
            {
                told = Stopwatch.GetElapsedTime(begun);
                Console.Error.WriteLine(FormattableString.Invariant(
                    $"{result.Store}  {sample.Seconds,6:N0} s  {done,12:N0} operations  server {HotReport.Megabytes(sample.Resident),6:N0} MB, heap {HotReport.Megabytes(sample.Heap),6:N0} MB"));
            }

            var next = since + Slice - Stopwatch.GetElapsedTime(begun);
            if (perSecond > 0 && next > TimeSpan.Zero)
            {
                await Task.Delay(next, ct);
            }
        }

        return result;
    }

    /// <summary>So many starts, and a check of each; gives how many were answered.</summary>
    static async Task<long> PairAsync(LoadDriver driver, long starts, double perSecond, SoakResult result)
    {
        // The slack is for the time in which messages are delivered and codes read.
        var started = await driver.RunAsync(Connections, PaceOf(perSecond * 1.4), driver.Starts(starts));
        var right = Count(started, "start", result);
        await driver.WaitForOutboxAsync();
        var codes = await driver.ReadCodesAsync(right);
        var tried = codes.Count == 0 ? null : await driver.RunAsync(Connections, PaceOf(perSecond * 1.4), driver.Checks(codes));
        if (tried is not null)
        {
            Count(tried, "check", result);
        }

        return started.Answers + (tried?.Answers ?? 0);
    }

    static Pace PaceOf(double perSecond) => perSecond > 0 ? Pace.Steady(perSecond, TimeSpan.FromMinutes(5)) : Pace.Saturating(TimeSpan.FromMinutes(5));

    static long Count(LoadResult load, string kind, SoakResult result)
    {
        foreach (var (wrong, count) in load.Wrong)
        {
            result.Wrong[$"{kind}: {wrong}"] = result.Wrong.GetValueOrDefault($"{kind}: {wrong}") + count;
        }

        return load.Answers - load.Wrong.Values.Sum();
    }
}
