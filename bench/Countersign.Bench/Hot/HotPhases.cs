using Countersign.Bench.Load;
using Countersign.Bench.Servers;

namespace Countersign.Bench.Hot;

/// <summary>The phases against one server: bare, start, and check of what was started.</summary>
sealed class HotPhases(ServerProcess server, Numbers numbers, CancellationToken ct) : IDisposable
{
    public const string StartPath = "/v2/Services/{service}/Verifications";
    const string CheckPath = "/v2/Services/{service}/VerificationCheck", BarePath = "/bare";

    const int LeastWarmSeconds = 4, MostWarmSeconds = 10;
    const double Steady = 0.05;

    static readonly TimeSpan Slice = TimeSpan.FromSeconds(1);

    readonly HttpClient _http = new() { BaseAddress = new Uri($"http://{server.Address}") };

    /// <summary>Runs each kind until two seconds in a row differ by less than 5 %, so that the JIT is done with what is measured.</summary>
    public async Task WarmUpAsync(int connections)
    {
        server.FirstAnswer(Starts(BarePath), ct);
        await WarmUpAsync("bare", connections, Starts(BarePath));
        var started = await WarmUpAsync("start", connections, Starts(StartPath));
        await ServerState.WaitForOutboxAsync(_http, ct);
        await WarmUpAsync("check", connections, Checks(await ServerState.ReadCodesAsync(_http, started, ct)));
        await WarmUpAsync("bare", connections, Starts(BarePath));
    }

    public async Task<List<PhaseResult>> MeasureAsync(HotOptions options)
    {
        var results = new List<PhaseResult>();
        for (var round = 1; round <= options.Rounds; round++)
        {
            foreach (var connections in options.Connections)
            {
                var duration = TimeSpan.FromSeconds(options.Seconds);
                results.Add(await MeasureAsync("bare", connections, round, duration, Starts(BarePath)));

                var starts = await MeasureAsync("start", connections, round, duration, Starts(StartPath));
                results.Add(starts);

                // A start that was answered wrongly need not have sent a message, and the run has failed anyhow.
                var codes = await ServerState.ReadCodesAsync(_http, starts.Answers - starts.Wrong.Values.Sum(), ct);
                results.Add(await MeasureAsync("check", connections, round, duration, Checks(codes)));
            }
        }

        return results;
    }

    public void Dispose() => _http.Dispose();

    async Task<PhaseResult> MeasureAsync(string kind, int connections, int round, TimeSpan duration, Workload workload)
    {
        var stateBefore = await ServerState.ReadAsync(_http, ct);
        var (before, ownBefore, allBefore) = (ProcessReading.Of(server.Id), ProcessReading.Of(Environment.ProcessId), ProcessReading.WholeMachine());
        var load = await RunAsync(connections, duration, workload);
        var (loaded, ownAfter, allAfter) = (ProcessReading.Of(server.Id), ProcessReading.Of(Environment.ProcessId), ProcessReading.WholeMachine());
        var (serverCpu, ownCpu) = (loaded.Cpu - before.Cpu, ownAfter.Cpu - ownBefore.Cpu);

        // What a start costs includes the delivery of its message, though that may come after the answer.
        var behind = await ServerState.WaitForOutboxAsync(_http, ct);
        var (after, stateAfter) = (ProcessReading.Of(server.Id), await ServerState.ReadAsync(_http, ct));

        Console.Error.WriteLine(FormattableString.Invariant(
            $"round {round}  {kind,-5} {connections,5} connections  {load.Elapsed.TotalSeconds,4:0.0} s  {load.PerSecond,8:N0} req/s"));
        return new PhaseResult
        {
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
            ServerCores = serverCpu / load.Elapsed,
            GeneratorCores = ownCpu / load.Elapsed,
            OtherCores = Math.Max(0, (allAfter - allBefore - serverCpu - ownCpu) / load.Elapsed),
            WrittenBytes = (double)(after.WrittenBytes - before.WrittenBytes) / load.Answers,
            AllocatedBytes = (double)(stateAfter.Allocated - stateBefore.Allocated) / load.Answers,
            Collections = stateAfter.Collections - stateBefore.Collections,
            FullCollections = stateAfter.FullCollections - stateBefore.FullCollections,
            PausedMilliseconds = (stateAfter.Paused - stateBefore.Paused).TotalMilliseconds,
            BehindSeconds = behind.TotalSeconds,
            Wrong = load.Wrong,
        };
    }

    async Task<long> WarmUpAsync(string kind, int connections, Workload workload)
    {
        var (answers, before) = (0L, 0.0);
        for (var second = 1; second <= MostWarmSeconds; second++)
        {
            var load = await RunAsync(connections, Slice, workload);
            if (load.Wrong.Count > 0)
            {
                throw new BenchException($"During the warm-up {kind} was answered: {string.Join(", ", load.Wrong.Keys)}.");
            }

            answers += load.Answers;
            Console.Error.WriteLine(FormattableString.Invariant(
                $"warm-up  {kind,-5} {connections,5} connections  {second,4} s  {load.PerSecond,8:N0} req/s"));
            if (load.Elapsed < Slice / 2 || (second >= LeastWarmSeconds && Math.Abs(load.PerSecond - before) < Steady * before))
            {
                break;
            }

            before = load.PerSecond;
        }

        return answers;
    }

    Task<LoadResult> RunAsync(int connections, TimeSpan duration, Workload workload) => Task.Factory.StartNew(
        () => LoadGenerator.Run(server.Address, connections, duration, workload, ct), ct, TaskCreationOptions.LongRunning, TaskScheduler.Default);

    StartWorkload Starts(string path) => new(server.Request(path, StartWorkload.Form), numbers);

    CheckWorkload Checks(List<SentCode> codes) => new(server.Request(CheckPath, CheckWorkload.Form), codes);
}
