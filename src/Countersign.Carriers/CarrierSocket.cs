using System.Net;
using System.Net.Sockets;
using Countersign.Core.Delivery;

namespace Countersign.Carriers;

/// <summary>
/// The connections to carriers, whatever is spoken over them: to what the name resolves to, but for the addresses at which a cloud tells credentials and settings to whoever asks
/// from inside, and those of networks that the operator did not name. A carrier's address is set by an API key. Checked after resolving, so that no name leads there.
/// </summary>
static class CarrierSocket
{
    /// <summary>Link-local addresses (RFC 3927, RFC 4291), where most clouds have their metadata services; then those that have them elsewhere.</summary>
    static readonly IPNetwork[] Refused =
    [
        .. new[]
        {
            "169.254.0.0/16", "fe80::/10",
            "fd00:ec2::/32",      // AWS
            "fd20:ce::254/128",   // Google
            "168.63.129.16/32",   // Azure
            "100.100.100.200/32", // Alibaba
        }.Select(text => IPNetwork.Parse(text)),
    ];

    // What leads to an IPv4 address is refused as that is: NAT64 (RFC 6052, RFC 8215), 6to4.
    static readonly (IPNetwork Network, int At)[] Embedding =
        [(IPNetwork.Parse("64:ff9b::/96"), 12), (IPNetwork.Parse("64:ff9b:1::/48"), 12), (IPNetwork.Parse("2002::/16"), 2)];

    /// <summary>Connects to the first address that answers.</summary>
    /// <exception cref="SocketException">There is no such name, nobody answers, or all of its addresses are refused (<see cref="SocketError.AccessDenied"/>).</exception>
    public static async ValueTask<NetworkStream> ConnectAsync(string host, int port, CarrierNetworks networks, CancellationToken ct)
    {
        var found = IPAddress.TryParse(host, out var address) ? [address] : await Dns.GetHostAddressesAsync(host, ct);
        var allowed = found.Where(one => !IsRefused(one) && networks.Allows(one)).ToArray();
        if (allowed.Length == 0)
        {
            throw new SocketException((int)SocketError.AccessDenied, "The carrier's address is link-local, a cloud's own, or in no network of Countersign:Carriers:AllowedNetworks.");
        }

        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        try
        {
            await socket.ConnectAsync(allowed, port, ct);
            return new NetworkStream(socket, ownsSocket: true);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    /// <summary>Whether nothing is sent there.</summary>
    internal static bool IsRefused(IPAddress address)
    {
        var plain = address.IsIPv4MappedToIPv6 ? address.MapToIPv4()
            : address.AddressFamily == AddressFamily.InterNetworkV6 ? new IPAddress(address.GetAddressBytes()) // Without its scope.
            : address;
        return Array.Exists(Refused, network => network.Contains(plain))
            || Array.Exists(Embedding, way => way.Network.Contains(plain) && IsRefused(new IPAddress(plain.GetAddressBytes().AsSpan(way.At, 4))));
    }
}
