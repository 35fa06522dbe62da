using MaxMind.Db;

namespace Countersign.Server.GeoIp;

/// <summary>What is read of a row of cities or countries: GeoLite2 and DB-IP name things alike; IPinfo has the country's code beside.</summary>
sealed class PlaceRow
{
    [MapKey("country")]
    public CountryRow? Country { get; init; }

    [MapKey("location")]
    public PointRow? Location { get; init; }

    [MapKey("country_code")]
    public string? CountryCode { get; init; }
}

/// <summary>A country by its code.</summary>
sealed class CountryRow
{
    [MapKey("iso_code")]
    public string? IsoCode { get; init; }
}

/// <summary>A point in degrees, and how far off it may be.</summary>
sealed class PointRow
{
    [MapKey("latitude")]
    public double? Latitude { get; init; }

    [MapKey("longitude")]
    public double? Longitude { get; init; }

    [MapKey("accuracy_radius")]
    public int? AccuracyRadius { get; init; }
}

/// <summary>What is read of a row of networks: the number as GeoLite2 and DB-IP write it, or <c>AS64496</c> as IPinfo does.</summary>
sealed class NetworkRow
{
    [MapKey("autonomous_system_number")]
    public long? Number { get; init; }

    [MapKey("asn")]
    public string? Name { get; init; }
}
