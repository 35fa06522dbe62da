using Countersign.Core.Tests.Verifications;
using Countersign.Storage.PostgreSql;
using CsCheck;

namespace Countersign.Adapters.Tests.PostgreSql;

/// <summary>
/// The use cases play the games of <see cref="ReferenceModel"/> in memory and on PostgreSQL: each move on one of two nodes, one of which is closed or abandoned in between.
/// </summary>
public sealed class PostgresModelTests
{
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task In_any_game_the_rules_the_memory_and_two_nodes_give_the_same_answers(bool overDays)
    {
        await Move.Game(overDays ? 200 : 60, overDays).SampleAsync(PlayAsync, iter: overDays ? 4 : 20, threads: 2);
    }

    static async Task PlayAsync(List<Move> moves)
    {
        await using var home = new PostgresHome();
        await using var nodes = await Nodes.OpenAsync(home);
        var (model, inMemory, onNodes) = (new ReferenceModel(), new Player(), new Player());
        var memory = Allowing(Desk.InMemory().Desk);
        foreach (var (number, move) in moves.Index())
        {
            if (move.Kind == MoveKind.Reopen)
                await nodes.ReplaceAsync(move.Which % 2, abandon: move.Approve, seed: number + 3);

            var expected = model.Play(move);
            Assert.Equal(expected, await inMemory.PlayAsync(memory, move));
            Assert.Equal(expected, await onNodes.PlayAsync(nodes.At(number * 7 % 3 % 2), move));
        }
    }

    static Desk Allowing(Desk desk)
    {
        desk.Service = desk.Service with { CustomCodeEnabled = true };
        return desk;
    }

    /// <summary>Two nodes with a desk each.</summary>
    sealed class Nodes : IAsyncDisposable
    {
        readonly PostgresHome _home;
        readonly List<PostgresStore> _open = [];
        readonly PostgresStore[] _stores = new PostgresStore[2];
        readonly Desk[] _desks = new Desk[2];

        Nodes(PostgresHome home) => _home = home;

        public static async Task<Nodes> OpenAsync(PostgresHome home)
        {
            var nodes = new Nodes(home);
            await nodes.StartAsync(0, seed: 1);
            await nodes.StartAsync(1, seed: 2);
            return nodes;
        }

        public Desk At(int which) => _desks[which];

        /// <summary>Another process takes the node's place. What is abandoned gets no chance to leave, as one that was killed.</summary>
        public async Task ReplaceAsync(int which, bool abandon, int seed)
        {
            if (!abandon)
            {
                _open.Remove(_stores[which]);
                await _stores[which].DisposeAsync();
            }

            await StartAsync(which, seed);
        }

        public async ValueTask DisposeAsync()
        {
            foreach (var store in _open)
                await store.DisposeAsync();
        }

        async Task StartAsync(int which, int seed)
        {
            _open.Add(_stores[which] = await _home.OpenPostgresAsync());
            _desks[which] = Allowing(new Desk(_stores[which].Verifications, _home.Time, seed: seed));
        }
    }
}
