using System.Diagnostics;
using Countersign.Adapters.Tests.Stores;
using Countersign.Core;
using Countersign.Core.Delivery;
using Countersign.Core.Delivery.Receipts;
using Countersign.Core.Tests.Verifications;
using Countersign.Storage.History;
using Countersign.Storage.PostgreSql;
using Countersign.Storage.Redis;
using Microsoft.Extensions.Time.Testing;
using StackExchange.Redis;

namespace Countersign.Adapters.Tests.Redis;

/// <summary>A dead node that leaves more than the history can say the outcomes of in one answer.</summary>
public sealed class LargeTakeoverTests : IAsyncLifetime
{
    const int Left = 6000;

    readonly RedisHome _home = new() { Configure = settings => settings with { NodeLife = TimeSpan.FromSeconds(1) } };
    PostgresStore _postgres = null!;

    static CancellationToken Ct => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync() => _postgres = await _home.OpenPostgresAsync();

    public async ValueTask DisposeAsync()
    {
        await _postgres.DisposeAsync();
        await _home.DisposeAsync();
    }

    [Fact]
    public async Task The_history_is_asked_in_pieces_about_what_was_taken_over()
    {
        var history = new SlowHistory(_postgres.History) { MostAtOnce = 5000 };
        await using var dead = await _home.OpenRedisAsync(history, new FakeTimeProvider());
        var sent = await SendAsync(dead);

        await using var alive = await _home.OpenRedisAsync(history);

        Assert.Equal(sent, await ClaimAsync(alive, Left));
    }

    [Fact]
    public async Task What_one_piece_of_the_history_says_is_kept_when_the_next_does_not_come()
    {
        var history = new SlowHistory(_postgres.History) { MostAnswers = 1 };
        await using var dead = await _home.OpenRedisAsync(history, new FakeTimeProvider());
        var sent = await SendAsync(dead);

        await using var alive = await _home.OpenRedisAsync(history);
        var first = await ClaimAsync(alive, 1);
        history.MostAnswers = int.MaxValue;
        var others = await ClaimAsync(alive, Left - 1);

        Assert.Equal(sent.Order(), first.Concat(others).Order());
    }

    [Fact]
    public async Task One_beat_takes_over_so_many_entries_of_a_group_and_the_next_goes_on()
    {
        // Long enough for PostgreSQL on a busy machine; whoever never gave a sign is dead at once.
        _home.Configure = settings => settings with { NodeLife = TimeSpan.FromMinutes(1) };
        await using var other = await _home.OpenRedisAsync(_postgres.History, new FakeTimeProvider());
        await LeaveAsync(5200);
        var clock = new FakeTimeProvider();

        await using var alive = await _home.OpenRedisAsync(_postgres.History, clock);

        Assert.Equal(5000, (await alive.Outbox.DepthAsync(Ct)).Waiting);
        clock.Advance(TimeSpan.FromMinutes(1) / 5);
        for (var waited = Stopwatch.StartNew(); (await alive.Outbox.DepthAsync(Ct)).Waiting < 5200; await Task.Delay(20, Ct))
            Assert.True(waited.Elapsed < TimeSpan.FromSeconds(30), "The rest is not taken over.");
    }

    /// <summary>Entries of one message each in one group, in the name of a node that is no more.</summary>
    async Task LeaveAsync(int count)
    {
        await using var redis = await ConnectionMultiplexer.ConnectAsync((await RedisCluster.SharedAsync()).Configuration);
        var (data, stream) = (redis.GetDatabase(), (RedisKey)_home.KeyOf(0, "o"));
        await Task.WhenAll(Enumerable.Range(0, count).Select(number =>
        {
            var left = Given.Verification(number, Desk.Opening);
            byte[] entry = [.. new byte[OutboxMessages.Head], .. OutboxMessages.Write(left.Sid, left.Attempts[0], null, _home.Sealer)];
            entry[7] = (byte)number;
            return data.StreamAddAsync(stream, "m", entry);
        }));
        await data.StreamReadGroupAsync(stream, "nodes", "gone", ">", count);
    }

    static async Task<List<Sid>> SendAsync(RedisStore store)
    {
        var at = Desk.Opening;
        var started = await Task.WhenAll(Enumerable.Range(0, Left).Select(number => store.Verifications.SendAsync(number, Given.Verification(number, at.AddMilliseconds(number)))));
        return [.. started.Select(verification => verification.Attempts[0].Sid)];
    }

    static async Task<List<Sid>> ClaimAsync(RedisStore store, int count)
    {
        var claimed = new List<Sid>();
        while (claimed.Count < count)
        {
            var items = await store.Outbox.ClaimAsync(count - claimed.Count, Ct).AsTask().WaitAsync(TimeSpan.FromSeconds(30), Ct);
            claimed.AddRange(items.Select(item => item.Attempt.Sid));
        }

        return claimed;
    }

    /// <summary>PostgreSQL, which never answers questions that are too large, or too many.</summary>
    sealed class SlowHistory(PostgresHistory inner) : IVerificationHistory, IAttemptSink
    {
        int _answers;

        public volatile int MostAtOnce = int.MaxValue, MostAnswers = int.MaxValue;

        public Task SaveAsync(IReadOnlyList<HistoryRow> rows, CancellationToken ct) => inner.SaveAsync(rows, ct);

        public Task<IReadOnlyList<HistoryRow>> FindAsync(IReadOnlyCollection<Sid> verifications, CancellationToken ct) => inner.FindAsync(verifications, ct);

        public Task<ReceivedReceipts> WriteAsync(IReadOnlyList<SendRecord> records, CancellationToken ct) => inner.WriteAsync(records, ct);

        public Task<IReadOnlySet<Sid>> FindRecordedAsync(IReadOnlyCollection<Sid> attempts, CancellationToken ct) =>
            attempts.Count > MostAtOnce || Interlocked.Increment(ref _answers) > MostAnswers ? new TaskCompletionSource<IReadOnlySet<Sid>>().Task : inner.FindRecordedAsync(attempts, ct);
    }
}
