using System.Globalization;
using Countersign.Core.Numbers;

namespace Countersign.Server.Tests.Running;

/// <summary>Numbers that regulators keep free for fiction: +1 NPA 555 01xx, of the United States alone, since other countries of that code have other rules.</summary>
static class FictionalNumber
{
    // Area codes that end in a pair of equal digits are services, not places.
    static readonly int[] Areas = [.. Enumerable.Range(201, 700).Where(area => area / 10 % 10 != area % 10 && PhoneNumber.TryParse(In(area, 0), out var number, out _) && number.Country == "US")];

    static int _last;

    /// <summary>One that no other test of this run got.</summary>
    public static string Next()
    {
        var count = Interlocked.Increment(ref _last);
        return In(Areas[count / 100], count % 100);
    }

    static string In(int area, int last) => string.Create(CultureInfo.InvariantCulture, $"+1{area}55501{last:D2}");
}
