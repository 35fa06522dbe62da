using Countersign.Core.Insight;

namespace Countersign.Storage.Sqlite;

/// <summary>Gathers what a batch adds to the rollup and writes it at the batch's end, each row once. Undone with the batch. Only the writer's thread uses it.</summary>
sealed class RollupRows
{
    readonly WriteContext _context;
    readonly RollupDeltas _batch = new();
    readonly Action _forget;
    readonly Statement _add;

    public RollupRows(GroupCommit writer, WriteContext context)
    {
        writer.BeforeCommit(Write);
        _context = context;
        _forget = _batch.Clear;
        var names = RollupCounters.Names;
        _add = context.Prepare($"""
            INSERT INTO rollup (hour, account_sid, service_sid, country, channel, carrier, error, {string.Join(", ", names)})
            VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, {string.Join(", ", names.Select((_, i) => $"?{i + 8}"))})
            ON CONFLICT DO UPDATE SET {string.Join(", ", names.Select(name => $"{name} = {name} + excluded.{name}"))}
            """);
    }

    /// <summary>Where the batch's events are counted. Count what is sure to be kept: an operation that may yet be taken back alone counts at its end.</summary>
    public RollupDeltas OfBatch
    {
        get
        {
            if (_batch.IsEmpty)
            {
                _context.OnUndo(_forget);
            }

            return _batch;
        }
    }

    /// <summary>Before the commit: writes what the batch adds.</summary>
    void Write()
    {
        foreach (var (key, counts) in _batch)
        {
            if (counts.IsZero)
            {
                continue;
            }

            _add.Bind((long)key.Hour).Bind(key.Account).Bind(key.Service).Bind(key.Country).Bind((long)key.Channel).Bind(key.Carrier).Bind((long)((int?)key.Error ?? 0));
            foreach (var count in counts)
            {
                _add.Bind(count);
            }

            _add.Run();
        }

        _batch.Clear();
    }
}
