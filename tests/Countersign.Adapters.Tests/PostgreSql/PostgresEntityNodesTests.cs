using Countersign.Adapters.Tests.Stores;
using Countersign.Core.Factors;
using Countersign.Core.Tests.Verifications;
using Countersign.Storage.PostgreSql;

namespace Countersign.Adapters.Tests.PostgreSql;

/// <summary>One person's factors and challenges, asked about at several nodes at once: what one keeps the others decide on.</summary>
public sealed class PostgresEntityNodesTests : IAsyncLifetime
{
    const int Nodes = 3, Each = 40;

    readonly PostgresHome _home = new();
    readonly List<PostgresStore> _nodes = [];

    static CancellationToken Ct => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        for (var number = 0; number < Nodes; number++)
            _nodes.Add(await _home.OpenPostgresAsync());
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var node in _nodes)
            await node.DisposeAsync();
        await _home.DisposeAsync();
    }

    [Fact]
    public async Task Of_steps_at_all_nodes_none_is_lost_and_none_counts_twice()
    {
        var key = EntityGiven.Key(1);
        var entity = EntityGiven.Entity(1, Desk.Opening);
        var factor = EntityGiven.Totp(entity, Desk.Opening);
        var challenge = EntityGiven.Challenge(factor, Desk.Opening) with { Tries = 0 };
        await _nodes[0].Entities.ChangeAsync(key, default, _ => new EntityChange<int>(0) { Entity = entity, Factor = factor, Challenge = challenge }, Ct);

        var seen = await Task.WhenAll(AtOnce(store => store.ChangeAsync(key, new EntityRead(Challenge: challenge.Sid), state => new EntityChange<int>(state.Challenge!.Tries)
        {
            Factor = state.Factor! with { Tries = state.Factor.Tries + 1 },
            Challenge = state.Challenge with { Tries = state.Challenge.Tries + 1 },
        }, CancellationToken.None)));

        var after = await _nodes[^1].Entities.ReadAsync(key, new EntityRead(Challenge: challenge.Sid), Ct);
        Assert.Equal((Nodes * Each, Nodes * Each), (after.Factor!.Tries, after.Challenge!.Tries));
        Assert.Equal(Enumerable.Range(0, Nodes * Each), seen.Order());
    }

    [Fact]
    public async Task A_code_that_is_typed_at_all_nodes_at_once_is_good_at_one()
    {
        var (key, entity) = (EntityGiven.Key(2), EntityGiven.Entity(2, Desk.Opening));
        var factor = EntityGiven.Totp(entity, Desk.Opening) with { Status = FactorStatus.Verified };
        await _nodes[0].Entities.ChangeAsync(key, default, _ => new EntityChange<int>(0) { Entity = entity, Factor = factor }, Ct);
        var now = Desk.Opening.AddHours(1);
        var code = TotpCodes.CodeOf(factor.Totp!, TotpCodes.StepAt(factor.Totp!, now));

        var accepted = await Task.WhenAll(AtOnce(store => store.ChangeAsync(
            key,
            new EntityRead(factor.Sid),
            state => TotpCodes.Match(state.Factor!.Totp!, code, now) is { } step
                ? new EntityChange<bool>(true) { Factor = state.Factor with { Totp = state.Factor.Totp! with { LastStep = step } } }
                : new EntityChange<bool>(false),
            CancellationToken.None)));

        Assert.Single(accepted, true);
    }

    [Fact]
    public async Task Of_many_nodes_that_make_the_same_person_one_does()
    {
        var made = await Task.WhenAll(AtOnce(store => store.ChangeAsync(
            EntityGiven.Key(3),
            default,
            state => state.Entity is not null ? new EntityChange<bool>(false) : new EntityChange<bool>(true) { Entity = EntityGiven.Entity(3, Desk.Opening) },
            CancellationToken.None)));

        Assert.Single(made, true);
    }

    IEnumerable<Task<T>> AtOnce<T>(Func<IEntityStore, Task<T>> ask) => Enumerable.Range(0, Nodes * Each).Select(number => Task.Run(() => ask(_nodes[number % Nodes].Entities)));
}
