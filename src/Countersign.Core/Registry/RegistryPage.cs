namespace Countersign.Core.Registry;

/// <summary>Pages of what a registry holds. Pure.</summary>
public static class RegistryPage
{
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

    /// <summary>The moment to create an entry at: now, or a millisecond after the newest of its list, so that their order is theirs alone also where the clock stood still.</summary>
    public static DateTimeOffset NextMoment(IEnumerable<DateTimeOffset> created, DateTimeOffset now)
    {
        var newest = created.DefaultIfEmpty(DateTimeOffset.MinValue).Max();
        return now.ToUnixTimeMilliseconds() > newest.ToUnixTimeMilliseconds() ? now : newest.AddMilliseconds(1);
    }
}
