using Countersign.Core.Routing;

namespace Countersign.Core.Delivery;

/// <summary>What carriers ask for a message, where a route does not say it.</summary>
public static class CarrierPrices
{
    /// <summary>The route, in which a carrier without a cost has its own price for the country, else that for all others (<c>*</c>).</summary>
    /// <param name="route">As it was set.</param>
    /// <param name="serving">The carriers that may take the message, none of them the sandbox.</param>
    /// <param name="country">Of the number, two capital letters.</param>
    public static Route WithPrices(this Route route, IReadOnlyList<LiveCarrier> serving, string country)
    {
        if (route.Carriers.All(carrier => carrier.Cost is not null) || serving.All(carrier => carrier.Definition!.Prices.Count == 0))
        {
            return route;
        }

        return route with { Carriers = [.. route.Carriers.Select(carrier => carrier.Cost is not null ? carrier : carrier with { Cost = PriceOf(carrier.Name) })] };

        decimal? PriceOf(string name) =>
            serving.FirstOrDefault(candidate => candidate.Name == name)?.Definition?.Prices is not { } prices ? null
            : prices.TryGetValue(country, out var price) || prices.TryGetValue("*", out price) ? price
            : null;
    }
}
