using System.Diagnostics;
using Countersign.Adapters.Tests.Stores;
using Countersign.Core;
using Countersign.Core.Tests.Privacy;
using Countersign.Core.Tests.Verifications;
using Countersign.Storage.PostgreSql;
using Microsoft.Extensions.Logging;
using Npgsql;

namespace Countersign.Adapters.Tests.PostgreSql;

/// <summary>A database of an earlier version, with rows in it and nodes on it.</summary>
public sealed class PostgresUpgradeTests : IAsyncLifetime
{
    /// <summary>The line that says whom a script waits for.</summary>
    const int Waits = 3231;

    static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    readonly PostgresHome _home = new();

    public static TheoryData<int> Versions => Scripts.VersionsBefore("postgresql");

    static CancellationToken Ct => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync() => await _home.MakeDatabaseAsync();

    public ValueTask DisposeAsync() => _home.DisposeAsync();

    [Theory]
    [MemberData(nameof(Versions))]
    public async Task What_an_earlier_version_left_is_found_and_gone_on_with(int version)
    {
        Legacy legacy;
        await using (var store = await _home.OpenPostgresAsync())
            legacy = await Legacy.LeaveAsync(store);
        var had = await OlderDatabase.TakeBackAsync(_home.ConnectionString, version);

        await using var newer = await _home.OpenPostgresAsync();

        await legacy.IsFoundAsync(newer, had.Contains);
        Assert.Equal((long)PostgresMigrations.Known, await ExecuteAsync("SELECT count(*) FROM schema_version"));
    }

    [Fact]
    public async Task While_a_script_waits_for_a_backup_statements_go_through_and_after_it_the_upgrade_ends()
    {
        // The eighth adds columns to these.
        await OlderDatabase.MakeAsync(_home.ConnectionString, 7);
        await using var backup = await HoldAsync("LOCK TABLE account, api_key, rollup IN ACCESS SHARE MODE", "backup");
        var lines = new Lines();
        var upgrading = PostgresDatabase.OpenAsync(_home.ConnectionString, Rings.WithKeys(1), TimeProvider.System, lines, Ct);

        await IsWaitedForAsync("account", upgrading);
        var begun = Stopwatch.GetTimestamp();
        await ExecuteAsync("SELECT count(*) FROM account");
        Assert.True(Stopwatch.GetElapsedTime(begun) < TimeSpan.FromSeconds(10), "A node gives a statement no longer.");
        var line = await lines.WaitForAsync(Waits).WaitAsync(Patience, Ct);
        await ExecuteAsync("UPDATE account SET friendly_name = friendly_name");

        Assert.Contains($"script 8 waits for tables that others have in use (process {backup.ProcessID} (backup, for ", line, StringComparison.Ordinal);
        Assert.Equal(7, await ExecuteAsync("SELECT max(version) FROM schema_version"));
        Assert.False(upgrading.IsCompleted);

        await backup.CloseAsync();
        await (await upgrading.WaitAsync(Patience, Ct)).DisposeAsync();
        Assert.Equal(PostgresMigrations.Known, await ExecuteAsync("SELECT max(version) FROM schema_version"));
    }

    [Fact]
    public async Task A_node_of_the_version_before_serves_while_the_schema_is_upgraded_and_beside_the_newer_node()
    {
        // Of all scripts so far the ninth alone adds nothing that this version's own steps need: so this version can be the older node there.
        await using var older = await _home.OpenPostgresAsync();
        await OlderDatabase.TakeBackAsync(_home.ConnectionString, 8);
        var first = await older.Verifications.SendAsync(1, Given.Verification(1, Desk.Opening));
        await using var writer = await HoldAsync("LOCK TABLE event IN ROW EXCLUSIVE MODE", "writer");
        var lines = new Lines();
        var upgrading = PostgresStore.OpenAsync(_home.ConnectionString, _home.Sealer, _home.Time, RandomSource.System, PostgresHome.Lease, lines, Ct);

        await IsWaitedForAsync("event", upgrading);
        await older.Verifications.SendAsync(2, Given.Verification(2, Desk.Opening));
        await older.Verifications.ChangeAsync(first.Sid, current => current with { Checks = 1 });
        await lines.WaitForAsync(Waits).WaitAsync(Patience, Ct);
        await older.Outbox.RecordAsync([.. (await FullOutbox.ClaimAsync(older.Outbox, 2)).Select(OutboxConformance.Sent)], Ct);
        Assert.False(upgrading.IsCompleted);

        await writer.CloseAsync();
        for (var number = 3; !upgrading.IsCompleted || number < 20; number++)
            await older.Verifications.SendAsync(number, Given.Verification(number, Desk.Opening));
        await using var newer = await upgrading;
        Assert.Equal(1, (await newer.Verifications.FindAsync(1))!.Checks);
        await newer.Verifications.ChangeAsync(first.Sid, current => current with { Checks = 2 });
        await older.Verifications.ChangeAsync(first.Sid, current => current with { Checks = current.Checks + 1 });
        Assert.Equal(3, (await newer.Verifications.FindAsync(1))!.Checks);
        Assert.Equal(PostgresMigrations.Known, await ExecuteAsync("SELECT max(version) FROM schema_version"));
    }

    /// <summary>A transaction of another program that has tables.</summary>
    async Task<NpgsqlConnection> HoldAsync(string sql, string name)
    {
        var connection = new NpgsqlConnection($"{_home.ConnectionString};Pooling=false;Application Name={name}");
        await connection.OpenAsync(Ct);
#pragma warning disable CA2100 // Texts of this class.
        await using var command = new NpgsqlCommand($"BEGIN; {sql}", connection);
#pragma warning restore CA2100
        await command.ExecuteNonQueryAsync(Ct);
        return connection;
    }

    async Task IsWaitedForAsync(string table, Task upgrading)
    {
        var waited = Stopwatch.StartNew();
        while (await ExecuteAsync($"SELECT EXISTS (SELECT 1 FROM pg_locks WHERE relation = '{table}'::regclass AND NOT granted)") is not true)
        {
            Assert.False(upgrading.IsCompleted);
            Assert.True(waited.Elapsed < Patience);
            await Task.Delay(10, Ct);
        }
    }

    Task<object?> ExecuteAsync(string sql) => PostgresServer.ExecuteAsync(_home.ConnectionString, sql);

    /// <summary>What is said, by its number.</summary>
    sealed class Lines : ILoggerFactory, ILogger
    {
        readonly Dictionary<int, TaskCompletionSource<string>> _said = [];

        public Task<string> WaitForAsync(int id) => Of(id).Task;

        public ILogger CreateLogger(string categoryName) => this;

        public void AddProvider(ILoggerProvider provider)
        {
        }

        public void Dispose()
        {
        }

        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
            Of(eventId.Id).TrySetResult(formatter(state, exception));

        TaskCompletionSource<string> Of(int id)
        {
            lock (_said)
            {
                if (!_said.TryGetValue(id, out var said))
                    _said.Add(id, said = new TaskCompletionSource<string>(TaskCreationOptions.RunContinuationsAsynchronously));
                return said;
            }
        }
    }
}
