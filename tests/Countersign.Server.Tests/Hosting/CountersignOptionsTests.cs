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

    [Theory]
    [InlineData(0, true)]
    [InlineData(15, true)]
    [InlineData(16, false)]
    [InlineData(64, false)]
    [InlineData(128, false)]
    [InlineData(129, true)]
    public void A_preset_token_has_16_to_128_characters(int length, bool isRefused) => Assert.Equal(isRefused, IsRefused(new string('x', length)));

    [Theory]
    [InlineData("aaaaaaaaaaaaaaaa", false)]
    [InlineData("!\"#$%&'()*+,-./0123456789:;<=>?@ABCDEFGHIJKLMNOPQRSTUVWXYZ[\\]^_`abcdefghijklmnopqrstuvwxyz{|}~", false)]
    [InlineData("eight and twelve more", true)]
    [InlineData("sixteen\tcharacters", true)]
    [InlineData("sixteen-lettörs-x", true)]
    public void A_preset_token_is_composed_of_any_printable_ASCII_but_spaces(string token, bool isRefused) => Assert.Equal(isRefused, IsRefused(token));

    static bool IsRefused(string token)
    {
        var said = new CountersignOptionsValidator().Validate(null, new CountersignOptions { Bootstrap = new BootstrapOptions { AuthToken = token } }).Failures ?? [];
        Assert.DoesNotContain(said, problem => token.Length > 0 && problem.Contains(token, StringComparison.Ordinal));
        return said.Any(problem => problem.StartsWith("Countersign:Bootstrap:AuthToken must have 16 to 128", StringComparison.Ordinal));
    }
}
