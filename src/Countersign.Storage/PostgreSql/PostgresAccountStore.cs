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
        _accounts = new Mirror<Sid, Account>("account", ReadAccountsAsync, name => Sid.Parse(name, "AC"), Announce);
        _keys = new Mirror<Sid, ApiKey>("key", ReadKeysAsync, name => Sid.Parse(name, "SK"), Announce);
        changes.Keep(_accounts);
        changes.Keep(_keys);
    }

    /// <summary>A credential was added, changed or removed, here or by another node; memory has it already. Whoever remembers it must forget it.</summary>
    public event Action<Sid>? CredentialChanged;

    public async Task SaveAccountAsync(Account account, CancellationToken ct)
    {
        var token = _sealer.Seal(Encoding.UTF8.GetBytes(account.AuthToken.Reveal()), SealedFor(account.Sid));
        await _database.ChangeAsync(
            async connection =>
            {
                var save = new NpgsqlBatchCommand("""
                    INSERT INTO account (sid, friendly_name, auth_token, created_at) VALUES ($1, $2, $3, $4)
                    ON CONFLICT (sid) DO UPDATE SET friendly_name = excluded.friendly_name, auth_token = excluded.auth_token
                    """);
                save.Parameters.Bind(account.Sid).Bind(account.FriendlyName).Bind(token).Bind(account.CreatedAt);
                await using var batch = new NpgsqlBatch(connection) { BatchCommands = { save, PostgresChanges.Tell(_accounts.Topic, account.Sid.ToString()) } };
                return await batch.ExecuteNonQueryAsync(CancellationToken.None);
            },
            ct);
        await _accounts.RefreshAsync(account.Sid);
    }

    public Task<Account?> FindAccountAsync(Sid account, CancellationToken ct) => Task.FromResult(_accounts.Find(account));

    public Task<Account?> FirstAccountAsync(CancellationToken ct) => Task.FromResult(_accounts.Rows.Values.OrderBy(row => row.Position).FirstOrDefault().Entry ?? null);

    public async Task CreateKeyAsync(ApiKey key, CancellationToken ct)
    {
        await _database.ChangeAsync(
            async connection =>
            {
                var create = new NpgsqlBatchCommand("INSERT INTO api_key (sid, account_sid, friendly_name, key_id, secret_hash, created_at) VALUES ($1, $2, $3, $4, $5, $6)");
                create.Parameters.Bind(key.Sid).Bind(key.AccountSid).Bind(key.FriendlyName).Bind(key.SecretHash.KeyId).Bind(key.SecretHash.Hash).Bind(key.CreatedAt);
                await using var batch = new NpgsqlBatch(connection) { BatchCommands = { create, PostgresChanges.Tell(_keys.Topic, key.Sid.ToString()) } };
                return await batch.ExecuteNonQueryAsync(CancellationToken.None);
            },
            ct);
        await _keys.RefreshAsync(key.Sid);
    }

    public Task<ApiKey?> FindKeyAsync(Sid key, CancellationToken ct) => Task.FromResult(_keys.Find(key));

    public Task<IReadOnlyList<ApiKey>> ListKeysAsync(Sid account, CancellationToken ct) => Task.FromResult<IReadOnlyList<ApiKey>>(
        _keys.Rows.Values.Where(row => row.Entry.AccountSid == account).OrderByDescending(row => row.Position).Select(row => row.Entry).ToList());

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

    Task<Dictionary<Sid, MirrorRow<Account>>> ReadAccountsAsync(IReadOnlyCollection<Sid>? sids) => _database.ReadAllAsync(
        "SELECT sid, position, xmin, friendly_name, auth_token, created_at FROM account WHERE $1::uuid[] IS NULL OR sid = ANY ($1)",
        parameters => parameters.BindOrNull(sids),
        row =>
        {
            var sid = row.Sid(0, "AC");
            return (sid, new MirrorRow<Account>(row.GetInt64(1), row.GetFieldValue<uint>(2), new Account
            {
                Sid = sid,
                FriendlyName = row.GetString(3),
                AuthToken = new ApiSecret(Encoding.UTF8.GetString(_sealer.Open(row.GetFieldValue<byte[]>(4), SealedFor(sid)))),
                CreatedAt = row.Moment(5),
            }));
        });

    Task<Dictionary<Sid, MirrorRow<ApiKey>>> ReadKeysAsync(IReadOnlyCollection<Sid>? sids) => _database.ReadAllAsync(
        "SELECT sid, position, xmin, account_sid, friendly_name, key_id, secret_hash, created_at FROM api_key WHERE $1::uuid[] IS NULL OR sid = ANY ($1)",
        parameters => parameters.BindOrNull(sids),
        row =>
        {
            var sid = row.Sid(0, "SK");
            return (sid, new MirrorRow<ApiKey>(row.GetInt64(1), row.GetFieldValue<uint>(2), new ApiKey
            {
                Sid = sid,
                AccountSid = row.Sid(3, "AC"),
                FriendlyName = row.GetString(4),
                SecretHash = new SecretHash(row.GetInt32(5), row.GetFieldValue<byte[]>(6)),
                CreatedAt = row.Moment(7),
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
}
