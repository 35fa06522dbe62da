using Countersign.Core.Channels;
using Countersign.Core.Numbers;
using Countersign.Core.Registry;
using Countersign.Core.Routing;

namespace Countersign.Core.Delivery;

/// <summary>
/// What can be sent to a destination: by the carriers that there are, and by the account's routes, which may leave it with none. Nobody is told "pending" for a message that no carrier can take.
/// </summary>
public sealed class ServedChannels(CarrierDirectory carriers, IRegistry<Route> routes)
{
    /// <summary>Whether a carrier would take a message of the service.</summary>
    public bool Serves(Sid account, Sid service, Channel channel, Destination to, bool isTest)
    {
        var serving = carriers.Serving(account, channel, to, isTest);
        if (serving.Count == 0)
        {
            return false;
        }

        if (serving is [{ Definition: null }] || routes.Of(account) is not { Count: > 0 } own)
        {
            return true;
        }

        var digits = to is PhoneNumber ? to.Reveal()[1..] : "";
        return RouteMatch.Find(own, service, channel, to.Country, digits) is not { } route || IsServed(route, serving);
    }

    /// <summary>The channels that the next message may use.</summary>
    public IReadOnlyList<Channel> ChannelsFor(Sid account, Sid service, Destination to, bool isTest)
    {
        var open = carriers.ChannelsFor(account, to, isTest);
        foreach (var channel in open)
        {
            if (!Serves(account, service, channel, to, isTest))
            {
                return [.. open.Where(other => Serves(account, service, other, to, isTest))];
            }
        }

        return open;
    }

    /// <summary>Whether one of a route's carriers is among those that serve.</summary>
    public static bool IsServed(Route route, IReadOnlyList<LiveCarrier> serving)
    {
        foreach (var carrier in route.Carriers)
        {
            foreach (var candidate in serving)
            {
                if (candidate.Name == carrier.Name)
                {
                    return true;
                }
            }
        }

        return false;
    }
}
