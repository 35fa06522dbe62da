namespace Countersign.Core.Routing;

/// <summary>
/// After how long signs of life (codes typed back, receipts) usually come: a histogram over growing ages. At each <see cref="Ages">age</see> a send that still waits is looked at again.
/// Not thread-safe.
/// </summary>
sealed class WaitingTimes
{
    // Beyond so many, what is known is halved: the newest few hundred decide.
    const double Most = 400;

    // How many observations the assumption counts for, and how many of all countries' a thin country leans on.
    const double AssumedWeight = 5;
    const double Borrows = 30;

    // Seconds. Twelve is where most have come.
    static readonly double[] Seconds = [3, 6, 9, 12, 15, 18, 21, 25, 30, 35, 40, 50, 60, 75, 90, 120, 180, 300, 600];

    // Half of the codes within 20 s, two thirds within 35 s: what is assumed of a carrier that nothing is known of.
    static readonly double[] Assumed = [.. Seconds.Select(static age => 1 - Math.Pow(1 + (age * age / 400), -0.75))];

    readonly double[] _counts;

    public WaitingTimes() => _counts = new double[Seconds.Length];

    WaitingTimes(double[] counts) => _counts = counts;

    /// <summary>The ages at which a waiting send is looked at, ascending.</summary>
    public static IReadOnlyList<TimeSpan> Ages { get; } = [.. Seconds.Select(static age => TimeSpan.FromSeconds(age))];

    public double Total { get; private set; }

    public IReadOnlyList<double> Counts => _counts;

    /// <summary>Histogram that a snapshot kept; null where it does not fit or holds what is no count.</summary>
    public static WaitingTimes? From(IReadOnlyList<double> counts) =>
        counts.Count == Seconds.Length && counts.All(static count => double.IsFinite(count) && count >= 0)
            ? new WaitingTimes([.. counts]) { Total = counts.Sum() }
            : null;

    /// <summary>A sign came after this wait; what came after the last age is not counted, because nobody waits so long.</summary>
    public void Add(TimeSpan wait)
    {
        var index = Array.FindIndex(Seconds, age => wait.TotalSeconds <= age);
        if (index < 0)
            return;

        _counts[index]++;
        Total++;
        if (Total > Most)
        {
            Total = 0;
            for (var i = 0; i < _counts.Length; i++)
                Total += _counts[i] /= 2;
        }
    }

    /// <summary>Of the signs that come at all, the share that has come by an age: 0 to 1, never less for a later age.</summary>
    /// <param name="here">What came from the country.</param>
    /// <param name="everywhere">What came from all countries, the country included.</param>
    /// <param name="age">Index into <see cref="Ages"/>.</param>
    public static double ShareBy(WaitingTimes here, WaitingTimes everywhere, int age)
    {
        double own = 0, others = 0;
        for (var i = 0; i <= age; i++)
        {
            own += here._counts[i];
            others += everywhere._counts[i];
        }

        var lent = everywhere.Total > Borrows ? Borrows / everywhere.Total : 1;
        var total = here.Total + (everywhere.Total * lent) + AssumedWeight;
        return age == Seconds.Length - 1 ? 1 : Math.Min(1, (own + (others * lent) + (Assumed[age] * AssumedWeight)) / total);
    }

    /// <summary>The age by which half of them have come; null where nothing came.</summary>
    public TimeSpan? Median()
    {
        var left = Total / 2;
        for (var i = 0; i < _counts.Length && Total > 0; i++)
        {
            left -= _counts[i];
            if (left <= 0)
                return Ages[i];
        }

        return null;
    }
}
