using Countersign.Adapters.Tests.Stores;
using Countersign.Core;
using Countersign.Core.Delivery;
using Countersign.Core.Tests.Verifications;
using Countersign.Storage.History;
using Countersign.Storage.PostgreSql;
using Countersign.Storage.Redis;
using Microsoft.Extensions.Time.Testing;

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

        public Task<IReadOnlyList<AttemptRecord>> WriteAsync(IReadOnlyList<SendRecord> records, CancellationToken ct) => inner.WriteAsync(records, ct);

        public Task<IReadOnlySet<Sid>> FindRecordedAsync(IReadOnlyCollection<Sid> attempts, CancellationToken ct) =>
            attempts.Count > MostAtOnce || Interlocked.Increment(ref _answers) > MostAnswers ? new TaskCompletionSource<IReadOnlySet<Sid>>().Task : inner.FindRecordedAsync(attempts, ct);
    }
}
