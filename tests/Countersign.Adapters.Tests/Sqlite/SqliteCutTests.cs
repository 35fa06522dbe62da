using Countersign.Adapters.Tests.Cuts;
using CsCheck;

namespace Countersign.Adapters.Tests.Sqlite;

/// <summary>Games on a file whose process is killed in the middle of steps.</summary>
public sealed class SqliteCutTests
{
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Of_a_step_that_is_cut_off_anywhere_all_is_kept_or_nothing(bool overDays)
    {
        var counts = new CutCounts();
        await Turn.Game(overDays ? 100 : 60, overDays).SampleAsync(
            async turns =>
            {
                await using var home = new SqliteHome();
                await using var stage = new SqliteCutStage(home);
                await counts.PlayAsync(new CutGame(stage, home.Time), turns);
            },
            iter: overDays ? 15 : 30,
            threads: 2);

        counts.AssertCut();
    }
}
