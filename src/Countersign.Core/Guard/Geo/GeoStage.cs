using Countersign.Core.Channels;
using Countersign.Core.Guard.Lists;
using Countersign.Core.Numbers;
using Countersign.Core.Registry;
using Countersign.Core.Services;

namespace Countersign.Core.Guard.Geo;

/// <summary>Refuses numbers of countries that the account or the service has closed for the channel. The stricter of the two holds; the safe list is above both.</summary>
public sealed class GeoStage(IRegistry<AccountGeoPermissions> accounts, NumberLists lists) : ChannelRule
{
    /// <summary>After the block list, before everything that counts.</summary>
    public override int Order => 20;

    public override bool DiffersByChannel(VerifyService service) =>
        !service.Guard.Geo.IsOpen || accounts.Find(service.AccountSid, AccountGeoPermissions.OnlyName) is { Table.IsOpen: false };

    public override GuardRefusal? Forbids(VerifyService service, Destination to, UInt128 key, Channel channel, DateTimeOffset now)
    {
        if (to is not PhoneNumber number)
        {
            return null;
        }

        var country = number.Country;
        var byAccount = OfAccount(service.AccountSid, country, channel) == GeoRule.Deny;
        if ((!byAccount && service.Guard.Geo.For(country, channel) != GeoRule.Deny) || lists.IsSafe(service.AccountSid, key, number, now))
        {
            return null;
        }

        var (scope, whose) = byAccount ? ("account", "The account") : ("service", "The service");
        return new GuardRefusal(
            GuardRefusalKind.GeoDenied, "country_denied", $"{whose} does not send to this country by this channel. Open the country for it, or put the number on the safe list.")
        {
            Facts =
            [
                new("country", country),
                new("channel", ChannelNames.Of(channel)),
                new("scope", scope),
            ],
        };
    }

    /// <summary>Counts what went to a country that is watched.</summary>
    public override void Settle(StartFacts start, bool sent, DateTimeOffset now)
    {
        if (sent && !start.IsTest && RuleFor(start.Service, start.To, start.Channel) == GeoRule.Watch)
        {
            GuardMetrics.Watched(start.To.Country, ChannelNames.Of(start.Channel));
        }
    }

    /// <summary>What holds for a destination by a channel, account and service taken together and the safe list left aside.</summary>
    public GeoRule RuleFor(VerifyService service, Destination to, Channel channel)
    {
        if (to is not PhoneNumber number)
        {
            return GeoRule.Allow;
        }

        var (ofAccount, ofService) = (OfAccount(service.AccountSid, number.Country, channel), service.Guard.Geo.For(number.Country, channel));
        return ofAccount > ofService ? ofAccount : ofService;
    }

    GeoRule OfAccount(Sid account, string country, Channel channel) =>
        accounts.Find(account, AccountGeoPermissions.OnlyName)?.Table.For(country, channel) ?? GeoRule.Allow;
}
