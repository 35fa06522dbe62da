using Countersign.Core.Registry;

namespace Countersign.Core.Messages.Senders;

/// <summary>
/// A pool of senders (MG…) that a service's messages to a country may go out from. The SID is the operator's own choice, so that one brought along from Twilio
/// keeps its name.
/// </summary>
public sealed record MessagingService : IRegistered
{
    /// <summary>Senders in one pool.</summary>
    public const int MaxSenders = 32;

    public required Sid Sid
    {
        get;
        init
        {
            field = value;
            Name = value.ToString();
        }
    }

    public required Sid AccountSid { get; init; }

    /// <summary>The SID as text.</summary>
    public string Name { get; private init; } = "";

    /// <summary>In order of preference, as <see cref="SenderFormat"/> has them; they go before the carrier's own.</summary>
    public IReadOnlyList<string> Senders { get; init; } = [];

    /// <summary>Whether the built-in text leaves out who asks; null for as the country's rule says.</summary>
    public bool? Brandless { get; init; }

    /// <summary>The names of the carriers that know these senders; null for all.</summary>
    public IReadOnlyList<string>? Carriers { get; init; }

    public required DateTimeOffset CreatedAt { get; init; }

    public required DateTimeOffset UpdatedAt { get; init; }

    /// <summary>Whether a carrier may be given these senders.</summary>
    public bool IsFor(string carrier) => Carriers is null || Carriers.Contains(carrier);
}
