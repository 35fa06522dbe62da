namespace Countersign.Server.Tests.GeoIp;

/// <summary>Two small databases of the networks for documentation: London, Tokyo, and a data centre in London.</summary>
sealed class GeoFiles : IDisposable
{
    public const string London = "203.0.113.7", Tokyo = "198.51.100.7", Rented = "192.0.2.7";

    readonly DirectoryInfo _directory = Directory.CreateTempSubdirectory("countersign-geo-");

    public GeoFiles()
    {
        File.WriteAllBytes(City, Cities().ToArray());
        File.WriteAllBytes(Asn, Networks().ToArray());
    }

    public string City => Path.Combine(_directory.FullName, "city.mmdb");

    public string Asn => Path.Combine(_directory.FullName, "asn.mmdb");

    public string[] Settings => ["--Countersign:GeoIp:City", City, "--Countersign:GeoIp:Asn", Asn];

    public static MmdbWriter Cities() => new MmdbWriter("GeoLite2-City")
        .Add("203.0.113.0/24", Place("GB", 51.51, -0.13))
        .Add("192.0.2.0/24", Place("GB", 51.51, -0.13))
        .Add("198.51.100.0/24", Place("JP", 35.68, 139.69))
        .Add("2001:db8::/32", Place("FR", 48.86, 2.35));

    public static MmdbWriter Networks() => new MmdbWriter("DBIP-ASN-Lite (compat=GeoLite2-ASN)")
        .Add("203.0.113.0/24", Network(64496))
        .Add("198.51.100.0/24", Network(64497))
        .Add("192.0.2.0/24", Network(14061));

    public static Dictionary<string, object> Place(string country, double latitude, double longitude) => new()
    {
        ["city"] = new Dictionary<string, object> { ["names"] = new Dictionary<string, object> { ["en"] = "A city whose name is long enough for the longer form" } },
        ["country"] = new Dictionary<string, object> { ["iso_code"] = country, ["geoname_id"] = 1U },
        ["location"] = new Dictionary<string, object> { ["accuracy_radius"] = (ushort)20, ["latitude"] = latitude, ["longitude"] = longitude },
    };

    static Dictionary<string, object> Network(uint number) => new() { ["autonomous_system_number"] = number, ["autonomous_system_organization"] = "Example" };

    public void Dispose() => _directory.Delete(recursive: true);
}
