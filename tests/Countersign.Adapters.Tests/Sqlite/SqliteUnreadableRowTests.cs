using Countersign.Adapters.Tests.Stores;
using Countersign.Core;
using Countersign.Core.Accounts;
using Countersign.Core.Delivery;
using Countersign.Core.Privacy;
using Countersign.Core.Services;
using Countersign.Core.Tests.Verifications;
using Countersign.Core.Verifications;
using Countersign.Storage.Sqlite;
using Microsoft.Data.Sqlite;
using Microsoft.Extensions.Logging;

namespace Countersign.Adapters.Tests.Sqlite;

/// <summary>Configuration of which a row is damaged: the server starts, and the row fails alone.</summary>
public sealed class SqliteUnreadableRowTests : IAsyncDisposable
{
    static readonly Sid Key = Sid.Parse("SK00000000000000000000000000000001", "SK");
    static readonly Sid Other = Sid.Parse("SK00000000000000000000000000000002", "SK");
    static readonly Sid Second = Sid.Parse("ACffffffffffffffffffffffffffffffff", "AC");

    readonly SqliteHome _home = new();
    readonly Said _said = new();

    static CancellationToken Ct => TestContext.Current.CancellationToken;

    public ValueTask DisposeAsync() => _home.DisposeAsync();

    [Fact]
    public async Task An_entry_of_a_registry_is_known_to_be_there_and_holds_up_no_other()
    {
        using (var store = _home.OpenSqlite())
        {
            await store.Carriers.PutAsync(Given.Account, "acme", _ => Carrier("acme"), Ct);
            await store.Carriers.PutAsync(Given.Account, "beta", _ => Carrier("beta"), Ct);
            await store.Carriers.PutAsync(Given.Account, "gamma", _ => Carrier("gamma"), Ct);
        }

        Run("UPDATE registry SET secrets = x'00' WHERE name = 'acme'");
        Run("UPDATE registry SET body = '{\"Kind\":' WHERE name = 'beta'");
        using (var store = Open())
        {
            Assert.Equal(["gamma"], store.Carriers.All.Select(carrier => carrier.Name));
            Assert.Equal(["gamma"], store.Carriers.Of(Given.Account).Select(carrier => carrier.Name));
            Assert.Equal([("acme", false), ("beta", false)], store.Carriers.Unreadable.Select(entry => (entry.Name, entry.LacksKey)).Order());
            Assert.Contains("beta", Assert.Throws<StoreUnavailableException>(() => store.Carriers.Find(Given.Account, "beta")).Message, StringComparison.Ordinal);
            await Assert.ThrowsAsync<StoreUnavailableException>(() => store.Carriers.PutAsync(Given.Account, "acme", _ => Carrier("acme"), Ct));
            Assert.Equal(2, _said.Lines.Count(line => line.StartsWith("3104 registry-carrier", StringComparison.Ordinal)));

            // Deleting it is the way to have it again.
            var version = store.Carriers.Version;
            Assert.True(await store.Carriers.DeleteAsync(Given.Account, "acme", Ct));
            Assert.False(await store.Carriers.DeleteAsync(Given.Account, "acme", Ct));
            Assert.True(store.Carriers.Version > version);
            Assert.Equal(["beta"], store.Carriers.Unreadable.Select(entry => entry.Name));
            Assert.Null(store.Carriers.Find(Given.Account, "acme"));
            Assert.NotNull(await store.Carriers.PutAsync(Given.Account, "acme", _ => Carrier("acme"), Ct));
        }

        using var again = _home.OpenSqlite();
        Assert.Equal(["acme", "gamma"], again.Carriers.All.Select(carrier => carrier.Name).Order());
    }

    [Fact]
    public async Task A_service_is_not_taken_for_removed()
    {
        using (var store = _home.OpenSqlite())
        {
            await store.Services.CreateAsync(Service(Given.Service), Ct);
            await store.Services.CreateAsync(Service(Given.OtherService), Ct);
        }

        Run("UPDATE service SET settings = 'none' WHERE position = 1");
        using var again = Open();

        await Assert.ThrowsAsync<StoreUnavailableException>(() => again.Services.FindAsync(Given.Service, Ct).AsTask());
        await Assert.ThrowsAsync<StoreUnavailableException>(() => again.Services.UpdateAsync(Given.Service, before => before, Ct));
        Assert.NotNull(await again.Services.FindAsync(Given.OtherService, Ct));
        Assert.Equal([Given.OtherService], (await again.Services.ListAsync(Given.Account, new PageRequest(50, null), Ct)).Items.Select(service => service.Sid));
        var page = await again.Services.ListAsync(Given.Account, new PageRequest(1, null), Ct);
        Assert.Empty((await again.Services.ListAsync(Given.Account, new PageRequest(1, page.Next), Ct)).Items);
        Assert.True(await again.Services.DeleteAsync(Given.Service, Ct));
        Assert.Null(await again.Services.FindAsync(Given.Service, Ct));
    }

    [Fact]
    public async Task An_account_and_a_key_let_nobody_in_and_the_next_account_does_not_become_the_first()
    {
        using (var store = _home.OpenSqlite())
        {
            await store.Accounts.SaveAccountAsync(Account(Given.Account, "first"), Ct);
            await store.Accounts.SaveAccountAsync(Account(Second, "other"), Ct);
            await store.Accounts.CreateKeyAsync(ApiKey(Key), Ct);
            await store.Accounts.CreateKeyAsync(ApiKey(Other), Ct);
        }

        Run("UPDATE account SET auth_token = x'00' WHERE position = 1");
        Run("UPDATE api_key SET policy = '[' WHERE position = 1");
        using (var store = Open())
        {
            await Assert.ThrowsAsync<StoreUnavailableException>(() => store.Accounts.FirstAccountAsync(Ct));
            await Assert.ThrowsAsync<StoreUnavailableException>(() => store.Accounts.FindAccountAsync(Given.Account, Ct));
            await Assert.ThrowsAsync<StoreUnavailableException>(() => store.Accounts.ChangeAccountAsync(Given.Account, account => account, Ct));
            Assert.Equal([Second], (await store.Accounts.ListAccountsAsync(Ct)).Select(account => account.Sid));
            await Assert.ThrowsAsync<StoreUnavailableException>(() => store.Accounts.FindKeyAsync(Key, Ct));
            await Assert.ThrowsAsync<StoreUnavailableException>(() => store.Accounts.ChangeKeyAsync(Given.Account, Key, "New", null, Ct));
            Assert.NotNull(await store.Accounts.FindKeyAsync(Other, Ct));
            await Assert.ThrowsAsync<StoreUnavailableException>(() => SqliteStore.ReadFirstAsync(_home.Directory, _home.Sealer));

            Assert.True(await store.Accounts.DeleteKeyAsync(Given.Account, Key, Ct));
            Assert.Null(await store.Accounts.FindKeyAsync(Key, Ct));

            // What is written anew can be read.
            await store.Accounts.SaveAccountAsync(Account(Given.Account, "mended"), Ct);
            Assert.Equal("mended", (await store.Accounts.FirstAccountAsync(Ct))!.AuthToken.Reveal());
        }

        using var again = _home.OpenSqlite();
        Assert.Equal("mended", (await again.Accounts.FirstAccountAsync(Ct))!.AuthToken.Reveal());
    }

    [Fact]
    public async Task The_next_account_does_not_become_the_first_where_even_the_SID_of_that_is_damaged()
    {
        using (var store = _home.OpenSqlite())
        {
            await store.Accounts.SaveAccountAsync(Account(Given.Account, "first"), Ct);
            await store.Accounts.SaveAccountAsync(Account(Second, "other"), Ct);
        }

        Run("UPDATE account SET sid = x'00' WHERE position = 1");
        using var again = Open();

        await Assert.ThrowsAsync<StoreUnavailableException>(() => again.Accounts.FirstAccountAsync(Ct));
        await Assert.ThrowsAsync<StoreUnavailableException>(() => SqliteStore.ReadFirstAsync(_home.Directory, _home.Sealer));
        Assert.Null(await again.Accounts.FindAccountAsync(Given.Account, Ct));
        Assert.Equal("other", (await again.Accounts.FindAccountAsync(Second, Ct))!.AuthToken.Reveal());
        await again.Accounts.SaveAccountAsync(Account(Given.Account, "another"), Ct);
        await Assert.ThrowsAsync<StoreUnavailableException>(() => again.Accounts.FirstAccountAsync(Ct));
        Assert.Contains(_said.Lines, line => line.StartsWith("3104 account in row 1 cannot be read", StringComparison.Ordinal));
    }

    SqliteStore Open() => SqliteStore.Open(_home.Directory, _home.Sealer, _home.Time, _said);

    void Run(string sql)
    {
        using var connection = new SqliteConnection($"Data Source={_home.DatabasePath};Pooling=False");
        connection.Open();
        using var command = connection.CreateCommand();
        command.CommandText = sql;
        Assert.Equal(1, command.ExecuteNonQuery());
    }

    static Account Account(Sid sid, string token) => new() { Sid = sid, FriendlyName = "One", AuthToken = new ApiSecret(token), CreatedAt = Desk.Opening };

    static ApiKey ApiKey(Sid sid) => new()
    {
        Sid = sid,
        AccountSid = Given.Account,
        FriendlyName = "Key",
        SecretHash = new SecretHash(1, [.. Enumerable.Repeat((byte)1, 32)]),
        CreatedAt = Desk.Opening,
    };

    static VerifyService Service(Sid sid) => new() { Sid = sid, AccountSid = Given.Account, FriendlyName = "Owl", CreatedAt = Desk.Opening, UpdatedAt = Desk.Opening };

    static CarrierDefinition Carrier(string name) => new()
    {
        AccountSid = Given.Account,
        Name = name,
        Kind = "test",
        Settings = new Dictionary<string, string>(),
        Secrets = new Dictionary<string, string> { ["token"] = "not-a-real-secret" },
        MaxInFlight = 1,
        CreatedAt = Desk.Opening,
        UpdatedAt = Desk.Opening,
    };

    /// <summary>The lines of the log, each with its number before it.</summary>
    sealed class Said : ILogger<SqliteStore>
    {
        public List<string> Lines { get; } = [];

        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
            Lines.Add($"{eventId.Id} {formatter(state, exception)}");
    }
}
