using Countersign.Core.Channels;

namespace Countersign.Core.Routing;

/// <summary>Finds the route of a message.</summary>
public static class RouteMatch
{
    /// <summary>
    /// The most specific of an account's routes that fit; null where none does. A service's own route goes before the account's,
    /// then the longer prefix before the shorter, a country before the whole world, and the older route before the newer.
    /// </summary>
    /// <param name="routes">The account's routes, in any order.</param>
    /// <param name="service">The service that sends.</param>
    /// <param name="channel">The channel that it sends over.</param>
    /// <param name="country">ISO 3166-1 alpha-2 code; empty where there is none, as for e-mail.</param>
    /// <param name="digits">The number without its plus; empty for e-mail.</param>
    public static Route? Find(IEnumerable<Route> routes, Sid service, Channel channel, string country, string digits)
    {
        Route? best = null;
        foreach (var route in routes)
        {
            if (Fits(route, service, channel, country, digits) && (best is null || Compare(route, best) < 0))
                best = route;
        }

        return best;
    }

    static bool Fits(Route route, Sid service, Channel channel, string country, string digits) =>
        route.Channel == channel
        && (route.ServiceSid is null || route.ServiceSid == service)
        && (route.Country is null || string.Equals(route.Country, country, StringComparison.OrdinalIgnoreCase))
        && (route.Prefix is null || digits.StartsWith(route.Prefix, StringComparison.Ordinal));

    static int Compare(Route left, Route right)
    {
        var order = (right.ServiceSid is not null).CompareTo(left.ServiceSid is not null);
        if (order == 0)
            order = (right.Prefix?.Length ?? 0).CompareTo(left.Prefix?.Length ?? 0);
        if (order == 0)
            order = (right.Country is not null).CompareTo(left.Country is not null);
        if (order == 0)
            order = left.CreatedAt.CompareTo(right.CreatedAt);
        return order != 0 ? order : string.CompareOrdinal(left.Name, right.Name);
    }
}
