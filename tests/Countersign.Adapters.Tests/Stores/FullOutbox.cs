using Countersign.Core.Delivery;
using Countersign.Core.Tests.Verifications;
using Countersign.Core.Verifications;

namespace Countersign.Adapters.Tests.Stores;

/// <summary>Stores that take no more than <see cref="Limit"/> messages without an outcome.</summary>
static class FullOutbox
{
    public const int Limit = 3;

    static CancellationToken Ct => TestContext.Current.CancellationToken;

    /// <summary>Starts and resends are refused while it is full; what needs no message goes on, and what was promised.</summary>
    public static async Task OnlyWhatSendsIsRefusedAsync(IVerificationStore verifications, IOutbox outbox)
    {
        var started = await verifications.SendAsync(1, Given.Verification(1, Desk.Opening));
        for (var number = 2; number <= Limit; number++)
            await verifications.SendAsync(number, Given.Verification(number, Desk.Opening));

        // With a dispatcher or not, they have no outcome.
        var claimed = await ClaimAsync(outbox, Limit);
        await Assert.ThrowsAsync<StoreOverloadedException>(() => verifications.SendAsync(4, Given.Verification(4, Desk.Opening)));
        await Assert.ThrowsAsync<StoreOverloadedException>(() => verifications.SendAsync(1, WithOneMore(started)));
        Assert.Equal(Limit, outbox.Known);

        await verifications.ChangeAsync(started.Sid, current => current with { Checks = 1 });
        await verifications.ApplyAsync(
            new RecordedStep((current, _) => WithOneMore(current!) is var next ? new StepDecision(next, next.Attempts[^1]) : default) { ServiceSid = Given.Service, VerificationSid = started.Sid },
            Ct);
        var now = await verifications.FindAsync(1);
        Assert.Equal((1, 2), (now!.Checks, now.Attempts.Length));
        Assert.Null(await verifications.FindAsync(4));

        claimed.AddRange(await ClaimAsync(outbox, 1));
        await outbox.RecordAsync([OutboxConformance.Sent(claimed[0])], Ct);
        await Assert.ThrowsAsync<StoreOverloadedException>(() => verifications.SendAsync(4, Given.Verification(4, Desk.Opening)));
        await outbox.RecordAsync([OutboxConformance.Sent(claimed[1])], Ct);
        await verifications.SendAsync(4, Given.Verification(4, Desk.Opening));
        await Assert.ThrowsAsync<StoreOverloadedException>(() => verifications.SendAsync(5, Given.Verification(5, Desk.Opening)));
    }

    public static async Task<List<OutboxItem>> ClaimAsync(IOutbox outbox, int count)
    {
        var claimed = new List<OutboxItem>();
        while (claimed.Count < count)
            claimed.AddRange(await outbox.ClaimAsync(count - claimed.Count, Ct));
        return claimed;
    }

    static Verification WithOneMore(Verification verification) => verification with { Attempts = verification.Attempts.Add(Given.Attempt(Desk.Opening)) };
}
