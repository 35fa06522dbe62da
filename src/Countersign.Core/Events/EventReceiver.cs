using Countersign.Core.Registry;

namespace Countersign.Core.Events;

/// <summary>Somebody who is told of events: a service's webhook or an account's sink.</summary>
public abstract record EventReceiver : IRegistered
{
    /// <summary>YW for a webhook, DG for a sink.</summary>
    public required Sid Sid { get; init; }

    public required Sid AccountSid { get; init; }

    /// <summary>Its name in the registry.</summary>
    public abstract string Name { get; }

    public abstract RegistryBound? Bound { get; }

    /// <summary>Where events are posted: http or https, as the caller wrote it.</summary>
    public required string Url { get; init; }

    /// <summary>One that is not enabled gets nothing, and nothing is kept for it; what waited before waits on.</summary>
    public bool IsEnabled { get; init; } = true;

    /// <summary>What the Standard Webhooks signature is made with.</summary>
    public required SigningSecret Secret { get; init; }

    /// <summary>The one before, which signs beside it until then; null for none.</summary>
    public (SigningSecret Secret, DateTimeOffset Until)? Retired { get; init; }

    /// <summary>The events that it is told of, as bits by <see cref="EventType"/>.</summary>
    public abstract ulong Subscribed { get; }

    /// <summary>When it was made; no two of a list share the millisecond.</summary>
    public required DateTimeOffset CreatedAt { get; init; }

    public required DateTimeOffset UpdatedAt { get; init; }

    /// <summary>Without its address, which may hold a token of its owner's.</summary>
    public sealed override string ToString() => Sid.ToString();
}

/// <summary>A service's webhook (YW…): one event a request, as a form.</summary>
public sealed record Webhook : EventReceiver
{
    /// <summary>Webhooks in one service.</summary>
    public const int MaxPerService = 20;

    readonly ulong _subscribed;

    public required Sid ServiceSid { get; init; }

    /// <summary>What an operator notes about it, 1 to 64 characters.</summary>
    public required string FriendlyName { get; init; }

    /// <summary>As they were subscribed to (<see cref="EventTypes"/>), each once.</summary>
    public required IReadOnlyList<string> EventNames
    {
        get;
        init
        {
            field = value;
            _subscribed = EventTypes.SetOf(value);
        }
    }

    /// <summary><c>v1</c> or <c>v2</c>: kept for who asks; both get the same.</summary>
    public string Version { get; init; } = "v2";

    public override string Name => $"{ServiceSid}/{Sid}";

    public override RegistryBound? Bound => new($"{ServiceSid}/", MaxPerService);

    public override ulong Subscribed => _subscribed;
}

/// <summary>An account's sink (DG…): batches of CloudEvents, of every service that has its event subscription enabled.</summary>
public sealed record EventSink : EventReceiver
{
    /// <summary>Sinks in one account.</summary>
    public const int MaxPerAccount = 20;

    /// <summary>Events in one request.</summary>
    public const int MaxBatch = 100;

    /// <summary>Bytes of the events in one request, about: what frameworks take as a body unless they are told otherwise begins at 100 kB. One event is sent however large it is.</summary>
    public const int MaxBatchBytes = 64 * 1024;

    readonly ulong _subscribed = EventTypes.SetOf(["verification.*", "delivery.*"]);

    /// <summary>What an operator notes about it, up to 64 characters.</summary>
    public string Description { get; init; } = "";

    /// <summary>Cloud names of the events that it is told of; empty for all.</summary>
    public IReadOnlyList<string> CloudTypes
    {
        get;
        init
        {
            field = value;
            _subscribed = value.Count == 0
                ? EventTypes.SetOf(["verification.*", "delivery.*"])
                : value.Aggregate(0UL, (set, name) => EventTypes.CloudNames.TryGetValue(name, out var type) ? set | 1UL << (int)type : set);
        }
    } = [];

    public override string Name => Sid.ToString();

    public override RegistryBound? Bound => new("", MaxPerAccount);

    public override ulong Subscribed => _subscribed;
}

/// <summary>The secret of a receiver, in the form that the Standard Webhooks libraries read: <c>whsec_</c> and 32 bytes in base64. It prints as dots.</summary>
public sealed class SigningSecret(string value)
{
    const string Prefix = "whsec_";

    public static SigningSecret New(RandomSource random)
    {
        Span<byte> bytes = stackalloc byte[32];
        random.Fill(bytes);
        return new SigningSecret(Prefix + Convert.ToBase64String(bytes));
    }

    /// <summary>The text: for showing it to its owner, and for sealing.</summary>
    public string Reveal() => value;

    /// <summary>The bytes that sign.</summary>
    public byte[] Key() => Convert.FromBase64String(value[Prefix.Length..]);

    public override string ToString() => "••••••";
}
