using Countersign.Core.Insight;

namespace Countersign.Server.Tests.Hosting;

public sealed class CountersignOptionsTests
{
    // Attempts that are older than their counters would be in the list and not in the summary.
    [Theory]
    [InlineData(90, 30, true)]
    [InlineData(0, 1, true)]
    [InlineData(14, 13, true)]
    [InlineData(90, 31, false)]
    [InlineData(14, 14, false)]
    [InlineData(1, 1, false)]
    [InlineData(90, 0, false)]
    [InlineData(0, 0, false)]
    [InlineData(90, 730, false)]
    public void Counters_are_kept_for_as_long_as_the_summary_counts_by_them(int historyDays, int rollupDays, bool isRefused)
    {
        var options = new CountersignOptions { Retention = new RetentionOptions { HistoryDays = historyDays, RollupDays = rollupDays } };

        var said = new CountersignOptionsValidator().Validate(null, options).Failures ?? [];

        Assert.Equal(isRefused, said.Any(problem => problem.StartsWith("Countersign:Retention:RollupDays must be at least 31, or not less than HistoryDays", StringComparison.Ordinal)));
    }
}
