namespace Countersign.Bench.Timing;

/// <summary>
/// Two sets of times compared as dudect does (Reparaz, Balasch, Verbauwhede: "Dude, is my code constant time?", 2017): Welch's t-test over the times that are left when the
/// slow ones are cut off, at several places of the cut, of which the most telling counts. Slow ones are the machine's own doing and would drown what is looked for.
/// </summary>
/// <param name="T">Of the most telling cut; its sign says which is slower: above zero the first.</param>
/// <param name="Difference">Between the means after the cut where it is known best, in nanoseconds.</param>
/// <param name="Smallest">The difference that would have been found there, in nanoseconds.</param>
sealed record Welch(double T, double Difference, double Smallest)
{
    /// <summary>dudect's threshold: beyond it the chance of an accident is below one in a hundred thousand, for one cut.</summary>
    public const double Threshold = 4.5;

    static readonly double[] Cuts = [0.50, 0.70, 0.80, 0.90, 0.95, 0.99, 1.0];

    /// <summary>Whether the two can be told apart.</summary>
    public bool Tells => Math.Abs(T) > Threshold;

    /// <summary>Compares two sets of times in nanoseconds.</summary>
    public static Welch Compare(double[] first, double[] second)
    {
        double[] all = [.. first, .. second];
        Array.Sort(all);
        var tests = Cuts.Select(cut => At(first, second, all[(int)((all.Length - 1) * cut)])).ToArray();
        var sharpest = tests.MinBy(test => test.Smallest)!;
        return sharpest with { T = tests.MaxBy(test => Math.Abs(test.T))!.T };
    }

    static Welch At(double[] first, double[] second, double limit)
    {
        var (count1, mean1, variance1) = Moments(first, limit);
        var (count2, mean2, variance2) = Moments(second, limit);
        var error = Math.Sqrt((variance1 / count1) + (variance2 / count2));
        return error > 0 && count1 > 1 && count2 > 1 ? new Welch((mean1 - mean2) / error, mean1 - mean2, Threshold * error) : new Welch(0, 0, double.MaxValue);
    }

    static (double Count, double Mean, double Variance) Moments(double[] times, double limit)
    {
        double count = 0, mean = 0, squares = 0;
        foreach (var time in times)
        {
            if (time <= limit)
            {
                count++;
                var off = time - mean;
                mean += off / count;
                squares += off * (time - mean);
            }
        }

        return (count, mean, count > 1 ? squares / (count - 1) : 0);
    }
}
