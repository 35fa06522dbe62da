using Countersign.Core.Delivery;
using Countersign.Core.Verifications;

namespace Countersign.Core.Events;

/// <summary>
/// What each step adds for receivers, as <see cref="Insight.Rollup"/> says what it adds to the counters. Stores ask it where they keep a step, and keep what it gives in the same
/// transaction. Gives nothing, and allocates nothing, where nobody is subscribed.
/// </summary>
public sealed class EventMaker(Subscriptions subscriptions)
{
    /// <summary>What a step means for receivers: <paramref name="before"/> is what it was shown. Each event names the verification that it is about.</summary>
    public StepEvents? OfStep(Verification? before, in StepDecision decision)
    {
        if (decision.Save is not { } after || subscriptions.Of(after.ServiceSid, after.AccountSid) is not { } subscribers)
        {
            return null;
        }

        var made = new StepEvents();
        var isNew = before is null || before.Sid != after.Sid;
        if (isNew && decision.Ended is { } ended)
        {
            AddEnd(made, subscribers, before, ended);
        }

        if (isNew)
        {
            Add(made, subscribers, EventType.VerificationPending, after, VerificationStatus.Pending, after.CreatedAt);
        }

        AddEnd(made, subscribers, isNew ? null : before, after);
        if (decision.Send is not null && after.Status == VerificationStatus.Pending && subscribers.Wants(EventType.VerificationExpired))
        {
            made.Watch = new ExpiryWatch(after.Sid, after.ServiceSid, after.AccountSid, after.ExpiresAt);
        }

        return made.Events.Count == 0 && made.Watch is null ? null : made;
    }

    /// <summary>Whether anybody is told anything of a service: where not, nothing has to be read for it.</summary>
    public bool IsHeard(Sid service, Sid account) => subscriptions.Of(service, account) is not null;

    /// <summary>The same where a verification is only seen as it is now: <paramref name="isNew"/> says that it was never seen before.</summary>
    public StepEvents? OfHistory(Verification now, bool isNew)
    {
        if (subscriptions.Of(now.ServiceSid, now.AccountSid) is not { } subscribers)
        {
            return null;
        }

        var made = new StepEvents();
        if (isNew)
        {
            Add(made, subscribers, EventType.VerificationPending, now, VerificationStatus.Pending, now.CreatedAt);
        }

        AddEnd(made, subscribers, null, now);
        if (isNew && now.Status == VerificationStatus.Pending && subscribers.Wants(EventType.VerificationExpired))
        {
            made.Watch = new ExpiryWatch(now.Sid, now.ServiceSid, now.AccountSid, now.ExpiresAt);
        }

        return made.Events.Count == 0 && made.Watch is null ? null : made;
    }

    /// <summary>What the outcome of a send means; null for nothing.</summary>
    public IReadOnlyList<EventEntry>? OfSend(AttemptRecord attempt, Verification verification) =>
        subscriptions.Of(attempt.ServiceSid, attempt.AccountSid) is { } subscribers ? OfMessage(subscribers, attempt, verification) : null;

    /// <summary>Whether what a receipt changed is to be told anybody: only then the verification has to be read, which <see cref="OfSend"/> is then asked with.</summary>
    public bool IsWanted(AttemptRecord before, AttemptRecord after) =>
        before.Status != after.Status && subscriptions.Of(after.ServiceSid, after.AccountSid) is { } subscribers && subscribers.Wants(TypeOf(after.Status));

    /// <inheritdoc cref="OfSend"/>
    public IReadOnlyList<EventEntry> OfReceipt(AttemptRecord attempt, Verification? verification) =>
        subscriptions.Of(attempt.ServiceSid, attempt.AccountSid) is { } subscribers ? OfMessage(subscribers, attempt, verification) ?? [] : [];

    /// <summary>That a verification has expired.</summary>
    public IReadOnlyList<EventEntry> OfExpiry(Verification expired)
    {
        var made = new StepEvents();
        if (subscriptions.Of(expired.ServiceSid, expired.AccountSid) is { } subscribers)
        {
            Add(made, subscribers, EventType.VerificationExpired, expired, VerificationStatus.Expired, expired.ExpiresAt);
        }

        return [.. made.Events.Select(entry => entry.Event)];
    }

    List<EventEntry>? OfMessage(ServiceSubscribers subscribers, AttemptRecord attempt, Verification? verification)
    {
        var type = TypeOf(attempt.Status);
        return subscriptions.For(subscribers, type, attempt.UpdatedAt) is { Count: > 0 } receivers
            ? EventEntry.For(receivers, subscribers.Service.Sid, type, attempt.Sid, attempt.UpdatedAt, EventData.OfMessage(attempt, verification))
            : null;
    }

    void AddEnd(StepEvents made, ServiceSubscribers subscribers, Verification? before, Verification after)
    {
        EventType? type = before?.Status == after.Status ? null : after.Status switch
        {
            VerificationStatus.Approved => EventType.VerificationApproved,
            VerificationStatus.Canceled => EventType.VerificationCanceled,
            VerificationStatus.MaxAttemptsReached => EventType.VerificationMaxAttemptsReached,
            _ => null,
        };
        if (type is { } ended)
        {
            Add(made, subscribers, ended, after, after.Status, after.UpdatedAt);
        }
    }

    void Add(StepEvents made, ServiceSubscribers subscribers, EventType type, Verification verification, VerificationStatus status, DateTimeOffset at)
    {
        if (subscriptions.For(subscribers, type, at) is { Count: > 0 } receivers)
        {
            var data = EventData.OfVerification(subscribers.Service, verification, status);
            foreach (var entry in EventEntry.For(receivers, subscribers.Service.Sid, type, verification.Sid, at, data))
            {
                made.Events.Add((verification.Sid, entry));
            }
        }
    }

    static EventType TypeOf(AttemptStatus status) => status switch
    {
        AttemptStatus.Sent => EventType.DeliverySent,
        AttemptStatus.Delivered => EventType.DeliveryDelivered,
        AttemptStatus.Read => EventType.DeliveryRead,
        AttemptStatus.Undelivered => EventType.DeliveryUndelivered,
        _ => EventType.DeliveryFailed,
    };
}

/// <summary>What a step adds for receivers.</summary>
public sealed class StepEvents
{
    /// <summary>Each with the verification that must have been kept for it to have happened.</summary>
    public List<(Sid Verification, EventEntry Event)> Events { get; } = [];

    /// <summary>When to look whether it has expired, unless it is watched already; null for never.</summary>
    public ExpiryWatch? Watch { get; set; }
}
