using Countersign.Bench.Hot;
using Countersign.Bench.Load;
using Countersign.Bench.Servers;
using Countersign.Bench.Stores;

namespace Countersign.Bench.History;

/// <summary>Measures start and check on a store that is full, against one that is empty.</summary>
static class HistoryVerb
{
    const double Wanted = 0.80;
    const int Samples = 1000, SampleConnections = 16;

    public static async Task<int> RunAsync(string[] args)
    {
        if (args.Contains("--help") || args.Contains("-h"))
        {
            Console.WriteLine(HistoryOptions.Help);
            return 0;
        }

        var options = HistoryOptions.Parse(args);
        using var interruption = new Interruption();
        try
        {
            StoreUnderTest.Require(options.Stores);
            using var turn = await OneAtATime.EnterAsync(interruption.Token);
            var (machine, numbers, phases) = (Machine.Read(Path.GetTempPath()), new Numbers(new Random()), new List<(string Store, List<Round> Rounds)>());
            foreach (var name in options.Stores)
            {
                phases.Add((name, await MeasureAsync(name, options, numbers, interruption.Token)));
            }

            return Report(phases, options, machine);
        }
        catch (Exception problem) when (interruption.Token.IsCancellationRequested)
        {
            throw new OperationCanceledException(problem.Message, problem);
        }
    }

    static async Task<List<Round>> MeasureAsync(string name, HistoryOptions options, Numbers numbers, CancellationToken ct)
    {
        var capacity = Math.Max(options.Seconds, 12) * 40_000;
        using var fullStore = await StoreUnderTest.StartAsync(name, ct);
        using var full = await FillAsync(fullStore, capacity, options, numbers, ct);
        return await HotVerb.OnStoreAsync(name, capacity, numbers, empty => HotVerb.ExplainAsync(full, async () =>
        {
            using var driver = new LoadDriver(full, fullStore, numbers, ct);
            full.FirstAnswer(driver.Bare(), ct);
            var (onEmpty, onFull) = (new HotPhases(empty), new HotPhases(driver));
            await onEmpty.WarmUpAsync(options.Connections);
            await onFull.WarmUpAsync(options.Connections);
            var rounds = new List<Round>();
            for (var round = 1; round <= options.Rounds; round++)
            {
                // Each goes first as often as the other.
                var first = round % 2 == 1 ? onEmpty : onFull;
                var one = await first.MeasurePairAsync(options.Connections, round, TimeSpan.FromSeconds(options.Seconds));
                var other = await (first == onEmpty ? onFull : onEmpty).MeasurePairAsync(options.Connections, round, TimeSpan.FromSeconds(options.Seconds));
                rounds.Add(first == onEmpty ? new Round(one, other) : new Round(other, one));
            }

            return rounds;
        }), ct);
    }

    /// <summary>A server makes the store and some verifications as it makes them; they are copied while it is down; and it starts anew on what is there then.</summary>
    static async Task<ServerProcess> FillAsync(StoreUnderTest store, int capacity, HistoryOptions options, Numbers numbers, CancellationToken ct)
    {
        DirectoryInfo data;
        using (var server = ServerProcess.StartForLoad(capacity, store))
        {
            await HotVerb.ExplainAsync(server, async () =>
            {
                using var driver = new LoadDriver(server, store, numbers, ct);
                server.FirstAnswer(driver.Starts(1), ct);
                await driver.RunAsync(SampleConnections, Pace.Saturating(TimeSpan.FromMinutes(1)), driver.Starts(Samples));
                await driver.WaitForOutboxAsync();
                return await driver.RunAsync(SampleConnections, Pace.Saturating(TimeSpan.FromMinutes(1)), driver.Checks(await driver.ReadCodesAsync(Samples)));
            });
            data = server.EndAndKeepData();
        }

        try
        {
            Filler filler = store.Postgres is { } postgres ? new PostgresFiller(postgres.ConnectionString) : new SqliteFiller(data);
            await filler.FillAsync(options.Rows, ct);
            return ServerProcess.StartForLoad(capacity, store, data);
        }
        catch
        {
            data.Delete(recursive: true);
            throw;
        }
    }

    static int Report(List<(string Store, List<Round> Rounds)> measured, HistoryOptions options, Machine machine)
    {
        var table = new Table(2, "", "", "round", "empty req/s", "full req/s", "full/empty", "empty p99 ms", "full p99 ms");
        foreach (var (store, rounds) in measured)
        {
            for (var kind = 0; kind < 2; kind++)
            {
                for (var i = 0; i < rounds.Count; i++)
                {
                    var (empty, full) = (rounds[i].Empty[kind], rounds[i].Full[kind]);
                    table.Add(
                        store, empty.Kind, $"{i + 1}", HotReport.Show(empty.PerSecond, "#,0"), HotReport.Show(full.PerSecond, "#,0"), HotReport.Show(rounds[i].Ratio(kind), "0.00"),
                        HotReport.Show(empty.P99, "0.00"), HotReport.Show(full.P99, "0.00"));
                }
            }
        }

        table.WriteText(Console.Out);
        Console.WriteLine();
        Console.WriteLine(FormattableString.Invariant($"{options.Rows:N0} verifications in the full store"));
        Console.WriteLine(machine);
        foreach (var (store, rounds) in measured)
        {
            var (start, check) = (HotResult.Median(rounds.Select(round => round.Ratio(0))), HotResult.Median(rounds.Select(round => round.Ratio(1))));
            Console.WriteLine(FormattableString.Invariant($"history {store} start {start:0.00} check {check:0.00}"));
            if (Math.Min(start, check) < Wanted)
            {
                Console.Error.WriteLine(FormattableString.Invariant($"{store} MISSED the target: {Wanted:0.00} or more"));
            }
        }

        return measured.TrueForAll(one => one.Rounds.TrueForAll(round => round.Empty.Concat(round.Full).All(phase => phase.Wrong.Count == 0))) ? 0 : Verb.Misbehaved;
    }

    /// <summary>Start and check, on either store.</summary>
    sealed record Round(PhaseResult[] Empty, PhaseResult[] Full)
    {
        public double Ratio(int kind) => Full[kind].PerSecond / Empty[kind].PerSecond;
    }
}
