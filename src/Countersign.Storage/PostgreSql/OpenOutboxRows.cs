using System.Runtime.InteropServices;
using Countersign.Core;
using Countersign.Core.Delivery;

namespace Countersign.Storage.PostgreSql;

/// <summary>The rows of the outbox that a node has, and which messages of each have no outcome yet: what their outcomes leave of them. For one caller at a time.</summary>
sealed class OpenOutboxRows
{
    readonly Dictionary<long, HashSet<Sid>> _waiting = [];

    // Of one look, and empty in between.
    readonly Dictionary<long, int> _settling = [];
    readonly HashSet<Sid> _counted = [];

    /// <summary>The rows that have messages without an outcome.</summary>
    public long[] Ids => [.. _waiting.Keys];

    /// <summary>Takes a row in, in the place of what was known of it; returns how many messages that were.</summary>
    public int Put(long row, HashSet<Sid> waiting)
    {
        var before = _waiting.GetValueOrDefault(row)?.Count ?? 0;
        _waiting[row] = waiting;
        return before;
    }

    /// <summary>How many messages without an outcome these outcomes leave of each row once they are kept. Changes nothing.</summary>
    public List<SettledRow> Settled(IReadOnlyList<SendRecord> records)
    {
        foreach (var record in records)
        {
            if (_waiting.TryGetValue(record.Item.Position, out var waiting))
            {
                ref var settled = ref CollectionsMarshal.GetValueRefOrAddDefault(_settling, record.Item.Position, out _);
                var sid = record.Item.Attempt.Sid;
                settled += waiting.Contains(sid) && _counted.Add(sid) ? 1 : 0;
            }
        }

        var rows = new List<SettledRow>(_settling.Count);
        foreach (var (row, settled) in _settling)
        {
            rows.Add(new SettledRow(row, _waiting[row].Count - settled));
        }

        _settling.Clear();
        _counted.Clear();
        return rows;
    }

    /// <summary>The outcomes are kept; returns how many were waited for.</summary>
    public int Settle(IReadOnlyList<SendRecord> records)
    {
        var done = 0;
        foreach (var record in records)
        {
            if (!_waiting.TryGetValue(record.Item.Position, out var waiting) || !waiting.Remove(record.Item.Attempt.Sid))
            {
                continue;
            }

            done++;
            if (waiting.Count == 0)
            {
                _waiting.Remove(record.Item.Position);
            }
        }

        return done;
    }
}

/// <summary>How many messages of an outbox row have no outcome after some of its outcomes are kept. Never fewer than there are, whoever else has the row.</summary>
readonly record struct SettledRow(long Id, int Left);
