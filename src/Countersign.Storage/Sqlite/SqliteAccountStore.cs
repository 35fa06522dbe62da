using System.Text;
using Countersign.Core;
using Countersign.Core.Accounts;
using Countersign.Core.Privacy;

namespace Countersign.Storage.Sqlite;

/// <summary>Accounts and API keys in the embedded store. Few and seldom read: whoever authenticates requests remembers them.</summary>
sealed class SqliteAccountStore(GroupCommit writer, WriteContext context, Sealer sealer) : IAccountStore
{
    const string KeyColumns = "sid, account_sid, friendly_name, key_id, secret_hash, created_at";

    const string FirstAccount = "SELECT sid, friendly_name, auth_token, created_at FROM account ORDER BY position LIMIT 1";

    readonly Statement _saveAccount = context.Prepare("""
        INSERT INTO account (sid, friendly_name, auth_token, created_at) VALUES (?1, ?2, ?3, ?4)
        ON CONFLICT (sid) DO UPDATE SET friendly_name = excluded.friendly_name, auth_token = excluded.auth_token
        """);

    readonly Statement _findAccount = context.Prepare("SELECT sid, friendly_name, auth_token, created_at FROM account WHERE sid = ?1");
    readonly Statement _firstAccount = context.Prepare(FirstAccount);
    readonly Statement _createKey = context.Prepare($"INSERT INTO api_key ({KeyColumns}) VALUES (?1, ?2, ?3, ?4, ?5, ?6)");
    readonly Statement _findKey = context.Prepare($"SELECT {KeyColumns} FROM api_key WHERE sid = ?1");
    readonly Statement _listKeys = context.Prepare($"SELECT {KeyColumns} FROM api_key WHERE account_sid = ?1 ORDER BY position DESC");
    readonly Statement _deleteKey = context.Prepare("DELETE FROM api_key WHERE sid = ?1 AND account_sid = ?2");

    public Task SaveAccountAsync(Account account, CancellationToken ct) => writer.RunAsync(_ =>
    {
        var token = sealer.Seal(Encoding.UTF8.GetBytes(account.AuthToken.Reveal()), Encoding.ASCII.GetBytes(account.Sid.ToString()));
        return _saveAccount.Bind(account.Sid).Bind(account.FriendlyName).Bind(token).Bind(account.CreatedAt).Run();
    });

    public Task<Account?> FindAccountAsync(Sid account, CancellationToken ct) => writer.RunAsync(_ => ReadAccount(_findAccount.Bind(account)));

    public Task<Account?> FirstAccountAsync(CancellationToken ct) => writer.RunAsync(_ => ReadAccount(_firstAccount));

    public Task CreateKeyAsync(ApiKey key, CancellationToken ct) => writer.RunAsync(_ =>
        _createKey.Bind(key.Sid).Bind(key.AccountSid).Bind(key.FriendlyName).Bind((long)key.SecretHash.KeyId).Bind(key.SecretHash.Hash).Bind(key.CreatedAt).Run());

    public Task<ApiKey?> FindKeyAsync(Sid key, CancellationToken ct) => writer.RunAsync(_ =>
    {
        _findKey.Bind(key);
        var found = _findKey.Read() ? ReadKey(_findKey) : null;
        _findKey.Reset();
        return found;
    });

    public Task<IReadOnlyList<ApiKey>> ListKeysAsync(Sid account, CancellationToken ct) => writer.RunAsync<IReadOnlyList<ApiKey>>(_ =>
    {
        var keys = new List<ApiKey>();
        _listKeys.Bind(account);
        while (_listKeys.Read())
        {
            keys.Add(ReadKey(_listKeys));
        }

        return keys;
    });

    public Task<bool> DeleteKeyAsync(Sid account, Sid key, CancellationToken ct) => writer.RunAsync(context =>
    {
        _deleteKey.Bind(key).Bind(account).Run();
        return context.Changes == 1;
    });

    /// <summary>Reads past the writer, for a verb that runs beside a server.</summary>
    public static Account? ReadFirst(WriteContext context, Sealer sealer)
    {
        using var first = context.Prepare(FirstAccount);
        return ReadAccount(first, sealer);
    }

    Account? ReadAccount(Statement statement) => ReadAccount(statement, sealer);

    static Account? ReadAccount(Statement statement, Sealer sealer)
    {
        if (!statement.Read())
        {
            return null;
        }

        var sid = statement.Sid(0, "AC");
        var account = new Account
        {
            Sid = sid,
            FriendlyName = statement.Text(1),
            AuthToken = new ApiSecret(Encoding.UTF8.GetString(sealer.Open(statement.Bytes(2), Encoding.ASCII.GetBytes(sid.ToString())))),
            CreatedAt = statement.Moment(3),
        };
        statement.Reset();
        return account;
    }

    static ApiKey ReadKey(Statement statement) => new()
    {
        Sid = statement.Sid(0, "SK"),
        AccountSid = statement.Sid(1, "AC"),
        FriendlyName = statement.Text(2),
        SecretHash = new SecretHash(statement.Int(3), statement.Bytes(4).ToArray()),
        CreatedAt = statement.Moment(5),
    };
}
