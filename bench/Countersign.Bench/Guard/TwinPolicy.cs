using System.Globalization;

namespace Countersign.Bench.Guard;

/// <summary>
/// A server, and beside it Guard alone in process with the server's keys, which judges the same starts at the same moments: where the two differ, something between them and the wire does. The server
/// decides. What it refuses by limits, by the store or as no number never comes to Guard alone.
/// </summary>
sealed class TwinPolicy(HttpPolicy server, ChallengedPolicy twin) : Policy
{
    readonly Dictionary<string, int> _differences = [];

    /// <summary>Starts that both judged.</summary>
    public int Starts { get; private set; }

    /// <summary>Where they judged otherwise, by how, and when that came first, in seconds of the simulation.</summary>
    public IReadOnlyDictionary<string, int> Differences => _differences;

    public double? FirstAt { get; private set; }

    public override bool Refuses(Visitor visitor, double now)
    {
        var refused = server.Refuses(visitor, now);
        (WasImpossible, Challenged, Reason) = (server.WasImpossible, server.Challenged, server.Reason);
        if (refused && !server.WasJudged)
            return true;
        var twinRefused = twin.Refuses(HttpPolicy.AsSent(visitor), now);
        Starts++;
        var (here, there) = (Verdict(refused, server, server.Risk), Verdict(twinRefused, twin, twin.Risk));
        if (here == there)
            return refused;
        FirstAt ??= now;
        var difference = $"server: {here}; in process: {there}";
        _differences[difference] = _differences.GetValueOrDefault(difference) + 1;
        return refused;
    }

    public override bool Typed(Visitor visitor, double sentAt, double now)
    {
        var taken = server.Typed(visitor, sentAt, now);
        if (taken)
            twin.Typed(HttpPolicy.AsSent(visitor), sentAt, now);
        return taken;
    }

    public override void Guess(Visitor visitor, double now) => server.Guess(visitor, now);

    public override bool? WouldRefuse(Visitor visitor, double now) => server.WouldRefuse(visitor, now);

    static string Verdict(bool refused, Policy policy, string risk) => string.Create(
        CultureInfo.InvariantCulture,
        $"{(policy.Challenged is { } asked ? $"asked {asked.Doubt} at level {asked.Level}, {(asked.IsDone ? "done, " : "")}" : "")}{(refused ? policy.Reason : $"sent with risk {risk}")}");
}
