using System.Collections.Concurrent;
using System.Text;
using Countersign.Core;
using Countersign.Core.Accounts;
using Countersign.Core.Privacy;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace Countersign.Storage.Sqlite;

/// <summary>
/// Accounts and API keys in the embedded store. They are few, and held in memory as well: who knocks with credentials that do not exist must neither wait in the
/// writer's queue nor fill it.
/// </summary>
sealed class SqliteAccountStore : IAccountStore
{
    const string SelectAccounts = "SELECT sid, friendly_name, auth_token, created_at, secondary_token, status, position FROM account ORDER BY position";

    readonly GroupCommit _writer;
    readonly Sealer _sealer;
    readonly Statement _saveAccount;
    readonly Statement _countAccounts;
    readonly Statement _createKey;
    readonly Statement _countKeys;
    readonly Statement _changeKey;
    readonly Statement _deleteKey;
    readonly ConcurrentDictionary<Sid, Account> _accounts = new();

    /// <summary>The accounts' SIDs, oldest first; locked by itself.</summary>
    readonly List<Sid> _order = [];

    /// <summary>What the batch under way has saved. Only the writer's thread uses it.</summary>
    readonly Dictionary<Sid, Account> _saved = [];
    readonly ConcurrentDictionary<Sid, (long Position, ApiKey Key)> _keys = new();
    readonly UnreadableRows<Sid> _unreadable;
    readonly UnreadableRows<Sid> _unreadableKeys;

    // Whether or not it can be read: the next one must not take its place, since the first may do what others may not.
    FirstAccount? _first;
    long _lastPosition;

    public SqliteAccountStore(GroupCommit writer, WriteContext context, Sealer sealer, ILogger logger)
    {
        (_writer, _sealer) = (writer, sealer);
        (_unreadable, _unreadableKeys) = (new UnreadableRows<Sid>("account", logger), new UnreadableRows<Sid>("key", logger));
        _saveAccount = context.Prepare("""
            INSERT INTO account (sid, friendly_name, auth_token, created_at, secondary_token, status) VALUES (?1, ?2, ?3, ?4, ?5, ?6)
            ON CONFLICT (sid) DO UPDATE SET friendly_name = excluded.friendly_name, auth_token = excluded.auth_token, secondary_token = excluded.secondary_token, status = excluded.status
            """);
        _countAccounts = context.Prepare("SELECT count(*), count(*) FILTER (WHERE sid = ?1) FROM account");
        _countKeys = context.Prepare("SELECT count(*) FROM api_key WHERE account_sid = ?1");
        _createKey = context.Prepare("INSERT INTO api_key (position, sid, account_sid, friendly_name, key_id, secret_hash, created_at, kind, policy) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)");
        _changeKey = context.Prepare("UPDATE api_key SET friendly_name = coalesce(?1, friendly_name), policy = coalesce(?2, policy) WHERE sid = ?3 AND account_sid = ?4");
        _deleteKey = context.Prepare("DELETE FROM api_key WHERE sid = ?1 AND account_sid = ?2");

        _first = ReadAccounts(context, sealer, _unreadable, account =>
        {
            _accounts[account.Sid] = account;
            _order.Add(account.Sid);
        });

        using var keys = context.Prepare("SELECT position, sid, account_sid, friendly_name, key_id, secret_hash, created_at, kind, policy FROM api_key ORDER BY position");
        while (keys.Read())
        {
            _lastPosition = keys.Long(0);
            _unreadableKeys.Read(keys, 0, () => keys.Sid(1, "SK"), sid => _keys[sid] = (_lastPosition, new ApiKey
            {
                Sid = sid,
                AccountSid = keys.Sid(2, "AC"),
                FriendlyName = keys.Text(3),
                SecretHash = new SecretHash(keys.Int(4), keys.Bytes(5).ToArray()),
                CreatedAt = keys.Moment(6),
                Kind = (ApiKeyKind)keys.Int(7),
                Allow = keys.IsNull(8) ? [] : KeyPolicyDocument.Read(keys.Text(8)),
            }));
        }
    }

    /// <summary>Reads past the writer, for a verb that runs beside a server.</summary>
    /// <inheritdoc cref="UnreadableRows{TKey}.Refuse"/>
    public static Account? ReadFirst(WriteContext context, Sealer sealer)
    {
        var unreadable = new UnreadableRows<Sid>("account", NullLogger.Instance);
        var accounts = new Dictionary<Sid, Account>();
        return ReadAccounts(context, sealer, unreadable, account => accounts[account.Sid] = account) is { } first ? Known(accounts, unreadable, first) : null;
    }

    public Task<bool> SaveAccountAsync(Account account, CancellationToken ct) => _writer.RunAsync(context =>
    {
        _countAccounts.Bind(account.Sid).Read();
        var (count, isThere) = (_countAccounts.Long(0), _countAccounts.Long(1) > 0);
        _countAccounts.Reset();
        if (count >= AccountLimits.MaxAccounts && !isThere)
        {
            return false;
        }

        Save(context, account);
        return true;
    });

    public Task<Account?> ChangeAccountAsync(Sid account, Func<Account, Account?> change, CancellationToken ct) => _writer.RunAsync(context =>
    {
        // What an operation before this one in the batch saved is in memory after the commit only.
        var current = _saved.GetValueOrDefault(account) ?? Known(_accounts, _unreadable, account);
        if (current is null || change(current) is not { } changed)
        {
            return current;
        }

        Save(context, changed);
        return changed;
    });

    void Save(WriteContext context, Account account)
    {
        _saveAccount.Bind(account.Sid).Bind(account.FriendlyName).Bind(Seal(account.AuthToken, SealedFor(account.Sid))).Bind(account.CreatedAt)
            .Bind(account.SecondaryToken is { } second ? Seal(second, SealedForSecond(account.Sid)) : null).Bind((long)account.Status).Run();
        _saved[account.Sid] = account;
        context.OnUndo(() => _saved.Remove(account.Sid));
        context.OnCommit(() =>
        {
            _saved.Remove(account.Sid);
            var isNew = !_accounts.ContainsKey(account.Sid);
            _accounts[account.Sid] = account;
            if (isNew)
            {
                // Last: whoever lists finds an account for each.
                lock (_order)
                {
                    _order.Add(account.Sid);
                }
            }

            _first ??= new FirstAccount(account.Sid);
        });
        _unreadable.Forget(context, account.Sid);
    }

    byte[] Seal(ApiSecret token, byte[] context) => _sealer.Seal(Encoding.UTF8.GetBytes(token.Reveal()), context);

    static byte[] SealedFor(Sid account) => Encoding.ASCII.GetBytes(account.ToString());

    static byte[] SealedForSecond(Sid account) => Encoding.ASCII.GetBytes($"{account}:2");

    public Task<IReadOnlyList<Account>> ListAccountsAsync(CancellationToken ct)
    {
        lock (_order)
        {
            return Task.FromResult<IReadOnlyList<Account>>([.. _order.AsEnumerable().Reverse().Select(sid => _accounts[sid])]);
        }
    }

    public Task<Account?> FindAccountAsync(Sid account, CancellationToken ct) => Task.FromResult(Known(_accounts, _unreadable, account));

    public Account? LastRead(Sid account) => _accounts.GetValueOrDefault(account);

    public Task<Account?> FirstAccountAsync(CancellationToken ct) => Task.FromResult(_first is { } first ? Known(_accounts, _unreadable, first) : null);

    public Task<bool> CreateKeyAsync(ApiKey key, CancellationToken ct) => _writer.RunAsync(context =>
    {
        _countKeys.Bind(key.AccountSid).Read();
        var count = _countKeys.Long(0);
        _countKeys.Reset();
        if (count >= AccountLimits.MaxKeys)
        {
            return false;
        }

        var position = ++_lastPosition;
        _createKey.Bind(position).Bind(key.Sid).Bind(key.AccountSid).Bind(key.FriendlyName)
            .Bind((long)key.SecretHash.KeyId).Bind(key.SecretHash.Hash).Bind(key.CreatedAt).Bind((long)key.Kind).Bind(KeyPolicyDocument.Write(key)).Run();
        context.OnCommit(() => _keys[key.Sid] = (position, key));
        return true;
    });

    public Task<ApiKey?> ChangeKeyAsync(Sid account, Sid key, string? friendlyName, IReadOnlyList<string>? allow, CancellationToken ct) => _writer.RunAsync(context =>
    {
        _changeKey.Bind(friendlyName).Bind(allow is null ? null : KeyPolicyDocument.Write(allow)).Bind(key).Bind(account).Run();
        if (context.Changes == 0)
        {
            return null;
        }

        _unreadableKeys.Refuse(key);
        var (position, current) = _keys[key];
        context.OnCommit(() => _keys[key] = (position, Changed(_keys[key].Key)));
        return Changed(current);

        ApiKey Changed(ApiKey known) => known with { FriendlyName = friendlyName ?? known.FriendlyName, Allow = allow ?? known.Allow };
    });

    public Task<ApiKey?> FindKeyAsync(Sid key, CancellationToken ct)
    {
        if (_keys.TryGetValue(key, out var found))
        {
            return Task.FromResult<ApiKey?>(found.Key);
        }

        _unreadableKeys.Refuse(key);
        return Task.FromResult<ApiKey?>(null);
    }

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
        _unreadableKeys.Forget(context, key);
        return true;
    });

    static Account? Known(IReadOnlyDictionary<Sid, Account> accounts, UnreadableRows<Sid> unreadable, FirstAccount first) =>
        first.Sid is { } sid ? Known(accounts, unreadable, sid) : throw UnreadableRow.Refusal(first.Problem!, "of the first account");

    static Account? Known(IReadOnlyDictionary<Sid, Account> accounts, UnreadableRows<Sid> unreadable, Sid account)
    {
        if (!accounts.TryGetValue(account, out var found))
        {
            unreadable.Refuse(account);
        }

        return found;
    }

    /// <summary>Gives the first one, whether or not it can be read; null where there is none.</summary>
    static FirstAccount? ReadAccounts(WriteContext context, Sealer sealer, UnreadableRows<Sid> unreadable, Action<Account> found)
    {
        FirstAccount? first = null;
        using var rows = context.Prepare(SelectAccounts);
        while (rows.Read())
        {
            unreadable.Read(rows, 6, Key, sid => found(new Account
            {
                Sid = sid,
                FriendlyName = rows.Text(1),
                AuthToken = new ApiSecret(Encoding.UTF8.GetString(sealer.Open(rows.Bytes(2), SealedFor(sid)))),
                CreatedAt = rows.Moment(3),
                SecondaryToken = rows.IsNull(4) ? null : new ApiSecret(Encoding.UTF8.GetString(sealer.Open(rows.Bytes(4), SealedForSecond(sid)))),
                Status = (AccountStatus)rows.Int(5),
            }));
        }

        return first;

        Sid Key()
        {
            try
            {
                var sid = rows.Sid(0, "AC");
                first ??= new FirstAccount(sid);
                return sid;
            }
            catch (Exception problem) when (problem is not SqliteFailure)
            {
                first ??= new FirstAccount(null) { Problem = problem };
                throw;
            }
        }
    }

    /// <summary>The oldest.</summary>
    /// <param name="Sid">Null where not even this can be read.</param>
    sealed record FirstAccount(Sid? Sid)
    {
        /// <summary>Why it cannot.</summary>
        public Exception? Problem { get; init; }
    }
}
