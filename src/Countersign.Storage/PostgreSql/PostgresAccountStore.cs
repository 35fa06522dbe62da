using System.Text;
using Countersign.Core;
using Countersign.Core.Accounts;
using Countersign.Core.Privacy;
using Npgsql;

namespace Countersign.Storage.PostgreSql;

/// <summary>
/// Accounts and API keys in PostgreSQL. They are few, and held in memory as well: who knocks with credentials that do not exist must not make the database look for them.
/// </summary>
sealed class PostgresAccountStore : IAccountStore
{
    readonly PostgresDatabase _database;
    readonly Sealer _sealer;
    readonly Mirror<Sid, Account> _accounts;
    readonly Mirror<Sid, ApiKey> _keys;

    public PostgresAccountStore(PostgresDatabase database, PostgresChanges changes, Sealer sealer)
    {
        (_database, _sealer) = (database, sealer);
        _accounts = new Mirror<Sid, Account>("account", ReadAccountsAsync, name => Sid.Parse(name, "AC"), sid => sid.ToString(), Announce);
        _keys = new Mirror<Sid, ApiKey>("key", ReadKeysAsync, name => Sid.Parse(name, "SK"), sid => sid.ToString(), Announce);
        changes.Keep(_accounts);
        changes.Keep(_keys);
    }

    /// <summary>A credential was added, changed or removed, here or by another node; memory has it already. Whoever remembers it must forget it.</summary>
    public event Action<Sid>? CredentialChanged;

    public async Task<bool> SaveAccountAsync(Account account, CancellationToken ct)
    {
        var saved = await _database.ChangeAsync(
            async connection =>
            {
                await using var batch = new NpgsqlBatch(connection) { BatchCommands = { Take("account") } };
                await batch.ExecuteNonQueryAsync(ct);
                return await SaveAsync(connection, account);
            },
            ct);
        await _accounts.RefreshAsync(account.Sid);
        return saved;
    }

    public async Task<Account?> ChangeAccountAsync(Sid account, Func<Account, Account?> change, CancellationToken ct)
    {
        var after = await _database.ChangeAsync(
            async connection =>
            {
                // Locked, and read where it is kept: another node may have changed it, and this one not have heard of it yet.
                await using var find = new NpgsqlCommand($"SELECT {AccountColumns} FROM account WHERE sid = $1 FOR UPDATE", connection);
                find.Parameters.Bind(account);
                var current = (await find.ReadAsync(row => ReadAccount(row).Row, ct)) is [var found] ? found.Known($"account/{account}") : null;
                if (current is null || change(current) is not { } changed)
                {
                    return current;
                }

                await SaveAsync(connection, changed);
                return changed;
            },
            ct);
        await _accounts.RefreshAsync(account);
        return after;
    }

    async Task<bool> SaveAsync(NpgsqlConnection connection, Account account)
    {
        var save = new NpgsqlBatchCommand("""
            INSERT INTO account (sid, friendly_name, auth_token, created_at, secondary_token, status)
            SELECT $1, $2, $3, $4, $5, $6 WHERE (SELECT count(*) < $7 OR count(*) FILTER (WHERE sid = $1) > 0 FROM account)
            ON CONFLICT (sid) DO UPDATE SET friendly_name = excluded.friendly_name, auth_token = excluded.auth_token, secondary_token = excluded.secondary_token, status = excluded.status
            """);
        save.Parameters.Bind(account.Sid).Bind(account.FriendlyName).Bind(Seal(account.AuthToken, SealedFor(account.Sid))).Bind(account.CreatedAt)
            .Bind(account.SecondaryToken is { } second ? Seal(second, SealedForSecond(account.Sid)) : null).Bind((short)account.Status).Bind(AccountLimits.MaxAccounts);
        await using var batch = new NpgsqlBatch(connection) { BatchCommands = { save, PostgresChanges.Tell(_accounts.Topic, account.Sid.ToString()) } };
        await batch.ExecuteNonQueryAsync(CancellationToken.None);
        return save.RecordsAffected > 0;
    }

    /// <summary>Of those who add at once, each must count what the one before has added.</summary>
    static NpgsqlBatchCommand Take(string what)
    {
        var take = new NpgsqlBatchCommand("SELECT pg_advisory_xact_lock($1, hashtext($2))");
        take.Parameters.Bind(AdvisoryLocks.Additions).Bind(what);
        return take;
    }

    byte[] Seal(ApiSecret token, byte[] context) => _sealer.Seal(Encoding.UTF8.GetBytes(token.Reveal()), context);

    public Task<IReadOnlyList<Account>> ListAccountsAsync(CancellationToken ct) => Task.FromResult<IReadOnlyList<Account>>(
        _accounts.InOrder.Reverse().ToList());

    public Task<Account?> FindAccountAsync(Sid account, CancellationToken ct) => Task.FromResult(_accounts.Find(account));

    public Account? LastRead(Sid account) => _accounts.LastRead(account);

    public Task<Account?> FirstAccountAsync(CancellationToken ct) => Task.FromResult(_accounts.First());

    public async Task<bool> CreateKeyAsync(ApiKey key, CancellationToken ct)
    {
        var created = await _database.ChangeAsync(
            async connection =>
            {
                var create = new NpgsqlBatchCommand("""
                    INSERT INTO api_key (sid, account_sid, friendly_name, key_id, secret_hash, created_at, kind, policy)
                    SELECT $1, $2, $3, $4, $5, $6, $7, $8 WHERE (SELECT count(*) FROM api_key WHERE account_sid = $2) < $9
                    """);
                create.Parameters.Bind(key.Sid).Bind(key.AccountSid).Bind(key.FriendlyName).Bind(key.SecretHash.KeyId).Bind(key.SecretHash.Hash).Bind(key.CreatedAt)
                    .Bind((short)key.Kind).Bind(KeyPolicyDocument.Write(key)).Bind(AccountLimits.MaxKeys);
                await using var batch = new NpgsqlBatch(connection)
                {
                    BatchCommands = { Take($"key/{key.AccountSid}"), create, PostgresChanges.Tell(_keys.Topic, key.Sid.ToString()) },
                };
                await batch.ExecuteNonQueryAsync(CancellationToken.None);
                return create.RecordsAffected > 0;
            },
            ct);
        await _keys.RefreshAsync(key.Sid);
        return created;
    }

    public async Task<ApiKey?> ChangeKeyAsync(Sid account, Sid key, string? friendlyName, IReadOnlyList<string>? allow, CancellationToken ct)
    {
        var found = await _database.ChangeAsync(
            async connection =>
            {
                var change = new NpgsqlBatchCommand("UPDATE api_key SET friendly_name = coalesce($1, friendly_name), policy = coalesce($2, policy) WHERE sid = $3 AND account_sid = $4");
                change.Parameters.Bind(friendlyName).Bind(allow is null ? null : KeyPolicyDocument.Write(allow)).Bind(key).Bind(account);
                await using var batch = new NpgsqlBatch(connection) { BatchCommands = { change, PostgresChanges.Tell(_keys.Topic, key.ToString()) } };
                await batch.ExecuteNonQueryAsync(CancellationToken.None);
                return change.RecordsAffected > 0;
            },
            ct);
        await _keys.RefreshAsync(key);
        return found ? _keys.Find(key) : null;
    }

    public Task<ApiKey?> FindKeyAsync(Sid key, CancellationToken ct) => Task.FromResult(_keys.Find(key));

    public Task<IReadOnlyList<ApiKey>> ListKeysAsync(Sid account, CancellationToken ct) => Task.FromResult<IReadOnlyList<ApiKey>>(
        _keys.InOrder.Where(key => key.AccountSid == account).Reverse().ToList());

    public async Task<bool> DeleteKeyAsync(Sid account, Sid key, CancellationToken ct)
    {
        var deleted = await _database.ChangeAsync(
            async connection =>
            {
                var delete = new NpgsqlBatchCommand("DELETE FROM api_key WHERE sid = $1 AND account_sid = $2");
                delete.Parameters.Bind(key).Bind(account);
                await using var batch = new NpgsqlBatch(connection) { BatchCommands = { delete, PostgresChanges.Tell(_keys.Topic, key.ToString()) } };
                await batch.ExecuteNonQueryAsync(CancellationToken.None);
                return delete.RecordsAffected > 0;
            },
            ct);

        // Also where nothing was deleted: another node may have done so, and this one not have heard of it yet.
        await _keys.RefreshAsync(key);
        return deleted;
    }

    const string AccountColumns = "sid, position, xmin, friendly_name, auth_token, created_at, secondary_token, status";

    Task<Dictionary<Sid, MirrorRow<Account>>> ReadAccountsAsync(IReadOnlyCollection<Sid>? sids) => _database.ReadAllAsync(
        $"SELECT {AccountColumns} FROM account WHERE $1::uuid[] IS NULL OR sid = ANY ($1)", parameters => parameters.BindOrNull(sids), ReadAccount);

    (Sid Sid, MirrorRow<Account> Row) ReadAccount(NpgsqlDataReader row)
    {
        var sid = row.Sid(0, "AC");
        return (sid, row.Mirrored(1, row => new Account
        {
            Sid = sid,
            FriendlyName = row.GetString(3),
            AuthToken = new ApiSecret(Encoding.UTF8.GetString(_sealer.Open(row.GetFieldValue<byte[]>(4), SealedFor(sid)))),
            CreatedAt = row.Moment(5),
            SecondaryToken = row.BytesOrNull(6) is { } second ? new ApiSecret(Encoding.UTF8.GetString(_sealer.Open(second, SealedForSecond(sid)))) : null,
            Status = (AccountStatus)row.GetInt16(7),
        }));
    }

    Task<Dictionary<Sid, MirrorRow<ApiKey>>> ReadKeysAsync(IReadOnlyCollection<Sid>? sids) => _database.ReadAllAsync(
        "SELECT sid, position, xmin, account_sid, friendly_name, key_id, secret_hash, created_at, kind, policy FROM api_key WHERE $1::uuid[] IS NULL OR sid = ANY ($1)",
        parameters => parameters.BindOrNull(sids),
        row =>
        {
            var sid = row.Sid(0, "SK");
            return (sid, row.Mirrored(1, row => new ApiKey
            {
                Sid = sid,
                AccountSid = row.Sid(3, "AC"),
                FriendlyName = row.GetString(4),
                SecretHash = new SecretHash(row.GetInt32(5), row.GetFieldValue<byte[]>(6)),
                CreatedAt = row.Moment(7),
                Kind = (ApiKeyKind)row.GetInt16(8),
                Allow = row.TextOrNull(9) is { } policy ? KeyPolicyDocument.Read(policy) : [],
            }));
        });

    void Announce(IReadOnlyList<Sid> changed)
    {
        foreach (var sid in changed)
        {
            CredentialChanged?.Invoke(sid);
        }
    }

    static byte[] SealedFor(Sid account) => Encoding.ASCII.GetBytes(account.ToString());

    static byte[] SealedForSecond(Sid account) => Encoding.ASCII.GetBytes($"{account}:2");
}
