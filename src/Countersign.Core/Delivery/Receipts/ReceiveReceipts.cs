using Countersign.Core.Routing;
using Countersign.Core.Verifications;

namespace Countersign.Core.Delivery.Receipts;

/// <summary>Takes in what carriers say of messages: keeps it, learns from it, and moves verifications on whose message will not arrive.</summary>
public sealed class ReceiveReceipts(IAttemptStore attempts, AdvanceVerification advance, RouteLearning learning, TimeProvider time)
{
    /// <summary>
    /// Receipts of one carrier. Durable when it returns, with what follows from them; safe to repeat, and to be repeated when it fails: what was kept by then is followed all the same.
    /// </summary>
    public async Task RunAsync(Sid account, string carrier, IReadOnlyList<Receipt> receipts, CancellationToken ct)
    {
        if (receipts.Count > 0)
        {
            var received = await attempts.ReceiveAsync(account, carrier, receipts, ct);
            Learn(received.Changed);
            await FollowAsync(received);
        }
    }

    /// <summary>Takes in what a server that was stopped has left (<see cref="IAttemptStore.TakeLeftAsync"/>). To be called now and then. What cannot be followed now comes again.</summary>
    public async Task TakeLeftAsync(CancellationToken ct)
    {
        var left = await attempts.TakeLeftAsync(ct);
        Learn(left.Changed);
        await FollowAsync(left);
    }

    /// <summary>What routes learn from attempts that receipts have changed, once.</summary>
    public void Learn(IReadOnlyList<AttemptRecord> changed)
    {
        foreach (var attempt in changed)
        {
            if (attempt.IsFirst && attempt.Carrier != CarrierDirectory.SandboxName && attempt.Status is AttemptStatus.Delivered or AttemptStatus.Read or AttemptStatus.Undelivered)
            {
                learning.Received(attempt.VerificationSid, attempt.Status != AttemptStatus.Undelivered, time.GetUtcNow());
            }

            DeliveryMetrics.Received(attempt);
        }
    }

    /// <summary>Moves verifications on whose message did not arrive. Safe to repeat. One that fails holds up no other: it fails when all were tried, and the store has what it said for another time.</summary>
    public async Task FollowAsync(ReceivedReceipts received)
    {
        var moved = received.Undelivered.ToList().ConvertAll(attempt => (
            attempt.Sid, Move: MoveOnAsync(attempt)));
        var all = Task.WhenAll(moved.Select(attempt => attempt.Move));
        await all.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        if (received.Kept.Count > 0)
        {
            var failed = moved.Where(attempt => !attempt.Move.IsCompletedSuccessfully).Select(attempt => attempt.Sid).ToHashSet();
            if (received.Kept.Where(receipt => !failed.Contains(receipt.Attempt)).ToList() is { Count: > 0 } followed)
            {
                await attempts.FollowedAsync(followed, CancellationToken.None);
            }
        }

        await all;
    }

    /// <summary>What depends on a service or a verification that cannot be read here is left to its alarm, as with outcomes (<see cref="KeepOutcomes"/>).</summary>
    async Task MoveOnAsync(AttemptRecord attempt)
    {
        try
        {
            await advance.RunAsync(attempt.ServiceSid, attempt.VerificationSid, attempt.Sid, attempt.Error, CancellationToken.None);
        }
        catch (Exception problem) when (!WatchAlarms.IsAway(problem))
        {
            // It says so each time that it rings.
        }
    }
}
