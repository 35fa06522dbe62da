using Countersign.Adapters.Tests.Stores;
using Countersign.Core.Verifications;
using Countersign.Storage.PostgreSql;
using Microsoft.Extensions.Time.Testing;

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

    [Fact]
    public async Task While_it_stands_still_what_dead_nodes_left_holds_up_no_new_message()
    {
        _home.Configure = settings => settings with { NodeLife = TimeSpan.FromSeconds(1) };
        var history = new AwayHistory(_postgres.History) { StandsStill = true };

        // Its clock stands still: it gives no more signs of life.
        await using var dead = await _home.OpenRedisAsync(history, new FakeTimeProvider());
        await dead.Verifications.SendAsync(0, Given.Verification(0, _home.Time.GetUtcNow()));
        await using var alive = await _home.OpenRedisAsync(history);
        await history.Asked.WaitAsync(TimeSpan.FromSeconds(20), TestContext.Current.CancellationToken);

        for (var number = 1; number <= 20; number++)
        {
            var sent = Given.Verification(number, _home.Time.GetUtcNow());
            await alive.Verifications.SendAsync(number, sent);
            var claimed = await alive.Outbox.ClaimAsync(1, TestContext.Current.CancellationToken).AsTask().WaitAsync(TimeSpan.FromSeconds(20), TestContext.Current.CancellationToken);
            Assert.Equal(sent.Attempts[0].Sid, Assert.Single(claimed).Attempt.Sid);
        }

        history.StandsStill = false;
    }
}
