using System.Collections.Frozen;

namespace Countersign.Core.Events;

/// <summary>What can happen that receivers are told of. The numbers are stored: add, never renumber; below 64.</summary>
public enum EventType
{
    FactorCreated = 1,
    FactorVerified = 2,
    FactorDeleted = 3,
    ChallengeApproved = 4,
    ChallengeDenied = 5,

    VerificationPending = 11,
    VerificationApproved = 12,
    VerificationCanceled = 13,
    VerificationExpired = 14,
    VerificationMaxAttemptsReached = 15,

    DeliverySent = 21,
    DeliveryDelivered = 22,
    DeliveryRead = 23,
    DeliveryUndelivered = 24,
    DeliveryFailed = 25,

    /// <summary>Nothing happened: somebody wants to see whether events arrive.</summary>
    Test = 31,
}

/// <summary>The names of events, and of groups of them.</summary>
public static class EventTypes
{
    /// <summary>The name that webhooks know each event by.</summary>
    public static readonly FrozenDictionary<EventType, string> Names = new Dictionary<EventType, string>
    {
        [EventType.FactorCreated] = "factor.created",
        [EventType.FactorVerified] = "factor.verified",
        [EventType.FactorDeleted] = "factor.deleted",
        [EventType.ChallengeApproved] = "challenge.approved",
        [EventType.ChallengeDenied] = "challenge.denied",
        [EventType.VerificationPending] = "verification.pending",
        [EventType.VerificationApproved] = "verification.approved",
        [EventType.VerificationCanceled] = "verification.canceled",
        [EventType.VerificationExpired] = "verification.expired",
        [EventType.VerificationMaxAttemptsReached] = "verification.max-attempts-reached",
        [EventType.DeliverySent] = "delivery.sent",
        [EventType.DeliveryDelivered] = "delivery.delivered",
        [EventType.DeliveryRead] = "delivery.read",
        [EventType.DeliveryUndelivered] = "delivery.undelivered",
        [EventType.DeliveryFailed] = "delivery.failed",
        [EventType.Test] = "countersign.test",
    }.ToFrozenDictionary();

    /// <summary>Whoever subscribed to everything at Twilio gets what Twilio sends, and is not surprised by events that it knows nothing of.</summary>
    const ulong AllOfTwilios =
        1UL << (int)EventType.FactorCreated | 1UL << (int)EventType.FactorVerified | 1UL << (int)EventType.FactorDeleted
        | 1UL << (int)EventType.ChallengeApproved | 1UL << (int)EventType.ChallengeDenied;

    /// <summary>A test goes to whom it is sent to, and nobody subscribes to it.</summary>
    static IEnumerable<KeyValuePair<EventType, string>> Subscribable => Names.Where(pair => pair.Key != EventType.Test);

    static readonly FrozenDictionary<string, ulong> Sets = Subscribable.Select(pair => KeyValuePair.Create(pair.Value, 1UL << (int)pair.Key))
        .Concat(
        [
            KeyValuePair.Create("*", AllOfTwilios),
            KeyValuePair.Create("verification.*", SetOf("verification.")),
            KeyValuePair.Create("delivery.*", SetOf("delivery.")),
        ])
        .ToFrozenDictionary(StringComparer.Ordinal);

    /// <summary>Every name that a webhook may subscribe to.</summary>
    public static IEnumerable<string> Known => ["*", .. Subscribable.OrderBy(pair => pair.Key).Select(pair => pair.Value), "verification.*", "delivery.*"];

    /// <summary>Whether it is the name of an event or of a group.</summary>
    public static bool IsKnown(string name) => Sets.ContainsKey(name);

    /// <summary>The events that names stand for, as bits; names that are not known stand for none.</summary>
    public static ulong SetOf(IEnumerable<string> names) => names.Aggregate(0UL, (set, name) => set | Sets.GetValueOrDefault(name));

    /// <summary>Whether a set holds an event.</summary>
    public static bool Has(ulong set, EventType type) => (set & (1UL << (int)type)) != 0;

    /// <summary>What a sink may be told of, by the name that Twilio's event streams have for it: <c>com.twilio.accountsecurity.verify.…</c>; null for what has none.</summary>
    public static string? CloudNameOf(EventType type) => type switch
    {
        >= EventType.VerificationPending and <= EventType.VerificationMaxAttemptsReached => $"{CloudPrefix}{Names[type]}",
        >= EventType.DeliverySent and <= EventType.DeliveryFailed => $"{CloudPrefix}message.{Names[type]["delivery.".Length..]}",
        _ => null,
    };

    /// <summary>The events that a sink may be told of, by their cloud names.</summary>
    public static readonly FrozenDictionary<string, EventType> CloudNames = Names.Keys.Where(type => CloudNameOf(type) is not null)
        .ToFrozenDictionary(type => CloudNameOf(type)!, StringComparer.Ordinal);

    const string CloudPrefix = "com.twilio.accountsecurity.verify.";

    static ulong SetOf(string prefix) => Names.Where(pair => pair.Value.StartsWith(prefix, StringComparison.Ordinal)).Aggregate(0UL, (set, pair) => set | 1UL << (int)pair.Key);
}
