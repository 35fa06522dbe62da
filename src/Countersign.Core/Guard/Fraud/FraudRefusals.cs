namespace Countersign.Core.Guard.Fraud;

/// <summary>What a caller is told of a start that Fraud Guard holds back.</summary>
static class FraudRefusals
{
    static readonly TimeSpan LongestRetry = TimeSpan.FromHours(1);

    public static GuardRefusal Refused(in FraudScore score, float threshold, string country)
    {
        var retry = TimeSpan.FromSeconds(Math.Max(60, Math.Ceiling(FraudRules.SecondsUntilBelow(score, threshold))));
        return new GuardRefusal(GuardRefusalKind.Blocked, FraudReasons.Name(score.Strongest), $"{FraudReasons.Explain(score.Strongest)} Nothing was sent; it can be tried again later, and another way in can be offered now.")
        {
            RetryIn = retry < LongestRetry ? retry : LongestRetry,
            Facts = [new("country", country)],
            Numbers = [new("score", Math.Round(score.Total, 1)), new("threshold", Math.Round(threshold, 1))],
            Lists = [new("reasons", [.. ReasonsOf(score)])],
        };
    }

    /// <summary>A challenge, with the score that asked for it and what that is made of.</summary>
    public static GuardRefusal Explained(GuardRefusal challenge, in FraudScore score, float threshold) => challenge with
    {
        Numbers = [.. challenge.Numbers, new("score", Math.Round(score.Total, 1)), new("threshold", Math.Round(threshold - FraudRules.Doubt, 1))],
        Lists = [.. challenge.Lists, new("reasons", [.. ReasonsOf(score)])],
    };

    /// <summary>What adds to the score noticeably, by name.</summary>
    public static List<string> ReasonsOf(in FraudScore score)
    {
        var reasons = new List<string>();
        for (var i = 0; i < FraudReasons.Count; i++)
        {
            if (score.Parts[i] >= FraudRules.Noticeable)
            {
                reasons.Add(FraudReasons.Name((FraudReason)i));
            }
        }

        return reasons;
    }
}
