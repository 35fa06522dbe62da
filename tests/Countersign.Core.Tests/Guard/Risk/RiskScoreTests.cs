using Countersign.Core.Guard.Risk;

namespace Countersign.Core.Tests.Guard.Risk;

public sealed class RiskScoreTests
{
    static readonly int Every = RiskReasons.All.Aggregate(0, (all, row) => all | (int)row.Reason);

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Whatever_is_found_the_score_is_from_0_to_100_and_one_more_reason_never_lowers_it(bool isKnownDevice)
    {
        for (var found = 0; found <= Every; found++)
        {
            var score = RiskScore.Of((RiskReason)found, isKnownDevice);
            Assert.InRange(score, 0, 100);
            foreach (var (reason, _, _) in RiskReasons.All)
            {
                Assert.True(RiskScore.Of((RiskReason)found | reason, isKnownDevice) >= score, $"{(RiskReason)found} with {reason} scores less");
            }
        }
    }

    [Fact]
    public void A_known_device_never_raises_a_score()
    {
        for (var found = 0; found <= Every; found++)
        {
            Assert.True(RiskScore.Of((RiskReason)found, isKnownDevice: true) <= RiskScore.Of((RiskReason)found));
        }
    }

    [Fact]
    public void Each_reason_alone_scores_its_points_but_the_hour_counts_only_beside_others()
    {
        foreach (var (reason, _, points) in RiskReasons.All)
        {
            Assert.Equal(reason == RiskReason.UnusualHour ? 0 : points, RiskScore.Of(reason));
        }

        Assert.True(RiskScore.Of(RiskReason.Voip | RiskReason.UnusualHour) > RiskScore.Of(RiskReason.Voip));
    }

    [Fact]
    public void Reasons_have_names_and_bits_of_their_own()
    {
        Assert.Equal(RiskReasons.All.Count, RiskReasons.All.Select(row => row.Name).Distinct().Count());
        Assert.Equal(Enum.GetValues<RiskReason>().Length - 1, RiskReasons.All.Count);
        Assert.All(RiskReasons.All, row => Assert.Equal([row.Name], RiskReasons.NamesOf(row.Reason)));
    }
}
