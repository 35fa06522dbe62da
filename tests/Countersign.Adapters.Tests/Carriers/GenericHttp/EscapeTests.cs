using System.Net;
using System.Text.Json;
using System.Xml.Linq;
using Countersign.Carriers.GenericHttp;
using CsCheck;

namespace Countersign.Adapters.Tests.Carriers.GenericHttp;

/// <summary>Whatever a value holds, it arrives as that value and as nothing else.</summary>
public sealed class EscapeTests
{
    static readonly Gen<string> Values = Gen.OneOf(
        Gen.OneOf("\"", "\\", "\r\nX-Evil: 1", "&to=1", "{code}", "{secret}", "{{text}}", "</t><u>", "]]>", "%0d%0a", "<!--", "é😀", "\0", "\ud800", "+ %", "'").Array[0, 6].Select(string.Concat),
        Gen.String[0, 40]);

    [Fact]
    public void A_value_in_json_is_read_back_as_it_was() => Values.Sample(value =>
    {
        var body = new Template("""{"a":"{text}","b":"x{text}y"}""").Fill(_ => value, Escape.Json);

        using var document = JsonDocument.Parse(body);
        Assert.Equal(2, document.RootElement.EnumerateObject().Count());
        Assert.Equal(Whole(value), document.RootElement.GetProperty("a").GetString());
        Assert.Equal($"x{Whole(value)}y", document.RootElement.GetProperty("b").GetString());
    });

    [Fact]
    public void A_value_in_a_form_or_a_query_is_read_back_as_it_was() => Values.Sample(value =>
    {
        var body = new Template("a={text}&b=1").Fill(_ => value, Escape.Component);

        var parts = body.Split('&');
        Assert.Equal(2, parts.Length);
        Assert.Equal(Whole(value), WebUtility.UrlDecode(parts[0][2..]));
    });

    [Fact]
    public void A_value_in_a_url_stays_where_it_was_put() => Values.Sample(value =>
    {
        var url = new Template("https://sms.example.com/a/{text}/b?c={text}").Fill(_ => value, Escape.Component);

        var address = new Uri(url);
        Assert.Equal("sms.example.com", address.Host);
        Assert.Equal("", address.Fragment);
        Assert.Equal($"?c={Uri.EscapeDataString(Whole(value))}", address.GetComponents(UriComponents.Query | UriComponents.KeepDelimiter, UriFormat.UriEscaped));
    });

    [Fact]
    public void A_value_in_xml_is_read_back_as_it_was() => Values.Sample(value =>
    {
        var body = new Template("""<m to="{text}"><t>{text}</t></m>""").Fill(_ => value, Escape.Xml);

        var root = XDocument.Parse(body, LoadOptions.PreserveWhitespace).Root!;
        var expected = string.Concat(Whole(value).Select(c => c is '\uFFFE' or '\uFFFF' || (c < ' ' && c is not '\t' and not '\n' and not '\r') ? '\uFFFD' : c));
        Assert.Equal(expected, root.Attribute("to")!.Value);
        Assert.Equal(expected, root.Element("t")!.Value);
        Assert.Single(root.Elements());
    });

    [Fact]
    public void A_value_in_a_header_stays_on_its_line() => Values.Sample(value =>
        Assert.All(new Template("{text}").Fill(_ => value, Escape.Header), c => Assert.InRange(c, ' ', '~')));

    [Fact]
    public void A_value_is_never_read_as_a_placeholder() => Values.Sample(value =>
    {
        var filled = new Template("{text}|{code}").Fill(name => name == "text" ? value : "123456", Escape.Nothing);

        Assert.Equal($"{Whole(value)}|123456", filled);
    });

    // Half a character cannot be written in any encoding.
    static string Whole(string value) => string.Concat(value.EnumerateRunes());
}
