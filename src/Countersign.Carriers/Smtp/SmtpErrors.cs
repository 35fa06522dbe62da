using Countersign.Core.Delivery.Errors;
using static Countersign.Core.Delivery.Errors.DeliveryError;

namespace Countersign.Carriers.Smtp;

/// <summary>
/// What the codes that mail servers answer with usually mean, for the dictionary: the enhanced ones first (RFC 3463), which say more, then the plain ones (RFC 5321).
/// A reply is read with more care than a table can show: the step at which it came counts too.
/// </summary>
public static class SmtpErrors
{
    /// <summary>What each code means.</summary>
    public static IReadOnlyDictionary<string, DeliveryError> All { get; } = new Dictionary<string, DeliveryError>
    {
        ["5.1.1"] = MailboxUnknown,
        ["5.1.2"] = MailboxUnknown,
        ["5.1.3"] = MailboxUnknown,
        ["5.1.7"] = InvalidSender,
        ["5.1.8"] = InvalidSender,
        ["5.1.10"] = MailboxUnknown,
        ["4.2.1"] = MailboxUnavailable,
        ["5.2.1"] = MailboxUnavailable,
        ["4.2.2"] = MailboxUnavailable,
        ["5.2.2"] = MailboxUnavailable,
        ["5.2.3"] = ContentTooLong,
        ["4.3.2"] = Congestion,
        ["5.3.4"] = ContentTooLong,
        ["4.4.5"] = Congestion,
        ["5.4.4"] = NoRoute,
        ["4.7.0"] = Throttled,
        ["4.7.1"] = Throttled,
        ["5.7.0"] = MailRejected,
        ["5.7.1"] = MailRejected,
        ["5.7.8"] = Authentication,
        ["5.7.26"] = MailRejected,
        ["5.7.27"] = InvalidSender,
        ["421"] = Throttled,
        ["450"] = MailboxUnavailable,
        ["451"] = Congestion,
        ["452"] = Congestion,
        ["454"] = Throttled,
        ["530"] = Authentication,
        ["534"] = Authentication,
        ["535"] = Authentication,
        ["538"] = Authentication,
        ["523"] = ContentTooLong,
    };
}
