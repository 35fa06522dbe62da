using Countersign.Core.Registry;

namespace Countersign.Core.Messages.Senders;

/// <summary>Which pool of senders a service uses for a country, or for every country that has none of its own.</summary>
public sealed record MessagingConfiguration : IRegistered
{
    /// <summary>Stands for every country that has no configuration of its own.</summary>
    public const string Everywhere = "all";

    public required Sid AccountSid { get; init; }

    public required Sid ServiceSid { get; init; }

    /// <summary>ISO 3166-1 alpha-2 in capitals, or <see cref="Everywhere"/>.</summary>
    public required string Country { get; init; }

    /// <summary>The service and the country.</summary>
    public string Name => NameOf(ServiceSid, Country);

    /// <summary>The pool (MG…).</summary>
    public required Sid MessagingServiceSid { get; init; }

    /// <summary>When it was made; no two of a service share the millisecond.</summary>
    public required DateTimeOffset CreatedAt { get; init; }

    public required DateTimeOffset UpdatedAt { get; init; }

    /// <summary>The name that the configuration of a service for a country has.</summary>
    public static string NameOf(Sid service, string country) => $"{service}/{country}";
}
