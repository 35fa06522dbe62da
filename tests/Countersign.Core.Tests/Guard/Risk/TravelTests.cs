using Countersign.Core.Guard.Risk;

namespace Countersign.Core.Tests.Guard.Risk;

public sealed class TravelTests
{
    static readonly GeoPlace London = new("GB", 51.5074f, -0.1278f, 0, 0);
    static readonly GeoPlace Paris = new("FR", 48.8566f, 2.3522f, 0, 0);

    [Fact]
    public void Distances_are_those_of_the_great_circle()
    {
        Assert.InRange(Travel.Kilometres(London, Paris), 342, 345);
        Assert.InRange(Travel.Kilometres(new GeoPlace(null, 0, 179.5f, 0, 0), new GeoPlace(null, 0, -179.5f, 0, 0)), 111, 112);
        Assert.Equal(0, Travel.Kilometres(Paris, Paris));
    }

    [Fact]
    public void Near_places_rough_places_and_unknown_ones_are_never_too_far()
    {
        Assert.True(Travel.StillToGo(London, Paris, TimeSpan.Zero) > TimeSpan.Zero);
        Assert.Equal(TimeSpan.Zero, Travel.StillToGo(London with { RadiusKm = 200 }, Paris, TimeSpan.Zero));
        Assert.Equal(TimeSpan.Zero, Travel.StillToGo(London, London with { Latitude = 52.5f }, TimeSpan.Zero));
        Assert.Equal(TimeSpan.Zero, Travel.StillToGo(GeoPlace.Unknown, Paris, TimeSpan.Zero));
        Assert.Equal(TimeSpan.Zero, Travel.StillToGo(London, Paris, TimeSpan.FromHours(1)));
    }

    [Fact]
    public void Countries_with_one_hour_have_it_and_those_with_many_have_none()
    {
        var noon = new DateTimeOffset(2026, 3, 1, 12, 0, 0, TimeSpan.Zero);

        Assert.Equal(17, LocalHours.At(noon, GeoPlace.Unknown, "IN"));
        Assert.Null(LocalHours.At(noon, GeoPlace.Unknown, "US"));
        Assert.Equal(7, LocalHours.At(noon, new GeoPlace("US", 40.7f, -74f, 0, 0), "US"));
        Assert.All(LocalHours.Listed, country => Assert.Matches("^[A-Z]{2}$", country));
    }
}
