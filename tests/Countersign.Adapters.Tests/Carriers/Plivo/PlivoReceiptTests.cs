using Countersign.Carriers.Plivo;
using Countersign.Core.Delivery;
using Countersign.Core.Delivery.Errors;
using Countersign.Core.Delivery.Receipts;
using CsCheck;

namespace Countersign.Adapters.Tests.Carriers.Plivo;

public class PlivoReceiptTests
{
    const string Rest = "/status/VLaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa";
    const string Nonce = "05429567804466091622";
    const string Delivered = "From=447700900001&To=14155550100&Status=delivered&MessageUUID=db3ce55a&ParentMessageUUID=db3ce55a&PartInfo=1+of+1&Units=1&TotalAmount=0.00350&MCC=310&MNC=260&ErrorCode=000";

    static readonly PlivoSignature Signature = new(PlivoCarrierTests.AuthToken, allowV2: false);

    // Worked out with Python by the algorithm of Plivo's SDKs, under "fake-auth-token".
    [Theory]
    [InlineData("POST", "https://a.example/b", "To=2&From=1", "kIfQ84hfmeiJyHqz64hTp79FwPJGmZgG5RrLXA2q6mM=")]
    [InlineData("POST", "https://a.example/b?d=4&c=3%20x", "To=2&From=1&To=1", "WH8rpRZE74slufxRKlOBEA5+SpIO+tlJhqei1QQpQ+4=")]
    [InlineData("POST", "https://a.example/b?d=4&c=3", "", "Gay91xnLJuCWR9ISjtxfiqtxnBnLeZt7MpfoKwwQPi4=")]
    [InlineData("GET", "https://a.example/b?d=4&c=3", "", "Gay91xnLJuCWR9ISjtxfiqtxnBnLeZt7MpfoKwwQPi4=")]
    [InlineData("POST", "https://a.example/b", "", "vaccivXj2VQOTcJwvlRg6XRupNhSzpYQn/w6gyIdmDI=")]
    public void A_signature_is_what_another_implementation_makes(string method, string url, string form, string expected) =>
        Assert.Equal(expected, Signature.SignV3(method, url, CarrierBench.Callback("", [], form).Form, Nonce));

    [Fact]
    public void A_delivered_message_is_a_receipt_for_our_attempt() =>
        Assert.Equal(
            new Receipt
            {
                AttemptSid = CarrierBench.Attempt,
                CarrierMessageId = "db3ce55a",
                Status = ReceiptStatus.Delivered,
                Price = 0.0035m,
                Currency = "usd",
                MobileCountryCode = "310",
                MobileNetworkCode = "260",
            },
            One(Carrier().Receive(Signed(Delivered))));

    [Theory]
    [InlineData("queued", "", ReceiptStatus.Sent, null, null)]
    [InlineData("sent", "", ReceiptStatus.Sent, null, null)]
    [InlineData("delivered", "000", ReceiptStatus.Delivered, null, null)]
    [InlineData("undelivered", "80", ReceiptStatus.Undelivered, DeliveryError.Unreachable, "80")]
    [InlineData("undelivered", "70", ReceiptStatus.Undelivered, DeliveryError.UnknownNumber, "70")]
    [InlineData("failed", "30", ReceiptStatus.Undelivered, DeliveryError.Filtered, "30")]
    [InlineData("failed", "200", ReceiptStatus.Undelivered, DeliveryError.BlockedByRecipient, "200")]
    [InlineData("failed", "420", ReceiptStatus.Undelivered, DeliveryError.Expired, "420")]
    [InlineData("failed", "451", ReceiptStatus.Undelivered, DeliveryError.FraudBlock, "451")]
    [InlineData("rejected", "", ReceiptStatus.Undelivered, DeliveryError.Unknown, "rejected")]
    [InlineData("failed", "4242", ReceiptStatus.Undelivered, DeliveryError.Unknown, "4242")]
    public void Each_status_and_code_has_its_meaning(string status, string code, ReceiptStatus expected, DeliveryError? error, string? carrierCode)
    {
        var receipt = One(Carrier().Receive(Signed($"MessageUUID=a&Status={status}&ErrorCode={code}")));

        Assert.Equal((expected, error, carrierCode), (receipt.Status, receipt.Error, receipt.CarrierCode));
    }

    [Fact]
    public void One_of_several_signatures_is_enough()
    {
        var right = Signed(Delivered).Header(PlivoSignature.V3)!;

        Assert.Equal(ReceiptStatus.Delivered, One(Carrier().Receive(With(Delivered, $"AAAA, {right},BBBB"))).Status);
        Assert.Equal(ReceiptStatus.Delivered, One(Carrier().Receive(CarrierBench.Callback(
            Rest, new() { ["X-Plivo-Signature-Ma-V3"] = right, ["X-Plivo-Signature-V3-Nonce"] = Nonce }, Delivered))).Status);
    }

    [Fact]
    public void Each_changed_byte_of_address_body_nonce_or_signature_makes_it_a_forgery()
    {
        var carrier = Carrier();
        var right = Signed(Delivered);
        var signature = right.Header(PlivoSignature.V3)!;

        Assert.All(Mutations.Of(signature), changed => AssertForged(carrier.Receive(With(Delivered, changed))));
        Assert.All(Mutations.Of(Nonce), changed => AssertForged(carrier.Receive(With(Delivered, signature, changed))));
        Assert.All(Mutations.Of(Delivered), changed => AssertForged(carrier.Receive(With(changed, signature))));
        Assert.All(Mutations.Of(right.Url), changed => AssertForged(carrier.Receive(new CallbackRequest
        {
            Method = "POST",
            Url = changed,
            Rest = Rest,
            Headers = right.Headers,
            Body = right.Body,
            Now = right.Now,
        })));
    }

    [Fact]
    public void An_attempt_other_than_the_signed_addresss_is_a_forgery()
    {
        var right = Signed(Delivered);

        AssertForged(Carrier().Receive(new CallbackRequest
        {
            Method = "POST",
            Url = right.Url,
            Rest = "/status/VLbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb",
            Headers = right.Headers,
            Body = right.Body,
            Now = right.Now,
        }));
    }

    [Fact]
    public void The_second_version_counts_only_where_it_is_allowed()
    {
        var url = CarrierBench.Callback(Rest, [], "").Url;
        var headers = new Dictionary<string, string> { [PlivoSignature.V2] = Signature.SignV2(url, Nonce), [PlivoSignature.V2 + "-Nonce"] = Nonce };
        var allowing = PlivoCarrierTests.Create(new Uri("https://api.plivo.com"), new() { ["allow_v2"] = "true" });

        Assert.Equal(ReceiptStatus.Delivered, One(allowing.Receive(CarrierBench.Callback(Rest, headers, Delivered))).Status);
        Assert.Equal(new CallbackOutcome.Forged("only_signature_v2, and allow_v2 is not set"), Carrier().Receive(CarrierBench.Callback(Rest, headers, Delivered)));
        AssertForged(allowing.Receive(CarrierBench.Callback("/status/VLbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb", headers, Delivered)));
        AssertForged(allowing.Receive(CarrierBench.Callback(Rest, new(headers) { [PlivoSignature.V3] = "wrong", [PlivoSignature.V3 + "-Nonce"] = Nonce }, Delivered)));
        Assert.All(Mutations.Of(headers[PlivoSignature.V2]), changed => AssertForged(allowing.Receive(CarrierBench.Callback(Rest, new(headers) { [PlivoSignature.V2] = changed }, Delivered))));
    }

    [Fact]
    public void The_second_version_is_the_address_and_the_nonce() =>
        Assert.Equal("70lYgAHyD/Lhw2yJ48Dojp6/VTuelp+8pjCoZAulWYA=", Signature.SignV2("https://a.example/b?d=4", Nonce));

    [Fact]
    public void Unsigned_callbacks_are_forgeries() => AssertForged(Carrier().Receive(CarrierBench.Callback(Rest, [], Delivered)));

    [Fact]
    public void Repeated_and_unknown_fields_do_no_harm() =>
        Assert.Equal(ReceiptStatus.Delivered, One(Carrier().Receive(Signed(Delivered + "&Status=failed&New=1&New=2"))).Status);

    [Fact]
    public void A_status_that_nobody_knows_tells_nothing() =>
        Assert.Empty(Assert.IsType<CallbackOutcome.Understood>(Carrier().Receive(Signed("MessageUUID=a&Status=teleported"))).Receipts);

    [Theory]
    [InlineData("")]
    [InlineData("Status=delivered")]
    [InlineData("MessageUUID=a")]
    public void A_signed_callback_without_a_message_is_malformed(string body) => Assert.IsType<CallbackOutcome.Malformed>(Carrier().Receive(Signed(body)));

    [Theory]
    [InlineData("/status", "POST")]
    [InlineData("/status/", "POST")]
    [InlineData("/status/VE00000000000000000000000000000000", "POST")]
    [InlineData(Rest, "GET")]
    public void Nothing_is_expected_elsewhere(string rest, string method) => Assert.Same(CallbackOutcome.NotExpected, Carrier().Receive(CarrierBench.Callback(rest, [], "", method)));

    [Fact]
    public void No_body_makes_it_throw()
    {
        var carrier = Carrier();
        CallbackGen.Body("MessageUUID", "ParentMessageUUID", "Status", "ErrorCode", "TotalAmount", "MCC", "MNC").Sample(body =>
        {
            Assert.True(carrier.Receive(Signed(body)) is CallbackOutcome.Understood or CallbackOutcome.Malformed, body);
            AssertForged(carrier.Receive(With(body, body, body)));
        });
    }

    static ICarrier Carrier() => PlivoCarrierTests.Create(new Uri("https://api.plivo.com"), []);

    static CallbackRequest Signed(string body)
    {
        var request = CarrierBench.Callback(Rest, [], body);
        return With(body, Signature.SignV3("POST", request.Url, request.Form, Nonce));
    }

    static CallbackRequest With(string body, string signature, string nonce = Nonce) =>
        CarrierBench.Callback(Rest, new() { [PlivoSignature.V3] = signature, [PlivoSignature.V3 + "-Nonce"] = nonce }, body);

    static Receipt One(CallbackOutcome outcome) => Assert.Single(Assert.IsType<CallbackOutcome.Understood>(outcome).Receipts);

    static void AssertForged(CallbackOutcome outcome) => Assert.IsType<CallbackOutcome.Forged>(outcome);
}
