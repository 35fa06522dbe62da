using System.Text;
using Countersign.Carriers;
using CsCheck;

namespace Countersign.Adapters.Tests.Carriers.Twilio;

/// <summary>The public vectors of Twilio's own libraries (twilio-node, spec/validation.spec.js), token 12345.</summary>
public sealed class TwilioSignatureTests
{
    const string Token = "12345";

    static readonly KeyValuePair<string, string>[] Form =
    [
        new("CallSid", "CA1234567890ABCDE"), new("Caller", "+14158675309"), new("Digits", "1234"), new("From", "+14158675309"), new("To", "+18005551212"),
    ];

    [Theory]
    [InlineData("https://mycompany.com/myapp.php?foo=1&bar=2", "RSOYDt4T1cUTdK1PDd93/VVr8B8=")]
    [InlineData("http://mycompany.com:1234/myapp.php?foo=1&bar=2", "Zmvh+3yNM1Phv2jhDCwEM3q5ebU=")]
    public void Forms(string url, string signature)
    {
        Assert.Equal(signature, TwilioSignature.Of(Token, url, Form));
        Assert.True(TwilioSignature.IsValid(Token, signature, url, Form, default));
        Assert.True(TwilioSignature.IsValid(Token, signature, url, [.. Form.Reverse()], default));
        Assert.False(TwilioSignature.IsValid("12346", signature, url, Form, default));
        Assert.False(TwilioSignature.IsValid(Token, signature, url, Form[1..], default));
        Assert.False(TwilioSignature.IsValid(Token, null, url, Form, default));
    }

    [Theory]
    [InlineData(
        "https://mycompany.com/myapp.php?foo=1&bar=2&bodySHA256=0a1ff7634d9ab3b95db5c9a2dfe9416e41502b283a80c7cf19632632f96e6620", """{"property": "value", "boolean": true}""", "a9nBmqA0ju/hNViExpshrM61xv4=")]
    [InlineData(
        "https://mycompany.com/myapp.php?bodySHA256=0a1ff7634d9ab3b95db5c9a2dfe9416e41502b283a80c7cf19632632f96e6620", """{"property": "value", "boolean": true}""", "y77kIzt2vzLz71DgmJGsen2scGs=")]
    [InlineData(
        "https://mycompany.com:443/myapp.php?foo=1&bar=2&bodySHA256=44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a", "{}", "Ldidvp12m26NI7eqEvxnEpkd9Hc=")]
    public void Bodies_that_are_no_form(string url, string body, string signature)
    {
        Assert.True(TwilioSignature.IsValid(Token, signature, url, [], Encoding.UTF8.GetBytes(body)));
        Assert.True(TwilioSignature.IsValid(Token, signature, url.Replace(":443", "", StringComparison.Ordinal), [], Encoding.UTF8.GetBytes(body)));
        Assert.False(TwilioSignature.IsValid(Token, signature, url, [], Encoding.UTF8.GetBytes(body + " ")));
        Assert.False(TwilioSignature.IsValid(Token, signature, url + "&more=1", [], Encoding.UTF8.GetBytes(body)));
    }

    [Theory]
    [InlineData("https://mycompany.com/a", "https://mycompany.com:443/a")]
    [InlineData("http://mycompany.com/a?b=c", "http://mycompany.com:80/a?b=c")]
    [InlineData("https://mycompany.com", "https://mycompany.com:443")]
    public void The_usual_port_may_be_written_or_not(string without, string with)
    {
        Assert.True(TwilioSignature.IsValid(Token, TwilioSignature.Of(Token, with, Form), without, Form, default));
        Assert.True(TwilioSignature.IsValid(Token, TwilioSignature.Of(Token, without, Form), with, Form, default));
    }

    [Fact]
    public void Another_port_is_another_address() =>
        Assert.False(TwilioSignature.IsValid(Token, TwilioSignature.Of(Token, "https://mycompany.com:8443/a", Form), "https://mycompany.com/a", Form, default));

    [Fact]
    public void A_repeated_field_counts_with_each_value_once() =>
        Assert.Equal(
            TwilioSignature.Of(Token, "https://a.example", [new("x", "1"), new("x", "2")]),
            TwilioSignature.Of(Token, "https://a.example", [new("x", "2"), new("x", "1"), new("x", "2")]));

    [Fact]
    public void Whatever_is_signed_is_valid_and_nothing_throws() => Gen.Select(Gen.String, Gen.Select(Gen.String, Gen.String).Array[0, 5], Gen.String).Sample((url, fields, token) =>
    {
        var form = fields.Select(field => KeyValuePair.Create(field.Item1, field.Item2)).ToList();
        var target = "https://a.example/" + url.Replace("bodySHA256", "", StringComparison.Ordinal);
        Assert.True(TwilioSignature.IsValid(token, TwilioSignature.Of(token, target, form), target, form, default));
    });
}
