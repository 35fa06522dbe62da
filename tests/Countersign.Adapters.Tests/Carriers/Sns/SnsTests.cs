using Countersign.Carriers.Sns;
using Countersign.Core.Delivery;
using Countersign.Core.Delivery.Errors;
using Countersign.Core.Delivery.Receipts;

namespace Countersign.Adapters.Tests.Carriers.Sns;

/// <summary>SNS's Publish, the query protocol.</summary>
public sealed class SnsTests
{
    const string Success =
        """<PublishResponse xmlns="https://sns.amazonaws.com/doc/2010-03-31/"><PublishResult><MessageId>94f20ce6-13c5-43a0-9a9e-ca52d816e90b</MessageId></PublishResult><ResponseMetadata><RequestId>f187a3c1</RequestId></ResponseMetadata></PublishResponse>""";

    [Fact]
    public async Task The_request_is_a_signed_publish()
    {
        await using var peer = new CarrierPeer(CarrierPeer.Answer(200, "text/xml", Success));

        var outcome = await SendAsync(peer, CarrierBench.Message() with { Sender = "Acme" });

        Assert.Equal(new SendOutcome.Accepted("94f20ce6-13c5-43a0-9a9e-ca52d816e90b"), outcome);
        Assert.Equal("POST / HTTP/1.1", peer.Request.Line);
        Assert.Equal("20261123T120000Z", peer.Request.Headers["X-Amz-Date"]);
        Assert.Equal("application/x-www-form-urlencoded", peer.Request.Headers["Content-Type"]);
        Assert.StartsWith(
            "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20261123/eu-west-1/sns/aws4_request, SignedHeaders=content-type;host;x-amz-date, Signature=",
            peer.Request.Headers["Authorization"], StringComparison.Ordinal);
        Assert.Equal(
            "Action=Publish&Version=2010-03-31&PhoneNumber=%2B14155550100&Message=Your+Acme+verification+code+is%3A+123456"
            + "&MessageAttributes.entry.1.Name=AWS.SNS.SMS.SMSType&MessageAttributes.entry.1.Value.DataType=String&MessageAttributes.entry.1.Value.StringValue=Transactional"
            + "&MessageAttributes.entry.2.Name=AWS.SNS.SMS.SenderID&MessageAttributes.entry.2.Value.DataType=String&MessageAttributes.entry.2.Value.StringValue=Acme"
            + "&MessageAttributes.entry.3.Name=AWS.SNS.SMS.MaxPrice&MessageAttributes.entry.3.Value.DataType=Number&MessageAttributes.entry.3.Value.StringValue=0.25",
            peer.Request.Body);
    }

    [Fact]
    public async Task A_number_as_sender_is_an_origination_number()
    {
        await using var peer = new CarrierPeer(CarrierPeer.Answer(200, "text/xml", Success));

        await SendAsync(peer, CarrierBench.Message() with { Sender = "+14155550199" });

        Assert.Contains("Name=AWS.MM.SMS.OriginationNumber&MessageAttributes.entry.2.Value.DataType=String&MessageAttributes.entry.2.Value.StringValue=%2B14155550199", peer.Request.Body, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(400, "InvalidParameter", "Invalid parameter: PhoneNumber Reason: +14155550100 is not valid to publish to", DeliveryError.InvalidNumber, "InvalidParameter:PhoneNumber", SendFailure.NumberRefused)]
    [InlineData(400, "InvalidParameter", "Invalid parameter: MaxPrice", DeliveryError.Misconfigured, "InvalidParameter", SendFailure.CarrierDown)]
    [InlineData(400, "OptedOut", "x", DeliveryError.BlockedByRecipient, "OptedOut", SendFailure.NumberRefused)]
    [InlineData(403, "SignatureDoesNotMatch", "x", DeliveryError.Authentication, "SignatureDoesNotMatch", SendFailure.CarrierDown)]
    [InlineData(400, "Throttling", "x", DeliveryError.Throttled, "Throttling", SendFailure.TryAgain)]
    [InlineData(500, "InternalError", "x", DeliveryError.CarrierFault, "InternalError", SendFailure.CarrierDown)]
    [InlineData(400, "SomethingNew", "x", DeliveryError.Unknown, "SomethingNew", SendFailure.ChannelRefused)]
    [InlineData(400, "it was +14155550100", "x", DeliveryError.Unknown, "http_400", SendFailure.ChannelRefused)]
    public async Task Errors_are_normalised(int status, string code, string text, DeliveryError error, string carrierCode, SendFailure failure)
    {
        var body = $"""<ErrorResponse xmlns="http://sns.amazonaws.com/doc/2010-03-31/"><Error><Type>Sender</Type><Code>{code}</Code><Message>{text}</Message></Error><RequestId>9dd01905</RequestId></ErrorResponse>""";
        await using var peer = new CarrierPeer(CarrierPeer.Answer(status, "text/xml", body));

        var outcome = await SendAsync(peer, CarrierBench.Message());

        var refused = Assert.IsType<SendOutcome.Refused>(outcome);
        Assert.Equal((error, carrierCode, failure), (refused.Error, refused.CarrierCode, refused.Failure));
    }

    [Theory]
    [InlineData(200, "", DeliveryError.MalformedAnswer)]
    [InlineData(200, "{}", DeliveryError.MalformedAnswer)]
    [InlineData(200, "<PublishResponse/>", DeliveryError.MalformedAnswer)]
    [InlineData(200, "<Other><MessageId>1</MessageId></Other>", DeliveryError.MalformedAnswer)]
    [InlineData(200, "<PublishResponse><MessageId>1</MessageId>", DeliveryError.MalformedAnswer)]
    [InlineData(200, """<!DOCTYPE a [<!ENTITY b SYSTEM "file:///etc/passwd">]><PublishResponse><MessageId>&b;</MessageId></PublishResponse>""", DeliveryError.MalformedAnswer)]
    [InlineData(400, "Bad request", DeliveryError.MalformedAnswer)]
    [InlineData(503, "", DeliveryError.CarrierFault)]
    [InlineData(429, "", DeliveryError.Throttled)]
    public async Task An_answer_that_is_no_answer_is_known_by_its_status(int status, string body, DeliveryError error)
    {
        await using var peer = new CarrierPeer(CarrierPeer.Answer(status, "text/xml", body));

        Assert.Equal(new SendOutcome.Refused(error, $"http_{status}"), await SendAsync(peer, CarrierBench.Message()));
    }

    [Fact]
    public async Task A_huge_answer_is_malformed()
    {
        await using var peer = new CarrierPeer(CarrierPeer.Answer(200, "text/xml", Success.Replace("<ResponseMetadata>", new string(' ', 200_000) + "<ResponseMetadata>", StringComparison.Ordinal)));

        Assert.Equal(new SendOutcome.Refused(DeliveryError.MalformedAnswer, "http_200"), await SendAsync(peer, CarrierBench.Message()));
    }

    [Fact]
    public void There_are_no_receipts() =>
        Assert.Same(CallbackOutcome.NotExpected, Create(new Uri("http://127.0.0.1:9")).Receive(CarrierBench.Callback("", [], """{"Type":"Notification"}""")));

    static async Task<SendOutcome> SendAsync(CarrierPeer peer, OutgoingMessage message) => await Create(peer.Address).SendAsync(message, TestContext.Current.CancellationToken);

    static ICarrier Create(Uri address) => CarrierBench.Create(
        new SnsKind(),
        new() { ["api"] = "sns", ["region"] = "eu-west-1", ["access_key_id"] = "AKIDEXAMPLE", ["max_price"] = "0.25", ["base_url"] = address.ToString() },
        new() { ["secret_access_key"] = "not-a-real-secret" });
}
