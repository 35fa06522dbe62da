using Countersign.Adapters.Tests.Stores;
using Countersign.Core;
using Countersign.Core.Delivery;
using Countersign.Core.Insight;
using Countersign.Core.Services;
using Countersign.Core.Tests.Verifications;
using Countersign.Core.Verifications;
using Countersign.Storage.PostgreSql;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;
using Npgsql;

namespace Countersign.Adapters.Tests.PostgreSql;

/// <summary>What retention does beside what every store's does: partitions, one node at a time, sums of past hours.</summary>
public sealed class PostgresRetentionTests : IAsyncLifetime
{
    readonly PostgresHome _home = new();
    PostgresStore _here = null!;
    PostgresStore _there = null!;

    static CancellationToken Ct => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        _here = await _home.OpenPostgresAsync();
        _there = await _home.OpenPostgresAsync();
    }

    public async ValueTask DisposeAsync()
    {
        await _here.DisposeAsync();
        await _there.DisposeAsync();
        await _home.DisposeAsync();
    }

    [Fact]
    public async Task One_node_at_a_time_has_the_pass()
    {
        _home.Time.Advance(TimeSpan.FromDays(30));
        Assert.True((await _here.Retention.RemoveAsync(Cutoffs(), Ct)).HasMore);

        Assert.Equal(default, await _there.Retention.RemoveAsync(Cutoffs(), Ct));

        await PassAsync(_here);
        Assert.Equal(default, await _here.Retention.RemoveAsync(Cutoffs(), Ct));
        _home.Time.Advance(TimeSpan.FromDays(30));
        Assert.True((await _there.Retention.RemoveAsync(Cutoffs(), Ct)).HasMore);
    }

    [Fact]
    public async Task The_clock_is_the_databases_whatever_the_nodes_says()
    {
        var before = TimeProvider.System.GetUtcNow();

        var clock = await _here.Retention.ClockAsync(Ct);

        Assert.InRange(clock!.Value, before.AddSeconds(-1), TimeProvider.System.GetUtcNow().AddSeconds(1));
    }

    [Fact]
    public async Task A_node_whose_clock_runs_a_hundred_days_ahead_leaves_what_is_pending()
    {
        var ahead = new FakeTimeProvider(TimeProvider.System.GetUtcNow().AddDays(100));
        await using var node = await PostgresStore.OpenAsync(_home.ConnectionString, _home.Sealer, ahead, RandomSource.System, PostgresHome.Lease, null, Ct);
        var sent = await _here.Verifications.SendAsync(1, Given.Verification(1, _home.Time.GetUtcNow()));
        await SendAllAsync(_here, 1);

        await new RemoveOld(node.Retention, new RetentionOptions(), ahead, NullLogger<RemoveOld>.Instance).RunOnceAsync(Ct);

        Assert.NotNull(await _here.Verifications.FindAsync(sent.Sid));
    }

    [Fact]
    public async Task The_pass_of_a_node_that_closes_is_taken_over()
    {
        _home.Time.Advance(TimeSpan.FromDays(30));
        Assert.True((await _here.Retention.RemoveAsync(Cutoffs(), Ct)).HasMore);
        await _here.DisposeAsync();

        await PassAsync(_there);

        Assert.Equal(8L, await DaysAsync("verification"));
        _here = await _home.OpenPostgresAsync();
    }

    [Fact]
    public async Task A_day_whose_removal_was_interrupted_is_removed_all_the_same()
    {
        await using (var reader = new NpgsqlConnection(_home.ConnectionString + ";Pooling=false"))
        {
            await reader.OpenAsync(Ct);
            await using var transaction = await reader.BeginTransactionAsync(Ct);
            await using var read = new NpgsqlCommand("SELECT count(*) FROM verification", reader, transaction);
            await read.ExecuteScalarAsync(Ct);

            // Waits for the reader until it is given up.
            var problem = await Assert.ThrowsAsync<PostgresException>(() => PostgresServer.ExecuteAsync(
                _home.ConnectionString + ";Options=-c statement_timeout=300", "ALTER TABLE verification DETACH PARTITION verification_20260103 CONCURRENTLY"));
            Assert.Equal(PostgresErrorCodes.QueryCanceled, problem.SqlState);
        }

        Assert.Equal(1L, await ExecuteAsync("SELECT count(*) FROM pg_inherits WHERE inhdetachpending"));
        await ExecuteAsync("ALTER TABLE attempt DETACH PARTITION attempt_20260104");
        _home.Time.Advance(TimeSpan.FromDays(30));

        await PassAsync(_here);

        Assert.Equal(0L, await ExecuteAsync("SELECT count(*) FROM pg_class WHERE relname ~ '_202601'"));
        Assert.Equal(8L, await DaysAsync("verification"));
        Assert.Equal(8L, await DaysAsync("attempt"));
    }

    [Fact]
    public async Task A_day_that_another_node_dropped_is_made_again_by_whoever_writes_to_it()
    {
        var old = Given.Verification(1, Desk.Opening);
        _home.Time.Advance(TimeSpan.FromDays(30));
        await PassAsync(_there);

        await _here.Verifications.SendAsync(1, old);

        Same.Verification(old, await _here.Verifications.FindAsync(old.Sid));
    }

    [Fact]
    public async Task Heads_go_with_the_day_of_their_verification()
    {
        for (var number = 0; number < 300; number++)
            await _here.Verifications.SendAsync(number, Given.Verification(number, Desk.Opening));
        await SendAllAsync(_here, 300);
        _home.Time.Advance(TimeSpan.FromDays(30));
        await _here.Verifications.SendAsync(7, Given.Verification(7, _home.Time.GetUtcNow()));

        await PassAsync(_here);

        Assert.Equal(1L, await ExecuteAsync("SELECT count(*) FROM head"));
    }

    [Fact]
    public async Task What_nodes_counted_apart_is_put_together_when_the_hour_is_past()
    {
        foreach (var (number, node) in new[] { _here, _there, _here, _there }.Index())
            await node.Verifications.SendAsync(number, Given.Verification(number, Desk.Opening));
        await SendAllAsync(_here, 2);
        await SendAllAsync(_there, 2);
        Assert.NotEqual(2L, await ExecuteAsync("SELECT count(*) FROM rollup"));
        var before = await SumsAsync();

        _home.Time.Advance(TimeSpan.FromHours(27));
        await PassAsync(_there);

        Assert.Equal(2L, await ExecuteAsync("SELECT count(*) FROM rollup WHERE slot = 0"));
        Assert.Equal(2L, await ExecuteAsync("SELECT count(*) FROM rollup"));
        Assert.Equal(before, await SumsAsync());
        Assert.Equal((4, 4), (before[RollupCounter.Starts], before[RollupCounter.Sends]));
    }

    [Fact]
    public async Task What_a_node_counted_that_knows_no_conversions_of_their_own_counts_as_approved_there()
    {
        Assert.Equal("YES", await ExecuteAsync("SELECT is_nullable FROM information_schema.columns WHERE table_name = 'rollup' AND column_name = 'converted'"));
        await ApproveAsync(_here, 1);
        await ApproveAsync(_there, 2);
        await ExecuteAsync("UPDATE rollup SET converted = NULL");
        Assert.Equal(2, (await SumsAsync())[RollupCounter.Converted]);

        // Added to by nodes that know them, apart and when the hour is put together; once more with a row that is there already.
        foreach (var (first, second) in new[] { (3, 4), (5, 6) })
        {
            await ApproveAsync(_here, first);
            await ApproveAsync(_there, second);
            _home.Time.Advance(TimeSpan.FromHours(27));
            await PassAsync(_there);
            Assert.Equal((second, second), (await SumsAsync()) is var sums ? (sums[RollupCounter.Approved], sums[RollupCounter.Converted]) : default);
            await ExecuteAsync("UPDATE rollup SET converted = NULL");
        }
    }

    [Fact]
    public async Task Of_a_service_that_is_gone_little_goes_at_a_time_and_nothing_of_one_that_is_there()
    {
        await _here.Services.CreateAsync(new VerifyService { Sid = Given.Service, AccountSid = Given.Account, FriendlyName = "Owl", CreatedAt = Desk.Opening, UpdatedAt = Desk.Opening }, Ct);
        await ExecuteAsync(
            $"""
            INSERT INTO entity (identity, version, sid, service_sid, account_sid, created_at, updated_at, body)
                SELECT md5('e' || n)::uuid, 1, md5('s' || n)::uuid, CASE WHEN n = 0 THEN (SELECT sid FROM service) ELSE md5('v' || n % 2)::uuid END, md5('a')::uuid, 0, 0, '' FROM generate_series(0, 200) n;
            INSERT INTO factor (identity, sid, entity_sid, service_sid, account_sid, type, status, created_at, updated_at, body)
                SELECT identity, sid, sid, service_sid, account_sid, 1, 1, 0, 0, '' FROM entity;
            INSERT INTO challenge (identity, created_at, sid, entity_sid, factor_sid, service_sid, account_sid, factor_type, status, updated_at, expires_at, body)
                SELECT identity, {_home.Time.GetUtcNow().ToUnixTimeMilliseconds()} + n, md5(sid::text || n)::uuid, sid, sid, service_sid, account_sid, 1, 1, 0, 0, '' FROM entity, generate_series(1, 30) n;
            """);
        var (removed, most, before) = (0L, 0L, 30 * 201L);
        for (var slice = new RetentionSlice { HasMore = true }; slice.HasMore;)
        {
            slice = await _here.Retention.RemoveAsync(Cutoffs(), Ct);
            var left = (long)(await ExecuteAsync("SELECT count(*) FROM challenge"))!;
            (removed, most, before) = (removed + slice.Entities, Math.Max(most, before - left), left);
        }

        Assert.Equal((200, 1000, 30), (removed, most, before));
        Assert.Equal((1L, 1L), (await ExecuteAsync("SELECT count(*) FROM entity"), await ExecuteAsync("SELECT count(*) FROM factor")));
    }

    [Fact]
    public async Task Parts_of_the_pass_that_fail_do_not_keep_the_others_from_their_turn()
    {
        await using var impatient = await PostgresStore.OpenAsync(_home.ConnectionString + ";Command Timeout=1", _home.Sealer, _home.Time, RandomSource.System, PostgresHome.Lease, null, Ct);
        await ExecuteAsync($"INSERT INTO early_receipt (account_sid, carrier, body, received_at) VALUES (md5('a')::uuid, 'acme', '{{}}', {_home.Time.GetUtcNow().AddDays(-2).ToUnixTimeMilliseconds()})");
        await ExecuteAsync("INSERT INTO entity (identity, version, sid, service_sid, account_sid, created_at, updated_at, body) VALUES (md5('e')::uuid, 1, md5('s')::uuid, md5('v')::uuid, md5('a')::uuid, 0, 0, '')");
        await using (var other = new NpgsqlConnection(_home.ConnectionString + ";Pooling=false"))
        {
            await other.OpenAsync(Ct);
            await using var transaction = await other.BeginTransactionAsync(Ct);
            await using var hold = new NpgsqlCommand("LOCK TABLE entity, access_token IN ACCESS EXCLUSIVE MODE", other, transaction);
            await hold.ExecuteNonQueryAsync(Ct);
            await Assert.ThrowsAsync<StoreUnavailableException>(() => PassAsync(impatient));

            // The server gives its lock back when it has seen that the connection is gone.
            for (var look = 0; look < 500 && await ExecuteAsync("SELECT count(*) FROM early_receipt") is 1L; look++)
            {
                try
                {
                    await PassAsync(impatient);
                }
                catch (StoreUnavailableException)
                {
                    // The second of the two.
                }

                await Task.Delay(10, Ct);
            }

            Assert.Equal(0L, await ExecuteAsync("SELECT count(*) FROM early_receipt"));
        }

        await PassAsync(impatient);
        Assert.Equal(0L, await ExecuteAsync("SELECT count(*) FROM entity"));
    }

    static async Task ApproveAsync(PostgresStore node, int number)
    {
        var started = await node.Verifications.SendAsync(number, Given.Verification(number, Desk.Opening));
        await node.Verifications.ChangeAsync(started.Sid, current => current with { Status = Core.Verifications.VerificationStatus.Approved });
    }

    RetentionCutoffs Cutoffs() => new(_home.Time.GetUtcNow().AddDays(-7), _home.Time.GetUtcNow().AddDays(-700), _home.Time.GetUtcNow().AddDays(-1));

    async Task PassAsync(PostgresStore node)
    {
        while ((await node.Retention.RemoveAsync(Cutoffs(), Ct)).HasMore)
        {
            // On to the next slice.
        }
    }

    static async Task SendAllAsync(PostgresStore node, int count)
    {
        for (var sent = 0; sent < count;)
        {
            var items = await node.Outbox.ClaimAsync(100, Ct);
            await node.Outbox.RecordAsync([.. items.Select(item => new SendRecord { Item = item, Status = AttemptStatus.Sent, Carrier = "acme", At = Desk.Opening })], Ct);
            sent += items.Count;
        }
    }

    async Task<RollupCounts> SumsAsync() => Assert.Single((await _here.Rollups.ReadAsync(
        new RollupQuery { Account = Given.Account, From = Desk.Opening.AddDays(-1), To = Desk.Opening.AddDays(1) }, Ct)).Rows).Counts;

    Task<object?> DaysAsync(string table) => ExecuteAsync($"SELECT count(*) FROM pg_inherits WHERE inhparent = '{table}'::regclass");

    Task<object?> ExecuteAsync(string sql) => PostgresServer.ExecuteAsync(_home.ConnectionString, sql);
}
