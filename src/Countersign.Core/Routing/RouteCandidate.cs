namespace Countersign.Core.Routing;

/// <summary>A carrier while the plan is made.</summary>
sealed class RouteCandidate(RouteCarrier carrier, BreakerVerdict verdict)
{
    public RouteCarrier Carrier { get; } = carrier;

    public BreakerVerdict Verdict { get; } = verdict;

    public string Name => Carrier.Name;

    /// <summary>A breaker is open and no probe is to be had.</summary>
    public bool IsBlocked { get; set; }

    /// <summary>This person was sent something by it and, it seems, got nothing.</summary>
    public bool WasSilent { get; init; }

    public bool IsProbe { get; set; }

    /// <summary>What chance drew for it; the highest goes first.</summary>
    public double Drawn { get; set; }

    public string Why { get; set; } = "";

    /// <summary>0 goes before 1 and so on. A carrier that is known to be down comes after one that only this person got nothing from.</summary>
    public int Group => (IsBlocked ? 2 : 0) + (WasSilent ? 1 : 0);

    public string Explain()
    {
        var silent = WasSilent ? "; sent before without a receipt of delivery" : "";
        var breaker = IsProbe ? $"; probe: {Verdict.Reason}" : IsBlocked ? $"; last resort: {Verdict.Reason}" : "";
        return $"{Why}{silent}{breaker}.";
    }
}
