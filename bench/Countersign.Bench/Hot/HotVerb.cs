using System.Net.Sockets;
using Countersign.Bench.Load;
using Countersign.Bench.Servers;
using Countersign.Bench.Soak;
using Countersign.Bench.Stores;

namespace Countersign.Bench.Hot;

/// <summary>Measures what people wait for: start and check; and what operators look at first: start-up time and idle memory.</summary>
static class HotVerb
{
    const int ColdStarts = 3;

    static readonly TimeSpan Idle = TimeSpan.FromSeconds(3);

    public static async Task<int> RunAsync(string[] args)
    {
        if (args.Contains("--help") || args.Contains("-h"))
        {
            Console.WriteLine(HotOptions.Help);
            return 0;
        }

        var options = HotOptions.Parse(args);
        if (options.FromPath is { } path)
        {
            return await ReportAsync(HotReport.FromJson(await File.ReadAllTextAsync(path)), options);
        }

        using var interruption = new Interruption();
        try
        {
            StoreUnderTest.Require(options.Stores);
            using var turn = await OneAtATime.EnterAsync(interruption.Token);
            return options.IsSoak
                ? await SoakRun.RunAsync(options, interruption.Token)
                : await ReportAsync(await MeasureAsync(options, interruption.Token), options);
        }
        catch (Exception problem) when (interruption.Token.IsCancellationRequested)
        {
            // A server that was interrupted together with us is no failure of the server.
            throw new OperationCanceledException(problem.Message, problem);
        }
    }

    static async Task<int> ReportAsync(HotResult result, HotOptions options)
    {
        if (options.JsonPath is { } json)
        {
            await File.WriteAllTextAsync(json, HotReport.Json(result), CancellationToken.None);
        }

        if (options.MarkdownPath is { } markdown)
        {
            await using var file = new StreamWriter(markdown);
            HotReport.WriteMarkdown(result, file);
        }

        if (options.PlotDirectory is { } directory)
        {
            Directory.CreateDirectory(directory);
            await File.WriteAllTextAsync(Path.Combine(directory, "hot-throughput.svg"), ThroughputPlot.Draw(result), CancellationToken.None);
            await File.WriteAllTextAsync(Path.Combine(directory, "hot-latency.svg"), LatencyPlot.Draw(result), CancellationToken.None);
        }

        HotReport.Write(result, Console.Out);
        return result.Wrong.Count == 0 ? 0 : Verb.Misbehaved;
    }

    static async Task<HotResult> MeasureAsync(HotOptions options, CancellationToken ct)
    {
        var machine = Machine.Read(Path.GetTempPath());
        var numbers = new Numbers(new Random());
        var (coldStarts, idleMemory) = await MeasureColdStartAsync(numbers, ct);
        var stores = new List<StoreResult>();
        using var syncs = new SyncMeter(machine.FileSystem);
        var disk = new DiskMeter(Path.GetTempPath());
        foreach (var name in options.Stores)
        {
            stores.Add(await OnStoreAsync(name, options.SandboxCapacity, numbers, driver => MeasureAsync(driver.With(syncs, disk), options), ct));
        }

        return new HotResult(machine, options.Seconds, coldStarts, idleMemory, stores) { WhyNoSyncs = syncs.WhyNot, WhyNoBytes = disk.WhyNot };
    }

    static async Task<StoreResult> MeasureAsync(LoadDriver driver, HotOptions options)
    {
        var phases = new HotPhases(driver);
        await phases.WarmUpAsync(options.MostConnections);
        var measured = new StoreResult(driver.Store.Name, 0, 0, 0, await phases.MeasureAsync(options), []);
        var half = await phases.MeasureHalfAsync(
            options, measured.Typical("start", options.MostConnections).PerSecond, measured.Typical("check", options.MostConnections).PerSecond);
        var (server, store) = (ProcessReading.Of(driver.Server.Id), driver.Store.Read());
        return measured with { ServerMemory = server.Resident, PeakServerMemory = server.PeakResident, StoreMemory = store.Resident, HalfLoad = half };
    }

    /// <summary>Starts a store and a server on it, both with fresh data, does something with them, and ends both.</summary>
    public static async Task<T> OnStoreAsync<T>(string name, int sandboxCapacity, Numbers numbers, Func<LoadDriver, Task<T>> measure, CancellationToken ct)
    {
        using var store = await StoreUnderTest.StartAsync(name, ct);
        using var server = ServerProcess.StartForLoad(sandboxCapacity, store);
        return await ExplainAsync(server, async () =>
        {
            using var driver = new LoadDriver(server, store, numbers, ct);
            server.FirstAnswer(driver.Bare(), ct);
            return await measure(driver);
        });
    }

    /// <summary>Seconds from the start of the process to the first 201, each on a fresh directory; and bytes held after the last one was left alone.</summary>
    static async Task<(double[] Seconds, long IdleMemory)> MeasureColdStartAsync(Numbers numbers, CancellationToken ct)
    {
        var seconds = new double[ColdStarts];
        var idleMemory = 0L;
        for (var i = 0; i < ColdStarts; i++)
        {
            using var server = ServerProcess.StartProduction();
            idleMemory = await ExplainAsync(server, async () =>
            {
                seconds[i] = server.FirstAnswer(new StartWorkload(server.Request(LoadDriver.StartPath, StartWorkload.Form), numbers), ct).TotalSeconds;
                Console.Error.WriteLine($"cold start {seconds[i]:0.00} s");
                await Task.Delay(i == ColdStarts - 1 ? Idle : TimeSpan.Zero, ct);
                return ProcessReading.Of(server.Id).Resident;
            });
        }

        return (seconds, idleMemory);
    }

    /// <summary>Adds what the server wrote last to the message of a failure that is, or looks like, the server's.</summary>
    public static async Task<T> ExplainAsync<T>(ServerProcess server, Func<Task<T>> measure)
    {
        try
        {
            return await measure();
        }
        catch (Exception problem) when (problem is BenchException or SocketException or HttpRequestException or IOException)
        {
            throw new BenchException($"{problem.Message} The server's last lines:\n{server.LastLines}");
        }
    }
}
