using Countersign.Bench.Hot;
using Countersign.Bench.Servers;

namespace Countersign.Bench.Soak;

/// <summary>A long run's memory for people.</summary>
static class SoakReport
{
    const int Width = 60;
    const string Levels = "▁▂▃▄▅▆▇█";

    public static void Write(List<SoakResult> results, Machine machine, TextWriter output)
    {
        foreach (var result in results)
        {
            var last = result.Samples[^1];
            output.WriteLine(Text($"{result.Store}: {last.Operations:N0} operations in {last.Seconds:N0} s, {last.Operations / last.Seconds:N0} a second"));
            WriteLine(result, "server", sample => sample.Resident, output);
            WriteLine(result, "heap", sample => sample.Heap, output);
            if (last.StoreMemory > 0)
            {
                WriteLine(result, "store", sample => sample.StoreMemory, output);
            }

            output.WriteLine($"  the server's median in each quarter: {string.Join(", ", Enumerable.Range(0, 4).Select(quarter => Text($"{result.Quarter(quarter) / 1048576:N0}")))} MB");
            foreach (var (name, count) in result.Wrong)
            {
                output.WriteLine(Text($"  WRONG ANSWERS, {name}: {count}"));
            }
        }

        output.WriteLine();
        output.WriteLine(Text($"{machine}"));
        foreach (var result in results)
        {
            output.WriteLine(Text($"{result.Store} memory {result.Growth:0.00} {(result.IsFlat ? "flat" : "GROWS")}"));
        }
    }

    /// <summary>A line of text as a plot, from nothing to the most.</summary>
    static void WriteLine(SoakResult result, string name, Func<SoakSample, long> value, TextWriter output)
    {
        var (length, most) = (result.Samples[^1].Seconds, result.Samples.Max(value));
        var columns = result.Samples
            .GroupBy(sample => Math.Min(Width - 1, (int)(sample.Seconds / length * Width)))
            .OrderBy(column => column.Key)
            .Select(column => Levels[(int)Math.Clamp(HotResult.Median(column.Select(sample => (double)value(sample))) / most * Levels.Length, 0, Levels.Length - 1)]);
        output.WriteLine(Text($"  {name,-7} {string.Concat(columns),-Width}  {HotReport.Megabytes(result.Samples.Min(value)):N0} to {HotReport.Megabytes(most):N0} MB"));
    }

    static string Text(FormattableString text) => FormattableString.Invariant(text);
}
