using System.Collections.Frozen;
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
    volatile Snapshot _snapshot = new(-1, -1, []);

    /// <summary>Whether a carrier would take a message of the service.</summary>
    /// <exception cref="Privacy.UnknownKeyException">One of the account's carriers opens with a key that this server does not have: it may be the one.</exception>
    public bool Serves(Sid account, Sid service, Channel channel, Destination to, bool isTest) =>
        IsServed(carriers.Serving(account, channel, to, isTest), account, service, channel, to);

    /// <summary>The channels that the next message may use, by the carriers that this server can read: it is said of what was kept already.</summary>
    public IReadOnlyList<Channel> ChannelsFor(Sid account, Sid service, Destination to, bool isTest)
    {
        var open = carriers.ChannelsFor(account, to, isTest);
        return open.Count == 0 || !HasDeadEnds(account) ? open : Served(open, account, service, to, isTest);
    }

    // By itself, so that only those who need the lambda make what it takes along: every start comes by here twice.
    IReadOnlyList<Channel> Served(IReadOnlyList<Channel> open, Sid account, Sid service, Destination to, bool isTest) =>
        [.. open.Where(channel => IsServed(carriers.ServingKnown(account, channel, to, isTest), account, service, channel, to))];

    bool IsServed(IReadOnlyList<LiveCarrier> serving, Sid account, Sid service, Channel channel, Destination to) =>
        serving.Count > 0 && (serving is [{ Definition: null }] || !HasDeadEnds(account) || !IsDeadEnd(account, service, channel, to));

    bool IsDeadEnd(Sid account, Sid service, Channel channel, Destination to) =>
        RouteMatch.Find(routes.Of(account), service, channel, to.Country, to is PhoneNumber ? to.Reveal()[1..] : "") is { } route && !IsServed(route);

    /// <summary>Whether one of a route's carriers is there, switched on, and of the route's channel.</summary>
    bool IsServed(Route route)
    {
        foreach (var candidate in carriers.Of(route.AccountSid))
        {
            if (candidate.Serves(route.Channel) && route.Carriers.Any(carrier => carrier.Name == candidate.Name))
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>Whether the account has any route that leads nowhere. Hardly one has, and an account may have a thousand: so that is worked out once for each change, and not for each start.</summary>
    bool HasDeadEnds(Sid account)
    {
        var snapshot = _snapshot;
        if (snapshot.Carriers != carriers.Version || snapshot.Routes != routes.Version)
        {
            // The versions first: what changes while this is worked out makes it be worked out again.
            var (ofCarriers, ofRoutes) = (carriers.Version, routes.Version);
            _snapshot = snapshot = new Snapshot(ofCarriers, ofRoutes, routes.All.Where(route => !IsServed(route)).Select(route => route.AccountSid).ToFrozenSet());
        }

        return snapshot.DeadEnds.Contains(account);
    }

    /// <summary>The accounts that have such a route, as of a version of the carriers and of the routes.</summary>
    sealed record Snapshot(long Carriers, long Routes, FrozenSet<Sid> DeadEnds);
}
