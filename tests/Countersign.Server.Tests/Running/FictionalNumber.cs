using System.Globalization;

namespace Countersign.Server.Tests.Running;

/// <summary>Numbers that regulators keep free for fiction: +1 NPA 555 01xx.</summary>
static class FictionalNumber
{
    static int _last;

    /// <summary>One that no other test of this run got.</summary>
    public static string Next()
    {
        var count = Interlocked.Increment(ref _last);

        // Area codes that end in a pair of equal digits are services, not places.
        var areas = Enumerable.Range(201, 700).Where(area => area / 10 % 10 != area % 10).ToArray();
        return string.Create(CultureInfo.InvariantCulture, $"+1{areas[count / 100]}55501{count % 100:D2}");
    }
}
