using System.Collections.Frozen;

namespace Countersign.Core.Guard.Risk;

/// <summary>
/// Large providers of servers, by the numbers of their autonomous systems (public registries). Those that carry people's traffic as well, such as Cloudflare (private relays),
/// are left out; what is missing is only a signal less.
/// </summary>
static class HostingNetworks
{
    static readonly FrozenSet<uint> Known = new uint[]
    {
        14618, 16509, // Amazon
        396982, // Google Cloud
        8075, // Microsoft
        31898, // Oracle Cloud
        45102, // Alibaba Cloud
        132203, // Tencent Cloud
        14061, // DigitalOcean
        63949, // Linode
        20473, // Vultr
        16276, // OVH
        24940, 213230, // Hetzner
        12876, // Scaleway
        51167, // Contabo
        8560, // IONOS
        60781, 28753, 30633, 59253, // Leaseweb
        9009, // M247
        60068, 212238, // Datacamp
        36352, // ColoCrossing
        53667, // FranTech
        197540, // netcup
        47583, // Hostinger
        62240, // Clouvider
    }.ToFrozenSet();

    public static bool Contains(uint network) => Known.Contains(network);
}
