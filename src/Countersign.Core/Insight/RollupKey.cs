using Countersign.Core.Channels;
using Countersign.Core.Delivery.Errors;

namespace Countersign.Core.Insight;

/// <summary>
/// What one row of the rollup counts. It names a service and no person: no number, no verification. Keys are ordered, so that stores which many nodes write to can take
/// their rows in one order and never wait for each other in a ring.
/// </summary>
/// <param name="Hour">Hours since 1970 (UTC): the hour in which the verification started, or the message was asked for.</param>
/// <param name="Account">The service's account.</param>
/// <param name="Service">The service (VA…).</param>
/// <param name="Country">ISO 3166-1 alpha-2 country of the destination, for messages that of where they went; empty for mailboxes and numbers of no country.</param>
/// <param name="Channel">Which channel: see each counter.</param>
/// <param name="Carrier">The carrier that took the message or refused it last; empty where none did, and for what a message has no part in.</param>
/// <param name="Error">Why the messages failed or did not arrive; null for all else.</param>
public readonly record struct RollupKey(int Hour, Sid Account, Sid Service, string Country, Channel Channel, string Carrier, DeliveryError? Error) : IComparable<RollupKey>
{
    /// <summary>The start of the hour.</summary>
    public DateTimeOffset At => MomentOf(Hour);

    /// <summary>The hour that a moment is in.</summary>
    public static int HourOf(DateTimeOffset moment) => (int)Math.DivRem(moment.ToUnixTimeMilliseconds(), 3_600_000).Quotient;

    /// <summary>The start of an hour.</summary>
    public static DateTimeOffset MomentOf(int hour) => DateTimeOffset.FromUnixTimeMilliseconds(hour * 3_600_000L);

    /// <summary>How a rollup names a country: empty for <c>ZZ</c>.</summary>
    public static string CountryOf(Numbers.Destination destination) => destination.Country is var country && country == "ZZ" ? "" : country;

    // By hand, the cheapest parts first: this is looked up for every event.
    public bool Equals(RollupKey other) =>
        Hour == other.Hour && Service == other.Service && Channel == other.Channel && Error == other.Error && Account == other.Account
        && Country == other.Country && Carrier == other.Carrier;

    // A service has one account, and hours are few: the rest tells keys apart.
    public override int GetHashCode() => HashCode.Combine(
        (ulong)Service.Value, Hour, (int)Channel, (int?)Error ?? 0, string.GetHashCode(Country, StringComparison.Ordinal), string.GetHashCode(Carrier, StringComparison.Ordinal));

    public int CompareTo(RollupKey other)
    {
        var order = Hour.CompareTo(other.Hour);
        order = order != 0 ? order : Account.CompareTo(other.Account);
        order = order != 0 ? order : Service.CompareTo(other.Service);
        order = order != 0 ? order : string.CompareOrdinal(Country, other.Country);
        order = order != 0 ? order : Channel.CompareTo(other.Channel);
        order = order != 0 ? order : string.CompareOrdinal(Carrier, other.Carrier);
        return order != 0 ? order : ((int?)Error ?? 0).CompareTo((int?)other.Error ?? 0);
    }

    public static bool operator <(RollupKey left, RollupKey right) => left.CompareTo(right) < 0;

    public static bool operator >(RollupKey left, RollupKey right) => left.CompareTo(right) > 0;

    public static bool operator <=(RollupKey left, RollupKey right) => left.CompareTo(right) <= 0;

    public static bool operator >=(RollupKey left, RollupKey right) => left.CompareTo(right) >= 0;
}
