using System.Collections.Concurrent;
using System.Text;
using Countersign.Core;
using Countersign.Core.Accounts;
using Countersign.Core.Privacy;

namespace Countersign.Storage.Sqlite;

/// <summary>
/// Accounts and API keys in the embedded store. They are few, and held in memory as well: who knocks with credentials that do not exist must neither wait in the
/// writer's queue nor fill it.
/// </summary>
sealed class SqliteAccountStore : IAccountStore
{
    const string SelectAccounts = "SELECT sid, friendly_name, auth_token, created_at FROM account ORDER BY position";

    readonly GroupCommit _writer;
    readonly Sealer _sealer;
    readonly Statement _saveAccount;
    readonly Statement _createKey;
    readonly Statement _deleteKey;
    readonly ConcurrentDictionary<Sid, Account> _accounts = new();
    readonly ConcurrentDictionary<Sid, (long Position, ApiKey Key)> _keys = new();
    Account? _first;
    long _lastPosition;

    public SqliteAccountStore(GroupCommit writer, WriteContext context, Sealer sealer)
    {
        (_writer, _sealer) = (writer, sealer);
        _saveAccount = context.Prepare("""
            INSERT INTO account (sid, friendly_name, auth_token, created_at) VALUES (?1, ?2, ?3, ?4)
            ON CONFLICT (sid) DO UPDATE SET friendly_name = excluded.friendly_name, auth_token = excluded.auth_token
            """);
        _createKey = context.Prepare("INSERT INTO api_key (position, sid, account_sid, friendly_name, key_id, secret_hash, created_at) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)");
        _deleteKey = context.Prepare("DELETE FROM api_key WHERE sid = ?1 AND account_sid = ?2");

        foreach (var account in ReadAccounts(context, sealer))
        {
            _first ??= account;
            _accounts[account.Sid] = account;
        }

        using var keys = context.Prepare("SELECT position, sid, account_sid, friendly_name, key_id, secret_hash, created_at FROM api_key ORDER BY position");
        while (keys.Read())
        {
            var key = new ApiKey
            {
                Sid = keys.Sid(1, "SK"),
                AccountSid = keys.Sid(2, "AC"),
                FriendlyName = keys.Text(3),
                SecretHash = new SecretHash(keys.Int(4), keys.Bytes(5).ToArray()),
                CreatedAt = keys.Moment(6),
            };
            _lastPosition = keys.Long(0);
            _keys[key.Sid] = (_lastPosition, key);
        }
    }

    /// <summary>Reads past the writer, for a verb that runs beside a server.</summary>
    public static Account? ReadFirst(WriteContext context, Sealer sealer) => ReadAccounts(context, sealer).FirstOrDefault();

    public Task SaveAccountAsync(Account account, CancellationToken ct) => _writer.RunAsync(context =>
    {
        var token = _sealer.Seal(Encoding.UTF8.GetBytes(account.AuthToken.Reveal()), Encoding.ASCII.GetBytes(account.Sid.ToString()));
        _saveAccount.Bind(account.Sid).Bind(account.FriendlyName).Bind(token).Bind(account.CreatedAt).Run();
        context.OnCommit(() =>
        {
            _accounts[account.Sid] = account;
            _first = _first is null || _first.Sid == account.Sid ? account : _first;
        });
        return true;
    });

    public Task<Account?> FindAccountAsync(Sid account, CancellationToken ct) => Task.FromResult(_accounts.GetValueOrDefault(account));

    public Task<Account?> FirstAccountAsync(CancellationToken ct) => Task.FromResult(_first);

    public Task CreateKeyAsync(ApiKey key, CancellationToken ct) => _writer.RunAsync(context =>
    {
        var position = ++_lastPosition;
        _createKey.Bind(position).Bind(key.Sid).Bind(key.AccountSid).Bind(key.FriendlyName)
            .Bind((long)key.SecretHash.KeyId).Bind(key.SecretHash.Hash).Bind(key.CreatedAt).Run();
        context.OnCommit(() => _keys[key.Sid] = (position, key));
        return true;
    });

    public Task<ApiKey?> FindKeyAsync(Sid key, CancellationToken ct) => Task.FromResult(_keys.TryGetValue(key, out var found) ? found.Key : null);

    public Task<IReadOnlyList<ApiKey>> ListKeysAsync(Sid account, CancellationToken ct) => Task.FromResult<IReadOnlyList<ApiKey>>(
        _keys.Values.Where(entry => entry.Key.AccountSid == account).OrderByDescending(entry => entry.Position).Select(entry => entry.Key).ToList());

    public Task<bool> DeleteKeyAsync(Sid account, Sid key, CancellationToken ct) => _writer.RunAsync(context =>
    {
        _deleteKey.Bind(key).Bind(account).Run();
        if (context.Changes == 0)
        {
            return false;
        }

        context.OnCommit(() => _keys.TryRemove(key, out _));
        return true;
    });

    static List<Account> ReadAccounts(WriteContext context, Sealer sealer)
    {
        var accounts = new List<Account>();
        using var rows = context.Prepare(SelectAccounts);
        while (rows.Read())
        {
            var sid = rows.Sid(0, "AC");
            accounts.Add(new Account
            {
                Sid = sid,
                FriendlyName = rows.Text(1),
                AuthToken = new ApiSecret(Encoding.UTF8.GetString(sealer.Open(rows.Bytes(2), Encoding.ASCII.GetBytes(sid.ToString())))),
                CreatedAt = rows.Moment(3),
            });
        }

        return accounts;
    }
}
