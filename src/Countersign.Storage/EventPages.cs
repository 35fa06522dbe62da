using Countersign.Core;
using Countersign.Core.Events;

namespace Countersign.Storage;

/// <summary>Pages of events out of rows that were read with one more than was asked for.</summary>
static class EventPages
{
    /// <summary>Rows to read for a page: one more tells whether there is a neighbour on the far side.</summary>
    public static long Limit(PageRequest request) => (long)request.Size + 1;

    /// <summary>The page; rows come in the order in which they were read: newest first, or oldest first going backwards.</summary>
    public static Page<EventEntry> Of(List<EventEntry> rows, PageRequest request)
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

        var hasNewer = rows.Count > 0 && (backwards ? more : request.Cursor is not null);
        var hasOlder = rows.Count > 0 && (backwards || more);
        return new Page<EventEntry>(
            rows, hasNewer ? new PageCursor(rows[0].Position, Backwards: true) : null, hasOlder ? new PageCursor(rows[^1].Position, Backwards: false) : null);
    }
}
