using System.Text;
using System.Text.Json;
using System.Xml;

namespace Countersign.Carriers.GenericHttp;

/// <summary>Makes a value harmless for the place that it is put in.</summary>
static class Escape
{
    /// <summary>Inside the quotes of a JSON string (RFC 8259); half a character becomes U+FFFD.</summary>
    public static string Json(string value) => JsonEncodedText.Encode(Whole(value)).ToString();

    /// <summary>In a URL or a form, as one component (RFC 3986): everything but letters, digits and <c>-._~</c> in percent-encoded UTF-8.</summary>
    public static string Component(string value) => Uri.EscapeDataString(Whole(value));

    /// <summary>As text or attribute of XML 1.0; characters that XML cannot hold become U+FFFD.</summary>
    public static string Xml(string value)
    {
        var text = new StringBuilder();
        foreach (var rune in value.EnumerateRunes()) // Half a character comes as U+FFFD.
        {
            _ = rune.Value switch
            {
                '<' => text.Append("&lt;"),
                '>' => text.Append("&gt;"),
                '&' => text.Append("&amp;"),
                '"' => text.Append("&quot;"),
                '\'' => text.Append("&#39;"),
                '\t' or '\n' or '\r' => text.Append("&#").Append(rune.Value).Append(';'),
                _ when rune.IsBmp && !XmlConvert.IsXmlChar((char)rune.Value) => text.Append('\uFFFD'),
                _ => text.Append(rune),
            };
        }

        return text.ToString();
    }

    /// <summary>In a header (RFC 9110): everything but printable ASCII in percent-encoded UTF-8, line breaks above all.</summary>
    public static string Header(string value)
    {
        var text = new StringBuilder();
        foreach (var rune in value.EnumerateRunes())
        {
            text.Append(rune.Value is >= ' ' and <= '~' ? rune.ToString() : Uri.EscapeDataString(rune.ToString()));
        }

        return text.ToString();
    }

    /// <summary>As it is, for a plain text body: there is nothing to break out of.</summary>
    public static string Nothing(string value) => Whole(value);

    static string Whole(string value) => string.Concat(value.EnumerateRunes());
}
