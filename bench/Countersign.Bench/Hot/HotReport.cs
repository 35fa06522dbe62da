using System.Globalization;
using System.Text.Json;

namespace Countersign.Bench.Hot;

/// <summary>The results for people, and for programs.</summary>
static class HotReport
{
    const double ColdStartTarget = 2, IdleMemoryTarget = 150;

    static readonly string[] Kinds = ["bare", "start", "check"];

    static readonly JsonSerializerOptions Indented = new() { WriteIndented = true, PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower };

    static readonly (string Title, Func<PhaseResult, string> Cell)[] Columns =
    [
        ("", phase => phase.Kind),
        ("connections", phase => Show(phase.Connections, "0")),
        ("req/s", phase => Show(phase.PerSecond, "#,0")),
        ("p50 ms", phase => Show(phase.P50, "0.00")),
        ("p99 ms", phase => Show(phase.P99, "0.00")),
        ("p99.9 ms", phase => Show(phase.P999, "0.00")),
        ("server us/req", phase => Show(phase.ServerMicroseconds, "0.0")),
        ("server cores", phase => Show(phase.ServerCores, "0.00")),
        ("generator cores", phase => Show(phase.GeneratorCores, "0.00")),
        ("other cores", phase => Show(phase.OtherCores, "0.00")),
        ("written B/req", phase => Show(phase.WrittenBytes, "#,0")),
        ("allocated B/req", phase => Show(phase.AllocatedBytes, "#,0")),
        ("GC ms/s", phase => Show(phase.PausedMilliseconds / phase.Seconds, "0.0")),
        ("outbox behind s", phase => Show(phase.BehindSeconds, "0.0")),
    ];

    public static void Write(HotResult result, TextWriter output)
    {
        var counts = result.Phases.Select(phase => phase.Connections).Distinct().Order().ToList();
        WriteTable([.. counts.SelectMany(connections => Kinds.Select(kind => result.Typical(kind, connections)))], output);
        output.WriteLine();
        foreach (var connections in counts)
        {
            output.WriteLine(Text($"of bare at {connections} connections: start {result.RatioToBare("start", connections):0.00}, check {result.RatioToBare("check", connections):0.00}"));
            if (result.Disturbed(connections) is { Count: > 0 } disturbed)
            {
                var all = disturbed.Count == result.Phases.Max(phase => phase.Round);
                output.WriteLine($"  others used the machine in round {string.Join(", ", disturbed)}: {(all ? "run this again when it is quiet" : "left out")}");
            }
        }

        output.WriteLine(Text($"cold start to first 201: {result.ColdStart:0.00} s ({Judge(result.ColdStart, ColdStartTarget)} {ColdStartTarget} s)"));
        output.WriteLine(Text($"idle memory: {Megabytes(result.IdleMemory):0} MB ({Judge(Megabytes(result.IdleMemory), IdleMemoryTarget)} {IdleMemoryTarget} MB)"));
        output.WriteLine(Text($"memory after the load, virtual phones included: {Megabytes(result.MemoryAfter):0} MB, at most {Megabytes(result.PeakMemory):0} MB"));
        foreach (var (name, count) in result.Wrong)
        {
            output.WriteLine(Text($"WRONG ANSWERS, {name}: {count}"));
        }

        output.WriteLine(Text($"{result.Machine}"));
        var most = counts[^1];
        output.WriteLine(Text($"sqlite start/bare {result.RatioToBare("start", most):0.00}"));
        output.WriteLine(Text($"sqlite check/bare {result.RatioToBare("check", most):0.00}"));
    }

    public static string Json(HotResult result) => JsonSerializer.Serialize(result, Indented);

    static void WriteTable(List<PhaseResult> phases, TextWriter output)
    {
        var rows = phases.Select(phase => Array.ConvertAll(Columns, column => column.Cell(phase)))
            .Prepend(Array.ConvertAll(Columns, column => column.Title))
            .ToList();
        var widths = Columns.Select((_, column) => rows.Max(row => row[column].Length)).ToArray();
        foreach (var row in rows)
        {
            output.WriteLine(string.Join("  ", row.Select((cell, column) => column == 0 ? cell.PadRight(widths[0]) : cell.PadLeft(widths[column]))));
        }
    }

    static string Judge(double value, double target) => value < target ? "ok, target <" : "MISSED, target <";

    static double Megabytes(long bytes) => bytes / 1048576.0;

    static string Show(double value, string format) => value.ToString(format, CultureInfo.InvariantCulture);

    static string Text(FormattableString text) => FormattableString.Invariant(text);
}
