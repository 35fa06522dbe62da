namespace Countersign.Core.Delivery;

/// <summary>A carrier as the operator configured it. Its secrets are sealed in the store; it prints without them.</summary>
public sealed record CarrierDefinition : Registry.IRegistered
{
    /// <summary>The account that it belongs to, and whose messages it takes.</summary>
    public required Sid AccountSid { get; init; }

    /// <summary>1 to 32 lower-case letters, digits and dashes, starting with a letter; unique in the account. Routes and callback addresses name it.</summary>
    public required string Name { get; init; }

    /// <summary>The name of its <see cref="ICarrierKind"/>.</summary>
    public required string Kind { get; init; }

    /// <summary>A carrier that is off takes no messages, but its receipts are still read.</summary>
    public bool Enabled { get; init; } = true;

    /// <summary>The plain settings, as they were given.</summary>
    public required IReadOnlyDictionary<string, string> Settings { get; init; }

    /// <summary>The secret settings.</summary>
    public required IReadOnlyDictionary<string, string> Secrets { get; init; }

    /// <summary>Sender ids that it may use, in order of preference: numbers in E.164, short codes, alphanumeric names. The country decides which of them is used.</summary>
    public IReadOnlyList<string> Senders { get; init; } = [];

    /// <summary>What a message costs, by ISO country, with <c>*</c> for all others. In whichever currency the operator compares in.</summary>
    public IReadOnlyDictionary<string, decimal> Prices { get; init; } = new Dictionary<string, decimal>();

    /// <summary>Sends that may be under way at once, 1 to 1000; one more goes to the next carrier of the route. Default 100.</summary>
    public int MaxInFlight { get; init; } = 100;

    public required DateTimeOffset CreatedAt { get; init; }

    public required DateTimeOffset UpdatedAt { get; init; }

    public override string ToString() => $"{Name} ({Kind})";
}
