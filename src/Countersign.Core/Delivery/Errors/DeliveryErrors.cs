using System.Collections.Frozen;
using System.Text.Json;

namespace Countersign.Core.Delivery.Errors;

/// <summary>What is known of each error by itself.</summary>
public static class DeliveryErrors
{
    static readonly FrozenDictionary<DeliveryError, string> Names = Enum.GetValues<DeliveryError>().ToFrozenDictionary(static error => error, static error => JsonNamingPolicy.SnakeCaseLower.ConvertName(error.ToString()));

    /// <summary>The name under which everybody meets it: in the dictionary, in answers, events, metrics and the log.</summary>
    public static string NameOf(DeliveryError error) => Names.TryGetValue(error, out var name) ? name : JsonNamingPolicy.SnakeCaseLower.ConvertName(error.ToString());

    /// <summary>The class that decides what happens next: another carrier, another channel, later, or nothing.</summary>
    public static SendFailure ClassOf(DeliveryError error) => error switch
    {
        DeliveryError.FraudBlock => SendFailure.FraudBlock,

        DeliveryError.UnknownNumber or DeliveryError.InvalidNumber or DeliveryError.BlockedByRecipient or DeliveryError.MailboxUnknown => SendFailure.NumberRefused,

        DeliveryError.Congestion or DeliveryError.Throttled or DeliveryError.Timeout => SendFailure.TryAgain,

        DeliveryError.Authentication or DeliveryError.AccountSuspended or DeliveryError.InsufficientFunds or DeliveryError.QuotaReached
            or DeliveryError.CarrierFault or DeliveryError.ConnectionFailed or DeliveryError.MalformedAnswer or DeliveryError.Misconfigured
            or DeliveryError.InvalidSender or DeliveryError.TemplateRejected or DeliveryError.NoCarrier or DeliveryError.ServiceDeleted
            or DeliveryError.InternalError => SendFailure.CarrierDown,

        _ => SendFailure.ChannelRefused,
    };
}
