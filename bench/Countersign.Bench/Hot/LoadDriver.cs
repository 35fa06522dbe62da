using Countersign.Bench.Load;
using Countersign.Bench.Servers;
using Countersign.Bench.Stores;

namespace Countersign.Bench.Hot;

/// <summary>Drives one server on one store, and reads what that cost.</summary>
sealed class LoadDriver(ServerProcess server, StoreUnderTest store, Numbers numbers, CancellationToken ct) : IDisposable
{
    public const string StartPath = "/v2/Services/{service}/Verifications";
    const string CheckPath = "/v2/Services/{service}/VerificationCheck", BarePath = "/bare";

    readonly HttpClient _http = server.CreateClient();
    SyncMeter? _syncs;
    DiskMeter? _disk;

    public ServerProcess Server => server;

    public StoreUnderTest Store => store;

    public StartWorkload Bare() => new(server.Request(BarePath, StartWorkload.Form), numbers);

    public StartWorkload Starts(long most = long.MaxValue) => new(server.Request(StartPath, StartWorkload.Form), numbers, most);

    public CheckWorkload Checks(List<SentCode> codes) => new(server.Request(CheckPath, CheckWorkload.Form), codes);

    public Task<TimeSpan> WaitForOutboxAsync() => ServerState.WaitForOutboxAsync(_http, ct);

    public Task<ServerState> ReadStateAsync() => ServerState.ReadAsync(_http, ct);

    /// <summary>The codes of the newest messages.</summary>
    public Task<List<SentCode>> ReadCodesAsync(long count) => ServerState.ReadCodesAsync(_http, count, ct);

    /// <summary>Codes that live no longer than they must: what the server keeps in memory for the sake of live verifications is level after that time.</summary>
    public Task ShortenLivesAsync() => ServerState.SetAsync(_http, ServerProcess.AdminPath, """{"code_lifetime_seconds": 120}""", ct);

    /// <summary>Counts what goes to the disk, too.</summary>
    public LoadDriver With(SyncMeter syncs, DiskMeter disk)
    {
        (_syncs, _disk) = (syncs, disk);
        return this;
    }

    public Task<LoadResult> RunAsync(int connections, Pace pace, Workload workload) => Task.Factory.StartNew(
        () => LoadGenerator.Run(server.Address, connections, pace, workload, ct), ct, TaskCreationOptions.LongRunning, TaskScheduler.Default);

    /// <summary>Runs a load, and waits until its messages are delivered.</summary>
    public async Task<PhaseResult> MeasureAsync(string kind, int connections, int round, Pace pace, Workload workload)
    {
        var stateBefore = await ReadStateAsync();
        var writtenBefore = _disk?.Flush();
        var syncsBefore = CountSyncs();
        var (before, storeBefore, ownBefore, allBefore) = ReadAll();
        var load = await RunAsync(connections, pace, workload);
        var (loaded, storeLoaded, ownAfter, allAfter) = ReadAll();
        var (serverCpu, storeCpu, ownCpu) = (loaded.Cpu - before.Cpu, storeLoaded.Cpu - storeBefore.Cpu, ownAfter.Cpu - ownBefore.Cpu);

        // What a start costs includes the delivery of its message, though that may come after the answer.
        var behind = await WaitForOutboxAsync();
        var (after, storeAfter, _, _) = ReadAll();
        var syncsAfter = CountSyncs();
        var writtenAfter = _disk?.Flush();
        var stateAfter = await ReadStateAsync();

        Console.Error.WriteLine(FormattableString.Invariant(
            $"{store.Name}  {(round > 0 ? $"round {round}" : "half load")}  {kind,-5} {connections,5} connections  {load.Elapsed.TotalSeconds,4:0.0} s  {load.PerSecond,8:N0} req/s"));
        return new PhaseResult
        {
            Store = store.Name,
            Kind = kind,
            Connections = connections,
            Round = round,
            Answers = load.Answers,
            Seconds = load.Elapsed.TotalSeconds,
            PerSecond = load.PerSecond,
            P50 = load.Latency.At(0.5).TotalMilliseconds,
            P99 = load.Latency.At(0.99).TotalMilliseconds,
            P999 = load.Latency.At(0.999).TotalMilliseconds,
            ServerMicroseconds = (after.Cpu - before.Cpu).TotalMicroseconds / load.Answers,
            StoreMicroseconds = (storeAfter.Cpu - storeBefore.Cpu).TotalMicroseconds / load.Answers,
            ServerCores = serverCpu / load.Elapsed,
            StoreCores = storeCpu / load.Elapsed,
            GeneratorCores = ownCpu / load.Elapsed,
            OtherCores = Math.Max(0, (allAfter - allBefore - serverCpu - storeCpu - ownCpu) / load.Elapsed),
            WrittenBytes = (double?)(writtenAfter - writtenBefore) / load.Answers,
            Syncs = syncsAfter - syncsBefore,
            AllocatedBytes = (double)(stateAfter.Allocated - stateBefore.Allocated) / load.Answers,
            Collections = stateAfter.Collections - stateBefore.Collections,
            FullCollections = stateAfter.FullCollections - stateBefore.FullCollections,
            PausedMilliseconds = (stateAfter.Paused - stateBefore.Paused).TotalMilliseconds,
            BehindSeconds = behind.TotalSeconds,
            ServerMemory = after.Resident,
            StoreMemory = storeAfter.Resident,
            Wrong = load.Wrong,
        };
    }

    public void Dispose() => _http.Dispose();

    long? CountSyncs() => _syncs?.CountOf([server.Id, .. store.Processes]);

    (ProcessReading Server, ProcessReading Store, ProcessReading Own, TimeSpan All) ReadAll() =>
        (ProcessReading.Of(server.Id), store.Read(), ProcessReading.Of(Environment.ProcessId), ProcessReading.WholeMachine());
}
