using Countersign.Carriers;
using Countersign.Core.Delivery.Errors;
using Countersign.Core.Delivery.Receipts;
using CsCheck;

namespace Countersign.Adapters.Tests.Carriers.Twilio;

public class TwilioReceiptTests
{
    const string Rest = "/status?attempt=VLaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa";
    const string Delivered = "SmsSid=SM1&SmsStatus=delivered&MessageStatus=delivered&To=%2B14155550100&MessageSid=SM1&AccountSid=AC1&From=%2B15017122661&ApiVersion=2010-04-01";

    [Fact]
    public void A_delivered_message_is_a_receipt_for_our_attempt()
    {
        var receipt = Assert.Single(Receive(Delivered));

        Assert.Equal(new Receipt { AttemptSid = CarrierBench.Attempt, CarrierMessageId = "SM1", Status = ReceiptStatus.Delivered }, receipt);
    }

    [Theory]
    [InlineData("accepted", ReceiptStatus.Sent, null)]
    [InlineData("queued", ReceiptStatus.Sent, null)]
    [InlineData("sending", ReceiptStatus.Sent, null)]
    [InlineData("sent", ReceiptStatus.Sent, null)]
    [InlineData("delivered", ReceiptStatus.Delivered, null)]
    [InlineData("read", ReceiptStatus.Read, null)]
    [InlineData("canceled", ReceiptStatus.Undelivered, DeliveryError.Canceled)]
    [InlineData("failed", ReceiptStatus.Undelivered, DeliveryError.Unknown)]
    [InlineData("undelivered", ReceiptStatus.Undelivered, DeliveryError.Unknown)]
    public void Each_status_has_its_meaning(string status, ReceiptStatus expected, DeliveryError? error)
    {
        var receipt = Assert.Single(Receive($"MessageSid=SM1&MessageStatus={status}"));

        Assert.Equal(expected, receipt.Status);
        Assert.Equal(error, receipt.Error);
    }

    [Theory]
    [InlineData("30003", DeliveryError.Unreachable)]
    [InlineData("30004", DeliveryError.Filtered)]
    [InlineData("30005", DeliveryError.UnknownNumber)]
    [InlineData("30007", DeliveryError.Filtered)]
    [InlineData("30034", DeliveryError.UnregisteredSender)]
    [InlineData("30036", DeliveryError.Expired)]
    [InlineData("30453", DeliveryError.FraudBlock)]
    [InlineData("31337", DeliveryError.Unknown)]
    public void A_failure_says_why(string code, DeliveryError error)
    {
        var receipt = Assert.Single(Receive($"MessageSid=SM1&MessageStatus=undelivered&ErrorCode={code}"));

        Assert.Equal((ReceiptStatus.Undelivered, error, code), (receipt.Status, receipt.Error, receipt.CarrierCode));
    }

    [Fact]
    public void A_price_is_taken_over_as_a_positive_amount()
    {
        var receipt = Assert.Single(Receive("MessageSid=SM1&MessageStatus=delivered&Price=-0.00790&PriceUnit=USD"));

        Assert.Equal((0.00790m, "usd"), (receipt.Price, receipt.Currency));
    }

    [Fact]
    public void Repeated_and_unknown_fields_do_no_harm()
    {
        var receipt = Assert.Single(Receive(Delivered + "&MessageStatus=delivered&NewField=1&NewField=2&=&Price=free"));

        Assert.Equal((ReceiptStatus.Delivered, null), (receipt.Status, receipt.Price));
    }

    [Fact]
    public void A_status_that_nobody_knows_tells_nothing() => Assert.Empty(Receive("MessageSid=SM1&MessageStatus=teleported"));

    [Fact]
    public void Without_our_attempt_the_message_is_named_by_Twilio_alone()
    {
        Assert.Null(Assert.Single(Receive(Delivered, "/status")).AttemptSid);
        Assert.Null(Assert.Single(Receive(Delivered, "/status?attempt=VE00000000000000000000000000000000")).AttemptSid);
    }

    [Theory]
    [InlineData("")]
    [InlineData("MessageStatus=delivered")]
    [InlineData("MessageSid=SM1")]
    [InlineData("MessageSid=two+words&MessageStatus=delivered")]
    public void A_signed_callback_without_a_message_is_malformed(string body) =>
        Assert.IsType<CallbackOutcome.Malformed>(Carrier().Receive(Signed(body)));

    [Fact]
    public void Each_changed_byte_of_address_body_or_signature_makes_it_a_forgery()
    {
        var carrier = Carrier();
        var right = Signed(Delivered);
        var signature = right.Header(TwilioSignature.Header)!;

        var forged = Mutations.Of(signature).Select(changed => Changed(right, signature: changed))
            .Concat(Mutations.Of(right.Url).Select(changed => Changed(right, url: changed)))
            .Concat(Mutations.Of(Delivered).Select(changed => Changed(right, body: changed)))
            .Append(CarrierBench.Callback(Rest, [], Delivered));

        Assert.IsType<CallbackOutcome.Understood>(carrier.Receive(right));
        Assert.All(forged, request => Assert.IsType<CallbackOutcome.Forged>(carrier.Receive(request)));
    }

    [Fact]
    public void Nothing_is_expected_elsewhere()
    {
        Assert.Same(CallbackOutcome.NotExpected, Carrier().Receive(Signed(Delivered, "/voice")));
        Assert.Same(CallbackOutcome.NotExpected, Carrier().Receive(CarrierBench.Callback(Rest, [], "", "GET")));
    }

    [Fact]
    public void No_body_makes_it_throw()
    {
        var carrier = Carrier();
        CallbackGen.Body("MessageSid", "SmsSid", "MessageStatus", "SmsStatus", "ErrorCode", "Price", "PriceUnit").Sample(body =>
        {
            var outcome = carrier.Receive(Signed(body));
            Assert.True(outcome is CallbackOutcome.Understood or CallbackOutcome.Malformed, body);
            Assert.IsType<CallbackOutcome.Forged>(carrier.Receive(CarrierBench.Callback(Rest, new() { [TwilioSignature.Header] = body }, body)));
        });
    }

    static Core.Delivery.ICarrier Carrier() => TwilioCarrierTests.Create(new Uri("https://api.twilio.com"), []);

    static IReadOnlyList<Receipt> Receive(string body, string rest = Rest) => Assert.IsType<CallbackOutcome.Understood>(Carrier().Receive(Signed(body, rest))).Receipts;

    static CallbackRequest Signed(string body, string rest = Rest)
    {
        var request = CarrierBench.Callback(rest, [], body);
        return CarrierBench.Callback(rest, new() { [TwilioSignature.Header] = TwilioSignature.Sign(TwilioCarrierTests.AuthToken, request.Url, request.Form) }, body);
    }

    static CallbackRequest Changed(CallbackRequest right, string? url = null, string? body = null, string? signature = null) => new()
    {
        Method = right.Method,
        Url = url ?? right.Url,
        Rest = right.Rest,
        Headers = signature is null ? right.Headers : new Dictionary<string, string> { [TwilioSignature.Header] = signature },
        Body = body is null ? right.Body : System.Text.Encoding.UTF8.GetBytes(body),
        Now = right.Now,
    };
}
