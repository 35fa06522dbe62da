using Countersign.Adapters.Tests.Stores;
using Countersign.Core;
using Countersign.Core.Codes;
using Countersign.Core.Privacy;
using Countersign.Core.Tests.Privacy;
using Countersign.Core.Tests.Verifications;
using Countersign.Core.Verifications;
using Countersign.Storage.Sqlite;
using Microsoft.Data.Sqlite;
using Microsoft.Extensions.Time.Testing;

namespace Countersign.Adapters.Tests.Sqlite;

/// <summary>What one bad row, one failed batch or one clock that was set back must not do to everything else.</summary>
public sealed class RecoveryTests : IAsyncDisposable
{
    readonly SqliteHome _home = new();

    public ValueTask DisposeAsync() => _home.DisposeAsync();

    [Fact]
    public async Task Several_dispatchers_share_what_waits_and_none_gets_what_another_has()
    {
        using (var store = _home.OpenSqlite())
        {
            for (var n = 0; n < 3000; n++)
                await store.Verifications.SendAsync(n, Given.Verification(n, Desk.Opening.AddMilliseconds(n)));
        }

        using var again = _home.OpenSqlite();
        var left = 3000;
        using var done = new CancellationTokenSource();
        var claims = await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => Task.Run(async () =>
        {
            var mine = new List<Sid>();
            try
            {
                while (true)
                {
                    var items = await again.Outbox.ClaimAsync(50, done.Token);
                    mine.AddRange(items.Select(item => item.Attempt.Sid));
                    if (Interlocked.Add(ref left, -items.Count) <= 0)
                        await done.CancelAsync();
                }
            }
            catch (OperationCanceledException)
            {
                return mine;
            }
        })));

        var all = claims.SelectMany(claim => claim).ToList();
        Assert.Equal((3000, 3000), (all.Distinct().Count(), all.Count));
    }

    [Fact]
    public async Task One_row_that_cannot_be_opened_does_not_harm_the_others()
    {
        Verification bad, good;
        using (var store = _home.OpenSqlite())
        {
            bad = await store.Verifications.SendAsync(1, Given.Verification(1, Desk.Opening));
            good = await store.Verifications.SendAsync(2, Given.Verification(2, Desk.Opening));
        }

        Spoil(bad.Sid);
        using var again = _home.OpenSqlite();

        await Assert.ThrowsAnyAsync<System.Security.Cryptography.CryptographicException>(() => again.Verifications.FindAsync(bad.Sid));
        Same.Verification(good, await again.Verifications.FindAsync(good.Sid));
        var waiting = Assert.Single(await again.Outbox.ClaimAsync(10, TestContext.Current.CancellationToken));
        Assert.Equal(good.Sid, waiting.Verification.Sid);
    }

    [Fact]
    public async Task Start_cancel_start_within_one_millisecond_survives_a_restart()
    {
        for (var seed = 0; seed < 10; seed++)
        {
            await using var home = new SqliteHome();
            using (var store = home.OpenSqlite())
            {
                var desk = new Desk(store.Verifications, home.Time, seed: seed);
                await desk.StartedAsync(Desk.Ann);
                await desk.EndAsync(VerificationStatus.Canceled, Desk.Ann);
                await desk.StartedAsync(Desk.Ann);
            }

            using var again = home.OpenSqlite();
            Assert.IsType<FetchVerificationResult.Found>(await new Desk(again.Verifications, home.Time, seed: 100 + seed).FetchAsync(Desk.Ann));
        }
    }

    [Fact]
    public async Task The_newest_verification_is_the_one_started_last_also_after_the_clock_was_set_back()
    {
        var sealer = new Sealer(Rings.WithKeys(1), Given.Random);
        var late = new FakeTimeProvider(Desk.Opening);
        using (var store = SqliteStore.Open(_home.Directory, sealer, late))
        {
            var desk = new Desk(store.Verifications, late, seed: 1);
            await desk.StartedAsync(Desk.Ann);
            await desk.EndAsync(VerificationStatus.Approved, Desk.Ann);
        }

        var early = new FakeTimeProvider(Desk.Opening.AddSeconds(-2));
        using (var store = SqliteStore.Open(_home.Directory, sealer, early))
            await new Desk(store.Verifications, early, seed: 2).StartedAsync(Desk.Ann);

        using var again = SqliteStore.Open(_home.Directory, sealer, early);
        Assert.IsType<FetchVerificationResult.Found>(await new Desk(again.Verifications, early, seed: 3).FetchAsync(Desk.Ann));
    }

    [Fact]
    public async Task An_older_verification_that_sends_by_itself_does_not_take_the_newest_ones_place()
    {
        using var store = _home.OpenSqlite();
        var older = await store.Verifications.SendAsync(1, Given.Verification(1, Desk.Opening));
        var newer = await store.Verifications.SendAsync(1, Given.Verification(1, Desk.Opening.AddSeconds(1)));
        var attempt = Given.Attempt(Desk.Opening.AddSeconds(2));

        await store.Verifications.ApplyAsync(
            new RecordedStep((current, _) => new StepDecision(current! with { Attempts = current.Attempts.Add(attempt) }, attempt))
            {
                ServiceSid = Given.Service,
                VerificationSid = older.Sid,
                Destination = Given.Destination(1),
            },
            TestContext.Current.CancellationToken);

        Assert.Equal(2, (await store.Verifications.FindAsync(older.Sid))!.Attempts.Length);
        Assert.Equal(newer.Sid, (await store.Verifications.FindAsync(1))!.Sid);
    }

    [Fact]
    public async Task A_verification_may_live_as_long_as_all_of_its_sends_also_those_that_do_not_count()
    {
        using var store = new SqliteParts(_home);
        await store.Services.CreateAsync(Given.FullService(Given.Service) with { CodeLifetime = TimeSpan.FromHours(1) }, TestContext.Current.CancellationToken);

        Assert.Equal(TimeSpan.FromHours(VerificationLimits.MaxAttempts), store.Services.LongestLife);
    }

    [Fact]
    public async Task After_a_failed_batch_an_empty_outbox_waits_instead_of_spinning()
    {
        using (var first = _home.OpenSqlite())
            await first.Verifications.SendAsync(0, Given.Verification(0, Desk.Opening));

        using var store = new SqliteParts(_home);
        var lost = await store.InOneBatchAsync(() => [store.Verifications.SendAsync(1, Given.Verification(1, Desk.Opening))], fails: true);
        Assert.IsType<StoreUnavailableException>(Assert.Single(lost).Exception!.InnerException);

        Assert.Single(await store.Outbox.ClaimAsync(256, TestContext.Current.CancellationToken));
        using var cancel = new CancellationTokenSource();
        var claim = store.Outbox.ClaimAsync(1, cancel.Token).AsTask();
        await cancel.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => claim);
    }

    [Fact]
    public async Task After_closing_everything_is_in_the_one_file()
    {
        using (var store = _home.OpenSqlite())
            await store.Verifications.SendAsync(1, Given.Verification(1, Desk.Opening));

        Assert.Equal(["countersign.db", "countersign.lock"], Directory.GetFiles(_home.Directory).Select(Path.GetFileName).Order());
    }

    [Fact]
    public void A_map_forgets_a_key_that_a_rolled_back_batch_set_twice_across_generations()
    {
        var map = new DestinationMap(2, 8);
        var changes = new Stack<DestinationMap.Change>();
        foreach (var (key, sid) in new (UInt128, UInt128)[] { (5, 100), (5, 101), (6, 102), (7, 103) })
            changes.Push(map.Set(key, sid, Desk.Opening, Desk.Opening));

        while (changes.TryPop(out var change))
            map.Undo(change);

        Assert.False(map.TryFind(5, out _));
    }

    [Fact]
    public async Task A_ring_that_lacks_a_key_of_the_data_is_refused_and_nothing_is_lost()
    {
        using (var store = SqliteStore.Open(_home.Directory, new Sealer(Rings.WithKeys(2), Given.Random), _home.Time))
            await store.Verifications.SendAsync(1, Given.Verification(1, Desk.Opening));

        var refused = Assert.Throws<KeyRingException>(() => SqliteStore.Open(_home.Directory, new Sealer(Rings.WithKeys(1), Given.Random), _home.Time));

        Assert.Contains("key 2 is missing", refused.Message, StringComparison.Ordinal);
        using var again = SqliteStore.Open(_home.Directory, new Sealer(Rings.WithKeys(2), Given.Random), _home.Time);
        Assert.Single(await again.Outbox.ClaimAsync(10, TestContext.Current.CancellationToken));
    }

    [Fact]
    public void A_ring_whose_key_is_another_one_of_the_same_number_is_refused()
    {
        SqliteStore.Open(_home.Directory, new Sealer(Rings.WithKeys(1), Given.Random), _home.Time).Dispose();
        var other = new KeyRing([(1, Enumerable.Repeat((byte)99, RingKey.SecretBytes).ToArray())], 1, 1);

        Assert.Throws<KeyRingException>(() => SqliteStore.Open(_home.Directory, new Sealer(other, Given.Random), _home.Time));
    }

    [Theory]
    [InlineData(true, "UPDATE outbox SET attempt_sid = zeroblob(16) WHERE verification_sid = $sid")]
    [InlineData(false, "UPDATE outbox_slot SET messages = CAST(substr(messages, 1, 16) || zeroblob(16) || substr(messages, 33) AS BLOB) WHERE substr(messages, 1, 16) = $sid")]
    [InlineData(false, "UPDATE outbox_slot SET messages = CAST(zeroblob(16) || substr(messages, 17) AS BLOB) WHERE substr(messages, 1, 16) = $sid")]
    public async Task A_damaged_outbox_row_does_not_hold_up_those_behind_it(bool isRowOfItsOwn, string damage)
    {
        Verification first, second;
        using (var store = _home.OpenSqlite())
        {
            first = await store.Verifications.SendAsync(1, Given.Verification(1, Desk.Opening), isRowOfItsOwn ? new OneTimeCode("135790") : null);
            second = await store.Verifications.SendAsync(2, Given.Verification(2, Desk.Opening));
        }

        Run(damage, first.Sid);
        using var again = _home.OpenSqlite();

        var waiting = Assert.Single(await again.Outbox.ClaimAsync(10, TestContext.Current.CancellationToken));
        Assert.Equal(second.Sid, waiting.Verification.Sid);
        Assert.Equal(1, (await again.Outbox.DepthAsync(TestContext.Current.CancellationToken)).Waiting);
    }

    [Fact]
    public void The_files_are_their_owners_alone()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "Unix file modes.");
        using var store = _home.OpenSqlite();

        Assert.All(Directory.GetFiles(_home.Directory, "countersign.db*"), file =>
            Assert.True(OperatingSystem.IsWindows() || File.GetUnixFileMode(file) == (UnixFileMode.UserRead | UnixFileMode.UserWrite), file));
    }

    void Spoil(Sid verification) => Run("UPDATE verification SET personal = zeroblob(60) WHERE sid = $sid", verification);

    void Run(string sql, Sid verification)
    {
        using var connection = new SqliteConnection($"Data Source={_home.DatabasePath};Pooling=False");
        connection.Open();
        using var command = connection.CreateCommand();
        command.CommandText = sql;
        var bytes = new byte[16];
        verification.WriteTo(bytes);
        command.Parameters.AddWithValue("$sid", bytes);
        Assert.Equal(1, command.ExecuteNonQuery());
    }
}
