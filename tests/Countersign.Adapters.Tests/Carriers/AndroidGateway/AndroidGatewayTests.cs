using System.Security.Cryptography;
using System.Text;
using Countersign.Carriers.AndroidGateway;
using Countersign.Core.Delivery;
using Countersign.Core.Delivery.Errors;
using Countersign.Core.Delivery.Receipts;

namespace Countersign.Adapters.Tests.Carriers.AndroidGateway;

public sealed class AndroidGatewayTests : VendorConformance
{
    const string SigningKey = "not-a-real-signing-key";
    static readonly Uri Nowhere = new("http://127.0.0.1:9");

    protected override string Success =>
        """{"id":"VLaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa","deviceId":"old","state":"Pending","isHashed":false,"isEncrypted":false,"recipients":[{"phoneNumber":"+14155550100","state":"Pending"}],"states":{}}""";

    protected override IReadOnlyList<string> SignedHeaders => ["X-Signature", "X-Timestamp"];

    protected override CallbackRequest Genuine => Signed(Encoding.UTF8.GetBytes(Event("sms:delivered", "\"deliveredAt\":\"2026-11-23T12:00:02.000+02:00\"")));

    [Fact]
    public async Task The_request_to_the_cloud_is_the_documented_one()
    {
        await using var peer = new CarrierPeer(CarrierPeer.Json(202, Success));

        var outcome = await Create(peer.Address).SendAsync(Message, TestContext.Current.CancellationToken);

        Assert.Equal(new SendOutcome.Accepted(CarrierBench.Attempt.ToString()), outcome);
        Assert.Equal("POST /3rdparty/v1/messages HTTP/1.1", peer.Request.Line);
        Assert.Equal("Basic bWU6bm90LXJlYWw=", peer.Request.Headers["Authorization"]);
        Assert.Equal("application/json", peer.Request.Headers["Content-Type"]);
        Assert.Equal(
            """{"id":"VLaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa","textMessage":{"text":"Your Acme verification code is: 123456"},"phoneNumbers":["\u002B14155550100"],"ttl":600,"withDeliveryReport":true,"priority":100}""",
            peer.Request.Body);
    }

    [Fact]
    public async Task The_request_to_the_phone_itself_names_the_sim()
    {
        await using var peer = new CarrierPeer(CarrierPeer.Json(202, Success));

        await Create(peer.Address, new() { ["mode"] = "local", ["sim"] = "2", ["device"] = "yellow" }).SendAsync(Message, TestContext.Current.CancellationToken);

        Assert.Equal("POST /message HTTP/1.1", peer.Request.Line);
        Assert.EndsWith(""","simNumber":2,"deviceId":"yellow"}""", peer.Request.Body, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(400, DeliveryError.Unknown)]
    [InlineData(401, DeliveryError.Authentication)]
    [InlineData(404, DeliveryError.Misconfigured)]
    [InlineData(429, DeliveryError.Throttled)]
    [InlineData(500, DeliveryError.CarrierFault)]
    public async Task A_refusal_is_known_by_its_status_and_its_text_is_not_kept(int status, DeliveryError error)
    {
        await using var peer = new CarrierPeer(CarrierPeer.Json(status, """{"message":"failed to validate +14155550100"}"""));

        Assert.Equal(new SendOutcome.Refused(error, $"http_{status}"), await Create(peer.Address).SendAsync(Message, TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task A_conflict_means_that_the_message_was_taken_before()
    {
        await using var peer = new CarrierPeer(CarrierPeer.Json(409, """{"message":"duplicate id"}"""));

        Assert.Equal(new SendOutcome.Accepted(CarrierBench.Attempt.ToString()), await Create(peer.Address).SendAsync(Message, TestContext.Current.CancellationToken));
    }

    [Fact]
    public void A_delivered_message_has_its_time()
    {
        var outcome = Create(Nowhere).Receive(Genuine);

        Assert.Equal(
            [
                new Receipt
                {
                    AttemptSid = CarrierBench.Attempt,
                    CarrierMessageId = CarrierBench.Attempt.ToString(),
                    Status = ReceiptStatus.Delivered,
                    At = new DateTimeOffset(2026, 11, 23, 10, 0, 2, TimeSpan.Zero),
                },
            ],
            Assert.IsType<CallbackOutcome.Understood>(outcome).Receipts);
    }

    [Theory]
    [InlineData("sms:sent", "", ReceiptStatus.Sent, null, null)]
    [InlineData("sms:failed", "RESULT_ERROR_LIMIT_EXCEEDED: Failed because we reached the sending queue limit", ReceiptStatus.Undelivered, DeliveryError.QuotaReached, "RESULT_ERROR_LIMIT_EXCEEDED")]
    [InlineData("sms:failed", "RESULT_RIL_NETWORK_REJECT", ReceiptStatus.Undelivered, DeliveryError.Filtered, "RESULT_RIL_NETWORK_REJECT")]
    [InlineData("sms:failed", "RESULT_INVALID_ARGUMENTS", ReceiptStatus.Undelivered, DeliveryError.CarrierFault, "RESULT_INVALID_ARGUMENTS")]
    [InlineData("sms:failed", "RESULT_RIL_INVALID_ARGUMENTS", ReceiptStatus.Undelivered, DeliveryError.CarrierFault, "RESULT_RIL_INVALID_ARGUMENTS")]
    [InlineData("sms:failed", "RESULT_ERROR_SHORT_CODE_NOT_ALLOWED", ReceiptStatus.Undelivered, DeliveryError.InvalidNumber, "RESULT_ERROR_SHORT_CODE_NOT_ALLOWED")]
    [InlineData("sms:failed", "Cannot send to +14155550100", ReceiptStatus.Undelivered, DeliveryError.Unknown, null)]
    public void An_event_becomes_a_receipt(string name, string reason, ReceiptStatus status, DeliveryError? error, string? code)
    {
        var outcome = Create(Nowhere).Receive(Signed(Encoding.UTF8.GetBytes(Event(name, $"\"reason\":\"{reason}\""))));

        var receipt = Assert.Single(Assert.IsType<CallbackOutcome.Understood>(outcome).Receipts);
        Assert.Equal((CarrierBench.Attempt, status, error, code), (receipt.AttemptSid, receipt.Status, receipt.Error, receipt.CarrierCode));
    }

    [Theory]
    [InlineData("sms:received")]
    [InlineData("system:ping")]
    public void Other_events_tell_nothing(string name) =>
        Assert.Empty(Assert.IsType<CallbackOutcome.Understood>(Create(Nowhere).Receive(Signed(Encoding.UTF8.GetBytes(Event(name, "\"message\":\"hi\""))))).Receipts);

    [Theory]
    [InlineData(-301)]
    [InlineData(301)]
    public void A_webhook_that_was_signed_at_another_time_is_a_forgery(int seconds) =>
        Assert.Equal(new CallbackOutcome.Forged("too_old"), Create(Nowhere).Receive(SignedAt("{}"u8.ToArray(), CarrierBench.Now.AddSeconds(seconds))));

    [Fact]
    public void Without_a_signing_key_there_are_no_receipts()
    {
        var carrier = CarrierBench.Create(new AndroidGatewayKind(), new() { ["user"] = "me" }, new() { ["password"] = "not-real" });

        Assert.Same(CallbackOutcome.NotExpected, carrier.Receive(Genuine));
    }

    protected override ICarrier Create(Uri address) => Create(address, []);

    protected override CallbackRequest Signed(byte[] body) => SignedAt(body, CarrierBench.Now);

    static CallbackRequest SignedAt(byte[] body, DateTimeOffset moment)
    {
        var timestamp = moment.ToUnixTimeSeconds().ToString(null, null);
        byte[] signed = [.. body, .. Encoding.UTF8.GetBytes(timestamp)];
        var signature = HMACSHA256.HashData(Encoding.UTF8.GetBytes(SigningKey), signed);
        return With(CarrierBench.Callback("", new() { ["X-Signature"] = Convert.ToHexStringLower(signature), ["X-Timestamp"] = timestamp }, ""), body: body);
    }

    static ICarrier Create(Uri address, Dictionary<string, string> more) => CarrierBench.Create(
        new AndroidGatewayKind(), new(more) { ["base_url"] = address.ToString(), ["user"] = "me" }, new() { ["password"] = "not-real", ["signing_key"] = SigningKey });

    static string Event(string name, string more) =>
        $$$"""{"deviceId":"ffffffffceb0b1db0000018e937c815b","event":"{{{name}}}","id":"Ey6ECgOkVVFjz3CL48B8C","webhookId":"LreFUt","payload":{"messageId":"{{{CarrierBench.Attempt}}}","phoneNumber":"+14155550100","simNumber":1,{{{more}}}}}""";
}
