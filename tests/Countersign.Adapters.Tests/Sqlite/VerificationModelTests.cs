using Countersign.Core.Tests.Verifications;
using CsCheck;

namespace Countersign.Adapters.Tests.Sqlite;

/// <summary>The use cases play the games of <see cref="ReferenceModel"/> in memory and on SQLite, which is closed or killed in between.</summary>
public sealed class VerificationModelTests
{
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task In_any_game_the_rules_the_memory_and_the_file_give_the_same_answers(bool overDays)
    {
        await Move.Game(overDays ? 200 : 60, overDays).SampleAsync(PlayAsync, iter: overDays ? 25 : 150, threads: 2);
    }

    static async Task PlayAsync(List<Move> moves)
    {
        await using var home = new SqliteHome();
        var store = home.OpenSqlite();
        try
        {
            var (model, inMemory, onFile) = (new ReferenceModel(), new Player(), new Player());
            var memory = Allowing(Desk.InMemory().Desk);
            var file = Allowing(new Desk(store.Verifications, home.Time));
            foreach (var (number, move) in moves.Index())
            {
                if (move.Kind == MoveKind.Reopen)
                {
                    if (move.Approve)
                        home.Crash();
                    store.Dispose();
                    store = home.OpenSqlite();
                    file = Allowing(new Desk(store.Verifications, home.Time, seed: number + 2));
                }

                var expected = model.Play(move);
                Assert.Equal(expected, await inMemory.PlayAsync(memory, move));
                Assert.Equal(expected, await onFile.PlayAsync(file, move));
            }
        }
        finally
        {
            store.Dispose();
        }
    }

    static Desk Allowing(Desk desk)
    {
        desk.Service = desk.Service with { CustomCodeEnabled = true };
        return desk;
    }
}
