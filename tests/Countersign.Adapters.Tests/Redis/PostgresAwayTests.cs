using Countersign.Adapters.Tests.Stores;
using Countersign.Core;
using Countersign.Core.Delivery;
using Countersign.Core.Verifications;
using Countersign.Storage.History;
using Countersign.Storage.PostgreSql;

namespace Countersign.Adapters.Tests.Redis;

/// <summary>What is served from Redis while PostgreSQL, which has the history, is away.</summary>
public sealed class PostgresAwayTests : IAsyncLifetime
{
    readonly RedisHome _home = new();
    PostgresStore _postgres = null!;

    public async ValueTask InitializeAsync() => _postgres = await _home.OpenPostgresAsync();

    public async ValueTask DisposeAsync()
    {
        await _postgres.DisposeAsync();
        await _home.DisposeAsync();
    }

    [Fact]
    public async Task New_starts_are_refused_when_too_much_history_waits_for_it()
    {
        _home.Configure = settings => settings with { MaxHistory = 60 };
        var history = new AwayHistory(_postgres.History) { IsAway = true };
        await using var store = await _home.OpenRedisAsync(history);

        var accepted = 0;
        try
        {
            // Each is an exchange, and so an entry of the history. Refused at last; how soon depends on when the store looks.
            for (; accepted < 100_000; accepted++)
                await store.Verifications.SendAsync(accepted % 5000, Given.Verification(accepted % 5000, _home.Time.GetUtcNow()));
        }
        catch (StoreOverloadedException)
        {
        }

        history.IsAway = false;
        Assert.InRange(accepted, 1, 99_999);
    }

    [Fact]
    public async Task A_SID_that_Redis_does_not_have_is_refused_alone()
    {
        var history = new AwayHistory(_postgres.History) { IsAway = true };
        await using var store = await _home.OpenRedisAsync(history);

        var sent = Enumerable.Range(0, 200).Select(number => store.Verifications.SendAsync(number, Given.Verification(number, _home.Time.GetUtcNow()))).ToList();
        var asked = Enumerable.Range(1000, 4).Select(number => store.Verifications.FindAsync(Given.Verification(number, _home.Time.GetUtcNow()).Sid)).ToList();
        await Task.WhenAll(sent);

        foreach (var one in asked)
            await Assert.ThrowsAsync<StoreUnavailableException>(() => one);
        history.IsAway = false;
    }

    sealed class AwayHistory(PostgresHistory inner) : IVerificationHistory, IAttemptSink
    {
        public volatile bool IsAway;

        public Task SaveAsync(IReadOnlyList<HistoryRow> rows, CancellationToken ct) => IsAway ? throw Away() : inner.SaveAsync(rows, ct);

        public Task<IReadOnlyList<HistoryRow>> FindAsync(IReadOnlyCollection<Sid> verifications, CancellationToken ct) => IsAway ? throw Away() : inner.FindAsync(verifications, ct);

        public Task<IReadOnlyList<AttemptRecord>> WriteAsync(IReadOnlyList<SendRecord> records, CancellationToken ct) => IsAway ? throw Away() : inner.WriteAsync(records, ct);

        public Task<IReadOnlySet<Sid>> FindRecordedAsync(IReadOnlyCollection<Sid> attempts, CancellationToken ct) => inner.FindRecordedAsync(attempts, ct);

        static StoreUnavailableException Away() => new("PostgreSQL is away.");
    }
}
