using Countersign.Adapters.Tests.Cuts;

namespace Countersign.Adapters.Tests.Redis;

/// <summary>Games on a cluster of Redis in which nodes are cut off, or killed, in the middle of steps.</summary>
public sealed class RedisCutTests
{
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Of_a_step_that_is_cut_off_anywhere_all_is_kept_or_nothing(bool overDays)
    {
        await CutCounts.PlayAsync(overDays, games: 6, threads: 1, () => new RedisHome(), home => new RedisCutStage(home));
        await Task.WhenAll(RedisCutStage.Ends);
    }
}
