using Countersign.Core.Numbers;

namespace Countersign.Core.Guard.Risk;

/// <summary>Tells where an address is and whose network it is in. From memory: asked within a start, by many threads, and waits for nothing.</summary>
public interface IGeoSource
{
    /// <summary>What is known of an address; <see cref="GeoPlace.Unknown"/> for nothing.</summary>
    GeoPlace Find(IpAddress address);
}

/// <summary>Where an address probably is.</summary>
/// <param name="Country">ISO 3166-1 alpha-2 in capitals; null where it is not known.</param>
/// <param name="Latitude">Degrees, north is positive; NaN where it is not known.</param>
/// <param name="Longitude">Degrees, east is positive; NaN where it is not known.</param>
/// <param name="RadiusKm">How far off that may be.</param>
/// <param name="Network">The number of the autonomous system; 0 where it is not known.</param>
public readonly record struct GeoPlace(string? Country, float Latitude, float Longitude, int RadiusKm, uint Network)
{
    /// <summary>Nothing is known.</summary>
    public static readonly GeoPlace Unknown = new(null, float.NaN, float.NaN, 0, 0);

    public bool HasPoint => !float.IsNaN(Latitude) && !float.IsNaN(Longitude);
}

/// <summary>No database: every signal that needs one is missing.</summary>
public sealed class NoGeoSource : IGeoSource
{
    public GeoPlace Find(IpAddress address) => GeoPlace.Unknown;
}
