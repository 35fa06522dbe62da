namespace Countersign.Core.Registry;

/// <summary>Pages of what a registry holds. Pure.</summary>
public static class RegistryPage
{
    const int TieBits = 20;

    // The year 10889.
    const long MostMilliseconds = 1L << 48;

    /// <summary>
    /// One page of entries, which come in whichever order, newest first. <paramref name="positionOf"/> gives what they are ordered by: it grows with their creation, and no two
    /// of a list have the same.
    /// </summary>
    public static Page<T> Of<T>(IEnumerable<T> entries, Func<T, long> positionOf, PageRequest request)
    {
        var list = entries.OrderByDescending(positionOf).ToList();
        int start, end;
        if (request.Cursor is not { } cursor)
        {
            (start, end) = (0, request.Size);
        }
        else if (cursor.Backwards)
        {
            end = list.FindIndex(entry => positionOf(entry) <= cursor.Position);
            end = end < 0 ? list.Count : end;
            start = end - request.Size;
        }
        else
        {
            start = list.FindIndex(entry => positionOf(entry) < cursor.Position);
            start = start < 0 ? list.Count : start;
            end = start + request.Size;
        }

        (start, end) = (Math.Max(start, 0), Math.Min(end, list.Count));
        var items = list.GetRange(start, end - start);
        return new Page<T>(
            items,
            items.Count > 0 && start > 0 ? new PageCursor(positionOf(items[0]), Backwards: true) : null,
            items.Count > 0 && end < list.Count ? new PageCursor(positionOf(items[^1]), Backwards: false) : null);
    }

    /// <summary>
    /// As above, of entries that have a moment and a SID, or another text that is theirs alone. Two that were made at once, by two callers or two nodes, have the same moment: their order is
    /// that of 20 bits of the text, so that no page ends between two that its cursor cannot tell apart.
    /// </summary>
    public static Page<T> Of<T>(IEnumerable<T> entries, Func<T, DateTimeOffset> createdAt, Func<T, string> ownText, PageRequest request) =>
        Of(entries, entry => (createdAt(entry).ToUnixTimeMilliseconds() << TieBits) | TieOf(ownText(entry)), request.Cursor is { Position: < MostMilliseconds } older
            ? request with { Cursor = older with { Position = older.Position << TieBits } } // The moment alone, from a server of before.
            : request);

    static long TieOf(string text)
    {
        // FNV-1a, which is the same in every process.
        var hash = 2166136261u;
        foreach (var letter in text)
        {
            hash = (hash ^ letter) * 16777619u;
        }

        return (hash ^ (hash >> TieBits)) & ((1 << TieBits) - 1);
    }

    /// <summary>The moment to create an entry at: now, or a millisecond after the newest of its list, so that their order is theirs alone also where the clock stood still.</summary>
    public static DateTimeOffset NextMoment(IEnumerable<DateTimeOffset> created, DateTimeOffset now)
    {
        var newest = created.DefaultIfEmpty(DateTimeOffset.MinValue).Max();
        return now.ToUnixTimeMilliseconds() > newest.ToUnixTimeMilliseconds() ? now : newest.AddMilliseconds(1);
    }
}
