using System.Collections.Concurrent;
using Countersign.Core.Privacy;
using Countersign.Core.Verifications;

namespace Countersign.Storage.PostgreSql;

/// <summary>What <see cref="PostgresChanges"/> keeps up to date.</summary>
interface IMirror
{
    /// <summary>What notifications about it begin with.</summary>
    string Topic { get; }

    /// <summary>Reads anew what the notifications name.</summary>
    Task RefreshAsync(IReadOnlyCollection<string> names);

    /// <summary>Reads everything anew.</summary>
    Task ReloadAsync();

    /// <summary>Reads anew what opens with a key that this node did not have; does nothing where that is nothing.</summary>
    Task RetryAsync();

    /// <summary>Has somebody told of rows that cannot be read, once each, and, without a problem, of those that can again. Before the first read.</summary>
    void OnUnreadable(Action<string, Exception?> tell);
}

/// <summary>
/// A small table in every node's memory. Memory is only ever filled with what was read, one read at a time, so that an older state never takes the place of a newer one: whoever
/// changed a row has it read, and so does everybody who hears of it. A row that cannot be read holds up no other: it is known to be there, and whoever needs it is refused.
/// </summary>
/// <param name="topic">What notifications about the table begin with.</param>
/// <param name="read">Reads the rows of some keys; of all for null.</param>
/// <param name="parse">The key that a notification names.</param>
/// <param name="name">What a notification calls a key.</param>
/// <param name="changed">Called with the keys of rows that are other than before, can no longer be read, or are gone. Never two calls at a time.</param>
#pragma warning disable CA1001 // A semaphore whose wait handle nobody has asked for holds nothing that would have to be given back.
sealed class Mirror<TKey, TEntry>(
#pragma warning restore CA1001
    string topic,
    Func<IReadOnlyCollection<TKey>?, Task<Dictionary<TKey, MirrorRow<TEntry>>>> read,
    Func<string, TKey> parse,
    Func<TKey, string> name,
    Action<IReadOnlyList<TKey>> changed) : IMirror
    where TKey : notnull
    where TEntry : class
{
    readonly ConcurrentDictionary<TKey, MirrorRow<TEntry>> _rows = new();
    readonly ConcurrentDictionary<TKey, Exception> _unreadable = new();
    readonly SemaphoreSlim _reading = new(1);
    readonly Lock _asking = new();
    Action<string, Exception?> _tell = static (_, _) => { };
    HashSet<TKey> _asked = [];
    Task? _next;

    public string Topic => topic;

    /// <summary>What can be read, in the order of its positions.</summary>
    public IEnumerable<TEntry> InOrder => _rows.Values.Where(row => row.Problem is null).OrderBy(row => row.Position).Select(row => row.Entry!);

    /// <summary>What is there and cannot be read.</summary>
    public IEnumerable<(TKey Key, MirrorRow<TEntry> Row)> Unreadable => _unreadable.IsEmpty ? [] : _rows.Where(row => row.Value.Problem is not null).Select(row => (row.Key, row.Value));

    /// <summary>The entry; null where there is none.</summary>
    /// <exception cref="UnknownKeyException">It is there, and opens with a key that this node does not have.</exception>
    /// <exception cref="StoreUnavailableException">It is there, and cannot be read for another reason.</exception>
    public TEntry? Find(TKey key) => !_rows.TryGetValue(key, out var row) ? null : row.Problem is null ? row.Entry : row.Known($"{topic}/{name(key)}");

    /// <summary>The entry as it was when it could last be read; null where there is none, or it never could.</summary>
    public TEntry? LastRead(TKey key) => _rows.TryGetValue(key, out var row) ? row.Entry : null;

    /// <summary>The entry of the lowest position, whether or not it can be read; null where there is none.</summary>
    /// <inheritdoc cref="Find"/>
    public TEntry? First()
    {
        var rows = _rows.ToArray();
        return rows.Length == 0 ? null : Find(rows.MinBy(row => row.Value.Position).Key);
    }

    public void OnUnreadable(Action<string, Exception?> tell) => _tell = tell;

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

    public Task RetryAsync()
    {
        // What is damaged stays so until somebody changes it, and that is told.
        var lacking = _unreadable.Where(row => row.Value is UnknownKeyException).Select(row => row.Key).ToList();
        return lacking.Count == 0 ? Task.CompletedTask : RefreshAsync(lacking);
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
            if (has && (!had || before.Stamp != after.Stamp || before.Problem?.GetType() != after.Problem?.GetType()))
            {
                _rows[key] = after.Problem is null ? after : after with { Entry = before.Entry };
                different.Add(key);
            }
            else if (had && !has)
            {
                _rows.TryRemove(key, out _);
                different.Add(key);
            }

            Note(key, has ? after.Problem : null, isThere: has);
        }

        if (different.Count > 0)
        {
            changed(different);
        }
    }

    /// <summary>Keeps whether a row can be read, and tells of it when that is other than before.</summary>
    void Note(TKey key, Exception? problem, bool isThere)
    {
        if (problem is not null)
        {
            var isNew = !_unreadable.ContainsKey(key);
            _unreadable[key] = problem;
            if (isNew)
            {
                _tell(name(key), problem);
            }
        }
        else if (_unreadable.TryRemove(key, out _) && isThere)
        {
            _tell(name(key), null);
        }
    }
}
