using Countersign.Adapters.Tests.Cuts;
using CsCheck;

namespace Countersign.Adapters.Tests.Redis;

/// <summary>Games on a cluster of Redis in which nodes are cut off, or killed, in the middle of steps.</summary>
public sealed class RedisCutTests
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
                await using var home = new RedisHome();
                await using var stage = new RedisCutStage(home);
                await counts.PlayAsync(new CutGame(stage, home.Time), turns);
            },
            iter: overDays ? 3 : 6,
            threads: 1);
        await Task.WhenAll(RedisCutStage.Ends);

        counts.AssertCut();
    }
}
