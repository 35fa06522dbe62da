using System.Net;
using System.Net.Sockets;

namespace Countersign.Server.Callbacks;

/// <summary>
/// The network that a callback comes from: a /24 of IPv4 or a /48 of IPv6, as limits have them. By the connection's address, or by what a proxy that is configured says in its place.
/// </summary>
static class CallbackNetwork
{
    /// <summary>
    /// The operator's own: loopback, private, link-local. What comes from there comes through a proxy that is not configured, and so from everybody; or from within.
    /// </summary>
    public const ulong Own = 0;

    const ulong V4 = 1UL << 56, V6 = 2UL << 56;

    static readonly IPNetwork[] OwnV4 = [.. new[] { "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12", "192.168.0.0/16" }.Select(text => IPNetwork.Parse(text))];

    static readonly IPNetwork Nat64 = IPNetwork.Parse("64:ff9b::/96");

    /// <summary>A number for the network, one for each; <see cref="Own"/> also where there is no address, as with a Unix socket.</summary>
    public static ulong Of(IPAddress? address)
    {
        if (address is null)
        {
            return Own;
        }

        address = address.IsIPv4MappedToIPv6 ? address.MapToIPv4() : address;
        Span<byte> bytes = stackalloc byte[16];
        address.TryWriteBytes(bytes, out var length);
        if (address.AddressFamily == AddressFamily.InterNetwork)
        {
            return Array.Exists(OwnV4, own => own.Contains(address)) ? Own : V4 | Number(bytes[..3]);
        }

        // Of what a translator at the edge brings from IPv4 (RFC 6052).
        if (Nat64.Contains(address))
        {
            return V4 | Number(bytes[12..15]);
        }

        return IPAddress.IsLoopback(address) || address.IsIPv6LinkLocal || address.IsIPv6UniqueLocal ? Own : V6 | Number(bytes[..6]);
    }

    static ulong Number(ReadOnlySpan<byte> bytes)
    {
        var number = 0UL;
        foreach (var one in bytes)
        {
            number = (number << 8) | one;
        }

        return number;
    }
}
