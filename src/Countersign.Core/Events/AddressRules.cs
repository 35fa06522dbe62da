using System.Net;
using System.Net.Sockets;

namespace Countersign.Core.Events;

/// <summary>
/// Which addresses events may be posted to. Whoever may set up a webhook chooses where this server connects to, from inside the operator's network: so only to what everybody on
/// the internet can reach, unless the operator says otherwise. Asked for the address that is connected to, not for the name. Pure.
/// </summary>
public sealed class AddressRules
{
    static readonly IPNetwork[] NotPublic =
    [
        .. new[]
        {
            // IPv4: this network, private, carriers' NAT, loopback, link-local (and clouds' metadata), protocol assignments, documentation, 6to4 relays, benchmarks, multicast, reserved.
            "0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12", "192.0.0.0/24", "192.0.2.0/24", "192.88.99.0/24", "192.168.0.0/16",
            "198.18.0.0/15", "198.51.100.0/24", "203.0.113.0/24", "224.0.0.0/4", "240.0.0.0/4",

            // A public address that is a cloud's own inside its networks (Azure).
            "168.63.129.16/32",

            // Within what is global of IPv6: protocol assignments with Teredo and ORCHID, documentation.
            "2001::/23", "2001:db8::/32", "3fff::/20",
        }.Select(text => IPNetwork.Parse(text)),
    ];

    static readonly IPNetwork GlobalUnicast = IPNetwork.Parse("2000::/3"), SixToFour = IPNetwork.Parse("2002::/16"), Nat64 = IPNetwork.Parse("64:ff9b::/96");

    readonly IPNetwork[] _allowed;

    public AddressRules(EventOptions options) : this(options.AllowedNetworks)
    {
    }

    internal AddressRules(IEnumerable<string> allowed) => _allowed = [.. allowed.Select(Parse)];

    /// <summary>Whether it is a network (CIDR) or an address.</summary>
    public static bool IsNetwork(string text) => IPNetwork.TryParse(text, out _) || IPAddress.TryParse(text, out _);

    /// <summary>Whether events may go there.</summary>
    public bool Allows(IPAddress address)
    {
        address = Plain(address);
        return Array.Exists(_allowed, network => network.BaseAddress.AddressFamily == address.AddressFamily && network.Contains(address)) || IsPublic(address);
    }

    /// <summary>Whether everybody can reach it.</summary>
    public static bool IsPublic(IPAddress address)
    {
        address = Plain(address);
        if (address.AddressFamily == AddressFamily.InterNetwork)
        {
            return !In(NotPublic, address);
        }

        // What leads to an IPv4 address is as public as that.
        if (Nat64.Contains(address))
        {
            return IsPublic(Embedded(address, 12));
        }

        return GlobalUnicast.Contains(address) && !In(NotPublic, address) && (!SixToFour.Contains(address) || IsPublic(Embedded(address, 2)));
    }

    static bool In(IPNetwork[] networks, IPAddress address) =>
        Array.Exists(networks, network => network.BaseAddress.AddressFamily == address.AddressFamily && network.Contains(address));

    /// <summary>An IPv4 address that is written as IPv6 is an IPv4 address; a scope is no part of an address.</summary>
    static IPAddress Plain(IPAddress address) => address.IsIPv4MappedToIPv6 ? address.MapToIPv4()
        : address.AddressFamily == AddressFamily.InterNetworkV6 && address.ScopeId != 0 ? new IPAddress(address.GetAddressBytes())
        : address;

    static IPAddress Embedded(IPAddress address, int at) => new(address.GetAddressBytes().AsSpan(at, 4));

    static IPNetwork Parse(string text) => IPNetwork.TryParse(text, out var network) ? network
        : IPAddress.Parse(text) is var address ? new IPNetwork(address, address.AddressFamily == AddressFamily.InterNetwork ? 32 : 128)
        : default;
}
