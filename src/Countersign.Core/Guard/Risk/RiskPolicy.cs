using Countersign.Core.Channels;

namespace Countersign.Core.Guard.Risk;

/// <summary>What follows from a score. Pure.</summary>
static class RiskPolicy
{
    /// <summary>Each ten points above the threshold double the work.</summary>
    const int PointsPerEffort = 10;

    const int MostEffort = 6;

    /// <summary>The strictest of what the thresholds say, and whether text messages are to be left out as well.</summary>
    /// <param name="settings">The service's thresholds.</param>
    /// <param name="score">0 to 100.</param>
    /// <param name="open">The channels that could carry the message.</param>
    public static (RiskAction Action, bool WithoutSms) Of(RiskSettings settings, int score, IReadOnlyList<Channel> open)
    {
        if (Reaches(score, settings.RefuseFrom))
        {
            return (RiskAction.Refuse, false);
        }

        var stronger = Reaches(score, settings.StrongerChannelFrom);
        var withoutSms = stronger && HasOther(open);

        // Where text messages are all there is, work stands in for the channel that is missing.
        return (Reaches(score, settings.ChallengeFrom) || (stronger && !withoutSms) ? RiskAction.Challenge : withoutSms ? RiskAction.StrongerChannel : RiskAction.Allow, withoutSms);
    }

    /// <summary>How much work a score is worth, 0 to 6.</summary>
    public static int EffortOf(RiskSettings settings, int score)
    {
        // Work that stands in for another channel is asked for by that one's threshold.
        var from = Reaches(score, settings.ChallengeFrom) ? settings.ChallengeFrom : settings.StrongerChannelFrom;
        return Math.Clamp((score - from) / PointsPerEffort, 0, MostEffort);
    }

    static bool Reaches(int score, int threshold) => threshold > 0 && score >= threshold;

    static bool HasOther(IReadOnlyList<Channel> open)
    {
        for (var i = 0; i < open.Count; i++)
        {
            if (open[i] != Channel.Sms)
            {
                return true;
            }
        }

        return false;
    }
}
