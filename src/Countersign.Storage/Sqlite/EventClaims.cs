using Countersign.Core;
using Countersign.Core.Events;

namespace Countersign.Storage.Sqlite;

/// <summary>
/// What is claimed, in memory: one process has the file. A claim ends when its event is settled, or after a minute: whoever could not settle it does not keep it from being tried
/// again. The writer's thread alone uses it.
/// </summary>
sealed class EventClaims
{
    static readonly TimeSpan Lasts = TimeSpan.FromMinutes(1);

    readonly Dictionary<long, (Sid Receiver, DateTimeOffset Until)> _claimed = [];
    readonly Dictionary<Sid, int> _of = [];

    // In the order in which they end, since all last as long.
    readonly Queue<(long Position, DateTimeOffset Until)> _ends = [];

    /// <summary>Claimed events of a receiver.</summary>
    public int Of(Sid receiver) => _of.GetValueOrDefault(receiver);

    public bool Has(long position) => _claimed.ContainsKey(position);

    /// <summary>Claims an event; false where somebody has.</summary>
    public bool TryAdd(EventEntry entry, DateTimeOffset now)
    {
        if (!_claimed.TryAdd(entry.Position, (entry.Receiver, now + Lasts)))
        {
            return false;
        }

        _ends.Enqueue((entry.Position, now + Lasts));
        _of[entry.Receiver] = Of(entry.Receiver) + 1;
        return true;
    }

    public void Release(long position)
    {
        if (_claimed.Remove(position, out var claim) && _of[claim.Receiver]-- == 1)
        {
            _of.Remove(claim.Receiver);
        }
    }

    /// <summary>Releases what was claimed too long ago, or by a clock that was set back since: none lasts so much longer than it may.</summary>
    public void Expire(DateTimeOffset now)
    {
        while (_ends.TryPeek(out var end) && (end.Until <= now || end.Until - now > Lasts + Lasts))
        {
            _ends.Dequeue();
            if (_claimed.TryGetValue(end.Position, out var claim) && claim.Until == end.Until)
            {
                Release(end.Position);
            }
        }
    }
}
