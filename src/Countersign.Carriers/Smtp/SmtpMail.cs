using System.Text;
using Countersign.Core.Delivery;
using MimeKit;
using MimeKit.Text;

namespace Countersign.Carriers.Smtp;

/// <summary>Writes a message as a MIME mail: text and HTML side by side (RFC 2046 section 5.1.4), in UTF-8.</summary>
static class SmtpMail
{
    /// <summary>The mail for a message that has one and goes to a mailbox.</summary>
    public static MimeMessage Write(OutgoingMessage message, SmtpOptions options, DateTimeOffset now)
    {
        var content = message.Email!;
        var mail = new MimeMessage
        {
            Date = now,
            MessageId = $"{message.AttemptSid}@{options.From.Domain}",
            Subject = OneLine(content.Subject),
            Body = new MultipartAlternative(Part(TextFormat.Plain, content.Text), Part(TextFormat.Html, content.Html)),
        };
        mail.From.Add(new MailboxAddress(Encoding.UTF8, OneLine(options.FromName ?? message.FriendlyName), options.From.Reveal()));
        mail.To.Add(new MailboxAddress("", message.To.Reveal()));
        if (options.ReplyTo is { } replyTo)
        {
            mail.ReplyTo.Add(new MailboxAddress("", replyTo.Reveal()));
        }

        // So that out-of-office answers are not sent (RFC 3834), and that two codes are not folded into one conversation.
        mail.Headers.Add(HeaderId.AutoSubmitted, "auto-generated");
        mail.Headers.Add("X-Entity-Ref-ID", message.AttemptSid.ToString());
        mail.Headers.Add(HeaderId.ContentLanguage, content.Locale);
        return mail;
    }

    static TextPart Part(TextFormat format, string text)
    {
        var part = new TextPart(format) { ContentTransferEncoding = ContentEncoding.QuotedPrintable };
        part.SetText(Encoding.UTF8, text);
        return part;
    }

    /// <summary>For a header: line breaks and other control characters become spaces, half characters question marks.</summary>
    static string OneLine(string text)
    {
        var line = new StringBuilder(text.Length);
        foreach (var rune in text.EnumerateRunes())
        {
            // U+2028 and U+2029 are line breaks to some readers of a decoded header.
            if (Rune.IsControl(rune) || rune.Value is 0x2028 or 0x2029)
            {
                line.Append(' ');
            }
            else
            {
                line.Append(rune.ToString());
            }
        }

        return line.ToString().Trim();
    }
}
