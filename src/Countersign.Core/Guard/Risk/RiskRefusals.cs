using Countersign.Core.Channels;

namespace Countersign.Core.Guard.Risk;

/// <summary>What a caller is told of a start that risk holds back. Every one names a way on.</summary>
static class RiskRefusals
{
    /// <summary><c>details.reason</c> of a refusal, and what a challenge is asked for.</summary>
    public const string Reason = "risk";

    public static GuardRefusal Refused(RiskAssessment risk, in RiskFindings findings, RiskSettings settings, TimeSpan longest)
    {
        // Waiting helps only where the rest alone would get through.
        var rest = RiskScore.Of(findings.Remaining, findings.IsKnownDevice);
        var wait = rest < settings.RefuseFrom && findings.PassesIn > TimeSpan.Zero ? findings.PassesIn < longest ? findings.PassesIn : longest : (TimeSpan?)null;
        return Explained(new GuardRefusal(
            GuardRefusalKind.Blocked,
            Reason,
            "Too much speaks against this start; details.reasons says what. Nothing was sent. If you know the person, send it with RiskCheck=disable, or put the number on the safe list; or offer another way in.")
        {
            RetryIn = wait,
        }, risk, settings.RefuseFrom);
    }

    public static GuardRefusal ByAnotherChannel(RiskAssessment risk, RiskSettings settings, IReadOnlyList<Channel> open) =>
        Explained(new GuardRefusal(
            GuardRefusalKind.ChannelTooWeak,
            "stronger_channel",
            "A text message is not enough for this start. Start it by one of details.channels, or with Channel=auto, which chooses one.")
        {
            Lists = [new("channels", [.. open.Where(channel => channel != Channel.Sms).Select(ChannelNames.Of)])],
        }, risk, settings.StrongerChannelFrom);

    /// <summary>A refusal with the score and what it is made of.</summary>
    public static GuardRefusal Explained(GuardRefusal refusal, RiskAssessment risk, int? threshold = null) => refusal with
    {
        Lists = [.. refusal.Lists, new("reasons", [.. RiskReasons.NamesOf(risk.Reasons)])],
        Numbers = threshold is { } value
            ? [.. refusal.Numbers, new("score", risk.Score), new("threshold", value)]
            : [.. refusal.Numbers, new("score", risk.Score)],
    };
}
