using System.Diagnostics;

namespace Countersign.Bench.History;

/// <summary>
/// Fills a store's tables with copies of rows that are there already, so that they are of the size and content that the server writes, whatever columns its version has.
/// Only what places them differs: their time-ordered SIDs lie at even distances over the ten days before the last hour, and their destinations are random.
/// </summary>
abstract class Filler
{
    const int Chunk = 250_000;

    static readonly TimeSpan Over = TimeSpan.FromDays(10), Before = TimeSpan.FromHours(1);

    /// <summary>Unix milliseconds of the oldest row.</summary>
    protected long Oldest { get; } = (TimeProvider.System.GetUtcNow() - Before - Over).ToUnixTimeMilliseconds();

    /// <summary>An SQL expression of the moment of row i, of so many.</summary>
    protected string MomentOf(int rows) => FormattableString.Invariant($"({Oldest} + i * {(long)Over.TotalMilliseconds} / {rows})");

    public async Task FillAsync(int rows, CancellationToken ct)
    {
        var begun = Stopwatch.GetTimestamp();
        await BeginAsync(rows, ct);
        for (var from = 0; from < rows; from += Chunk)
        {
            await FillAsync(from, Math.Min(rows, from + Chunk), ct);
            Console.Error.WriteLine(FormattableString.Invariant($"filled {Math.Min(rows, from + Chunk),12:N0} of {rows:N0} verifications, {Stopwatch.GetElapsedTime(begun).TotalSeconds,6:N0} s"));
        }

        await EndAsync(ct);
    }

    protected abstract Task BeginAsync(int rows, CancellationToken ct);

    /// <summary>Fills in the rows from the one to before the other.</summary>
    protected abstract Task FillAsync(int from, int to, CancellationToken ct);

    /// <summary>Brings the store to where it would be if it had grown over days.</summary>
    protected abstract Task EndAsync(CancellationToken ct);

    /// <summary>The select list of a copy: each column as it is in the row t, or what takes its place.</summary>
    protected static string Copy(IEnumerable<string> columns, IReadOnlyDictionary<string, string> instead) =>
        string.Join(", ", columns.Select(column => instead.TryGetValue(column, out var expression) ? expression : $"t.{column}"));
}
