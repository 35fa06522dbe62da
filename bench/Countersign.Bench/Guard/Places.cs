using System.Net;
using Countersign.Bench.Routing;
using Countersign.Core.Guard.Risk;
using Countersign.Core.Numbers;

namespace Countersign.Bench.Guard;

/// <summary>
/// The database of addresses that a simulated server has: it knows the places that the simulation gave out, one network in thirty wrongly, to another country. Countries have their longitude by
/// their hour and any latitude, so that distances are of the right order.
/// </summary>
sealed class Places : IGeoSource
{
    const int WrongOneIn = 30;
    const int RadiusKm = 50;

    // By whom hosting_network is raised; not all whose servers are rented are on any list.
    const uint ListedHost = 16509, OtherHost = 64511;

    readonly Dictionary<IPAddress, GeoPlace> _known = [];

    public GeoPlace Find(IpAddress address) => _known.GetValueOrDefault(address.RevealAddress(), GeoPlace.Unknown);

    /// <summary>Somebody's line at home or in an office: one of five providers of the country.</summary>
    public void Home(IPAddress address, Land land) => Add(address, land, (uint)(64_600 + (IndexOf(land) * 5) + (NetworkOf(address) % 5)));

    /// <summary>A mobile operator's translation: one of three operators of the country, each of which lets its phones out here and there.</summary>
    public void Carrier(IPAddress address, Land land) => Add(address, land, (uint)(64_900 + (IndexOf(land) * 3) + (NetworkOf(address) % 3)));

    /// <summary>A rented server, or a VPN's: anywhere.</summary>
    public void Host(IPAddress address) => Add(address, Lands.All[NetworkOf(address) % Lands.HomeCount], NetworkOf(address) % 10 < 7 ? ListedHost : OtherHost);

    void Add(IPAddress address, Land land, uint network)
    {
        var mixed = (int)(Dice.Mix((ulong)NetworkOf(address)) >> 33);
        var at = mixed % WrongOneIn == 0 ? Lands.All[mixed / WrongOneIn % Lands.All.Length] : land;
        var latitude = -30 + (float)(Dice.Mix((ulong)IndexOf(at)) % 85);
        _known[address] = new GeoPlace(at.Code, latitude + (mixed % 400 / 100f), (float)(at.Hours * 15) + (mixed / 400 % 400 / 100f), RadiusKm, network);
    }

    static int IndexOf(Land land) => Array.IndexOf(Lands.All, land);

    /// <summary>The /24, as a number.</summary>
    static int NetworkOf(IPAddress address)
    {
        var bytes = address.GetAddressBytes();
        return (bytes[0] << 16) | (bytes[1] << 8) | bytes[2];
    }
}
