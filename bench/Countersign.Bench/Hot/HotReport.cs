using System.Globalization;
using System.Text.Json;

namespace Countersign.Bench.Hot;

/// <summary>The results for people, and for programs.</summary>
static class HotReport
{
    static readonly JsonSerializerOptions Indented = new() { WriteIndented = true, PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower };

    static readonly (string Title, Func<PhaseResult, string> Cell)[] Columns =
    [
        ("", phase => phase.Store),
        ("", phase => phase.Kind),
        ("connections", phase => Show(phase.Connections, "0")),
        ("req/s", phase => Show(phase.PerSecond, "#,0")),
        ("p50 ms", phase => Show(phase.P50, "0.00")),
        ("p99 ms", phase => Show(phase.P99, "0.00")),
        ("p99.9 ms", phase => Show(phase.P999, "0.00")),
        ("server us/req", phase => Show(phase.ServerMicroseconds, "0.0")),
        ("store us/req", phase => Show(phase.StoreMicroseconds, "0.0")),
        ("server cores", phase => Show(phase.ServerCores, "0.00")),
        ("store cores", phase => Show(phase.StoreCores, "0.00")),
        ("generator cores", phase => Show(phase.GeneratorCores, "0.00")),
        ("other cores", phase => Show(phase.OtherCores, "0.00")),
        ("written B/req", phase => phase.WrittenBytes is { } written ? Show(written, "#,0") : "-"),
        ("fsyncs/req", phase => phase.Syncs is { } syncs ? Show((double)syncs / phase.Answers, "0.0000") : "-"),
        ("allocated B/req", phase => Show(phase.AllocatedBytes, "#,0")),
        ("GC ms/s", phase => Show(phase.PausedMilliseconds / phase.Seconds, "0.0")),
        ("outbox behind s", phase => Show(phase.BehindSeconds, "0.0")),
        ("server MB", phase => Show(Megabytes(phase.ServerMemory), "#,0")),
        ("store MB", phase => Show(Megabytes(phase.StoreMemory), "#,0")),
    ];

    public static void Write(HotResult result, TextWriter output)
    {
        Phases(result.Stores.SelectMany(store => store.Typical())).WriteText(output);
        output.WriteLine();
        if (result.Stores.Exists(store => store.HalfLoad.Count > 0))
        {
            output.WriteLine("at half of the peak load, latencies counted from when a request was due:");
            Phases(result.Stores.SelectMany(store => store.HalfLoad)).WriteText(output);
            output.WriteLine();
        }

        foreach (var store in result.Stores)
        {
            WriteRatios(store, output);
        }

        foreach (var store in result.Stores)
        {
            output.WriteLine(Text($"{store.Store}: memory after the load, virtual phones included: {Megabytes(store.ServerMemory):0} MB, at most {Megabytes(store.PeakServerMemory):0} MB; the store's own processes: {Megabytes(store.StoreMemory):0} MB"));
        }

        output.WriteLine();
        Targets(result).WriteText(output);
        output.WriteLine();
        foreach (var (name, count) in result.Wrong)
        {
            output.WriteLine(Text($"WRONG ANSWERS, {name}: {count}"));
        }

        if (result.WhyNoSyncs is { } why)
        {
            output.WriteLine($"fsyncs were not counted: {why}");
        }

        if (result.WhyNoBytes is { } reason)
        {
            output.WriteLine($"what went to the disk was not counted: {reason}");
        }

        output.WriteLine(Text($"{result.Machine}"));
        foreach (var store in result.Stores)
        {
            output.WriteLine(Text($"{store.Store} start/bare {store.RatioToBare("start", store.Connections[^1]):0.00}"));
            output.WriteLine(Text($"{store.Store} check/bare {store.RatioToBare("check", store.Connections[^1]):0.00}"));
        }
    }

    /// <summary>What docs/performance.md shows of a run.</summary>
    public static void WriteMarkdown(HotResult result, TextWriter output)
    {
        output.WriteLine(Text($"{result.Machine}, on {DateTimeOffset.Now:yyyy-MM-dd}; the median of the rounds, each phase {result.SecondsPerPhase} s."));
        output.WriteLine();
        Table.Of(
            result.Stores.SelectMany(store => store.Typical().Select(phase => (Phase: phase, Ratio: store.RatioToBare(phase.Kind, phase.Connections)))),
            2,
            [
                .. Columns.Select(column => (Title: column.Title, Cell: (Func<(PhaseResult Phase, double Ratio), string>)(row => column.Cell(row.Phase))))
                    .Where(column => column.Title is not ("generator cores" or "other cores" or "outbox behind s" or "server cores" or "store cores")),
                ("of bare", row => row.Phase.Kind == "bare" ? "" : Show(row.Ratio, "0.00")),
            ]).WriteMarkdown(output);
        output.WriteLine();
        if (result.Stores.Exists(store => store.HalfLoad.Count > 0))
        {
            output.WriteLine("At half of the peak load, latencies counted from when a request was due:");
            output.WriteLine();
            Table.Of(result.Stores.SelectMany(store => store.HalfLoad), 2, Columns[..7]).WriteMarkdown(output);
            output.WriteLine();
        }

        Targets(result).WriteMarkdown(output);
    }

    public static string Json(HotResult result) => JsonSerializer.Serialize(result, Indented);

    /// <summary>What <see cref="Json"/> wrote.</summary>
    public static HotResult FromJson(string json)
    {
        try
        {
            return JsonSerializer.Deserialize<HotResult>(json, Indented) ?? throw new UsageException("The file holds no run.");
        }
        catch (JsonException problem)
        {
            throw new UsageException($"The file holds no run of this version: {problem.Message}");
        }
    }

    public static double Megabytes(long bytes) => bytes / 1048576.0;

    public static string Show(double value, string format) => value.ToString(format, CultureInfo.InvariantCulture);

    static void WriteRatios(StoreResult store, TextWriter output)
    {
        foreach (var connections in store.Connections)
        {
            output.WriteLine(Text($"{store.Store} of bare at {connections} connections: start {store.RatioToBare("start", connections):0.00}, check {store.RatioToBare("check", connections):0.00}"));
            if (store.Disturbed(connections) is { Count: > 0 } disturbed)
            {
                var all = disturbed.Count == store.Phases.Max(phase => phase.Round);
                output.WriteLine($"  others used the machine in round {string.Join(", ", disturbed)}: {(all ? "run this again when it is quiet" : "left out")}");
            }
        }
    }

    static Table Phases(IEnumerable<PhaseResult> phases) => Table.Of(phases, 2, Columns);

    static Table Targets(HotResult result) => Table.Of(
        Target.Of(result),
        1,
        ("Target", target => target.Name),
        ("Wanted", target => target.Wanted),
        ("Measured", target => target.Measured),
        ("", target => target.IsMet ? "met" : "MISSED"));

    static string Text(FormattableString text) => FormattableString.Invariant(text);
}
