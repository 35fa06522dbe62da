using Countersign.Core.Routing;
using Countersign.Core.Verifications;

namespace Countersign.Core.Delivery.Receipts;

/// <summary>Takes in what carriers say of messages: keeps it, learns from it, and moves verifications on whose message will not arrive.</summary>
public sealed class ReceiveReceipts(IAttemptStore attempts, AdvanceVerification advance, RouteLearning learning, TimeProvider time)
{
    /// <summary>Receipts of one carrier. Durable when it returns; safe to repeat.</summary>
    public async Task RunAsync(Sid account, string carrier, IReadOnlyList<Receipt> receipts, CancellationToken ct)
    {
        if (receipts.Count > 0)
        {
            await FollowAsync(await attempts.ReceiveAsync(account, carrier, receipts, ct));
        }
    }

    /// <summary>What follows from attempts that receipts have changed.</summary>
    public async Task FollowAsync(IReadOnlyList<AttemptRecord> changed)
    {
        foreach (var attempt in changed)
        {
            switch (attempt.Status)
            {
                case AttemptStatus.Delivered or AttemptStatus.Read:
                    Learn(attempt, delivered: true);
                    break;

                case AttemptStatus.Undelivered:
                    Learn(attempt, delivered: false);
                    await advance.RunAsync(attempt.ServiceSid, attempt.VerificationSid, attempt.Sid, attempt.Error, CancellationToken.None);
                    break;
            }

            DeliveryMetrics.Received(attempt);
        }
    }

    void Learn(AttemptRecord attempt, bool delivered)
    {
        if (attempt.IsFirst)
        {
            learning.Received(attempt.VerificationSid, delivered, time.GetUtcNow());
        }
    }
}
