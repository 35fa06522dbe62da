using Countersign.Adapters.Tests.Stores;
using Countersign.Core;
using Countersign.Core.Codes;
using Countersign.Core.Delivery;
using Countersign.Core.Delivery.Receipts;
using Countersign.Core.Tests.Verifications;
using Countersign.Core.Verifications;
using CsCheck;

namespace Countersign.Adapters.Tests.Sqlite;

/// <summary>Messages that share a row of the file: which of them wait is found again after a crash, whatever became of the batches before.</summary>
public sealed class OutboxSlotsTests : IAsyncDisposable
{
    readonly SqliteHome _home = new();

    public ValueTask DisposeAsync() => _home.DisposeAsync();

    [Fact]
    public async Task After_a_restart_those_without_an_outcome_are_claimed_in_order_and_no_others()
    {
        List<OutboxItem> items;
        using (var store = new SqliteParts(_home))
        {
            await StartAsync(store, 0, 300);
            items = await FullOutbox.ClaimAsync(store.Outbox, 300);
            await store.Outbox.RecordAsync([.. items.Where((_, at) => at % 3 == 0).Select(OutboxConformance.Sent)], Ct);
        }

        using var again = new SqliteParts(_home);

        Assert.Equal(200, again.Outbox.Known);
        var left = await FullOutbox.ClaimAsync(again.Outbox, 200);
        Assert.Equal(items.Where((_, at) => at % 3 != 0).Select(item => item.Attempt), left.Select(item => item.Attempt));
        await again.Outbox.RecordAsync([.. left.Select(OutboxConformance.Sent)], Ct);
        Assert.Equal((0, 300L), (again.Outbox.Known, await _home.ExecuteAsync("SELECT count(*) FROM attempt")));
    }

    [Fact]
    public async Task An_outcome_that_comes_again_takes_nothing_from_the_message_that_has_its_place_now()
    {
        using var store = new SqliteParts(_home);
        await StartAsync(store, 0, 1);
        var first = await FullOutbox.ClaimAsync(store.Outbox, 1);
        await store.Outbox.RecordAsync([OutboxConformance.Sent(first[0])], Ct);
        await StartAsync(store, 1, 1);
        var second = await FullOutbox.ClaimAsync(store.Outbox, 1);
        Assert.Equal(first[0].Position, second[0].Position);

        await store.Outbox.RecordAsync([OutboxConformance.Sent(first[0])], Ct);

        Assert.Equal(1, store.Outbox.Known);
        await store.Outbox.RecordAsync([OutboxConformance.Sent(second[0])], Ct);
        Assert.Equal((0, 2L), (store.Outbox.Known, await _home.ExecuteAsync("SELECT count(*) FROM attempt")));
    }

    [Fact]
    public async Task What_has_an_outcome_does_not_stay_in_the_file_where_nothing_else_comes()
    {
        using (var store = new SqliteParts(_home))
        {
            await StartAsync(store, 0, 500);
            await store.Outbox.RecordAsync([.. (await FullOutbox.ClaimAsync(store.Outbox, 500)).Select(OutboxConformance.Sent)], Ct);
        }

        // Else a message would go out once more after its attempt is removed, which is history.
        Assert.Equal(0L, await _home.ExecuteAsync("SELECT count(*) FROM outbox_slot WHERE messages <> zeroblob(length(messages))"));
        Assert.Equal(500L, await _home.ExecuteAsync("SELECT count(*) FROM attempt"));
    }

    [Fact]
    public async Task Nor_where_starts_never_pause()
    {
        using var store = new SqliteParts(_home);
        await StartAsync(store, 0, 96 * 40);
        var sent = (await FullOutbox.ClaimAsync(store.Outbox, 96 * 40)).Select(OutboxConformance.Sent).ToList();
        await store.InOneBatchAsync(() => [store.Outbox.RecordAsync(sent, Ct), SendAsync(store, 10_000)]);

        // Each a batch of its own.
        for (var number = 1; number < 5; number++)
        {
            _home.Time.Advance(TimeSpan.FromSeconds(1));
            await SendAsync(store, 10_000 + number);
        }

        Assert.Equal(1L, await _home.ExecuteAsync("SELECT count(*) FROM outbox_slot WHERE messages <> zeroblob(length(messages))"));
        Assert.Equal(5, store.Outbox.Known);
    }

    [Fact]
    public async Task What_an_earlier_process_left_of_them_is_emptied_before_their_attempts_can_go()
    {
        using (var store = new SqliteParts(_home))
        {
            await StartAsync(store, 0, 96 * 30);
            var sent = (await FullOutbox.ClaimAsync(store.Outbox, 96 * 30)).Select(OutboxConformance.Sent).ToList();
            await store.InOneBatchAsync(() => [store.Outbox.RecordAsync(sent, Ct), SendAsync(store, 10_000)]);
            await store.Outbox.RecordAsync([OutboxConformance.Sent((await FullOutbox.ClaimAsync(store.Outbox, 1))[0])], Ct);
        }

        Assert.NotEqual(0L, await _home.ExecuteAsync("SELECT count(*) FROM outbox_slot WHERE messages <> zeroblob(length(messages))"));
        using (var next = new SqliteParts(_home))
        {
            Assert.Equal(0, next.Outbox.Known);
            await next.Outbox.DepthAsync(Ct);
            await next.Outbox.DepthAsync(Ct);
        }

        await _home.ExecuteAsync("DELETE FROM attempt");
        using var last = new SqliteParts(_home);
        Assert.Equal(0, last.Outbox.Known);
    }

    [Fact]
    public async Task Those_that_were_read_with_a_batch_that_failed_are_claimed_by_the_next()
    {
        using (var store = new SqliteParts(_home))
            await StartAsync(store, 0, 3);

        using var again = new SqliteParts(_home);
        var claim = Assert.Single(await again.InOneBatchAsync(() => [again.Outbox.ClaimAsync(10, Ct).AsTask()], fails: true));

        Assert.IsType<StoreUnavailableException>(claim.Exception!.InnerException);
        Assert.Equal(3, (await again.Outbox.ClaimAsync(10, TestContext.Current.CancellationToken).AsTask().WaitAsync(TimeSpan.FromSeconds(20), TestContext.Current.CancellationToken)).Count);
    }

    [Fact]
    public async Task A_damaged_moment_stops_neither_the_start_nor_a_message()
    {
        using (var store = new SqliteParts(_home))
            await StartAsync(store, 0, 3);
        await _home.ExecuteAsync("UPDATE outbox_slot SET messages = CAST(substr(messages, 1, 72) || x'7fffffffffffffff' || substr(messages, 81) AS BLOB)");

        using var again = new SqliteParts(_home);

        Assert.Equal(3, (await FullOutbox.ClaimAsync(again.Outbox, 3)).Select(item => item.Verification.Sid).Distinct().Count());
    }

    [Fact]
    public async Task A_code_that_the_caller_chose_has_a_row_of_its_own_which_goes_with_its_outcome()
    {
        using var store = new SqliteParts(_home);
        var item = await StartWithCodeAsync(store);
        Assert.Equal(1L, await _home.ExecuteAsync("SELECT count(*) FROM outbox WHERE custom_code IS NOT NULL"));

        await store.Outbox.RecordAsync([OutboxConformance.Sent(item)], Ct);

        Assert.Equal(0L, await _home.ExecuteAsync("SELECT count(*) FROM outbox"));
    }

    [Fact]
    public async Task With_all_slots_full_messages_have_rows_of_their_own_and_none_is_lost()
    {
        const int Count = (96 * 512) + 200;
        var waiting = new HashSet<Sid>();
        using (var store = new SqliteParts(_home, generationSize: 100_000))
        {
            for (var from = 0; from < Count; from += 4_000)
            {
                var count = Math.Min(4_000, Count - from);
                await StartAsync(store, from, count);
                waiting.UnionWith((await FullOutbox.ClaimAsync(store.Outbox, count)).Select(item => item.Attempt.Sid));
            }
        }

        Assert.Equal((512L, 200L), (await _home.ExecuteAsync("SELECT count(*) FROM outbox_slot"), await _home.ExecuteAsync("SELECT count(*) FROM outbox")));
        using var again = new SqliteParts(_home, generationSize: 100_000);
        Assert.Equal(Count, again.Outbox.Known);
        Assert.Equal(waiting, (await FullOutbox.ClaimAsync(again.Outbox, Count)).Select(item => item.Attempt.Sid).ToHashSet());
    }

    [Fact]
    public async Task How_long_the_oldest_waits_counts_those_in_slots_before_a_restart_and_after_it()
    {
        using (var store = new SqliteParts(_home))
        {
            await StartAsync(store, 0, 3);
            _home.Time.Advance(TimeSpan.FromMinutes(2));
            Assert.Equal((3L, 120), Of(await store.Outbox.DepthAsync(Ct)));
        }

        using var again = new SqliteParts(_home);
        Assert.Equal((3L, 120), Of(await again.Outbox.DepthAsync(Ct)));

        static (long, int) Of(OutboxDepth depth) => (depth.Waiting, (int)Math.Ceiling(depth.OldestAge.TotalSeconds));
    }

    [Fact]
    public Task Whatever_batches_fail_and_whenever_it_crashes_exactly_those_without_an_outcome_are_claimed_again() =>
        Gen.Select(Gen.Int[0, 7], Gen.Int[1, 130], Gen.Int[0, 1_000_000]).Array[1, 12].SampleAsync(async moves =>
        {
            await using var home = new SqliteHome();
            var game = new Game(home);
            try
            {
                foreach (var (kind, count, seed) in moves)
                    await game.PlayAsync(kind, count, seed);
                await game.RestartAsync();
            }
            finally
            {
                game.Store.Dispose();
            }
        }, iter: 60, threads: 1);

    static CancellationToken Ct => CancellationToken.None;

    static Task<Verification> SendAsync(SqliteParts store, int number) => store.Verifications.SendAsync(number, Given.Verification(number, Desk.Opening.AddMilliseconds(number)));

    static Task<Verification[]> StartAsync(SqliteParts store, int from, int count) => Task.WhenAll(Enumerable.Range(from, count).Select(number => SendAsync(store, number)));

    static async Task<OutboxItem> StartWithCodeAsync(SqliteParts store)
    {
        await store.Verifications.SendAsync(1, Given.Verification(1, Desk.Opening), new OneTimeCode("135790"));
        return (await FullOutbox.ClaimAsync(store.Outbox, 1))[0];
    }

    /// <summary>A store, and what has to wait in it.</summary>
    sealed class Game(SqliteHome home)
    {
        readonly Dictionary<Sid, OutboxItem> _waiting = [];
        readonly List<OutboxItem> _recorded = [];
        int _number;

        public SqliteParts Store { get; private set; } = new(home);

        public async Task PlayAsync(int kind, int count, int seed)
        {
            var some = _waiting.Values.OrderBy(item => HashCode.Combine(item.Attempt.Sid, seed)).Take(count).ToList();
            switch (kind)
            {
                case 0:
                    await StartAsync(count, [], seed);
                    break;
                case 1:
                    await Store.Outbox.RecordAsync([.. some.Select(OutboxConformance.Sent)], Ct);
                    Settled(some);
                    break;
                case 2:
                    await StartAsync(count, some, seed);
                    break;
                case 3:
                    await Store.InOneBatchAsync(() => InAnyOrder(count, some, seed), fails: true);
                    _number -= count;
                    break;
                case 4:
                    // Nobody can say what became of this one: none of the others is kept either.
                    await Assert.ThrowsAnyAsync<Exception>(() => Store.Outbox.RecordAsync([.. some.Select(OutboxConformance.Sent), null!], Ct));
                    break;
                case 5:
                    await RecordAsync([.. _recorded.TakeLast(count)]);
                    break;
                case 6:
                    home.Time.Advance(TimeSpan.FromMilliseconds(count * 20));
                    await Store.Outbox.DepthAsync(Ct);
                    break;
                default:
                    await RestartAsync();
                    break;
            }

            Assert.Equal(_waiting.Count, Store.Outbox.Known);
        }

        public async Task RestartAsync()
        {
            home.Crash();
            Store.Dispose();
            _recorded.Clear(); // Positions are a process's own.
            Store = new SqliteParts(home);
            Assert.Equal(_waiting.Count, Store.Outbox.Known);
            var claimed = _waiting.Count == 0 ? [] : await FullOutbox.ClaimAsync(Store.Outbox, _waiting.Count);
            Assert.Equal(_waiting.Keys.Order(), claimed.Select(item => item.Attempt.Sid).Order());
            foreach (var item in claimed)
                _waiting[item.Attempt.Sid] = item;
        }

        async Task StartAsync(int count, List<OutboxItem> some, int seed)
        {
            var begun = await Store.InOneBatchAsync(() => InAnyOrder(count, some, seed));
            Assert.All(begun, task => Assert.True(task.IsCompletedSuccessfully));
            Settled(some);
            foreach (var item in await FullOutbox.ClaimAsync(Store.Outbox, count))
                _waiting.Add(item.Attempt.Sid, item);
        }

        /// <summary>Of the starts some are before the outcomes and some behind them, or all are.</summary>
        IEnumerable<Task> InAnyOrder(int count, List<OutboxItem> some, int seed) =>
            (seed % 3) switch
            {
                0 => [.. Starts(count), RecordAsync(some)],
                1 => [RecordAsync(some), .. Starts(count)],
                _ => [.. Starts(count / 2), RecordAsync(some), .. Starts(count - (count / 2))],
            };

        IEnumerable<Task> Starts(int count) => Enumerable.Range(0, count).Select(_ => SendAsync(Store, _number++));

        Task<ReceivedReceipts> RecordAsync(List<OutboxItem> items) => Store.Outbox.RecordAsync([.. items.Select(OutboxConformance.Sent)], Ct);

        void Settled(List<OutboxItem> items)
        {
            _recorded.AddRange(items);
            items.ForEach(item => _waiting.Remove(item.Attempt.Sid));
        }
    }
}
