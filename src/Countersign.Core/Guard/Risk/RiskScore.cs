namespace Countersign.Core.Guard.Risk;

/// <summary>
/// Turns reasons into a score from 0 to 100. Each reason takes its share of what is left to 100, so two of 50 points make 75: no sum runs over, no order matters, and one
/// more reason never lowers it. Pure.
/// </summary>
public static class RiskScore
{
    /// <summary>The score of what was found. Halved for a device that the number was approved with before: whoever has it is most likely the person.</summary>
    public static int Of(RiskReason found, bool isKnownDevice = false)
    {
        if (found is RiskReason.None or RiskReason.UnusualHour)
        {
            return 0;
        }

        var left = 1.0;
        foreach (ref readonly var row in RiskReasons.Rows)
        {
            left *= (found & row.Reason) != 0 ? 1 - (row.Points / 100.0) : 1;
        }

        return (int)Math.Round((1 - left) * (isKnownDevice ? 50 : 100), MidpointRounding.AwayFromZero);
    }
}
