using System.Collections.Immutable;
using System.Text;
using Countersign.Core;
using Countersign.Core.Privacy;
using Countersign.Core.Registry;
using Microsoft.Extensions.Logging;

namespace Countersign.Storage.Sqlite;

/// <summary>Named settings in the embedded store. All of them are in memory too, since this process owns the file; readers see a snapshot that is changed after each commit.</summary>
sealed class SqliteRegistry<T> : IRegistry<T>
    where T : class, IRegistered
{
    readonly GroupCommit _writer;
    readonly Sealer _sealer;
    readonly RegistryDocument<T> _document;
    readonly Statement _upsert;
    readonly Statement _delete;

    readonly UnreadableRows<(Sid Account, string Name)> _unreadable;

    // The writer's thread alone changes it; readers take the published one.
    ImmutableList<T> _entries;
    volatile Snapshot _published;

    public SqliteRegistry(GroupCommit writer, WriteContext context, Sealer sealer, RegistryDocument<T> document, ILogger logger)
    {
        (_writer, _sealer, _document) = (writer, sealer, document);
        _unreadable = new UnreadableRows<(Sid, string)>($"registry-{document.Kind}", logger);
        _upsert = context.Prepare("""
            INSERT INTO registry (kind, account_sid, name, body, secrets, created_at, updated_at) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)
            ON CONFLICT (kind, account_sid, name) DO UPDATE SET body = excluded.body, secrets = excluded.secrets, updated_at = excluded.updated_at
            """);
        _delete = context.Prepare("DELETE FROM registry WHERE kind = ?1 AND account_sid = ?2 AND name = ?3");

        var entries = ImmutableList.CreateBuilder<T>();
        using var all = context.Prepare("SELECT account_sid, name, body, secrets, created_at, updated_at, position FROM registry WHERE kind = ?1 ORDER BY position");
        all.Bind(document.Kind);
        while (all.Read())
        {
            _unreadable.Read(all, 6, () => (all.Sid(0, "AC"), all.Text(1)), key =>
            {
                var secrets = all.BytesOrNull(3) is { } bytes ? sealer.Open(bytes, SealedFor(key.Account, key.Name)) : null;
                entries.Add(document.Read(new RegistryRow(key.Account, key.Name, all.Text(2), secrets, all.Moment(4), all.Moment(5))));
            });
        }

        _entries = entries.ToImmutable();
        _published = NewSnapshot(1);
    }

    public long Version => _published.Version;

    public IReadOnlyList<T> All => _published.Entries;

    public IReadOnlyList<UnreadableEntry<T>> Unreadable => _published.Unreadable;

    public IReadOnlyList<T> Of(Sid account) => _published.ByAccount.TryGetValue(account, out var own) ? own : Array.Empty<T>();

    public T? Find(Sid account, string name)
    {
        if (_published.ByName.TryGetValue((account, name), out var found))
        {
            return found;
        }

        _unreadable.Refuse((account, name));
        return null;
    }

    public Task<T?> PutAsync(Sid account, string name, Func<T?, T?> change, CancellationToken ct) => _writer.RunAsync(context =>
    {
        _unreadable.Refuse((account, name));
        var position = PositionOf(account, name);
        var before = position < 0 ? null : _entries[position];
        if (change(before) is not { } after)
        {
            return before;
        }

        if (before is null && !HasRoom(account, after.Bound))
        {
            return null;
        }

        var secrets = _document.Secrets(after) is { } plain ? _sealer.Seal(plain, SealedFor(account, name)) : null;
        var (created, updated) = _document.Moments(after);
        _upsert.Bind(_document.Kind).Bind(account).Bind(name).Bind(_document.Write(after)).Bind(secrets).Bind(created).Bind(updated).Run();
        Change(context, before is null ? _entries.Add(after) : _entries.SetItem(position, after));
        return after;
    });

    public Task<bool> DeleteAsync(Sid account, string name, CancellationToken ct) => _writer.RunAsync(context =>
    {
        var position = PositionOf(account, name);
        if (position < 0 && !_unreadable.Has((account, name)))
        {
            return false;
        }

        _delete.Bind(_document.Kind).Bind(account).Bind(name).Run();
        if (context.Changes == 0)
        {
            // An operation before this one in the batch has.
            return false;
        }

        _unreadable.Forget(context, (account, name));
        Change(context, position < 0 ? _entries : _entries.RemoveAt(position));
        return true;
    });

    /// <summary>Asked on the writer's thread, so nothing is added between this and the write.</summary>
    bool HasRoom(Sid account, RegistryBound? bound)
    {
        var own = _entries.Where(entry => entry.AccountSid == account).ToList();
        return own.Count < IRegistry<T>.MaxPerAccount
            && (bound is not { } alike || own.Count(entry => entry.Name.StartsWith(alike.Prefix, StringComparison.Ordinal)) < alike.Most);
    }

    void Change(WriteContext context, ImmutableList<T> after)
    {
        var before = _entries;
        _entries = after;
        context.OnUndo(() => _entries = before);
        context.OnCommit(() => _published = NewSnapshot(_published.Version + 1));
    }

    Snapshot NewSnapshot(long version) => new(
        version, _entries, [.. _unreadable.All.Select(row => new UnreadableEntry<T>(row.Key.Account, row.Key.Name, LastRead: null, LacksKey: row.Value is UnknownKeyException))]);

    int PositionOf(Sid account, string name) => _entries.FindIndex(entry => entry.AccountSid == account && entry.Name == name);

    byte[] SealedFor(Sid account, string name) => Encoding.UTF8.GetBytes($"{_document.Kind}/{account}/{name}");

    sealed class Snapshot(long version, ImmutableList<T> entries, IReadOnlyList<UnreadableEntry<T>> unreadable)
    {
        public long Version => version;

        public ImmutableList<T> Entries => entries;

        public IReadOnlyList<UnreadableEntry<T>> Unreadable => unreadable;

        public Dictionary<Sid, List<T>> ByAccount { get; } = entries.GroupBy(entry => entry.AccountSid).ToDictionary(group => group.Key, group => group.ToList());

        public Dictionary<(Sid Account, string Name), T> ByName { get; } = entries.ToDictionary(entry => (entry.AccountSid, entry.Name));
    }
}
