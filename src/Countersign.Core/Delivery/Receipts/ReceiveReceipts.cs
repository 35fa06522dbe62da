using Countersign.Core.Routing;
using Countersign.Core.Verifications;

namespace Countersign.Core.Delivery.Receipts;

/// <summary>Takes in what carriers say of messages: keeps it, learns from it, and moves verifications on whose message will not arrive.</summary>
public sealed class ReceiveReceipts(IAttemptStore attempts, AdvanceVerification advance, RouteLearning learning, TimeProvider time)
{
    List<AttemptRecord> _left = [];

    /// <summary>
    /// Receipts of one carrier. Durable when it returns, with what follows from them; safe to repeat, and to be repeated when it fails: what was kept by then is followed all the same.
    /// </summary>
    public async Task RunAsync(Sid account, string carrier, IReadOnlyList<Receipt> receipts, CancellationToken ct)
    {
        if (receipts.Count > 0)
        {
            var received = await attempts.ReceiveAsync(account, carrier, receipts, ct);
            Learn(received.Changed);
            await MoveOnAsync(received.Undelivered);
        }
    }

    /// <summary>Takes in what a node that was stopped has left (<see cref="IAttemptStore.TakeLeftAsync"/>). To be called now and then, one call at a time.</summary>
    public async Task TakeLeftAsync(CancellationToken ct)
    {
        // The store has them no longer: what could not be followed the last time comes first.
        await MoveOnAsync(_left);
        _left = [];
        var left = await attempts.TakeLeftAsync(ct);
        Learn(left);
        _left = [.. left.Where(attempt => attempt.Status == AttemptStatus.Undelivered)];
        await MoveOnAsync(_left);
        _left = [];
    }

    /// <summary>What routes learn from attempts that receipts have changed, once.</summary>
    public void Learn(IReadOnlyList<AttemptRecord> changed)
    {
        foreach (var attempt in changed)
        {
            if (attempt.IsFirst && attempt.Status is AttemptStatus.Delivered or AttemptStatus.Read or AttemptStatus.Undelivered)
            {
                learning.Received(attempt.VerificationSid, attempt.Status != AttemptStatus.Undelivered, time.GetUtcNow());
            }

            DeliveryMetrics.Received(attempt);
        }
    }

    /// <summary>Moves verifications on whose message did not arrive. Safe to repeat. One that fails holds up no other: it fails when all were tried.</summary>
    public Task MoveOnAsync(IEnumerable<AttemptRecord> undelivered) =>
        Task.WhenAll(undelivered.Select(attempt => advance.RunAsync(attempt.ServiceSid, attempt.VerificationSid, attempt.Sid, attempt.Error, CancellationToken.None)));
}
