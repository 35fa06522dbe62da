using System.Globalization;
using Countersign.Storage.Redis;
using Microsoft.Extensions.Time.Testing;

namespace Countersign.Adapters.Tests.Redis;

public sealed class BootClockTests
{
    [Fact]
    public void It_counts_from_when_the_machine_was_started_suspended_or_not()
    {
        var clock = BootClock.InPlaceOf(TimeProvider.System);

        var before = UpTime();
        var moment = clock.GetTimestamp() / (double)clock.TimestampFrequency;
        var after = UpTime();

        // The kernel cuts off what is less than a hundredth of a second.
        Assert.InRange(moment, before, after + 0.01);
    }

    [Fact]
    public void A_clock_of_a_test_stays()
    {
        var clock = new FakeTimeProvider();

        Assert.Same(clock, BootClock.InPlaceOf(clock));
    }

    static double UpTime() => double.Parse(File.ReadAllText("/proc/uptime").Split(' ')[0], CultureInfo.InvariantCulture);
}
