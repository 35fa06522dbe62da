using System.Globalization;
using Countersign.Core.Guard.Risk;
using Countersign.Core.Numbers;

namespace Countersign.Server.GeoIp;

/// <summary>Places of addresses and owners of networks, from the databases that the operator gives. Looks every minute whether a file is a new one.</summary>
sealed class MmdbGeoSource : IGeoSource, IDisposable
{
    static readonly TimeSpan Every = TimeSpan.FromMinutes(1);

    readonly MmdbFile<PlaceRow>? _places;
    readonly MmdbFile<NetworkRow>? _networks;
    readonly ITimer _timer;

    public MmdbGeoSource(GeoIpOptions options, TimeProvider time, ILogger<MmdbGeoSource> logger)
    {
        _places = options.City is { Length: > 0 } city ? new MmdbFile<PlaceRow>(city, "Countersign:GeoIp:City", type => !IsOfNetworks(type), logger) : null;
        _networks = options.Asn is { Length: > 0 } asn ? new MmdbFile<NetworkRow>(asn, "Countersign:GeoIp:Asn", type => !IsOfPlaces(type), logger) : null;
        _timer = time.CreateTimer(static source => ((MmdbGeoSource)source!).Refresh(), this, Every, Every);
    }

    /// <inheritdoc/>
    public GeoPlace Find(IpAddress address)
    {
        var bare = address.RevealAddress();
        var place = _places?.Find(bare);
        var network = _networks?.Find(bare);
        return place is null && network is null ? GeoPlace.Unknown : new GeoPlace(
            CountryOf(place),
            (float?)place?.Location?.Latitude ?? float.NaN,
            (float?)place?.Location?.Longitude ?? float.NaN,
            place?.Location?.AccuracyRadius ?? 0,
            NumberOf(network));
    }

    public void Dispose()
    {
        _timer.Dispose();
        _places?.Dispose();
        _networks?.Dispose();
    }

    // One look at a time: a timer does not wait for the one before.
    void Refresh()
    {
        lock (_timer)
        {
            _places?.Refresh();
            _networks?.Refresh();
        }
    }

    static string? CountryOf(PlaceRow? row) => (row?.Country?.IsoCode ?? row?.CountryCode) is { Length: 2 } code ? code : null;

    static uint NumberOf(NetworkRow? row) => row?.Number is > 0 and <= uint.MaxValue and var number ? (uint)number
        : row?.Name is { Length: > 2 } name && name.StartsWith("AS", StringComparison.Ordinal) && uint.TryParse(name.AsSpan(2), NumberStyles.None, CultureInfo.InvariantCulture, out var named) ? named : 0;

    static bool IsOfNetworks(string type) => type.Contains("ASN", StringComparison.OrdinalIgnoreCase) && !IsOfPlaces(type);

    static bool IsOfPlaces(string type) => type.Contains("City", StringComparison.OrdinalIgnoreCase) || type.Contains("Country", StringComparison.OrdinalIgnoreCase);
}
