using System.Collections.Concurrent;
using Countersign.Core.Verifications;

namespace Countersign.Storage.PostgreSql;

/// <summary>A row that is held in memory. Its position orders lists; its stamp is another after each change.</summary>
readonly record struct MirrorRow<TEntry>(long Position, uint Stamp, TEntry Entry);

/// <summary>What <see cref="PostgresChanges"/> keeps up to date.</summary>
interface IMirror
{
    /// <summary>What notifications about it begin with.</summary>
    string Topic { get; }

    /// <summary>Reads anew what the notifications name.</summary>
    Task RefreshAsync(IReadOnlyCollection<string> names);

    /// <summary>Reads everything anew.</summary>
    Task ReloadAsync();
}

/// <summary>
/// A small table in every node's memory. Memory is only ever filled with what was read, one read at a time, so that an older state never takes the place of a newer one: whoever
/// changed a row has it read, and so does everybody who hears of it.
/// </summary>
/// <param name="topic">What notifications about the table begin with.</param>
/// <param name="read">Reads the rows of some keys; of all for null.</param>
/// <param name="parse">The key that a notification names.</param>
/// <param name="changed">Called with the keys of rows that are other than before, or gone. Never two calls at a time.</param>
#pragma warning disable CA1001 // A semaphore whose wait handle nobody has asked for holds nothing that would have to be given back.
sealed class Mirror<TKey, TEntry>(
#pragma warning restore CA1001
    string topic,
    Func<IReadOnlyCollection<TKey>?, Task<Dictionary<TKey, MirrorRow<TEntry>>>> read,
    Func<string, TKey> parse,
    Action<IReadOnlyList<TKey>> changed) : IMirror
    where TKey : notnull
{
    readonly ConcurrentDictionary<TKey, MirrorRow<TEntry>> _rows = new();
    readonly SemaphoreSlim _reading = new(1);
    readonly Lock _asking = new();
    HashSet<TKey> _asked = [];
    Task? _next;

    public string Topic => topic;

    public IReadOnlyDictionary<TKey, MirrorRow<TEntry>> Rows => _rows;

    public TEntry? Find(TKey key) => _rows.TryGetValue(key, out var row) ? row.Entry : default;

    /// <summary>Reads a row anew. Those that are asked for while a read is under way share the next.</summary>
    /// <exception cref="StoreUnavailableException">The database failed.</exception>
    public Task RefreshAsync(TKey key) => RefreshAsync([key]);

    public Task RefreshAsync(IReadOnlyCollection<string> names) => RefreshAsync(names.Select(parse));

    public async Task ReloadAsync()
    {
        await _reading.WaitAsync();
        try
        {
            var rows = await read(null);
            Apply(rows, [.. _rows.Keys.Union(rows.Keys)]);
        }
        finally
        {
            _reading.Release();
        }
    }

    Task RefreshAsync(IEnumerable<TKey> keys)
    {
        lock (_asking)
        {
            _asked.UnionWith(keys);
            return _next ??= ReadAskedAsync();
        }
    }

    async Task ReadAskedAsync()
    {
        // Not before the caller has put this task where others find it: else they would join a read that has begun.
        await Task.Yield();
        await _reading.WaitAsync();
        try
        {
            HashSet<TKey> keys;
            lock (_asking)
            {
                (keys, _asked, _next) = (_asked, [], null);
            }

            Apply(await read(keys), keys);
        }
        finally
        {
            _reading.Release();
        }
    }

    void Apply(Dictionary<TKey, MirrorRow<TEntry>> read, IReadOnlyCollection<TKey> keys)
    {
        var different = new List<TKey>();
        foreach (var key in keys)
        {
            var had = _rows.TryGetValue(key, out var before);
            var has = read.TryGetValue(key, out var after);
            if (has && (!had || before.Stamp != after.Stamp))
            {
                _rows[key] = after;
                different.Add(key);
            }
            else if (had && !has)
            {
                _rows.TryRemove(key, out _);
                different.Add(key);
            }
        }

        if (different.Count > 0)
        {
            changed(different);
        }
    }
}
