using Countersign.Carriers.GenericHttp;
using Countersign.Core.Delivery;

namespace Countersign.Adapters.Tests.Carriers.GenericHttp;

public sealed class GenericHttpCheckTests
{
    [Theory]
    [InlineData("body", """{"text":"{txet}"}""", "unknown placeholder {txet}")]
    [InlineData("body", """{"text":"{ text }"}""", "unknown placeholder { text }")]
    [InlineData("body", """{"text":{text}}""", "must stand between quotes")]
    [InlineData("body", """{"text":"{text}",}""", "is not JSON")]
    [InlineData("headers", "X-Key {code}", "`Name: value`")]
    [InlineData("headers", "X-Key: {Code}", "unknown placeholder {Code}")]
    [InlineData("headers", "X-Key: é", "ASCII")]
    [InlineData("headers", "X Key: 1", "`Name: value`")]
    [InlineData("headers", "Content-Type: text/plain", "content_type")]
    [InlineData("headers", "X-Key: 1\nx-key: 2", "twice")]
    [InlineData("headers", "Host: other.example.com", "Host")]
    [InlineData("url", "https://{to}.example.com/", "after the host only")]
    [InlineData("url", "https://me:pw@sms.example.com/", "without credentials")]
    [InlineData("url", "ftp://sms.example.com/", "http or https")]
    [InlineData("url", "sms.example.com/{to}", "http or https")]
    [InlineData("url", "https://sms.example.com:0/{to}", "not 0")]
    [InlineData("method", "GET", "body_type|must be none")]
    [InlineData("body_type", "none", "body|must not be set")]
    [InlineData("body_type", "xml", "body|is not XML")]
    [InlineData("content_type", "json", "media type")]
    [InlineData("success_status", "ok", "200,202")]
    [InlineData("success_status", "299-200", "200,202")]
    [InlineData("success_json", "status", "path=value")]
    [InlineData("id_pattern", "(", "regular expression")]
    [InlineData("id_pattern", "(?=x)", "look-around")]
    [InlineData("errors", "21", "value=name")]
    [InlineData("errors", "21=no_such_error", "throttled")]
    [InlineData("errors", "21=throttled\n21=expired", "twice")]
    [InlineData("receipt_statuses", "ok=good", "delivered")]
    [InlineData("receipt_protection", "token", "receipt_secret|is required")]
    [InlineData("receipt_protection", "basic", "receipt_user|is required")]
    public void A_wrong_setting_is_explained(string setting, string value, string explanation)
    {
        var settings = new Dictionary<string, string> { ["url"] = "https://sms.example.com/send", ["body"] = """{"text":"{text}"}""", [setting] = value };

        var problems = CarrierSettings.Check(new GenericHttpKind(), settings, new Dictionary<string, string>());

        var (where, words) = explanation.Split('|') is [var other, var text] ? (other, text) : (setting, explanation);
        Assert.Contains(problems, problem => problem.Setting == where && problem.Explanation.Contains(words, StringComparison.Ordinal));
    }

    [Fact]
    public void A_secret_that_is_used_must_be_set()
    {
        var settings = new Dictionary<string, string> { ["url"] = "https://sms.example.com/?key={secret}", ["body"] = "{}" };

        Assert.Equal(["secret"], CarrierSettings.Check(new GenericHttpKind(), settings, new Dictionary<string, string>()).Select(problem => problem.Setting));
    }

    [Fact]
    public void An_hmac_of_the_body_cannot_protect_a_query()
    {
        var settings = new Dictionary<string, string>
        {
            ["url"] = "https://sms.example.com/",
            ["body"] = "{}",
            ["receipt_protection"] = "hmac",
            ["receipt_format"] = "query",
            ["receipt_id"] = "id",
            ["receipt_statuses"] = "ok=delivered",
        };

        var problem = Assert.Single(CarrierSettings.Check(new GenericHttpKind(), settings, new Dictionary<string, string> { ["receipt_secret"] = "not-a-real-secret" }));

        Assert.Equal("receipt_protection", problem.Setting);
    }
}
