using System.Text;
using Countersign.Core;
using Countersign.Core.Privacy;
using Countersign.Core.Registry;
using Npgsql;

namespace Countersign.Storage.PostgreSql;

/// <summary>Named settings in PostgreSQL. All of them are in memory too; readers see a snapshot that is changed after each commit, of whichever node.</summary>
sealed class PostgresRegistry<T> : IRegistry<T>
    where T : class, IRegistered
{
    const string Columns = "account_sid, name, position, xmin, body, secrets, created_at, updated_at";

    readonly PostgresDatabase _database;
    readonly Sealer _sealer;
    readonly RegistryDocument<T> _document;
    readonly Mirror<(Sid Account, string Name), T> _entries;
    volatile Snapshot _published = new(1, [], []);

    public PostgresRegistry(PostgresDatabase database, PostgresChanges changes, Sealer sealer, RegistryDocument<T> document)
    {
        (_database, _sealer, _document) = (database, sealer, document);
        _entries = new Mirror<(Sid, string), T>($"registry-{document.Kind}", ReadAsync, Parse, Name, _ => Publish());
        changes.Keep(_entries);
    }

    public long Version => _published.Version;

    public IReadOnlyList<T> All => _published.Entries;

    public IReadOnlyList<UnreadableEntry<T>> Unreadable => _published.Unreadable;

    public IReadOnlyList<T> Of(Sid account) => _published.ByAccount.TryGetValue(account, out var own) ? own : Array.Empty<T>();

    public T? Find(Sid account, string name) => _entries.Find((account, name));

    public async Task<T?> PutAsync(Sid account, string name, Func<T?, T?> change, CancellationToken ct)
    {
        var (there, written) = await _database.ChangeAsync(connection => PutAsync(connection, account, name, change, ct), ct);
        if (written)
        {
            await _entries.RefreshAsync((account, name));
        }

        return there;
    }

    public async Task<bool> DeleteAsync(Sid account, string name, CancellationToken ct)
    {
        var deleted = await _database.ChangeAsync(
            async connection =>
            {
                var delete = new NpgsqlBatchCommand("DELETE FROM registry WHERE kind = $1 AND account_sid = $2 AND name = $3");
                delete.Parameters.Bind(_document.Kind).Bind(account).Bind(name);
                await using var batch = new NpgsqlBatch(connection) { BatchCommands = { Take(account), delete, Tell(account, name) } };
                await batch.ExecuteNonQueryAsync(CancellationToken.None);
                return delete.RecordsAffected > 0;
            },
            ct);
        await _entries.RefreshAsync((account, name));
        return deleted;
    }

    async Task<(T? There, bool Written)> PutAsync(NpgsqlConnection connection, Sid account, string name, Func<T?, T?> change, CancellationToken ct)
    {
        var find = new NpgsqlBatchCommand($"SELECT {Columns} FROM registry WHERE kind = $1 AND account_sid = $2 AND name = $3");
        find.Parameters.Bind(_document.Kind).Bind(account).Bind(name);
        T? before = null;
        await using (var batch = new NpgsqlBatch(connection) { BatchCommands = { Take(account), find } })
        await using (var rows = await batch.ExecuteReaderAsync(ct))
        {
            await rows.NextResultAsync(ct);
            if (await rows.ReadAsync(ct))
            {
                before = Read(rows).Row.Known($"{_entries.Topic}/{Name((account, name))}");
            }
        }

        if (change(before) is not { } after)
        {
            return (before, false);
        }

        var secrets = _document.Secrets(after) is { } plain ? _sealer.Seal(plain, SealedFor(account, name)) : null;
        var (created, updated) = _document.Moments(after);
        var put = new NpgsqlBatchCommand(before is null
            ? """
              INSERT INTO registry (kind, account_sid, name, body, secrets, created_at, updated_at)
              SELECT $1, $2, $3, $4, $5, $6, $7
              WHERE (SELECT count(*) < $8 AND count(*) FILTER (WHERE starts_with(name, $9)) < $10 FROM registry WHERE kind = $1 AND account_sid = $2)
              """
            : """
              UPDATE registry SET body = $4, secrets = $5, created_at = $6, updated_at = $7
              WHERE kind = $1 AND account_sid = $2 AND name = $3 AND $8 > 0 AND $9 IS NOT NULL AND $10 > 0
              """);
        var (prefix, most) = after.Bound ?? new RegistryBound("", IRegistry<T>.MaxPerAccount);
        put.Parameters.Bind(_document.Kind).Bind(account).Bind(name).Bind(_document.Write(after)).Bind(secrets).Bind(created).Bind(updated)
            .Bind(IRegistry<T>.MaxPerAccount).Bind(prefix).Bind(most);
        await using var write = new NpgsqlBatch(connection) { BatchCommands = { put, Tell(account, name) } };
        await write.ExecuteNonQueryAsync(CancellationToken.None);
        return put.RecordsAffected > 0 ? (after, true) : (null, false);
    }

    /// <summary>Until the end of the transaction nobody else changes the account's entries: also an entry that is not there yet has to be waited for.</summary>
    NpgsqlBatchCommand Take(Sid account)
    {
        var take = new NpgsqlBatchCommand("SELECT pg_advisory_xact_lock($1, hashtext($2))");
        take.Parameters.Bind(AdvisoryLocks.Additions).Bind($"{_document.Kind}/{account}");
        return take;
    }

    NpgsqlBatchCommand Tell(Sid account, string name) => PostgresChanges.Tell(_entries.Topic, Name((account, name)));

    static string Name((Sid Account, string Name) key) => $"{key.Account}/{key.Name}";

    static (Sid Account, string Name) Parse(string told)
    {
        var parts = told.Split('/', 2);
        return (Sid.Parse(parts[0], "AC"), parts[1]);
    }

    Task<Dictionary<(Sid Account, string Name), MirrorRow<T>>> ReadAsync(IReadOnlyCollection<(Sid Account, string Name)>? keys) => _database.ReadAllAsync(
        $"""
        SELECT {Columns} FROM registry
        WHERE kind = $1 AND ($2::uuid[] IS NULL OR (account_sid, name) IN (SELECT * FROM unnest($2, $3::text[])))
        """,
        parameters =>
        {
            parameters.Bind(_document.Kind);
            parameters.BindOrNull(keys?.Select(key => key.Account));
            parameters.Bind(keys?.Select(key => key.Name) ?? []);
        },
        Read);

    ((Sid Account, string Name) Key, MirrorRow<T> Row) Read(NpgsqlDataReader row)
    {
        var (account, name) = (row.Sid(0, "AC"), row.GetString(1));
        return ((account, name), row.Mirrored(2, row =>
        {
            var secrets = row.BytesOrNull(5) is { } bytes ? _sealer.Open(bytes, SealedFor(account, name)) : null;
            return _document.Read(new RegistryRow(account, name, row.GetString(4), secrets, row.Moment(6), row.Moment(7)));
        }));
    }

    void Publish() => _published = new Snapshot(
        _published.Version + 1,
        [.. _entries.InOrder],
        _entries.Unreadable.Select(entry => new UnreadableEntry<T>(entry.Key.Account, entry.Key.Name, entry.Row.Entry, LacksKey: entry.Row.Problem is UnknownKeyException)).ToArray());

    byte[] SealedFor(Sid account, string name) => Encoding.UTF8.GetBytes($"{_document.Kind}/{account}/{name}");

    sealed class Snapshot(long version, IReadOnlyList<T> entries, IReadOnlyList<UnreadableEntry<T>> unreadable)
    {
        public long Version => version;

        public IReadOnlyList<T> Entries => entries;

        public IReadOnlyList<UnreadableEntry<T>> Unreadable => unreadable;

        public Dictionary<Sid, List<T>> ByAccount { get; } = entries.GroupBy(entry => entry.AccountSid).ToDictionary(group => group.Key, group => group.ToList());
    }
}
