namespace Countersign.Bench.Guard;

/// <summary>
/// What no rule can beat that judges a start by its number's place, its network, the moment and whether the number was proven: it knows from the first message on which ranges and
/// networks the attack uses and how often, and where the town's people are, and only not who is who. It refuses nothing; it notes how likely each start is pumped, for
/// <see cref="Bound"/>. Whoever has to find out what this one knows stops less.
/// </summary>
sealed class OraclePolicy(Town town, Attack attack) : Policy
{
    readonly HashSet<string> _proven = [];
    readonly Dictionary<string, double> _asked = [];
    readonly List<(double Odds, bool Pumped)> _starts = [];

    public override bool Refuses(Visitor visitor, double now)
    {
        var again = _asked.TryGetValue(visitor.Number, out var at) && now - at < 300;
        _asked[visitor.Number] = now;
        // A person counts once.
        if (now >= attack.From && now < attack.Until + 3600 && (visitor.Pumped || !again))
            _starts.Add((OddsOf(visitor, now), visitor.Pumped));
        return false;
    }

    public override bool Typed(Visitor visitor, double sentAt, double now)
    {
        _proven.Add(visitor.Number);
        return true;
    }

    public override bool? WouldRefuse(Visitor visitor, double now) => false;

    /// <summary>The share of the attack that is stopped where at most this share of people is refused, and the share of people refused where this much is stopped.</summary>
    public (double Stopped, double Refused) Bound(double mostRefused, double leastStopped)
    {
        double people = _starts.Count(static start => !start.Pumped), pumped = Math.Max(1, _starts.Count - people);
        double refused = 0, stopped = 0, stoppedAt = 0, refusedAt = double.NaN;
        foreach (var same in _starts.OrderByDescending(static start => start.Odds).GroupBy(static start => Math.Round(start.Odds, 3)))
        {
            var (morePumped, morePeople) = (same.Count(static start => start.Pumped) / pumped, same.Count(static start => !start.Pumped) / people);
            // Of starts that look the same, a part can be refused by lot.
            var part = morePeople > 0 ? Math.Clamp((mostRefused - refused) / morePeople, 0, 1) : 1;
            stoppedAt += refused <= mostRefused ? morePumped * part : 0;
            if (double.IsNaN(refusedAt) && stopped + morePumped >= leastStopped)
                refusedAt = refused + (morePeople * (leastStopped - stopped) / morePumped);
            (refused, stopped) = (refused + morePeople, stopped + morePumped);
        }

        return (stoppedAt, double.IsNaN(refusedAt) ? 1 : refusedAt);
    }

    double OddsOf(Visitor visitor, double now)
    {
        if (_proven.Contains(visitor.Number))
            return -100;
        var (pumped, people) = (attack.PerSecondAt(now, visitor), town.PerSecondAt(now, visitor));
        var network = visitor.Network is { } address ? attack.NetworkOdds(visitor.Land, address) : 0;
        return pumped <= 0 ? -100 : people <= 0 ? 100 : Math.Log(pumped / people) + network;
    }
}
