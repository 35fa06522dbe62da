namespace Countersign.Core.Events;

/// <summary>Sends one event of type <c>countersign.test</c> to one webhook, by the way that all events go: kept, signed, tried again, and dead in the end.</summary>
public sealed class SendTestEvent(IEventStore store, Subscriptions subscriptions, TimeProvider time, RandomSource random)
{
    /// <summary>The event as it was kept; null where so much waits for the webhook already that no more is kept.</summary>
    public async Task<EventEntry?> RunAsync(Webhook webhook, CancellationToken ct)
    {
        if (subscriptions.IsFull(webhook))
        {
            return null;
        }

        var data = EventData.Write(json =>
        {
            json.WriteString("account_sid"u8, webhook.AccountSid.ToString());
            json.WriteString("service_sid"u8, webhook.ServiceSid.ToString());
            json.WriteString("webhook_sid"u8, webhook.Sid.ToString());
        });

        // Each is an event of its own, about nothing that has a SID.
        var test = EventEntry.For([webhook], webhook.ServiceSid, EventType.Test, Sid.NewRandom("EV", random), time.GetUtcNow(), data);
        await store.AddAsync(test, ct);
        return test[0];
    }
}
