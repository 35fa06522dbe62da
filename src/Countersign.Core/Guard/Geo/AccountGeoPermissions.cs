using Countersign.Core.Registry;

namespace Countersign.Core.Guard.Geo;

/// <summary>An account's geo permissions, which hold for all its services. An account has one at most; without it everything is allowed.</summary>
public sealed record AccountGeoPermissions : IRegistered
{
    /// <summary>The one name that there is.</summary>
    public const string OnlyName = "account";

    public required Sid AccountSid { get; init; }

    public string Name => OnlyName;

    public required GeoTable Table { get; init; }

    public required DateTimeOffset CreatedAt { get; init; }

    public required DateTimeOffset UpdatedAt { get; init; }
}
