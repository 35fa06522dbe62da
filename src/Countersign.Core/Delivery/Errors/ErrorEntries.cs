using static Countersign.Core.Delivery.Errors.ErrorSeverity;
using static Countersign.Core.Delivery.Errors.Remedies;

namespace Countersign.Core.Delivery.Errors;

/// <summary>
/// The texts of the error dictionary, one block for each error: Twilio's number and the other numbers that mean it, a title, what happened, what the operator can do,
/// what the person can do, what may help, who should look. Twilio's numbers are those of its public error dictionary.
/// </summary>
static class ErrorEntries
{
    const int NoNumber = ErrorEntry.NoTwilioCode;

    const Remedies AnyWay = AnotherCarrier | AnotherChannel;

    public static IReadOnlyList<ErrorEntry> All { get; } =
    [
        Entry(DeliveryError.Unknown, 30008, [], "No reason was given",
            "The message did not arrive, and the carrier did not say why, or said it with a code that is not known here.",
            "Ask the carrier, naming its message id. If it happens often with one carrier, prefer another on that route.",
            "Try again, or choose another way to get the code.",
            AnyWay | Waiting, Warning),

        Entry(DeliveryError.Unreachable, 30003, [], "The phone is off or out of reach",
            "The network knows the number and could not reach the phone: it is switched off, has no signal, or roams where nobody delivers.",
            "Nothing for a single person. If one country or network stands out, another carrier may have a better way there.",
            "Check that the phone is on and has signal, then ask for the code again.",
            AnyWay | Waiting, Info),

        Entry(DeliveryError.UnknownNumber, 30005, [], "The number is not in service",
            "The network has no subscriber with this number: it was never given out, was given back, or was deactivated.",
            "Nothing: another carrier will hear the same. Many of them in a row are a sign of invented numbers; look at where they come from.",
            "Check the number, or use another one.",
            None, Info),

        Entry(DeliveryError.InvalidNumber, 21211, [21201, 21217, 21604, 30014, 63024], "The number cannot exist",
            "The carrier says that the number is malformed or impossible.",
            "Nothing is sent to impossible numbers here, so carrier and Countersign disagree about a numbering plan: report it with the number's first digits.",
            "Check the number, with its country code.",
            None, Info),

        Entry(DeliveryError.Landline, 30006, [21614], "The number takes no text messages",
            "It is a landline, or another line that receives no texts, or the network behind it is closed to them.",
            "Offer a voice call. The service's setting SkipSmsToLandlines saves the attempt.",
            "Ask for a call, or use a mobile number.",
            AnotherChannel, Info),

        Entry(DeliveryError.Filtered, 30007, [30004, 63013, 63032], "Filtered on the way",
            "A carrier or network discarded the message because of its content, its sender, its rules about automatic messages, or how many the number got.",
            "Use the default text or an approved template, send from a registered sender, and leave links out. Ask the carrier what the filter saw.",
            "Choose another way to get the code.",
            AnyWay, Warning),

        Entry(DeliveryError.BlockedByRecipient, 21610, [63033], "The person blocked these messages",
            "The person replied STOP to this sender, or blocked it.",
            "Do not go around it with another sender. A person who wants messages again replies START, or asks their provider.",
            "Allow messages from this sender (reply START), or use another number.",
            AnotherChannel, Info),

        Entry(DeliveryError.UnregisteredSender, 30034, [30018, 30024, 30032, 30033, 30035], "The sender is not registered",
            "This country, or its networks, takes such messages from registered senders only, and the sender is not registered, not yet, or no more.",
            "Register the sender with the carrier (in the United States a 10DLC campaign or a verified toll-free number), or send through a carrier whose sender is registered.",
            "Choose another way to get the code.",
            AnyWay, Error),

        Entry(DeliveryError.InvalidSender, 21606, [21212, 21603, 30016, 63007], "The sender cannot be used",
            "The sender is malformed, does not belong to the carrier's account, or cannot send this kind of message.",
            "Correct the sender in the carrier's settings: a number of the account, in E.164, or a name of at most 11 letters and digits where the country allows names.",
            "Choose another way to get the code.",
            AnyWay, Error),

        Entry(DeliveryError.Congestion, 30017, [], "The network is congested",
            "A network on the way has more messages than it can take now.",
            "Nothing if it passes. If it lasts, send through another carrier.",
            "Wait a minute, then ask for the code again.",
            AnyWay | Waiting, Warning),

        Entry(DeliveryError.Throttled, 30001, [14107, 20429, 21611, 30022, 63018], "Sent faster than the carrier allows",
            "The carrier's account, or this sender, sends more messages at once than the carrier lets it.",
            "The message is tried again by itself. If it is frequent, lower the carrier's rate here, ask the carrier for a higher one, or spread the traffic over more senders.",
            "Wait a minute, then ask for the code again.",
            AnyWay | Waiting, Warning),

        Entry(DeliveryError.QuotaReached, 30023, [30027, 63038], "The quota is used up",
            "The account, sender or campaign has sent all that it may in a day or a month.",
            "Ask the carrier for a higher quota, or send the rest through another carrier. It starts again with the next day or month.",
            "Choose another way to get the code.",
            AnyWay, Critical),

        Entry(DeliveryError.Expired, 30036, [], "Its time ran out",
            "The message waited, at the carrier or for the phone to come back, longer than the code was good for, and was given up.",
            "Look for congestion or throttling at the same time. For single people it means a phone that was off.",
            "Ask for a new code.",
            AnyWay | Waiting, Info),

        Entry(DeliveryError.FraudBlock, 30450, [30453], "Blocked as suspected fraud",
            "The carrier takes messages to this number, or to numbers like it, for SMS pumping: traffic that somebody makes to earn from it.",
            "Look at who asks for codes to this prefix. Block the prefix or country if you have no customers there; if they are real, ask the carrier to allow them.",
            "Use another number, or ask support.",
            None, Warning),

        Entry(DeliveryError.CountryNotEnabled, 21408, [21215], "The carrier's account may not send to this country",
            "The country is switched off in the carrier's own settings (for Twilio: Messaging Geographic Permissions).",
            "Switch the country on at the carrier, or route it to a carrier that serves it.",
            "Choose another way to get the code, or another number.",
            AnyWay, Error),

        Entry(DeliveryError.NoRoute, 21612, [21214], "The carrier does not reach this number",
            "The carrier has no connection to the number's network, or none that this sender may use.",
            "Route this country or prefix to another carrier.",
            "Choose another way to get the code, or another number.",
            AnyWay, Warning),

        Entry(DeliveryError.Authentication, 20003, [], "The carrier refuses our credentials",
            "The user name, key or token that is set for the carrier is wrong, was revoked, or may not send.",
            "Set the credentials of the carrier again. Until then it takes nothing.",
            "Try again later, or choose another way to get the code.",
            AnyWay, Critical),

        Entry(DeliveryError.AccountSuspended, 30002, [20005, 63051], "The carrier suspended the account",
            "The carrier has stopped the account, for a breach of its rules, an open bill, or while it reviews something.",
            "Ask the carrier why. Send through another carrier until then.",
            "Try again later, or choose another way to get the code.",
            AnyWay, Critical),

        Entry(DeliveryError.InsufficientFunds, NoNumber, [], "The balance is used up",
            "The prepaid balance of the carrier's account does not pay for the message.",
            "Top the account up, and let the carrier do so by itself from now on.",
            "Try again later, or choose another way to get the code.",
            AnyWay, Critical),

        Entry(DeliveryError.CarrierFault, 30021, [20500, 20503, 30020], "The carrier had a fault",
            "The carrier answered that something broke on its side.",
            "Look at the carrier's status page. Messages go to the next carrier of the route, if there is one.",
            "Wait a minute, then ask for the code again.",
            AnyWay | Waiting, Error),

        Entry(DeliveryError.Timeout, 30410, [], "The carrier did not answer in time",
            "The message was handed over and no answer came: the carrier may have sent it, or not.",
            "Look at the carrier's status page and at the network between. If it is frequent, put another carrier first.",
            "Wait a minute: it may still arrive. Then ask for the code again.",
            AnyWay | Waiting, Warning),

        Entry(DeliveryError.ConnectionFailed, NoNumber, [], "The carrier cannot be reached",
            "No connection to the carrier could be made: its name does not resolve, its port is closed, or TLS failed.",
            "Check the address in the carrier's settings, the firewall, DNS, and the carrier's status page.",
            "Try again later, or choose another way to get the code.",
            AnyWay | Waiting, Critical),

        Entry(DeliveryError.MalformedAnswer, NoNumber, [], "The carrier's answer makes no sense",
            "The carrier answered what its documentation does not allow: often the page of a proxy or of a maintenance.",
            "Check the address in the carrier's settings. If it is right, tell the carrier, and report it here with the answer's status.",
            "Try again later, or choose another way to get the code.",
            AnyWay | Waiting, Error),

        Entry(DeliveryError.ContentTooLong, 21617, [21602, 30019], "The text does not fit",
            "The text is longer than the carrier takes, is empty, or holds what it cannot encode.",
            "Shorten the template and its translations; a code's text fits one segment.",
            "Choose another way to get the code.",
            AnyWay, Error),

        Entry(DeliveryError.TemplateRejected, 63040, [21655, 21656, 63016, 63027, 63028, 63041, 63042], "The message template cannot be used",
            "The template is missing in this language, was rejected or paused, or its parameters do not match; or the channel takes nothing but templates.",
            "Look at the template's state where it was approved (for WhatsApp, in Meta's business manager), and at its name and language in the carrier's settings.",
            "Choose another way to get the code.",
            AnyWay, Error),

        Entry(DeliveryError.NotOnChannel, 63003, [30011, 63015, 63036], "The person is not on this channel",
            "The number has no account on the channel, for example no WhatsApp, or the phone does not support it.",
            "Nothing: let the channel fall back to a text message.",
            "Choose a text message or a call.",
            AnotherChannel, Info),

        Entry(DeliveryError.NoAnswer, NoNumber, [], "The call was not answered",
            "The phone rang, or went to voicemail, and nobody took the call.",
            "Nothing for a single person.",
            "Ask for another call and take it, or choose a text message.",
            AnotherChannel | Waiting, Info),

        Entry(DeliveryError.Busy, NoNumber, [], "The line was busy",
            "The person was on another call.",
            "Nothing for a single person.",
            "End the other call, then ask for the code again.",
            AnotherChannel | Waiting, Info),

        Entry(DeliveryError.CallRejected, NoNumber, [], "The call was declined",
            "The person declined the call, or did not press the key that was asked for before the code is read.",
            "If it is frequent, the number that calls may be marked as spam: ask the carrier.",
            "Ask for another call and follow what it says, or choose a text message.",
            AnotherChannel | Waiting, Info),

        Entry(DeliveryError.MailboxUnknown, NoNumber, [], "There is no such mailbox",
            "The mail server of the address says that nobody there has this name, or the domain takes no mail.",
            "Nothing: the address is wrong. Many in a row harm the sender's reputation; look at where they come from.",
            "Check the address, or use another one.",
            None, Info),

        Entry(DeliveryError.MailboxUnavailable, NoNumber, [], "The mailbox takes no mail now",
            "The mailbox is full, or its server asks to come back later.",
            "Nothing for a single person.",
            "Make room in the mailbox and ask again, or choose another way to get the code.",
            AnotherChannel | Waiting, Info),

        Entry(DeliveryError.MailRejected, NoNumber, [], "The mail was refused as spam or by policy",
            "The receiving server refuses mail from this sender or this address.",
            "Check SPF, DKIM and DMARC of the sender's domain, and whether the sending address is on a block list.",
            "Choose another way to get the code.",
            AnyWay, Warning),

        Entry(DeliveryError.PriceTooHigh, 30010, [], "Too expensive",
            "The message would have cost more than the limit that is set for it.",
            "Raise the limit, or route this country to a cheaper carrier.",
            "Choose another way to get the code.",
            AnyWay, Error),

        Entry(DeliveryError.Misconfigured, NoNumber, [21219, 21608, 21609, 21703, 30012, 30013, 30015, 30028, 30029, 30030, 30031], "A setting of the carrier is wrong",
            "The carrier refuses the request because of how it is set up: a callback address, a messaging service without senders, a trial account, a parameter out of range.",
            "Compare the carrier's settings here with its console; the carrier's own code says which one.",
            "Try again later, or choose another way to get the code.",
            AnyWay, Critical),

        Entry(DeliveryError.Canceled, NoNumber, [], "Cancelled at the carrier",
            "The message was withdrawn before it was sent, by somebody in the carrier's console or by another program.",
            "Find out who else uses the carrier's account.",
            "Ask for the code again.",
            AnyWay | Waiting, Warning),

        Entry(DeliveryError.NoCarrier, NoNumber, [], "No carrier serves this destination",
            "No carrier that is configured here sends on this channel to this number. Numbers for fiction and test numbers go to the virtual phones only, while the sandbox is on.",
            "Configure one with PUT /admin/v1/carriers/{name}, or switch the one that serves it on.",
            "Choose another way to get the code.",
            AnotherChannel, Critical),

        Entry(DeliveryError.ServiceDeleted, NoNumber, [], "The service was deleted",
            "The message waited to be sent when its service was deleted, so it was not sent.",
            "Nothing, if the service was meant to go.",
            "Start again where you asked for the code.",
            None, Info),

        Entry(DeliveryError.InternalError, NoNumber, [], "Countersign could not write the message",
            "Something broke here, not at a carrier, before the message could be handed over.",
            "The server's log has a line with the reason at that time. Report it.",
            "Wait a minute, then ask for the code again.",
            Waiting, Critical),

        Entry(DeliveryError.KeyPressUnavailable, NoNumber, [], "The carrier cannot ask for a key press",
            "The service wants a key pressed before a call reads the code (DtmfInputRequired), and this carrier cannot see to it: a Twilio call needs an address that Twilio reaches, a described HTTP carrier needs {dtmf_input_required} in its template. Nobody was called, since an answering machine could hear the code.",
            "Set Countersign:PublicUrl for Twilio calls; pass {dtmf_input_required} on to an interface that waits for a key by itself; or set DtmfInputRequired=false at the service.",
            "Choose another way to get the code.",
            AnyWay, Error),
    ];

    static ErrorEntry Entry(
        DeliveryError error, int twilioCode, int[] others, string title, string explanation, string advice, string forThePerson, Remedies remedies, ErrorSeverity severity) => new()
        {
            Error = error,
            Name = DeliveryErrors.NameOf(error),
            TwilioCode = twilioCode,
            OtherTwilioCodes = others,
            Title = title,
            Explanation = explanation,
            Advice = advice,
            ForThePerson = forThePerson,
            Remedies = remedies,
            Severity = severity,
        };
}
