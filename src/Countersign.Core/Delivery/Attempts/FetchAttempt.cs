using Countersign.Core.Insight;

namespace Countersign.Core.Delivery.Attempts;

/// <summary>One attempt of an account, of the last 30 days; null for any other. Attempts of test numbers are in no list, and found here.</summary>
public sealed class FetchAttempt(IAttemptStore attempts, AttemptVerifications verifications, TimeProvider time, RetentionOptions retention)
{
    public async Task<SeenAttempt?> RunAsync(Sid account, Sid sid, CancellationToken ct)
    {
        if (await attempts.FindAsync(sid, ct) is not { } found || found.AccountSid != account || found.CreatedAt < new AttemptFilter { Account = account }.KeptBy(retention).FirstMoment(time.GetUtcNow()))
        {
            return null;
        }

        // A test of carriers is nobody's verification.
        var seen = (await verifications.FindAsync([found], ct))[0];
        return seen.Verification is null && found.Country is null ? null : seen;
    }
}
