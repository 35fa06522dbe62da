using Countersign.Adapters.Tests.Cuts;

namespace Countersign.Adapters.Tests.PostgreSql;

/// <summary>Games on PostgreSQL in which nodes are cut off, or killed, in the middle of steps.</summary>
public sealed class PostgresCutTests
{
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public Task Of_a_step_that_is_cut_off_anywhere_all_is_kept_or_nothing(bool overDays) =>
        CutCounts.PlayAsync(overDays, games: 10, threads: 2, () => new PostgresHome(), home => new PostgresCutStage(home));
}
