using System.Text;
using System.Text.Encodings.Web;
using System.Text.Unicode;

namespace Countersign.Core.Messages;

/// <summary>
/// Writes an e-mail, as text and as HTML. Pure. The HTML sets no colours, so that a reader's dark mode needs to undo nothing; the code stands in
/// one piece, to be selected and copied with one touch, and in the direction of reading that a code has even in a right-to-left language.
/// </summary>
public static class EmailWriter
{
    // Escapes what has a meaning in HTML and leaves every script readable in the source of the mail.
    static readonly HtmlEncoder Encoder = HtmlEncoder.Create(UnicodeRanges.All);

    public static EmailContent Write(EmailRequest request)
    {
        var words = EmailWords.For(request.Locale ?? Locales.Fallback);
        var name = OneLine(request.FriendlyName);
        var line = LineOf(request, words);
        string[] notes =
        [
            words.Expires(Math.Max(1, (int)request.Lifetime.TotalMinutes)),
            .. request.DoNotShare ? [StandardWords.For(words.Locale).DoNotShare] : Array.Empty<string>(),
            words.Ignore,
        ];
        return new EmailContent
        {
            Subject = words.Subject(name),
            Text = $"{name}\n\n{words.Heading}\n\n{line}\n\n{request.Code.Reveal()}\n\n{string.Join('\n', notes)}\n",
            Html = Html(words, name, line, request.Code.Reveal(), notes),
            Locale = words.Locale,
        };
    }

    /// <summary>What stands before the code: for a payment the words of a text, which end with the code.</summary>
    static string LineOf(EmailRequest request, EmailWords words)
    {
        if (request is not { Amount: { } amount, Payee: { } payee })
            return words.Line;
        return StandardWords.For(words.Locale).Psd2Brandless.Fill(slot => slot switch
        {
            MessageRequest.AmountName => OneLine(amount),
            MessageRequest.PayeeName => OneLine(payee),
            _ => "",
        }).TrimEnd();
    }

    static string Html(EmailWords words, string name, string line, string code, string[] notes)
    {
        var direction = words.IsRightToLeft ? "rtl" : "ltr";
        var html = new StringBuilder();
        // Phones would make a link of the digits ("format-detection"), and some mail programs invert what does not claim both schemes.
        html.Append(
            $"""
            <!DOCTYPE html>
            <html lang="{words.Locale}" dir="{direction}">
            <head>
            <meta charset="utf-8">
            <meta name="viewport" content="width=device-width, initial-scale=1">
            <meta name="color-scheme" content="light dark">
            <meta name="supported-color-schemes" content="light dark">
            <meta name="format-detection" content="telephone=no">
            <title>{Encoder.Encode(words.Subject(name))}</title>
            </head>
            <body style="margin:0;padding:0">
            <div lang="{words.Locale}" dir="{direction}" style="max-width:480px;margin:0 auto;padding:24px 16px;font-family:system-ui,-apple-system,'Segoe UI',Roboto,Arial,sans-serif;font-size:16px;line-height:1.5;overflow-wrap:anywhere">
            <p style="margin:0 0 8px;font-weight:bold"><bdi>{Encoder.Encode(name)}</bdi></p>
            <h1 style="margin:0 0 16px;font-size:22px;line-height:1.3">{Encoder.Encode(words.Heading)}</h1>
            <p style="margin:0 0 16px">{Encoder.Encode(line)}</p>
            <p style="margin:0 0 24px"><span dir="ltr" style="display:inline-block;font-family:Consolas,Menlo,'Courier New',monospace;font-size:32px;font-weight:bold;line-height:1.2;letter-spacing:4px;-webkit-user-select:all;user-select:all">{Encoder.Encode(code)}</span></p>

            """);
        foreach (var note in notes)
            html.Append("<p style=\"margin:0 0 8px;font-size:14px\">").Append(Encoder.Encode(note)).Append("</p>\n");
        return html.Append("</div>\n</body>\n</html>\n").ToString();
    }

    static string OneLine(string value) =>
        value.Any(IsBreak) ? string.Concat(value.Select(c => IsBreak(c) ? ' ' : c)).Trim() : value;

    // The line and paragraph separators are no control characters, but break lines too.
    static bool IsBreak(char c) => char.IsControl(c) || c is '\u2028' or '\u2029';
}
