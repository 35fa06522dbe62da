using System.Collections.Concurrent;
using Countersign.Adapters.Tests.Stores;
using Countersign.Core;
using Countersign.Core.Accounts;
using Countersign.Core.Delivery;
using Countersign.Core.Events;
using Countersign.Core.Guard;
using Countersign.Core.Privacy;
using Countersign.Core.Services;
using Countersign.Core.Tests.Privacy;
using Countersign.Core.Tests.Verifications;
using Countersign.Core.Verifications;
using Countersign.Storage.PostgreSql;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace Countersign.Adapters.Tests.PostgreSql;

/// <summary>Configuration of which a node cannot read a row: another has a newer key, or the row is damaged.</summary>
public sealed class UnreadableRowTests : IAsyncLifetime
{
    static readonly Sid Key = Sid.Parse("SK00000000000000000000000000000001", "SK");
    static readonly Sid Second = Sid.Parse("ACffffffffffffffffffffffffffffffff", "AC");
    static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);

    readonly PostgresHome _home = new();
    readonly KeyRing _old = Rings.WithKeys(1);
    readonly Lines _lines = new();

    // The key ring's file as the older node finds it when it looks again.
    KeyRing? _arrived;
    int _looks;
    PostgresStore _here = null!;
    PostgresStore _newer = null!;

    static CancellationToken Ct => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        _old.WhenMissing(() =>
        {
            Interlocked.Increment(ref _looks);
            return _arrived;
        });
        _here = await _home.OpenPostgresAsync(_old, _lines);
        _newer = await _home.OpenPostgresAsync(Rings.WithKeys(2));
    }

    public async ValueTask DisposeAsync()
    {
        await _here.DisposeAsync();
        await _newer.DisposeAsync();
        await _home.DisposeAsync();
    }

    [Fact]
    public async Task What_one_node_revoked_with_a_newer_key_no_longer_lets_in_on_a_node_without_it_nor_does_what_is_revoked_after_it()
    {
        var hasher = new SecretHasher(_old);
        var authenticate = new Authenticate(_here.Accounts, hasher);
        _here.OnCredentialChanged(authenticate.Forget);
        await _here.Accounts.SaveAccountAsync(Account(Given.Account, "first"), Ct);
        await _here.Accounts.CreateKeyAsync(ApiKey() with { SecretHash = hasher.Hash(new ApiSecret("the key's secret")) }, Ct);
        Assert.NotNull(await authenticate.RunAsync(Given.Account.ToString(), "first", Ct));
        Assert.NotNull(await authenticate.RunAsync(Key.ToString(), "the key's secret", Ct));

        await _newer.Accounts.ChangeAccountAsync(Given.Account, account => account with { AuthToken = new ApiSecret("second") }, Ct);

        await UntilAsync(() => IsRefusedAsync(Given.Account.ToString(), "first"));
        await UntilAsync(() => IsRefusedAsync(Given.Account.ToString(), "second"));
        await UntilAsync(() => IsRefusedAsync(Key.ToString(), "the key's secret"));
        Assert.Empty(await _here.Accounts.ListAccountsAsync(Ct));

        await _newer.Accounts.DeleteKeyAsync(Given.Account, Key, Ct);
        await UntilAsync(async () => await _here.Accounts.FindKeyAsync(Key, Ct) is null);
        await _newer.Services.CreateAsync(Service(), Ct);
        await UntilAsync(async () => await _here.Services.FindAsync(Given.Service, Ct) is not null);

        async Task<bool> IsRefusedAsync(string user, string secret)
        {
            try
            {
                await authenticate.RunAsync(user, secret, Ct);
                return false;
            }
            catch (UnknownKeyException problem)
            {
                return problem.KeyId == 2;
            }
        }
    }

    [Fact]
    public async Task It_is_read_by_itself_as_soon_as_the_key_is_there_and_what_was_said_of_it_is_said_once()
    {
        await _newer.Accounts.SaveAccountAsync(Account(Given.Account, "first"), Ct);
        await UntilAsync(async () => await IsUnreadableAsync(() => _here.Accounts.FindAccountAsync(Given.Account, Ct)));

        // By itself, more than once.
        var looks = Volatile.Read(ref _looks);
        await UntilAsync(() => Task.FromResult(Volatile.Read(ref _looks) >= looks + 2));
        Assert.Equal([3213], _lines.Ids);
        _arrived = Rings.WithKeys(2);

        await UntilAsync(async () => !await IsUnreadableAsync(() => _here.Accounts.FindAccountAsync(Given.Account, Ct)));
        Assert.Equal("first", (await _here.Accounts.FindAccountAsync(Given.Account, Ct))!.AuthToken.Reveal());
        Assert.Equal([3213, 3214], _lines.Ids);
    }

    [Fact]
    public async Task What_was_removed_meanwhile_is_not_there()
    {
        await _newer.Services.CreateAsync(Service(1), Ct);
        await UntilAsync(async () => await IsUnreadableAsync(() => _here.Services.FindAsync(Given.Service, Ct).AsTask()));

        await _newer.Services.DeleteAsync(Given.Service, Ct);

        await UntilAsync(async () => !await IsUnreadableAsync(() => _here.Services.FindAsync(Given.Service, Ct).AsTask()));
        Assert.Null(await _here.Services.FindAsync(Given.Service, Ct));
    }

    [Fact]
    public async Task The_next_account_does_not_become_the_first_because_the_first_cannot_be_read()
    {
        await _here.Accounts.SaveAccountAsync(Account(Given.Account, "first"), Ct);
        await _here.Accounts.SaveAccountAsync(Account(Second, "other"), Ct);

        await _newer.Accounts.ChangeAccountAsync(Given.Account, account => account with { FriendlyName = "New" }, Ct);

        await UntilAsync(async () => await IsUnreadableAsync(() => _here.Accounts.FindAccountAsync(Given.Account, Ct)));
        await Assert.ThrowsAsync<UnknownKeyException>(() => _here.Accounts.FirstAccountAsync(Ct));
        Assert.Equal([Second], (await _here.Accounts.ListAccountsAsync(Ct)).Select(account => account.Sid));
    }

    [Fact]
    public async Task A_service_that_cannot_be_read_is_not_taken_for_removed()
    {
        await _here.Services.CreateAsync(Service(), Ct);
        await _here.Services.CreateAsync(Service() with { Sid = Given.OtherService }, Ct);
        await _newer.Services.UpdateAsync(Given.Service, before => Service(1), Ct);
        await UntilAsync(async () => await IsUnreadableAsync(() => _here.Services.FindAsync(Given.Service, Ct).AsTask()));
        var verification = Given.Verification(1, _home.Time.GetUtcNow());
        await _here.Verifications.ApplyAsync(
            new RecordedStep((_, now) => new StepDecision(verification, verification.Attempts[^1], WakeAt: now)) { ServiceSid = Given.Service, Destination = Given.Destination(1) }, Ct);

        var carriers = Core.Tests.Delivery.Carriers.SandboxOnly();
        var index = new DestinationIndex(_old);
        var advance = new AdvanceVerification(
            _here.Verifications, _here.Services, Core.Tests.Delivery.Carriers.Served(carriers), index, new StartGuard([], _home.Time), RandomSource.System, NullLogger<AdvanceVerification>.Instance);
        await new WatchAlarms(_here.Alarms, advance, _home.Time, NullLogger<WatchAlarms>.Instance).RunOnceAsync(Ct);

        Assert.Equal(1L, await PostgresServer.ExecuteAsync(_home.ConnectionString, "SELECT count(*) FROM alarm"));
        Assert.Equal([Given.OtherService], (await _here.Services.ListAsync(Given.Account, new PageRequest(50, null), Ct)).Items.Select(service => service.Sid));
        await Assert.ThrowsAsync<UnknownKeyException>(() => _here.Services.UpdateAsync(Given.Service, before => before, Ct));
    }

    [Fact]
    public async Task An_entry_of_a_registry_holds_up_no_other_and_is_known_to_be_there()
    {
        await _here.Carriers.PutAsync(Given.Account, "acme", _ => Carrier("acme"), Ct);
        await _here.Carriers.PutAsync(Given.Account, "beta", _ => Carrier("beta"), Ct);

        await _newer.Carriers.PutAsync(Given.Account, "acme", before => before! with { MaxInFlight = 7 }, Ct);
        await UntilAsync(() => Task.FromResult(_here.Carriers.Of(Given.Account).Count == 1));
        await _newer.Carriers.DeleteAsync(Given.Account, "beta", Ct);
        await UntilAsync(() => Task.FromResult(_here.Carriers.All.Count == 0));

        Assert.Throws<UnknownKeyException>(() => _here.Carriers.Find(Given.Account, "acme"));
        var hidden = Assert.Single(_here.Carriers.Unreadable);
        Assert.Equal((Given.Account, "acme", 1, true), (hidden.AccountSid, hidden.Name, hidden.LastRead!.MaxInFlight, hidden.LacksKey));
        await Assert.ThrowsAsync<UnknownKeyException>(() => _here.Carriers.PutAsync(Given.Account, "acme", _ => null, Ct));
        _arrived = Rings.WithKeys(2);
        await UntilAsync(() => Task.FromResult(_here.Carriers.Unreadable.Count == 0));
        Assert.Equal(7, _here.Carriers.Find(Given.Account, "acme")!.MaxInFlight);
    }

    [Fact]
    public async Task Events_are_kept_for_a_receiver_that_cannot_be_read_and_left_to_others_to_send()
    {
        var webhook = new Webhook
        {
            Sid = Sid.Parse("YW0123456789abcdef0123456789abcdef", "YW"),
            AccountSid = Given.Account,
            ServiceSid = Given.Service,
            FriendlyName = "Owl",
            EventNames = ["*"],
            Url = "https://owl.example/",
            Secret = SigningSecret.New(RandomSource.System),
            CreatedAt = Desk.Opening,
            UpdatedAt = Desk.Opening,
        };
        await _here.Services.CreateAsync(Service(), Ct);
        await _here.Webhooks.PutAsync(Given.Account, webhook.Name, _ => webhook, Ct);
        await UntilAsync(async () => await _newer.Services.FindAsync(Given.Service, Ct) is not null);

        await _newer.Webhooks.PutAsync(Given.Account, webhook.Name, before => before! with { FriendlyName = "New" }, Ct);
        await _newer.Services.UpdateAsync(Given.Service, _ => Service(1), Ct);
        await UntilAsync(async () => await IsUnreadableAsync(() => _here.Services.FindAsync(Given.Service, Ct).AsTask()) && _here.Webhooks.All.Count == 0);

        Assert.Equal([webhook.Sid], _here.Subscriptions.Of(Given.Service, Given.Account)!.Receivers.Select(receiver => receiver.Sid));
        Assert.Equal([webhook.Sid], _here.Subscriptions.Told.Select(receiver => receiver.Sid));
        Assert.Empty(_here.Subscriptions.Enabled);
        Assert.Null(_here.Subscriptions.Find(webhook.Sid));
        _arrived = Rings.WithKeys(2);
        await UntilAsync(() => Task.FromResult(_here.Subscriptions.Find(webhook.Sid) is Webhook { FriendlyName: "New" }));
    }

    [Fact]
    public async Task A_damaged_row_keeps_no_node_from_starting_nor_from_hearing_of_everything_else()
    {
        await _here.Accounts.SaveAccountAsync(Account(Given.Account, "first"), Ct);
        await _here.Accounts.SaveAccountAsync(Account(Second, "other"), Ct);
        await _here.Services.CreateAsync(Service(), Ct);
        await PostgresServer.ExecuteAsync(_home.ConnectionString, $"UPDATE account SET auth_token = '\\x00' WHERE sid = '{Second.ToUuid()}'");
        await PostgresServer.ExecuteAsync(_home.ConnectionString, "UPDATE service SET settings = '{\"CodeLength\":\"many\"}'");
        await _here.Carriers.PutAsync(Given.Account, "acme", _ => Carrier("acme"), Ct);

        // Lines of its own: the first node reads everything anew, and says so, whenever its connection was slow.
        var lines = new Lines();
        await using var later = await _home.OpenPostgresAsync(Rings.WithKeys(2), lines);

        Assert.Equal("first", (await later.Accounts.FirstAccountAsync(Ct))!.AuthToken.Reveal());
        Assert.Contains("account/AC", (await Assert.ThrowsAsync<StoreUnavailableException>(() => later.Accounts.FindAccountAsync(Second, Ct))).Message, StringComparison.Ordinal);
        await Assert.ThrowsAsync<StoreUnavailableException>(() => later.Services.FindAsync(Given.Service, Ct).AsTask());
        Assert.NotNull(later.Carriers.Find(Given.Account, "acme"));
        Assert.Equal([3213, 3213], lines.Ids);
        await _here.Carriers.DeleteAsync(Given.Account, "acme", Ct);
        await UntilAsync(() => Task.FromResult(later.Carriers.All.Count == 0));

        // What is written anew is read again.
        await _here.Accounts.SaveAccountAsync(Account(Second, "mended"), Ct);
        await UntilAsync(async () => (await later.Accounts.ListAccountsAsync(Ct)).Count == 2);
    }

    static async Task<bool> IsUnreadableAsync<T>(Func<Task<T>> find)
    {
        try
        {
            await find();
            return false;
        }
        catch (UnknownKeyException)
        {
            return true;
        }
    }

    static async Task UntilAsync(Func<Task<bool>> condition)
    {
        var begun = TimeProvider.System.GetTimestamp();
        while (!await condition())
        {
            Assert.True(TimeProvider.System.GetElapsedTime(begun) < Patience, "It did not come to be so.");
            await Task.Delay(TimeSpan.FromMilliseconds(20), Ct);
        }
    }

    static Account Account(Sid sid, string token) => new() { Sid = sid, FriendlyName = "One", AuthToken = new ApiSecret(token), CreatedAt = Desk.Opening };

    static ApiKey ApiKey() => new()
    {
        Sid = Key,
        AccountSid = Given.Account,
        FriendlyName = "Key",
        SecretHash = new SecretHash(1, [.. Enumerable.Repeat((byte)1, 32)]),
        CreatedAt = Desk.Opening,
    };

    /// <summary>A service; with test numbers, which are sealed.</summary>
    static VerifyService Service(int testNumbers = 0) => new()
    {
        Sid = Given.Service,
        AccountSid = Given.Account,
        FriendlyName = "Owl",
        CreatedAt = Desk.Opening,
        UpdatedAt = Desk.Opening,
        TestNumbers = Enumerable.Range(0, testNumbers).ToDictionary(Given.Destination, number => new TestNumber(Given.Number(number), new("123456"))),
    };

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

    /// <summary>The numbers of the lines about what cannot be read, and can again.</summary>
    sealed class Lines : ILoggerFactory, ILogger
    {
        readonly ConcurrentQueue<int> _ids = new();

        public IEnumerable<int> Ids => _ids.Where(id => id is 3213 or 3214);

        public ILogger CreateLogger(string categoryName) => categoryName.EndsWith(nameof(PostgresChanges), StringComparison.Ordinal) ? this : NullLogger.Instance;

        public void AddProvider(ILoggerProvider provider)
        {
        }

        public void Dispose()
        {
        }

        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) => _ids.Enqueue(eventId.Id);
    }
}
