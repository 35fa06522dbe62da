using Countersign.Core.Channels;

namespace Countersign.Core.Routing;

/// <summary>
/// What a cell is about. An empty prefix is the whole country, an empty country every country.
/// Resends have cells of their own: no carrier is judged good or bad by them, but one that swallows them is to be noticed.
/// </summary>
readonly record struct RouteCellKey(CarrierKey Carrier, Channel Channel, string Country, string Prefix, bool OfResends = false);

/// <summary>What was learned of one carrier, country and prefix. Not thread-safe.</summary>
sealed class RouteCell(RouteCellKey key)
{
    BetaCounts _counts;
    BetaCounts _signs;
    DateTimeOffset _at;

    public RouteCellKey Key { get; } = key;

    /// <summary>First sends whose code was typed back, and those whose code was not, up to <see cref="At"/>.</summary>
    public BetaCounts Counts => _counts;

    /// <summary>First sends that gave a sign of life, code or receipt, and those that gave none, up to <see cref="At"/>.</summary>
    public BetaCounts Signs => _signs;

    public DateTimeOffset At => _at;

    /// <summary>First sends that still wait.</summary>
    public int Waiting { get; private set; }

    /// <summary>In how far those that wait should have converted by now: the sum of each one's share, 0 to <see cref="Waiting"/>.</summary>
    public double Overdue { get; private set; }

    // A prefix is too thin for these; its country's are used.
    public WaitingTimes CodeTimes { get; set; } = new();

    public WaitingTimes SignTimes { get; set; } = new();

    public SilenceRun NoCodes { get; } = new();

    public SilenceRun NoSigns { get; } = new();

    public static RouteCell Restored(RouteCellKey key, BetaCounts counts, BetaCounts signs, DateTimeOffset at) =>
        new(key) { _counts = counts, _signs = signs, _at = at };

    public BetaCounts CountsAt(DateTimeOffset now, TimeSpan halfLife) => _counts.After(now - _at, halfLife);

    public BetaCounts SignsAt(DateTimeOffset now, TimeSpan halfLife) => _signs.After(now - _at, halfLife);

    /// <summary>Adds what was observed at a moment; what comes late weighs as if it had come in time.</summary>
    public void Observe(BetaCounts codes, BetaCounts signs, DateTimeOffset at, TimeSpan halfLife)
    {
        var late = _at - at;
        _counts = CountsAt(at, halfLife) + codes.After(late, halfLife);
        _signs = SignsAt(at, halfLife) + signs.After(late, halfLife);
        _at = at > _at ? at : _at;
    }

    /// <summary>The clock ran ahead, and was set back: what was observed by it is of now. What is ahead by no more than a send waits is left, since it weighs the same.</summary>
    public void SetBack(DateTimeOffset now) => _at = _at - now > WaitingTimes.Ages[^1] ? now : _at;

    public void StartWaiting() => Waiting++;

    public void ChangeOverdue(double by) => Overdue = Math.Clamp(Overdue + by, 0, Waiting);

    public void StopWaiting(double overdue)
    {
        Waiting--;
        // Sums of rounded numbers leave a rest.
        Overdue = Waiting == 0 ? 0 : Math.Clamp(Overdue - overdue, 0, Waiting);
    }
}
