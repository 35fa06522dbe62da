namespace Countersign.Core.Events;

/// <summary>Sends one event of type <c>countersign.test</c> to one receiver, by the way that all events go: kept, signed, tried again, and dead in the end.</summary>
public sealed class SendTestEvent(IEventStore store, Subscriptions subscriptions, TimeProvider time, RandomSource random)
{
    /// <summary>What a test to an account's sink says instead of a service, which it is of none.</summary>
    public static readonly Sid NoService = Sid.FromBytes("VA", new byte[16]);

    /// <summary>The event as it was kept; null where so much waits for the receiver already that no more is kept.</summary>
    public async Task<EventEntry?> RunAsync(EventReceiver receiver, CancellationToken ct)
    {
        if (subscriptions.IsFull(receiver))
        {
            return null;
        }

        var service = receiver is Webhook webhook ? webhook.ServiceSid : NoService;
        var data = EventData.Write(json =>
        {
            json.WriteString("account_sid"u8, receiver.AccountSid.ToString());
            if (receiver is Webhook)
            {
                json.WriteString("service_sid"u8, service.ToString());
            }

            json.WriteString(receiver is Webhook ? "webhook_sid"u8 : "sink_sid"u8, receiver.Sid.ToString());
        });

        // Each is an event of its own, about nothing that has a SID.
        var test = EventEntry.For([receiver], service, EventType.Test, Sid.NewRandom("EV", random), time.GetUtcNow(), data);
        await store.AddAsync(test, ct);
        return test[0];
    }
}
