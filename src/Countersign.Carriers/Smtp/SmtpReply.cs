using System.Globalization;
using System.Text.RegularExpressions;
using Countersign.Core.Delivery.Errors;
using MailKit.Net.Smtp;

namespace Countersign.Carriers.Smtp;

/// <summary>
/// Reads replies: the status code (RFC 5321 section 4.2), and before it, where there is one, the enhanced status code (RFC 3463, RFC 5248), which says more.
/// The text of a refusal is read for one word and never passed on: servers repeat the address in it.
/// </summary>
static partial class SmtpReply
{
    /// <summary>What a refusal means, and its codes, such as <c>550 5.1.1</c>.</summary>
    public static (DeliveryError Error, string Code) Meaning(SmtpStage stage, SmtpCommandException refused)
    {
        var status = (int)refused.StatusCode;
        var match = EnhancedCode().Match(refused.Message);
        var code = match.Success ? $"{status} {match.Value}" : status.ToString(CultureInfo.InvariantCulture);
        var (subject, detail) = match.Success ? (Number(match.Groups[1]), Number(match.Groups[2])) : (-1, -1);

        // Some servers answer 454 or 5.7.0 where 535 5.7.8 would be right; during login it can mean little else.
        var error = status is 530 or 534 or 535 or 538 || (status >= 500 && stage == SmtpStage.Login) ? DeliveryError.Authentication
            : stage < SmtpStage.Envelope ? Session(status)
            : refused.ErrorCode == SmtpErrorCode.RecipientNotAccepted && IsRelayDenied(status, refused.Message) ? DeliveryError.Misconfigured
            : IsSenderNotVerified(status, refused) ? DeliveryError.InvalidSender
            : ByEnhanced(status, subject, detail, refused.ErrorCode) ?? ByStatus(status, refused.ErrorCode);
        return (error, code);
    }

    /// <summary>The name that the server gave the mail, out of the reply that accepted it; null where it tells none.</summary>
    public static string? QueueId(string reply)
    {
        var match = QueuedAs().Match(reply);
        return match.Success ? match.Groups[1].Value : null;
    }

    /// <summary>Refused before there was any mail: it says nothing about the mailbox.</summary>
    static DeliveryError Session(int status) => status switch
    {
        421 => DeliveryError.Throttled,
        450 or 451 or 452 => DeliveryError.Congestion,
        _ => DeliveryError.CarrierFault,
    };

    // "Relay access denied" shares 554 5.7.1 with spam filters, yet it is the server not knowing us, and no fault of the mail.
    static bool IsRelayDenied(int status, string text) => status >= 500 && Relay().IsMatch(text);

    // Amazon SES refuses the mail itself, and says of which addresses it wants a proof; of the recipient's only while the account is in its sandbox.
    static bool IsSenderNotVerified(int status, SmtpCommandException refused) =>
        status == 554 && refused.ErrorCode != SmtpErrorCode.RecipientNotAccepted && NotVerified().IsMatch(refused.Message);

    static DeliveryError? ByEnhanced(int status, int subject, int detail, SmtpErrorCode step)
    {
        var isPermanent = status >= 500;
        return (subject, detail) switch
        {
            // Of the sender's mailbox and domain, whatever they are said to be: a refusal of MAIL FROM says nothing of the recipient.
            (1, _) or (2, not 3) or (4, 1 or 4) when step == SmtpErrorCode.SenderNotAccepted && isPermanent => DeliveryError.InvalidSender,
            (1, 7 or 8) => DeliveryError.InvalidSender,
            (1, 1 or 2 or 3 or 6 or 10) => isPermanent ? DeliveryError.MailboxUnknown : DeliveryError.MailboxUnavailable,
            (2, 3) or (3, 4) => DeliveryError.ContentTooLong,
            (2, 0) when !isPermanent => DeliveryError.Throttled, // Grey-listing.
            (2, _) => DeliveryError.MailboxUnavailable,
            (3, 1 or 2) when !isPermanent => DeliveryError.Congestion,
            (3, _) => DeliveryError.CarrierFault,
            (4, 5) => DeliveryError.Congestion,
            (4, 1 or 4) when isPermanent => DeliveryError.NoRoute,
            (5, 3) when !isPermanent => DeliveryError.Throttled,
            (4 or 5, _) => status switch { 421 => DeliveryError.Throttled, 451 or 452 => DeliveryError.Congestion, _ => DeliveryError.CarrierFault },
            (6, _) => DeliveryError.ContentTooLong,
            (7, 27 or 60) => DeliveryError.InvalidSender,
            (7, 8 or 9 or 11) when isPermanent => DeliveryError.Authentication,
            (7, _) when step == SmtpErrorCode.SenderNotAccepted && isPermanent => DeliveryError.InvalidSender,
            (7, _) => isPermanent ? DeliveryError.MailRejected : DeliveryError.Throttled,
            _ => null, // X.0.X says nothing.
        };
    }

    static DeliveryError ByStatus(int status, SmtpErrorCode step) => status switch
    {
        421 or 454 => DeliveryError.Throttled, // Amazon SES says 454 for its rates.
        450 => DeliveryError.MailboxUnavailable,
        451 or 452 => DeliveryError.Congestion,
        < 500 => DeliveryError.CarrierFault,
        523 => DeliveryError.ContentTooLong,
        >= 500 and <= 504 or 521 or 555 => DeliveryError.CarrierFault,
        _ when step == SmtpErrorCode.SenderNotAccepted => DeliveryError.InvalidSender,
        550 or 551 or 553 or 556 when step == SmtpErrorCode.RecipientNotAccepted => DeliveryError.MailboxUnknown,
        552 => DeliveryError.MailboxUnavailable,
        _ => DeliveryError.MailRejected,
    };

    static int Number(Group digits) => int.Parse(digits.ValueSpan, CultureInfo.InvariantCulture);

    [GeneratedRegex(@"\A[245]\.([0-9]{1,3})\.([0-9]{1,3})(?![0-9.])")]
    private static partial Regex EnhancedCode();

    [GeneratedRegex(@"\brelay(ing)?\b", RegexOptions.IgnoreCase | RegexOptions.CultureInvariant)]
    private static partial Regex Relay();

    [GeneratedRegex(@"\bnot verified\b", RegexOptions.IgnoreCase | RegexOptions.CultureInvariant)]
    private static partial Regex NotVerified();

    // In this order: Postfix and many after it; Exim; Exchange; Sendmail; Gmail; Amazon SES.
    [GeneratedRegex(
        @"(?:queued as |\bid=|\bInternalId=)(?<1>[\w.+/=-]{4,64})|(?<1>\w{8,64}) Message accepted for delivery|\bOK +[0-9]+ (?<1>[\w.-]{8,64}) - gsmtp|\AOk (?<1>[0-9a-f-]{20,64})\s*\z",
        RegexOptions.IgnoreCase | RegexOptions.CultureInvariant)]
    private static partial Regex QueuedAs();
}
