namespace Countersign.Core.Guard.Risk;

/// <summary>
/// How far and how fast. Addresses are placed roughly: phones surface where their carrier's gateway is, and a VPN anywhere. So both radii are taken off, short distances
/// do not count, and the weight is low. Pure.
/// </summary>
static class Travel
{
    public const double EarthKm = 6371;

    /// <summary>Below this, two places may be one.</summary>
    public const double LeastKm = 100;

    /// <summary>Faster than an airliner from door to door.</summary>
    public const double FastestKmh = 1000;

    /// <summary>Taken for the radius where a database gives none.</summary>
    const int UsualRadiusKm = 50;

    /// <summary>How long a person would still be on the way; zero where the journey is possible.</summary>
    public static TimeSpan StillToGo(in GeoPlace from, in GeoPlace to, TimeSpan since)
    {
        if (!from.HasPoint || !to.HasPoint)
        {
            return TimeSpan.Zero;
        }

        var km = Kilometres(from, to) - Radius(from) - Radius(to);
        var hours = (km / FastestKmh) - since.TotalHours;
        return km <= LeastKm || hours <= 0 ? TimeSpan.Zero : TimeSpan.FromHours(hours);
    }

    /// <summary>Along the great circle (haversine).</summary>
    public static double Kilometres(in GeoPlace from, in GeoPlace to)
    {
        var (a, b) = (double.DegreesToRadians(from.Latitude), double.DegreesToRadians(to.Latitude));
        var (north, east) = (Math.Sin((b - a) / 2), Math.Sin(double.DegreesToRadians(to.Longitude - from.Longitude) / 2));
        return 2 * EarthKm * Math.Asin(Math.Min(1, Math.Sqrt((north * north) + (Math.Cos(a) * Math.Cos(b) * east * east))));
    }

    static int Radius(in GeoPlace place) => place.RadiusKm > 0 ? place.RadiusKm : UsualRadiusKm;
}
