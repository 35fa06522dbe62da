using Countersign.Core.Tests.Verifications;
using Countersign.Storage.Redis;
using CsCheck;

namespace Countersign.Adapters.Tests.Redis;

/// <summary>The use cases play the games of <see cref="ReferenceModel"/> in memory and on Redis, on whose store another node is opened in between, with or without the first one being closed.</summary>
public sealed class RedisModelTests
{
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task In_any_game_the_rules_the_memory_and_Redis_give_the_same_answers(bool overDays)
    {
        await Move.Game(overDays ? 200 : 60, overDays).SampleAsync(PlayAsync, iter: overDays ? 4 : 20, threads: 1);
    }

    static async Task PlayAsync(List<Move> moves)
    {
        await using var home = new RedisHome();
        await using var postgres = await home.OpenPostgresAsync();
        var nodes = new List<RedisStore> { await home.OpenRedisAsync(postgres.History) };
        try
        {
            var (model, inMemory, onRedis) = (new ReferenceModel(), new Player(), new Player());
            var memory = Allowing(Desk.InMemory().Desk);
            var redis = Allowing(new Desk(nodes[^1].Verifications, home.Time));
            foreach (var (number, move) in moves.Index())
            {
                if (move.Kind == MoveKind.Reopen)
                {
                    // One that is killed closes nothing, and is no different from one that is left alone.
                    if (!move.Approve)
                    {
                        await nodes[^1].DisposeAsync();
                        nodes.RemoveAt(nodes.Count - 1);
                    }

                    nodes.Add(await home.OpenRedisAsync(postgres.History));
                    redis = Allowing(new Desk(nodes[^1].Verifications, home.Time, seed: number + 2));
                }

                var expected = model.Play(move);
                Assert.Equal(expected, await inMemory.PlayAsync(memory, move));
                Assert.Equal(expected, await onRedis.PlayAsync(redis, move));
            }
        }
        finally
        {
            foreach (var node in nodes)
                await node.DisposeAsync();
        }
    }

    static Desk Allowing(Desk desk)
    {
        desk.Service = desk.Service with { CustomCodeEnabled = true };
        return desk;
    }
}
