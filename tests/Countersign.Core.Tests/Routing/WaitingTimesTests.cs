using Countersign.Core.Routing;
using CsCheck;

namespace Countersign.Core.Tests.Routing;

public sealed class WaitingTimesTests
{
    [Fact]
    public void The_share_grows_with_the_age_up_to_one()
    {
        Gen.Double[0, 700].List[0, 1_000].Sample(waits =>
        {
            var (here, everywhere) = (new WaitingTimes(), new WaitingTimes());
            foreach (var wait in waits)
            {
                everywhere.Add(TimeSpan.FromSeconds(wait));
                if (wait > 20)
                    here.Add(TimeSpan.FromSeconds(wait));
            }

            var shares = Enumerable.Range(0, WaitingTimes.Ages.Count).Select(age => WaitingTimes.ShareBy(here, everywhere, age)).ToList();

            Assert.Equal(shares.Order(), shares);
            Assert.All(shares, static share => Assert.InRange(share, 0, 1));
            Assert.Equal(1, shares[^1]);
        });
    }

    [Fact]
    public void What_is_usual_is_learned_and_learned_anew()
    {
        var times = new WaitingTimes();
        for (var i = 0; i < 1_000; i++)
            times.Add(TimeSpan.FromSeconds(11));
        var quick = times.Median();

        for (var i = 0; i < 1_000; i++)
            times.Add(TimeSpan.FromSeconds(55));

        Assert.Equal(TimeSpan.FromSeconds(12), quick);
        Assert.Equal(TimeSpan.FromSeconds(60), times.Median());
        Assert.InRange(times.Total, 1, 400);
    }

    [Fact]
    public void A_country_that_is_slower_than_the_carriers_others_is_known_to_be()
    {
        var (here, everywhere) = (new WaitingTimes(), new WaitingTimes());
        for (var i = 0; i < 200; i++)
        {
            everywhere.Add(TimeSpan.FromSeconds(8));
            here.Add(TimeSpan.FromSeconds(45));
        }

        Assert.InRange(WaitingTimes.ShareBy(here, everywhere, 5), 0, 0.3);
        Assert.InRange(WaitingTimes.ShareBy(everywhere, everywhere, 5), 0.8, 1);
    }
}
