using Countersign.Adapters.Tests.Stores;
using CsCheck;

namespace Countersign.Adapters.Tests.Cuts;

/// <summary>How many steps of some games got no answer, and what became of them.</summary>
sealed class CutCounts
{
    int _games;
    int _done;
    int _undone;

    /// <summary>Plays games on a store, half as many if weeks pass in them, and sees to it that steps were cut.</summary>
    public static async Task PlayAsync<THome>(bool overDays, int games, int threads, Func<THome> newHome, Func<THome, CutStage> newStage)
        where THome : StoreHome
    {
        var counts = new CutCounts();
        await Turn.Game(overDays ? 100 : 60, overDays).SampleAsync(
            async turns =>
            {
                await using var home = newHome();
                await using var stage = newStage(home);
                await counts.PlayAsync(new CutGame(stage, home.Time), turns);
            },
            iter: overDays ? games / 2 : games,
            threads: threads);

        counts.AssertCut();
    }

    async Task PlayAsync(CutGame game, List<Turn> turns)
    {
        await game.PlayAsync(turns);
        Interlocked.Increment(ref _games);
        Interlocked.Add(ref _done, game.Done);
        Interlocked.Add(ref _undone, game.Undone);
    }

    /// <summary>From so many on there must be both kinds: about one in three is done, and of a dozen now and then none.</summary>
    const int Enough = 30;

    /// <summary>There were steps, and of many both kinds; few games, as those are that a seed asks for, may have none.</summary>
    void AssertCut()
    {
        TestContext.Current.TestOutputHelper?.WriteLine($"{_games} games; of the steps without an answer {_done} were done, and {_undone} were not");
        Assert.True(_games < 5 || _done + _undone is > 0 and < Enough || (_done > 0 && _undone > 0), $"Of the steps without an answer {_done} were done, and {_undone} were not.");
    }
}
