using Countersign.Adapters.Tests.Cuts;

namespace Countersign.Adapters.Tests.Sqlite;

/// <summary>Games on a file whose process is killed in the middle of steps.</summary>
public sealed class SqliteCutTests
{
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public Task Of_a_step_that_is_cut_off_anywhere_all_is_kept_or_nothing(bool overDays) =>
        CutCounts.PlayAsync(overDays, games: 30, threads: 2, () => new SqliteHome(), home => new SqliteCutStage(home));
}
