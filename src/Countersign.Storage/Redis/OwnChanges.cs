using Countersign.Core.Verifications;
using Countersign.Storage.History;
using Countersign.Storage.Steps;

namespace Countersign.Storage.Redis;

/// <summary>A verification as this node kept it: what it says, and the bytes that Redis has of it.</summary>
readonly record struct OwnChange(Verification Verification, ReadOnlyMemory<byte> Blob);

/// <summary>What one call of the step function kept. Its entry in the group's history is pending in this node's name.</summary>
sealed record OwnEntry(int Group, byte[] Id, List<OwnChange> Changes)
{
    /// <summary>Adds what a step kept: its verification, and the one whose place that took, if it ended by it.</summary>
    public void Add(StepEntry entry, StepCommand command)
    {
        Changes.Add(new OwnChange(entry.Decision.Save!, ((RedisPlace)entry.After!.Place!).Blob));
        if (entry.Decision.Ended is { } ended && command.Ended is { IsEmpty: false } blob)
        {
            Changes.Add(new OwnChange(ended, blob));
        }
    }
}

/// <summary>
/// What this node kept and PostgreSQL has not got: brought from memory, so that nothing of it is read from Redis and opened again. Only so much is here. What does not fit is taken over as if its node
/// were gone, once it has waited for as long as that takes.
/// </summary>
sealed class OwnChanges(TimeProvider clock, int most)
{
    readonly Queue<(OwnEntry Entry, long At)> _entries = [];
    readonly Lock _gate = new();
    int _count;

    /// <summary>How many changes are here.</summary>
    public int Count
    {
        get
        {
            lock (_gate)
            {
                return _count;
            }
        }
    }

    /// <summary>In how many entries.</summary>
    public int Entries
    {
        get
        {
            lock (_gate)
            {
                return _entries.Count;
            }
        }
    }

    /// <summary>How long the oldest has waited.</summary>
    public TimeSpan Age
    {
        get
        {
            lock (_gate)
            {
                return _entries.TryPeek(out var oldest) ? clock.GetElapsedTime(oldest.At) : TimeSpan.Zero;
            }
        }
    }

    public void Add(OwnEntry entry)
    {
        lock (_gate)
        {
            if (_count + entry.Changes.Count <= most)
            {
                _entries.Enqueue((entry, clock.GetTimestamp()));
                _count += entry.Changes.Count;
            }
        }
    }

    /// <summary>Takes the oldest entries, of about so many changes: adds their rows to <paramref name="rows"/>, and their ids to those of their groups.</summary>
    public void Take(int changes, List<HistoryRow> rows, List<byte[]>[] ids)
    {
        lock (_gate)
        {
            while (changes > 0 && _entries.TryDequeue(out var oldest))
            {
                var entry = oldest.Entry;
                _count -= entry.Changes.Count;
                changes -= entry.Changes.Count;
                ids[entry.Group].Add(entry.Id);
                foreach (var change in entry.Changes)
                {
                    rows.Add(VerificationBlob.ReadRow(change.Blob, change.Verification));
                }
            }
        }
    }
}
