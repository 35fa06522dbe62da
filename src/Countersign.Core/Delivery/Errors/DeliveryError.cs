namespace Countersign.Core.Delivery.Errors;

/// <summary>
/// Why a message was not taken or did not arrive, whichever carrier said so and in whatever words. Each has one class (<see cref="SendFailure"/>), an explanation and
/// advice in the dictionary. The numbers are stored: add, never renumber.
/// </summary>
public enum DeliveryError
{
    /// <summary>The carrier gave no reason, or one that nobody knows.</summary>
    Unknown = 1,

    /// <summary>The phone is switched off or out of reach.</summary>
    Unreachable = 2,

    /// <summary>The number is not in service.</summary>
    UnknownNumber = 3,

    /// <summary>The number is malformed or impossible for the carrier.</summary>
    InvalidNumber = 4,

    /// <summary>A landline, or another line that takes no text messages.</summary>
    Landline = 5,

    /// <summary>Filtered for its content or by policy on the way.</summary>
    Filtered = 6,

    /// <summary>The person opted out (STOP), or blocked the sender.</summary>
    BlockedByRecipient = 7,

    /// <summary>The sender must be registered first in this country.</summary>
    UnregisteredSender = 8,

    /// <summary>The sender is malformed, not ours, or cannot send this kind of message.</summary>
    InvalidSender = 9,

    /// <summary>The network on the way is congested.</summary>
    Congestion = 10,

    /// <summary>More messages than the carrier lets this account send at once.</summary>
    Throttled = 11,

    /// <summary>The daily or monthly quota is used up.</summary>
    QuotaReached = 12,

    /// <summary>Its time ran out before it could be delivered.</summary>
    Expired = 13,

    /// <summary>The carrier takes this for fraud (SMS pumping).</summary>
    FraudBlock = 14,

    /// <summary>The carrier's account may not send to this country.</summary>
    CountryNotEnabled = 15,

    /// <summary>The carrier has no way to this number.</summary>
    NoRoute = 16,

    /// <summary>The carrier does not accept our credentials.</summary>
    Authentication = 17,

    /// <summary>The carrier suspended the account.</summary>
    AccountSuspended = 18,

    /// <summary>The account's balance is used up.</summary>
    InsufficientFunds = 19,

    /// <summary>The carrier had an error of its own.</summary>
    CarrierFault = 20,

    /// <summary>The carrier did not answer in time, or its answer was lost: it may have the message, or not.</summary>
    Timeout = 21,

    /// <summary>The carrier could not be connected to.</summary>
    ConnectionFailed = 22,

    /// <summary>The carrier answered what its documentation does not allow.</summary>
    MalformedAnswer = 23,

    /// <summary>The text is too long or malformed for the carrier.</summary>
    ContentTooLong = 24,

    /// <summary>The message template is missing, rejected, paused, or its parameters do not match.</summary>
    TemplateRejected = 25,

    /// <summary>The number is not on this channel, for example has no WhatsApp account.</summary>
    NotOnChannel = 26,

    /// <summary>The call was not answered.</summary>
    NoAnswer = 27,

    /// <summary>The line was busy.</summary>
    Busy = 28,

    /// <summary>The call was declined, or no key was pressed.</summary>
    CallRejected = 29,

    /// <summary>There is no such mailbox.</summary>
    MailboxUnknown = 30,

    /// <summary>The mailbox is full or cannot take mail now.</summary>
    MailboxUnavailable = 31,

    /// <summary>The mail server refused the mail as spam or by policy.</summary>
    MailRejected = 32,

    /// <summary>The price is above the limit that was set.</summary>
    PriceTooHigh = 33,

    /// <summary>A request was refused because a setting of the carrier is wrong.</summary>
    Misconfigured = 34,

    /// <summary>The message was cancelled at the carrier.</summary>
    Canceled = 35,

    /// <summary>No carrier here serves the destination on this channel.</summary>
    NoCarrier = 36,

    /// <summary>The service was deleted before the message could be sent.</summary>
    ServiceDeleted = 37,

    /// <summary>The message could not be written; the server's log says why.</summary>
    InternalError = 38,

    /// <summary>The carrier cannot ask for the key that the service wants pressed before a call reads the code.</summary>
    KeyPressUnavailable = 39,
}
