using Countersign.Core.Channels;
using Countersign.Core.Routing;
using CsCheck;

namespace Countersign.Core.Tests.Routing;

public sealed class RouteMatchTests
{
    static readonly Sid Shop = Sid.Parse("VA00000000000000000000000000000001", "VA");
    static readonly Sid Bank = Sid.Parse("VA00000000000000000000000000000002", "VA");

    [Fact]
    public void From_the_widest_to_the_narrowest_each_wins_over_those_before_it()
    {
        Route[] narrowing =
        [
            Of("all"),
            Of("sweden", country: "SE"),
            Of("short-prefix", prefix: "46"),
            Of("long-prefix", prefix: "46701"),
            Of("long-prefix-in-sweden", prefix: "46701", country: "SE"),
            Of("shop", service: Shop),
            Of("shop-sweden", service: Shop, country: "SE"),
            Of("shop-prefix", service: Shop, prefix: "467"),
        ];

        for (var count = 1; count <= narrowing.Length; count++)
        {
            var found = RouteMatch.Find(narrowing.Take(count).Reverse(), Shop, Channel.Sms, "SE", "46701740605");

            Assert.Equal(narrowing[count - 1].Name, found?.Name);
        }
    }

    [Fact]
    public void What_is_for_another_service_channel_country_or_prefix_does_not_fit()
    {
        Route[] others = [Of("bank", service: Bank), Of("calls", channel: Channel.Call), Of("france", country: "FR"), Of("elsewhere", prefix: "4670199")];

        Assert.Null(RouteMatch.Find(others, Shop, Channel.Sms, "SE", "46701740605"));
    }

    [Fact]
    public void E_mail_has_neither_country_nor_digits_and_takes_the_routes_without() =>
        Assert.Equal("mail", RouteMatch.Find([Of("mail", channel: Channel.Email), Of("mail-sweden", channel: Channel.Email, country: "SE")], Shop, Channel.Email, "", "")?.Name);

    [Fact]
    public void The_order_in_which_routes_are_given_does_not_matter()
    {
        var route = Gen.Select(AnyOf<Sid?>(null, Shop, Bank), AnyOf(null, "SE", "FR"), AnyOf(null, "4", "46", "46701", "33"), Gen.Int[0, 3]);
        Gen.Select(route.List[0, 12], Gen.Int[0, 1_000]).Sample((list, seed) =>
        {
            var routes = list.Select((made, i) => Of($"route-{i}", made.Item1, made.Item2, made.Item3) with { CreatedAt = Desk.Start.AddDays(made.Item4) }).ToArray();
            var shuffled = (Route[])routes.Clone();
            new Random(seed).Shuffle(shuffled);

            Assert.Equal(Find(routes), Find(shuffled));
        });

        static string? Find(Route[] routes) => RouteMatch.Find(routes, Shop, Channel.Sms, "SE", "46701740605")?.Name;
    }

    static Gen<T> AnyOf<T>(params T[] values) => Gen.Int[0, values.Length - 1].Select(i => values[i]);

    static Route Of(string name, Sid? service = null, string? country = null, string? prefix = null, Channel channel = Channel.Sms) => new()
    {
        AccountSid = Desk.Account,
        Name = name,
        ServiceSid = service,
        Channel = channel,
        Country = country,
        Prefix = prefix,
        Strategy = RouteStrategy.Ordered,
        Carriers = [],
    };
}
