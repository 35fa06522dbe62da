using Countersign.Adapters.Tests.Stores;
using Countersign.Core;
using Countersign.Core.Events;
using Countersign.Core.Tests.Verifications;
using Countersign.Storage.PostgreSql;
using Npgsql;

namespace Countersign.Adapters.Tests.PostgreSql;

/// <summary>Events where several nodes share a database.</summary>
public sealed class EventNodesTests : IAsyncLifetime
{
    static readonly Sid Receiver = Sid.Parse("YW0123456789abcdef0123456789abcdef", "YW");

    readonly PostgresHome _home = new();
    PostgresStore _one = null!;
    PostgresStore _other = null!;

    static CancellationToken Ct => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync() => (_one, _other) = (await _home.OpenPostgresAsync(), await _home.OpenPostgresAsync());

    public async ValueTask DisposeAsync()
    {
        await _one.DisposeAsync();
        await _other.DisposeAsync();
        await _home.DisposeAsync();
    }

    [Fact]
    public async Task Two_nodes_that_claim_at_once_get_each_event_once()
    {
        await AddAsync(500);

        var claims = await Task.WhenAll(new[] { _one, _other }.Select(async node =>
        {
            var mine = new List<long>();
            while (await node.Events.ClaimAsync([(Receiver, 7)], Ct) is { Count: > 0 } claimed)
            {
                mine.AddRange(claimed.Select(entry => entry.Position));
                await node.Events.SettleAsync([.. claimed.Select(entry => (entry, EventOutcome.Taken))], Ct);
            }

            return mine;
        }));

        Assert.Equal(500, claims.Sum(mine => mine.Count));
        Assert.Equal(500, claims.SelectMany(mine => mine).Distinct().Count());
    }

    [Fact]
    public async Task What_a_node_claimed_and_did_not_settle_is_the_others_after_a_minute_and_its_late_word_changes_nothing()
    {
        await AddAsync(1);
        var lost = Assert.Single(await _one.Events.ClaimAsync([(Receiver, 1)], Ct));
        Assert.Empty(await _other.Events.ClaimAsync([(Receiver, 1)], Ct));
        await using (var connection = new NpgsqlConnection(_home.ConnectionString))
        {
            await connection.OpenAsync(Ct);
            await using var age = new NpgsqlCommand("UPDATE event SET claimed_at = claimed_at - interval '61 s'", connection);
            await age.ExecuteNonQueryAsync(Ct);
        }

        var again = Assert.Single(await _other.Events.ClaimAsync([(Receiver, 1)], Ct));
        await _one.Events.SettleAsync([(lost, new EventOutcome("timeout", null))], Ct);
        Assert.Empty((await _one.Events.ListAsync(Given.Account, null, dead: true, new PageRequest(10, null), Ct)).Items);
        await _other.Events.SettleAsync([(again, EventOutcome.Taken)], Ct);
        Assert.Empty(await _one.Events.ClaimAsync([(Receiver, 1)], Ct));
    }

    [Fact]
    public async Task Of_two_nodes_that_see_one_expiry_one_tells_it()
    {
        var watch = new ExpiryWatch(Sid.NewRandom("VE", Given.Random), Given.Service, Given.Account, Desk.Opening);
        await using (var connection = new NpgsqlConnection(_home.ConnectionString))
        {
            await connection.OpenAsync(Ct);
            await using var set = new NpgsqlCommand("INSERT INTO event_watch VALUES ($1, $2, $3, $4)", connection);
            set.Parameters.Bind(watch.VerificationSid).Bind(watch.ServiceSid).Bind(watch.AccountSid).Bind(watch.DueAt);
            await set.ExecuteNonQueryAsync(Ct);
        }

        Assert.Equal(watch, Assert.Single(await _one.Events.DueWatchesAsync(10, Ct)));
        await Task.WhenAll(new[] { _one, _other }.Select(node => node.Events.SettleWatchAsync(watch, null, [Some(1)], Ct)));

        Assert.Single(await _one.Events.ClaimAsync([(Receiver, 10)], Ct));
    }

    Task AddAsync(int count) => _one.Events.AddAsync([.. Enumerable.Range(0, count).Select(Some)], Ct);

    static EventEntry Some(int number) => new()
    {
        Receiver = Receiver,
        AccountSid = Given.Account,
        ServiceSid = Given.Service,
        Type = EventType.FactorCreated,
        Id = number.ToString("x64", null),
        At = Desk.Opening,
        Since = Desk.Opening,
        DueAt = Desk.Opening,
        Data = "{}"u8.ToArray(),
    };
}
