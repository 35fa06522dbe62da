using Countersign.Carriers.Telnyx;
using Countersign.Core.Delivery;
using Countersign.Core.Delivery.Errors;
using Countersign.Core.Delivery.Receipts;
using CsCheck;

namespace Countersign.Adapters.Tests.Carriers.Telnyx;

public class TelnyxReceiptTests
{
    static readonly TelnyxKey Key = TelnyxKey.New();
    static readonly long Seconds = CarrierBench.Now.ToUnixTimeSeconds();

    [Fact]
    public void A_delivered_message_is_a_receipt_for_our_attempt() =>
        Assert.Equal(
            new Receipt
            {
                AttemptSid = CarrierBench.Attempt,
                CarrierMessageId = "40385f64",
                Status = ReceiptStatus.Delivered,
                At = new DateTimeOffset(2026, 11, 23, 11, 59, 58, 148, TimeSpan.Zero),
                Price = 0.0051m,
                Currency = "usd",
            },
            One(Carrier().Receive(Signed(Event("delivered")))));

    [Theory]
    [InlineData("queued", "", ReceiptStatus.Sent, null, null)]
    [InlineData("sending", "", ReceiptStatus.Sent, null, null)]
    [InlineData("sent", "", ReceiptStatus.Sent, null, null)]
    [InlineData("delivery_unconfirmed", "", ReceiptStatus.Sent, null, null)]
    [InlineData("delivered", "", ReceiptStatus.Delivered, null, null)]
    [InlineData("sending_failed", "40010", ReceiptStatus.Undelivered, DeliveryError.UnregisteredSender, "40010")]
    [InlineData("delivery_failed", "40001", ReceiptStatus.Undelivered, DeliveryError.Landline, "40001")]
    [InlineData("delivery_failed", "40015", ReceiptStatus.Undelivered, DeliveryError.Filtered, "40015")]
    [InlineData("delivery_failed", "40012", ReceiptStatus.Undelivered, DeliveryError.InvalidNumber, "40012")]
    [InlineData("delivery_failed", "", ReceiptStatus.Undelivered, DeliveryError.Unknown, "delivery_failed")]
    [InlineData("delivery_failed", "31337", ReceiptStatus.Undelivered, DeliveryError.Unknown, "31337")]
    [InlineData("expired", "", ReceiptStatus.Undelivered, DeliveryError.Expired, "expired")]
    public void Each_status_and_code_has_its_meaning(string status, string code, ReceiptStatus expected, DeliveryError? error, string? carrierCode)
    {
        var receipt = One(Carrier().Receive(Signed(Event(status, code))));

        Assert.Equal((expected, error, carrierCode), (receipt.Status, receipt.Error, receipt.CarrierCode));
    }

    [Fact]
    public void A_message_that_was_sent_is_on_its_way() =>
        Assert.Equal(ReceiptStatus.Sent, One(Carrier().Receive(Signed(Event("sent").Replace("message.finalized", "message.sent", StringComparison.Ordinal)))).Status);

    [Theory]
    [InlineData("""{"data":{"event_type":"message.received","payload":{"id":"a"}}}""")]
    [InlineData("""{"data":{"event_type":"message.finalized","payload":{"id":"a","to":[{"status":"teleported"}]}}}""")]
    public void Other_events_tell_nothing(string body) => Assert.Empty(Assert.IsType<CallbackOutcome.Understood>(Carrier().Receive(Signed(body))).Receipts);

    [Fact]
    public void Repeated_and_unknown_fields_do_no_harm() =>
        Assert.Equal(ReceiptStatus.Delivered, One(Carrier().Receive(Signed(Event("delivered").Replace("\"payload\":{", "\"payload\":{\"new\":[{}],\"new\":1,", StringComparison.Ordinal)))).Status);

    [Fact]
    public void The_attempt_is_read_from_the_signed_body_alone()
    {
        var body = """{"data":{"event_type":"message.finalized","payload":{"id":"a","to":[{"status":"delivered"}]}}}""";

        Assert.Null(One(Carrier().Receive(Signed(body, rest: "/status?attempt=VLaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"))).AttemptSid);
    }

    [Fact]
    public void Each_changed_byte_of_body_signature_or_timestamp_makes_it_a_forgery()
    {
        var carrier = Carrier();
        var body = Event("delivered");
        var time = $"{Seconds}";
        var signature = Key.Sign($"{time}|{body}");

        Assert.All(Mutations.Of(signature), changed => AssertForged(carrier.Receive(With(body, changed, time))));
        Assert.All(Mutations.Of(time), changed => AssertForged(carrier.Receive(With(body, signature, changed))));
        Assert.All(Mutations.Of(body), changed => AssertForged(carrier.Receive(With(changed, signature, time))));
        AssertForged(carrier.Receive(With(body, signature, $"{Seconds + 1}")));
        AssertForged(carrier.Receive(With(body, " " + signature, time)));
    }

    [Theory]
    [InlineData(-301, true)]
    [InlineData(-300, false)]
    [InlineData(300, false)]
    [InlineData(301, true)]
    public void A_signature_is_good_for_five_minutes(int seconds, bool forged) =>
        Assert.Equal(forged, Carrier().Receive(Signed(Event("delivered"), $"{Seconds + seconds}")) is CallbackOutcome.Forged);

    [Theory]
    [InlineData("")]
    [InlineData("soon")]
    [InlineData("-1")]
    [InlineData("999999999999999999")]
    public void A_signature_of_no_time_is_a_forgery(string time) => AssertForged(Carrier().Receive(Signed(Event("delivered"), time)));

    [Fact]
    public void Unsigned_and_unsignable_receipts_and_those_of_another_account_are_forgeries()
    {
        AssertForged(Carrier().Receive(CarrierBench.Callback("/status", [], Event("delivered"))));
        AssertForged(TelnyxCarrierTests.Create(new Uri("https://api.telnyx.com"), null).Receive(Signed(Event("delivered"))));
        AssertForged(TelnyxCarrierTests.Create(new Uri("https://api.telnyx.com"), TelnyxKey.New().Public).Receive(Signed(Event("delivered"))));
    }

    [Theory]
    [InlineData("")]
    [InlineData("[]")]
    [InlineData("{}")]
    [InlineData("""{"data":{}}""")]
    [InlineData("""{"\ud800":{},"data":{}}""")]
    [InlineData("""{"data":{"event_type":"message.finalized","payload":{"id":"a","to":{}}}}""")]
    [InlineData("""{"data":{"event_type":"message.finalized","payload":{"to":[{"status":"delivered"}]}}}""")]
    public void A_signed_body_without_an_event_is_malformed(string body) => Assert.IsType<CallbackOutcome.Malformed>(Carrier().Receive(Signed(body)));

    [Fact]
    public void Nothing_is_expected_elsewhere()
    {
        Assert.Same(CallbackOutcome.NotExpected, Carrier().Receive(CarrierBench.Callback("/other", [], "")));
        Assert.Same(CallbackOutcome.NotExpected, Carrier().Receive(CarrierBench.Callback("/status", [], "", "GET")));
    }

    [Fact]
    public void No_body_makes_it_throw()
    {
        var carrier = Carrier();
        CallbackGen.Body("event_type", "id", "to", "status", "errors", "cost", "webhook_url", "data").Sample(body =>
        {
            Assert.True(carrier.Receive(Signed(body)) is CallbackOutcome.Understood or CallbackOutcome.Malformed, body);
            AssertForged(carrier.Receive(With(body, body, body)));
        });
    }

    static ICarrier Carrier() => TelnyxCarrierTests.Create(new Uri("https://api.telnyx.com"), Key.Public);

    static string Event(string status, string code = "") => $$$"""
        {"data":{"event_type":"message.finalized","id":"4ee8c3a6","occurred_at":"2026-11-23T11:59:58.148+00:00","payload":{"completed_at":null,"cost":{"amount":"0.0051","currency":"USD"},
        "direction":"outbound","errors":[{{{ErrorOf(code)}}}],"id":"40385f64","to":[{"phone_number":"+14155550100","status":"{{{status}}}"}],
        "webhook_url":"https://verify.example.com/callbacks/acme/{{{CarrierBench.Account}}}/status?attempt={{{CarrierBench.Attempt}}}"},"record_type":"event"},"meta":{"attempt":1}}
        """;

    static string ErrorOf(string code) => code.Length > 0 ? $$"""{"code":"{{code}}","title":"x"}""" : "";

    static CallbackRequest Signed(string body, string? time = null, string rest = "/status") => With(body, Key.Sign($"{time ?? $"{Seconds}"}|{body}"), time ?? $"{Seconds}", rest);

    static CallbackRequest With(string body, string signature, string time, string rest = "/status") =>
        CarrierBench.Callback(rest, new() { [TelnyxSignature.Header] = signature, [TelnyxSignature.TimeHeader] = time }, body);

    static Receipt One(CallbackOutcome outcome) => Assert.Single(Assert.IsType<CallbackOutcome.Understood>(outcome).Receipts);

    static void AssertForged(CallbackOutcome outcome) => Assert.IsType<CallbackOutcome.Forged>(outcome);
}
