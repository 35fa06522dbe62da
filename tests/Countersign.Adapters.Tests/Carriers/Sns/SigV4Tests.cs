using System.Net.Http.Headers;
using System.Text;
using Countersign.Carriers.Sns;

namespace Countersign.Adapters.Tests.Carriers.Sns;

/// <summary>The examples that AWS publishes: the IAM request of "Create a signed AWS API request", and requests of the Signature Version 4 test suite, with its keys.</summary>
public sealed class SigV4Tests
{
    static readonly AwsKeys Keys = new("AKIDEXAMPLE", "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY", null);
    static readonly DateTimeOffset Moment = new(2015, 8, 30, 12, 36, 0, TimeSpan.Zero);

    [Fact]
    public void The_documented_example_is_signed_as_documented()
    {
        var request = new HttpRequestMessage(HttpMethod.Get, "https://iam.amazonaws.com/?Action=ListUsers&Version=2010-05-08") { Content = new ByteArrayContent([]) };
        request.Content.Headers.TryAddWithoutValidation("Content-Type", "application/x-www-form-urlencoded; charset=utf-8");

        SigV4.Sign(request, [], Keys, "us-east-1", "iam", Moment);

        Assert.Equal("20150830T123600Z", Assert.Single(request.Headers.GetValues("X-Amz-Date")));
        Assert.Equal(
            "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20150830/us-east-1/iam/aws4_request, SignedHeaders=content-type;host;x-amz-date, "
            + "Signature=5d672d79c15b13162d9279b0855cfba6789a8edb4c82c400e06b5924a6f2b5d7",
            Assert.Single(request.Headers.GetValues("Authorization")));
    }

    [Theory]
    [InlineData("GET", "/", "5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31")] // get-vanilla
    [InlineData("GET", "/?Param2=value2&Param1=value1", "b97d918cfa904a5beff61c982a1b6f458b799221646efd99d3219ec94cdf2500")] // get-vanilla-query-order-key-case
    [InlineData("GET", "/-._~0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz", "07ef7494c76fa4850883e2b006601f940f8a34d404d0cfa977f52a65bbf5f24f")] // get-unreserved
    [InlineData("POST", "/", "5da7c1a2acd57cee7505fc6676e4e544621c30862966e37dddb68e92efbe5d6b")] // post-vanilla
    public void The_test_suite_agrees(string method, string target, string signature)
    {
        var request = new HttpRequestMessage(new HttpMethod(method), $"https://example.amazonaws.com{target}");

        SigV4.Sign(request, [], Keys, "us-east-1", "service", Moment);

        Assert.EndsWith($"SignedHeaders=host;x-amz-date, Signature={signature}", Assert.Single(request.Headers.GetValues("Authorization")), StringComparison.Ordinal);
    }

    [Fact]
    public void A_form_is_signed_with_its_body()
    {
        var body = Encoding.UTF8.GetBytes("Param1=value1");
        var request = new HttpRequestMessage(HttpMethod.Post, "https://example.amazonaws.com/") { Content = new ByteArrayContent(body) };
        request.Content.Headers.ContentType = new MediaTypeHeaderValue("application/x-www-form-urlencoded");

        SigV4.Sign(request, body, Keys, "us-east-1", "service", Moment);

        Assert.EndsWith(
            "SignedHeaders=content-type;host;x-amz-date, Signature=ff11897932ad3f4e8b18135d722051e5ac45fc38421b1da7b9d196a0fe09473a", // post-x-www-form-urlencoded
            Assert.Single(request.Headers.GetValues("Authorization")), StringComparison.Ordinal);
    }

    [Fact]
    public void A_session_token_is_sent_and_signed()
    {
        var request = new HttpRequestMessage(HttpMethod.Get, "https://example.amazonaws.com/");

        SigV4.Sign(request, [], Keys with { SessionToken = "not-a-real-token" }, "us-east-1", "service", Moment);

        Assert.Equal("not-a-real-token", Assert.Single(request.Headers.GetValues("X-Amz-Security-Token")));
        Assert.Contains("SignedHeaders=host;x-amz-date;x-amz-security-token,", Assert.Single(request.Headers.GetValues("Authorization")), StringComparison.Ordinal);
    }
}
