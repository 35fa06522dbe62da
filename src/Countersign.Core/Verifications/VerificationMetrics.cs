using System.Diagnostics.Metrics;
using Countersign.Core.Numbers;

namespace Countersign.Core.Verifications;

/// <summary>Counts starts and checks. Tags come from closed sets only: an outcome, a country; never a number or a SID.</summary>
static class VerificationMetrics
{
    static readonly Meter Meter = new("Countersign.Verifications");

    static readonly Counter<long> Starts = Meter.CreateCounter<long>(
        "countersign.verification.starts", "{request}", "Starts and resends, by outcome and country.");

    static readonly Counter<long> Checks = Meter.CreateCounter<long>(
        "countersign.verification.checks", "{request}", "Checks of typed codes, by outcome.");

    public static void Started(CreateVerificationResult result, Destination to) => Starts.Add(
        1, new KeyValuePair<string, object?>("outcome", OutcomeOf(result)), new KeyValuePair<string, object?>("country", to.Country));

    public static void Checked(CheckVerificationResult result) =>
        Checks.Add(1, new KeyValuePair<string, object?>("outcome", OutcomeOf(result)));

    static string OutcomeOf(CreateVerificationResult result) => result switch
    {
        CreateVerificationResult.Sent { Verification.Attempts.Length: 1 } => "started",
        CreateVerificationResult.Sent => "resent",
        CreateVerificationResult.SendsExhausted => "sends_exhausted",
        CreateVerificationResult.ChecksExhausted => "checks_exhausted",
        _ => "refused",
    };

    static string OutcomeOf(CheckVerificationResult result) => result switch
    {
        CheckVerificationResult.Checked { Verification.Status: VerificationStatus.Approved } => "approved",
        CheckVerificationResult.Checked => "wrong",
        CheckVerificationResult.ChecksExhausted => "checks_exhausted",
        CheckVerificationResult.NotFound => "not_found",
        _ => "refused",
    };
}
