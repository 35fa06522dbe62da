using Countersign.Core;

namespace Countersign.Storage;

/// <summary>A page of rows that were read with one more than was asked for.</summary>
static class RowPages
{
    /// <summary>Rows to read for a page: one more tells whether there is a neighbour on the far side.</summary>
    public static long Limit(PageRequest request) => (long)request.Size + 1;

    /// <summary>Makes the page of what was read from the cursor on, in the direction of the cursor.</summary>
    public static Page<T> Of<T>(List<T> rows, PageRequest request, Func<T, long> positionOf)
    {
        var backwards = request.Cursor is { Backwards: true };
        var more = rows.Count > request.Size;
        if (more)
        {
            rows.RemoveAt(rows.Count - 1);
        }

        if (backwards)
        {
            rows.Reverse();
        }

        var hasBefore = rows.Count > 0 && (backwards ? more : request.Cursor is not null);
        var hasAfter = rows.Count > 0 && (backwards || more);
        return new Page<T>(
            rows,
            hasBefore ? new PageCursor(positionOf(rows[0]), Backwards: true) : null,
            hasAfter ? new PageCursor(positionOf(rows[^1]), Backwards: false) : null);
    }

    /// <summary>The same page of what the rows are opened to.</summary>
    public static Page<TEntry> Select<T, TEntry>(this Page<T> page, Func<T, TEntry> open) => new([.. page.Items.Select(open)], page.Previous, page.Next);
}
