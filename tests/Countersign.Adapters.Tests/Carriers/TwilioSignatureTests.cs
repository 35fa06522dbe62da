using System.Text;
using Countersign.Carriers;

namespace Countersign.Adapters.Tests.Carriers;

public class TwilioSignatureTests
{
    const string Token = "12345";
    const string BodyUrl = "https://mycompany.com/myapp.php?foo=1&bar=2&bodySHA256=0a1ff7634d9ab3b95db5c9a2dfe9416e41502b283a80c7cf19632632f96e6620";
    const string Body = """{"property": "value", "boolean": true}""";

    static readonly KeyValuePair<string, string>[] Call =
    [
        new("CallSid", "CA1234567890ABCDE"), new("Caller", "+14158675309"), new("Digits", "1234"), new("From", "+14158675309"), new("To", "+18005551212"),
    ];

    // The five public vectors, of twilio-node's spec/validation.spec.js.
    [Theory]
    [InlineData("https://mycompany.com/myapp.php?foo=1&bar=2", "RSOYDt4T1cUTdK1PDd93/VVr8B8=")]
    [InlineData("http://mycompany.com:1234/myapp.php?foo=1&bar=2", "Zmvh+3yNM1Phv2jhDCwEM3q5ebU=")]
    public void The_public_vectors_of_forms_hold(string url, string signature)
    {
        Assert.Equal(signature, TwilioSignature.Sign(Token, url, Call));
        Assert.True(TwilioSignature.IsValid(Token, signature, url, Call));
    }

    [Theory]
    [InlineData(BodyUrl, Body, "a9nBmqA0ju/hNViExpshrM61xv4=")]
    [InlineData("https://mycompany.com/myapp.php?bodySHA256=0a1ff7634d9ab3b95db5c9a2dfe9416e41502b283a80c7cf19632632f96e6620", Body, "y77kIzt2vzLz71DgmJGsen2scGs=")]
    [InlineData("https://mycompany.com:443/myapp.php?foo=1&bar=2&bodySHA256=44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a", "{}", "Ldidvp12m26NI7eqEvxnEpkd9Hc=")]
    [InlineData("https://mycompany.com/myapp.php?foo=1&bar=2&bodySHA256=44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a", "{}", "Ldidvp12m26NI7eqEvxnEpkd9Hc=")]
    public void The_public_vectors_of_JSON_hold_with_and_without_the_port(string url, string body, string signature) =>
        Assert.True(TwilioSignature.IsValidBody(Token, signature, url, Encoding.UTF8.GetBytes(body)));

    [Theory]
    [InlineData("https://example.com/a?b=c", "https://example.com:443/a?b=c")]
    [InlineData("http://example.com/a?b=c", "http://example.com:80/a?b=c")]
    [InlineData("https://example.com", "https://example.com:443")]
    [InlineData("https://[2001:db8::1]/a", "https://[2001:db8::1]:443/a")]
    public void A_signature_holds_whether_it_was_made_with_the_standard_port_or_without(string without, string with)
    {
        Assert.True(TwilioSignature.IsValid(Token, TwilioSignature.Sign(Token, with, Call), without, Call));
        Assert.True(TwilioSignature.IsValid(Token, TwilioSignature.Sign(Token, without, Call), with, Call));
    }

    [Fact]
    public void A_signature_holds_where_the_query_was_written_in_the_older_way() =>
        Assert.True(TwilioSignature.IsValid(Token, TwilioSignature.Sign(Token, "https://example.com/a?b=c%20d%3A!'()*", Call), "https://example.com/a?b=c+d:!%27()*", Call));

    [Fact]
    public void A_field_that_comes_twice_is_signed_once_a_value_and_sorted()
    {
        KeyValuePair<string, string>[] repeated = [new("B", "2"), new("B", "1"), new("A", "3"), new("B", "2")];

        var signature = TwilioSignature.Sign(Token, "https://example.com/", repeated);

        Assert.Equal(TwilioSignature.Sign(Token, "https://example.com/A3B1B2", []), signature);
    }

    [Fact]
    public void Any_other_signature_is_refused()
    {
        foreach (var changed in Mutations.Of("RSOYDt4T1cUTdK1PDd93/VVr8B8=").Concat(["", "RSOYDt4T1cUTdK1PDd93/VVr8B8", "RSOYDt4T1cUTdK1PDd93/VVr8B8= "]))
        {
            Assert.False(TwilioSignature.IsValid(Token, changed, "https://mycompany.com/myapp.php?foo=1&bar=2", Call));
        }

        Assert.False(TwilioSignature.IsValid(Token, null, "https://mycompany.com/myapp.php?foo=1&bar=2", Call));
        Assert.False(TwilioSignature.IsValid("12346", "RSOYDt4T1cUTdK1PDd93/VVr8B8=", "https://mycompany.com/myapp.php?foo=1&bar=2", Call));
    }

    [Fact]
    public void A_changed_body_or_address_is_refused()
    {
        foreach (var changed in Mutations.Of(Body))
        {
            Assert.False(TwilioSignature.IsValidBody(Token, "a9nBmqA0ju/hNViExpshrM61xv4=", BodyUrl, Encoding.UTF8.GetBytes(changed)));
        }

        foreach (var changed in Mutations.Of(BodyUrl))
        {
            Assert.False(TwilioSignature.IsValidBody(Token, "a9nBmqA0ju/hNViExpshrM61xv4=", changed, Encoding.UTF8.GetBytes(Body)));
        }
    }

    [Fact]
    public void What_was_signed_with_a_body_hash_is_valid()
    {
        var body = Encoding.UTF8.GetBytes("""{"status":"approved"}""");
        var url = TwilioSignature.WithBodyHash("https://example.com/hook", body);

        Assert.True(TwilioSignature.IsValidBody(Token, TwilioSignature.Sign(Token, url, []), url, body));
        Assert.False(TwilioSignature.IsValidBody(Token, TwilioSignature.Sign(Token, "https://example.com/hook", []), "https://example.com/hook", body));
    }
}
