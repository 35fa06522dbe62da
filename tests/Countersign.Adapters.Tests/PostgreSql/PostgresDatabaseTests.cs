using Countersign.Adapters.Tests.Stores;
using Countersign.Core;
using Countersign.Core.Privacy;
using Countersign.Core.Tests.Privacy;
using Countersign.Core.Tests.Verifications;
using Countersign.Core.Verifications;
using Countersign.Storage;
using Countersign.Storage.PostgreSql;
using Npgsql;

namespace Countersign.Adapters.Tests.PostgreSql;

public sealed class PostgresDatabaseTests : IAsyncLifetime
{
    string _connection = "";

    static CancellationToken Ct => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync() => _connection = await (await PostgresServer.SharedAsync()).CreateDatabaseAsync();

    public async ValueTask DisposeAsync() => await (await PostgresServer.SharedAsync()).DropDatabaseAsync(_connection);

    [Fact]
    public async Task Eight_nodes_that_start_at_once_make_the_schema_once()
    {
        var nodes = await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => Task.Run(() => OpenAsync())));

        Assert.Equal((long)PostgresMigrations.Known, await ExecuteAsync("SELECT count(*) FROM schema_version"));
        foreach (var node in nodes)
            await node.DisposeAsync();
    }

    [Fact]
    public async Task A_schema_that_newer_nodes_added_to_is_run_on()
    {
        await (await OpenAsync()).DisposeAsync();
        await ExecuteAsync("INSERT INTO schema_version (version, requires) VALUES (999, 0)");

        await (await OpenAsync()).DisposeAsync();

        Assert.Equal(999, await ExecuteAsync("SELECT max(version) FROM schema_version"));
    }

    [Fact]
    public async Task A_schema_that_needs_newer_nodes_is_refused_with_what_to_do_and_left_alone()
    {
        await (await OpenAsync()).DisposeAsync();
        await ExecuteAsync("INSERT INTO schema_version (version, requires) VALUES (999, 998)");

        var problem = await Assert.ThrowsAsync<StoreRefusedException>(() => OpenAsync());

        Assert.Contains("newer version", problem.Message, StringComparison.Ordinal);
        Assert.Contains("999", problem.Message, StringComparison.Ordinal);
        Assert.Equal((long)PostgresMigrations.Known + 1, await ExecuteAsync("SELECT count(*) FROM schema_version"));
    }

    [Fact]
    public async Task A_key_ring_of_another_installation_is_refused_and_a_rotated_one_is_not()
    {
        await (await OpenAsync()).DisposeAsync();
        await (await OpenAsync(Rings.WithKeys(2))).DisposeAsync();

        // The second key was in use: a ring without it is not whole.
        var problem = await Assert.ThrowsAsync<KeyRingException>(() => OpenAsync());

        Assert.Contains("key 2 is missing", problem.Message, StringComparison.Ordinal);
        await Assert.ThrowsAsync<KeyRingException>(() => OpenAsync(new KeyRing([(1, new byte[32])], 1, 1)));
    }

    [Fact]
    public async Task A_database_that_does_not_answer_is_told_without_the_connection_string()
    {
        const string secret = "not-a-real-password";
        var problem = await Assert.ThrowsAsync<StoreUnavailableException>(() =>
            PostgresDatabase.OpenAsync($"Host=127.0.0.1;Port=1;Username=countersign;Password={secret};Database=owl", Rings.WithKeys(1), TimeProvider.System, null, Ct));
        Assert.DoesNotContain(secret, problem.ToString(), StringComparison.Ordinal);
        Assert.DoesNotContain("127.0.0.1", problem.Message, StringComparison.Ordinal);

        var unreadable = await Assert.ThrowsAsync<StoreRefusedException>(() => PostgresDatabase.OpenAsync($"Hots=h;{secret}", Rings.WithKeys(1), TimeProvider.System, null, Ct));
        Assert.DoesNotContain(secret, unreadable.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Lanes_have_the_planner_that_looks_rows_up_by_key()
    {
        await using var database = await OpenAsync();
        await using var lane = await database.TakeLaneAsync(null, Ct);
        await using var command = new NpgsqlCommand("SELECT current_setting('jit') || current_setting('enable_seqscan') || current_setting('application_name')", lane);

        Assert.Equal("offoffcountersign", await command.ExecuteScalarAsync(Ct));
    }

    [Fact]
    public async Task What_the_operator_says_of_connections_is_not_overruled()
    {
        await using var given = await PostgresDatabase.OpenAsync(_connection + ";Maximum Pool Size=7;Options=-c statement_timeout=7s", Rings.WithKeys(1), TimeProvider.System, null, Ct);
        await using var plain = await OpenAsync();

        var (settings, defaults) = (new NpgsqlConnectionStringBuilder(given.Source.ConnectionString), new NpgsqlConnectionStringBuilder(plain.Source.ConnectionString));
        Assert.Equal((7, 5, 10), (settings.MaxPoolSize, settings.Timeout, settings.CommandTimeout));
        Assert.Equal((20, 5, 10), (defaults.MaxPoolSize, defaults.Timeout, defaults.CommandTimeout));
        await using var lane = await given.TakeLaneAsync(null, Ct);
        await using var command = new NpgsqlCommand("SELECT current_setting('jit') || current_setting('statement_timeout')", lane);
        Assert.Equal("off7s", await command.ExecuteScalarAsync(Ct));
    }

    [Fact]
    public async Task Days_are_made_while_rows_are_written_by_whoever_comes_first()
    {
        await using var database = await OpenAsync();
        await using var other = await OpenAsync();
        var partitions = new Partitions(database);
        await partitions.EnsureAsync(Desk.Opening, Desk.Opening, Ct);
        using var done = new CancellationTokenSource();
        var longest = WriteUntilAsync(database, done.Token);

        await Task.WhenAll(
            partitions.EnsureAheadAsync(Desk.Opening, Ct), new Partitions(database).EnsureAheadAsync(Desk.Opening, Ct), new Partitions(other).EnsureAheadAsync(Desk.Opening.AddDays(2), Ct));
        await done.CancelAsync();

        Assert.True(await longest < TimeSpan.FromSeconds(1));
        Assert.Equal(10L, await ExecuteAsync("SELECT count(*) FROM pg_inherits WHERE inhparent = 'attempt'::regclass"));
        Assert.Equal(10L, await ExecuteAsync("SELECT count(*) FROM pg_inherits WHERE inhparent = 'verification'::regclass"));
        Assert.True(partitions.Knows(SidAt(Desk.Opening.AddDays(7))));
        Assert.False(partitions.Knows(SidAt(Desk.Opening.AddDays(8))));
        Assert.Equal("verification_20260102", Partitions.NameOf("verification", Partitions.DayOf(Desk.Opening)));
    }

    [Fact]
    public async Task Rows_of_the_first_and_the_last_moment_of_a_day_lie_in_its_partition()
    {
        await using var database = await OpenAsync();
        await new Partitions(database).EnsureAsync(Desk.Opening, Desk.Opening, Ct);
        var midnight = new DateTimeOffset(Desk.Opening.Date, TimeSpan.Zero);

        await InsertAsync(database, Sid.FirstAt("VL", midnight));
        await InsertAsync(database, SidAt(midnight.AddDays(1).AddMilliseconds(-1)));

        Assert.Equal(2L, await ExecuteAsync("SELECT count(*) FROM attempt_20260102"));
        await Assert.ThrowsAsync<PostgresException>(() => InsertAsync(database, Sid.FirstAt("VL", midnight.AddDays(1))));
    }

    static async Task<TimeSpan> WriteUntilAsync(PostgresDatabase database, CancellationToken done)
    {
        var longest = TimeSpan.Zero;
        while (!done.IsCancellationRequested)
        {
            var begun = TimeProvider.System.GetTimestamp();
            await InsertAsync(database, SidAt(Desk.Opening));
            var took = TimeProvider.System.GetElapsedTime(begun);
            longest = took > longest ? took : longest;
        }

        return longest;
    }

    static async Task InsertAsync(PostgresDatabase database, Sid sid)
    {
        await using var command = database.Source.CreateCommand(
            """
            INSERT INTO attempt (sid, shard, verification_sid, service_sid, account_sid, channel, is_first, status, segments, created_at, updated_at)
            VALUES ($1, 1, $1, $1, $1, 1, true, 1, 1, 0, 0)
            """);
        command.Parameters.Add(new NpgsqlParameter<Guid> { TypedValue = sid.ToUuid() });
        await command.ExecuteNonQueryAsync(CancellationToken.None);
    }

    static Sid SidAt(DateTimeOffset moment) => Sid.NewOrdered("VL", moment, Given.Random);

    Task<PostgresDatabase> OpenAsync(KeyRing? ring = null) => PostgresDatabase.OpenAsync(_connection, ring ?? Rings.WithKeys(1), TimeProvider.System, null, Ct);

    Task<object?> ExecuteAsync(string sql) => PostgresServer.ExecuteAsync(_connection, sql);
}
