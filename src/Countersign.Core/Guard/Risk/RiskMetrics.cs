using System.Diagnostics.Metrics;

namespace Countersign.Core.Guard.Risk;

/// <summary>Counts how starts were judged. Tags come from closed sets only: an action, a reason.</summary>
static class RiskMetrics
{
    static readonly Meter Meter = new("Countersign.Guard");

    static readonly Counter<long> Starts = Meter.CreateCounter<long>(
        "countersign.guard.risk_starts", "{request}", "Starts whose risk was judged, by what followed, and by what would have followed where the service only watches.");

    static readonly Counter<long> Reasons = Meter.CreateCounter<long>("countersign.guard.risk_reasons", "{request}", "Starts with a score above 0, by each of its reasons.");

    public static void Judged(RiskAssessment risk)
    {
        Starts.Add(
            1,
            new KeyValuePair<string, object?>("action", RiskActions.NameOf(risk.Action)),
            new KeyValuePair<string, object?>("watched", risk.Watched is { } watched ? RiskActions.NameOf(watched) : "none"));
        if (risk.Score == 0)
        {
            return;
        }

        foreach (ref readonly var row in RiskReasons.Rows)
        {
            if ((risk.Reasons & row.Reason) != 0)
            {
                Reasons.Add(1, new KeyValuePair<string, object?>("reason", row.Name));
            }
        }
    }
}
