using Countersign.Core.Guard.Risk;
using Countersign.Core.Numbers;
using Countersign.Server.GeoIp;
using Countersign.Server.Hosting;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;

namespace Countersign.Server.Tests.GeoIp;

public sealed class MmdbGeoSourceTests : IDisposable
{
    readonly GeoFiles _files = new();
    readonly FakeTimeProvider _time = new();

    [Fact]
    public void Addresses_of_both_kinds_are_found_in_both_databases()
    {
        using var source = Open(_files.City, _files.Asn);

        Assert.Equal(new GeoPlace("GB", 51.51f, -0.13f, 20, 64496), source.Find(Address(GeoFiles.London)));
        Assert.Equal(("FR", 0u), (source.Find(Address("2001:db8:1::1")).Country, source.Find(Address("2001:db8:1::1")).Network));
        Assert.Equal(GeoPlace.Unknown, source.Find(Address("192.88.99.1")));
    }

    [Fact]
    public void Either_database_does_alone()
    {
        using var places = Open(_files.City, null);
        using var networks = Open(null, _files.Asn);

        Assert.Equal(("JP", 0u), (places.Find(Address(GeoFiles.Tokyo)).Country, places.Find(Address(GeoFiles.Tokyo)).Network));
        Assert.Equal((null, 64497u, false), (networks.Find(Address(GeoFiles.Tokyo)).Country, networks.Find(Address(GeoFiles.Tokyo)).Network, networks.Find(Address(GeoFiles.Tokyo)).HasPoint));
    }

    [Fact]
    public void IPinfos_names_are_understood()
    {
        File.WriteAllBytes(_files.City, new MmdbWriter("ipinfo lite.mmdb")
            .Add("203.0.113.0/24", new() { ["country_code"] = "GB", ["country"] = "United Kingdom", ["asn"] = "AS64499" }).ToArray());
        using var source = Open(null, _files.City);

        Assert.Equal(64499u, source.Find(Address(GeoFiles.London)).Network);
    }

    [Fact]
    public void A_new_file_is_used_within_a_minute_and_a_broken_one_is_not()
    {
        using var source = Open(_files.City, null);

        Replace(_files.City, new MmdbWriter("GeoLite2-City").Add("203.0.113.0/24", GeoFiles.Place("IE", 53.35, -6.26)).ToArray());
        _time.Advance(TimeSpan.FromMinutes(1));
        Assert.Equal("IE", source.Find(Address(GeoFiles.London)).Country);

        Replace(_files.City, [1, 2, 3]);
        _time.Advance(TimeSpan.FromMinutes(3));
        Assert.Equal("IE", source.Find(Address(GeoFiles.London)).Country);

        File.Delete(_files.City);
        _time.Advance(TimeSpan.FromMinutes(3));
        Assert.Equal("IE", source.Find(Address(GeoFiles.London)).Country);
    }

    [Fact]
    public void A_file_that_could_not_be_opened_is_looked_at_again_although_it_has_not_changed()
    {
        using var source = Open(_files.City, null);

        Replace(_files.City, new MmdbWriter("GeoLite2-City").Add("203.0.113.0/24", GeoFiles.Place("IE", 53.35, -6.26)).ToArray());
        using (new FileStream(_files.City, FileMode.Open, FileAccess.ReadWrite, FileShare.None))
        {
            _time.Advance(TimeSpan.FromMinutes(1));
            Assert.Equal("GB", source.Find(Address(GeoFiles.London)).Country);
        }

        _time.Advance(TimeSpan.FromMinutes(1));
        Assert.Equal("IE", source.Find(Address(GeoFiles.London)).Country);
    }

    [Fact]
    public void A_file_that_is_missing_broken_or_of_the_other_kind_is_named_at_the_start()
    {
        Assert.Contains("Countersign:GeoIp:City", Assert.Throws<StartException>(() => Open("/nowhere.mmdb", null)).Message, StringComparison.Ordinal);
        Assert.Contains("networks", Assert.Throws<StartException>(() => Open(_files.Asn, null)).Message, StringComparison.Ordinal);
        Assert.Contains("cities", Assert.Throws<StartException>(() => Open(null, _files.City)).Message, StringComparison.Ordinal);
        File.WriteAllBytes(_files.City, new byte[5000]);
        Assert.Contains("cannot be used", Assert.Throws<StartException>(() => Open(_files.City, null)).Message, StringComparison.Ordinal);
    }

    public void Dispose() => _files.Dispose();

    MmdbGeoSource Open(string? city, string? asn) => new(new GeoIpOptions { City = city, Asn = asn }, _time, NullLogger<MmdbGeoSource>.Instance);

    // As an operator does: the mapped file itself is left alone.
    static void Replace(string path, byte[] bytes)
    {
        File.WriteAllBytes(path + ".new", bytes);
        File.Move(path + ".new", path, overwrite: true);
    }

    static IpAddress Address(string text) => IpAddress.TryParse(text, out var address) ? address : throw new ArgumentException("No address.", nameof(text));
}
