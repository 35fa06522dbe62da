using Countersign.Bench.Load;

namespace Countersign.Bench.Hot;

/// <summary>The phases against one server: bare, start, and check of what was started.</summary>
sealed class HotPhases(LoadDriver driver)
{
    const int LeastWarmSeconds = 3, MostWarmSeconds = 20;

    static readonly TimeSpan Slice = TimeSpan.FromSeconds(1);

    /// <summary>What the JIT may still compile in a second once a kind is warm.</summary>
    static readonly TimeSpan Quiet = TimeSpan.FromMilliseconds(40);

    /// <summary>Runs each kind until the JIT is done with what is measured: while it compiles, it takes up to half a core from everybody.</summary>
    public async Task WarmUpAsync(int connections)
    {
        await WarmUpAsync("bare", connections, driver.Bare());
        var started = await WarmUpAsync("start", connections, driver.Starts());
        await driver.WaitForOutboxAsync();
        await WarmUpAsync("check", connections, driver.Checks(await driver.ReadCodesAsync(started)));
        await WarmUpAsync("bare", connections, driver.Bare());
    }

    public async Task<List<PhaseResult>> MeasureAsync(HotOptions options)
    {
        var results = new List<PhaseResult>();
        for (var round = 1; round <= options.Rounds; round++)
        {
            foreach (var connections in options.Connections)
            {
                results.Add(await driver.MeasureAsync("bare", connections, round, Pace.Saturating(TimeSpan.FromSeconds(options.Seconds)), driver.Bare()));
                results.AddRange(await MeasurePairAsync(connections, round, TimeSpan.FromSeconds(options.Seconds)));
            }
        }

        return results;
    }

    /// <summary>Start, and check of what was started.</summary>
    public async Task<PhaseResult[]> MeasurePairAsync(int connections, int round, TimeSpan duration)
    {
        var starts = await driver.MeasureAsync("start", connections, round, Pace.Saturating(duration), driver.Starts());

        // A start that was answered wrongly need not have sent a message, and the run has failed anyhow.
        var codes = await driver.ReadCodesAsync(starts.Answers - starts.Wrong.Values.Sum());
        return [starts, await driver.MeasureAsync("check", connections, round, Pace.Saturating(duration), driver.Checks(codes))];
    }

    /// <summary>Start and check at half of the throughput that they had, at fixed moments. As loaded as a server is that is neither too small nor too large.</summary>
    public async Task<List<PhaseResult>> MeasureHalfAsync(HotOptions options, double startsPerSecond, double checksPerSecond)
    {
        if (options.HalfSeconds == 0)
        {
            return [];
        }

        var (connections, duration) = (options.MostConnections, TimeSpan.FromSeconds(options.HalfSeconds));
        var starts = await driver.MeasureAsync("start", connections, 0, Pace.Steady(startsPerSecond / 2, duration), driver.Starts());

        // Checks are faster, and each needs a verification of its own.
        var wanted = Math.Min(options.SandboxCapacity, (long)(checksPerSecond / 2 * duration.TotalSeconds));
        var there = starts.Answers - starts.Wrong.Values.Sum();
        if (wanted > there)
        {
            var more = await driver.RunAsync(connections, Pace.Saturating(TimeSpan.FromMinutes(2)), driver.Starts(wanted - there));
            there += more.Answers - more.Wrong.Values.Sum();
            await driver.WaitForOutboxAsync();
        }

        var codes = await driver.ReadCodesAsync(Math.Min(wanted, there));
        return [starts, await driver.MeasureAsync("check", connections, 0, Pace.Steady(checksPerSecond / 2, duration), driver.Checks(codes))];
    }

    async Task<long> WarmUpAsync(string kind, int connections, Workload workload)
    {
        var answers = 0L;
        var compiled = (await driver.ReadStateAsync()).Compiling;
        for (var second = 1; second <= MostWarmSeconds; second++)
        {
            var load = await driver.RunAsync(connections, Pace.Saturating(Slice), workload);
            if (load.Wrong.Count > 0)
            {
                throw new BenchException($"During the warm-up {kind} was answered: {string.Join(", ", load.Wrong.Keys)}.");
            }

            answers += load.Answers;
            Console.Error.WriteLine(FormattableString.Invariant(
                $"{driver.Store.Name}  warm-up  {kind,-5} {connections,5} connections  {second,4} s  {load.PerSecond,8:N0} req/s"));
            var before = compiled;
            compiled = (await driver.ReadStateAsync()).Compiling;
            if (load.Elapsed < Slice / 2 || (second >= LeastWarmSeconds && compiled - before < Quiet))
            {
                break;
            }
        }

        return answers;
    }
}
