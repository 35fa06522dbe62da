using Countersign.Core.Insight;

namespace Countersign.Core.Delivery.Attempts;

/// <summary>
/// How many attempts there were, and how many brought an approval. Whole hours come from the rollup, which counts both in the hour of the attempt; what of a range lies in parts
/// of hours is counted attempt by attempt, and so is everything where a prefix is asked for. So a number is never one of a rounded range; what would take too much counting is
/// not answered with less.
/// </summary>
public sealed class SummarizeAttempts(IAttemptStore attempts, AttemptVerifications verifications, IRollupStore rollups, TimeProvider time, RetentionOptions retention)
{
    /// <summary>Attempts that are counted one by one, and looks at the store for it, at most.</summary>
    public const int MaxCounted = 20_000;

    const int PerLook = 1_000, MaxLooks = 50;

    /// <summary>The sums; null where there is too much to count.</summary>
    public async Task<AttemptSummary?> RunAsync(AttemptFilter filter, CancellationToken ct)
    {
        filter = filter.KeptBy(retention);
        var now = time.GetUtcNow();
        var from = filter.FirstMoment(now);
        var end = filter.To ?? DateTimeOffset.MaxValue;
        if (from >= end)
        {
            return new AttemptSummary(0, 0);
        }

        // An open end, and one that lies ahead, are at the end of the newest hour: nothing is after it.
        var present = RollupKey.MomentOf(RollupKey.HourOf(now) + 2);
        var to = end > present ? present : end;
        var (first, last) = (RollupKey.HourOf(from.AddMilliseconds(3_599_999)), RollupKey.HourOf(to));
        var budget = new Budget();
        if (filter.Prefix is not null || first >= last)
        {
            return await CountAsync(filter, from, to, now, budget, ct);
        }

        var sum = await OfHoursAsync(filter, RollupKey.MomentOf(first), RollupKey.MomentOf(last), ct);
        return await CountAsync(filter, from, RollupKey.MomentOf(first), now, budget, ct) is { } before && await CountAsync(filter, RollupKey.MomentOf(last), to, now, budget, ct) is { } after
            ? sum + before + after
            : null;
    }

    async Task<AttemptSummary> OfHoursAsync(AttemptFilter filter, DateTimeOffset from, DateTimeOffset to, CancellationToken ct)
    {
        var groups = (filter.Country is null ? RollupGroups.None : RollupGroups.Country) | (filter.Channel is null ? RollupGroups.None : RollupGroups.Channel);
        var page = await rollups.ReadAsync(new RollupQuery { Account = filter.Account, Service = filter.Service, From = from, To = to, GroupBy = groups }, ct);
        var counts = page.Rows
            .Where(row => (filter.Country is null || row.Country == filter.Country) && (filter.Channel is null || row.Channel == filter.Channel))
            .Aggregate(default(RollupCounts), (sum, row) => sum + row.Counts);
        return new AttemptSummary(counts[RollupCounter.Sends] + counts[RollupCounter.Failed] + counts[RollupCounter.TooLate], counts[RollupCounter.Converted]);
    }

    async Task<AttemptSummary?> CountAsync(AttemptFilter filter, DateTimeOffset from, DateTimeOffset to, DateTimeOffset now, Budget budget, CancellationToken ct)
    {
        var sum = new AttemptSummary(0, 0);
        if (from >= to)
        {
            return sum;
        }

        var scan = filter.Scan(now, PerLook) with { From = from, To = to };
        while (true)
        {
            var slice = await attempts.ScanAsync(scan, ct);
            budget.Looks++;
            budget.Counted += slice.Found.Count;
            var isEnd = slice.Next is null;
            if (budget.Counted > MaxCounted || (!isEnd && budget.Looks >= MaxLooks))
            {
                return null;
            }

            foreach (var seen in await verifications.FindAsync([.. slice.Found.Select(found => found.Attempt)], ct))
            {
                if (filter.Prefix is null || seen.To?.Reveal().StartsWith(filter.Prefix, StringComparison.Ordinal) == true)
                {
                    sum += new AttemptSummary(1, seen.IsConverted ? 1 : 0);
                }
            }

            if (isEnd)
            {
                return sum;
            }

            scan = scan with { Before = slice.Next };
        }
    }

    sealed class Budget
    {
        public int Looks { get; set; }

        public int Counted { get; set; }
    }
}

/// <summary>Sums of attempts.</summary>
public readonly record struct AttemptSummary(long Total, long Converted)
{
    public static AttemptSummary operator +(AttemptSummary left, AttemptSummary right) => new(left.Total + right.Total, left.Converted + right.Converted);
}
