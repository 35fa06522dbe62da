using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Countersign.Carriers.Vonage;
using Countersign.Core.Delivery;
using Countersign.Core.Delivery.Errors;
using Countersign.Core.Delivery.Receipts;
using CsCheck;

namespace Countersign.Adapters.Tests.Carriers.Vonage;

public class VonageReceiptTests
{
    static readonly long Seconds = CarrierBench.Now.ToUnixTimeSeconds();

    public static TheoryData<string> Methods { get; } = ["md5hash", "md5", "sha1", "sha256", "sha512"];

    // Worked out with Python's hashlib and hmac for {"a":"1&2","b":"3=4","timestamp":"1700000000"} under "secret".
    [Theory]
    [InlineData("md5hash", "8c24009c7bb3501fd6f1d0509d4e27ae")]
    [InlineData("md5", "3e2eac3c47a1cdea53c61c8327711c62")]
    [InlineData("sha1", "36dacad334f635c8423300d71176059b66f474ae")]
    [InlineData("sha256", "196b97f3bd4e4732eefb0bfafa16da53d71d7daa854b63fa912ec7671cfaf43c")]
    [InlineData("sha512", "553ce7ca299b8b3544347599fe810194373eeeb4531631f26b853f4c9d51ff892b1655b80ff6cef1003b078abc5aabf76f27b1a175ff1d85e188ae5786ef529a")]
    public void A_signature_is_what_another_implementation_makes(string method, string expected) =>
        Assert.Equal(expected, new VonageSignature("secret", method).Sign([new("timestamp", "1700000000"), new("b", "3=4"), new("sig", "x"), new("a", "1&2")]));

    [Theory]
    [MemberData(nameof(Methods))]
    public void A_signed_receipt_is_read_whichever_way_it_comes(string method)
    {
        var carrier = Carrier(method);
        var fields = Signed(method, Delivered());
        var expected = new Receipt
        {
            AttemptSid = CarrierBench.Attempt,
            CarrierMessageId = "0A0000001234567B",
            Status = ReceiptStatus.Delivered,
            At = new DateTimeOffset(2026, 11, 23, 11, 59, 58, TimeSpan.Zero),
            Price = 0.0333m,
            Currency = "eur",
            MobileCountryCode = "310",
            MobileNetworkCode = "260",
        };

        Assert.Equal(expected, One(carrier.Receive(CarrierBench.Callback("/receipt?" + Form(fields), [], "", "GET"))));
        Assert.Equal(expected, One(carrier.Receive(CarrierBench.Callback("/receipt", [], Form(fields)))));
        Assert.Equal(expected, One(carrier.Receive(CarrierBench.Callback("/receipt", new() { ["Content-Type"] = "application/json; charset=utf-8" }, Json(fields)))));
        Assert.Equal(expected, One(carrier.Receive(CarrierBench.Callback("/receipt", [], Form([.. fields.SkipLast(1), new("sig", fields[^1].Value.ToUpperInvariant())])))));
    }

    [Theory]
    [InlineData("delivered", "0", ReceiptStatus.Delivered, null, null)]
    [InlineData("accepted", "0", ReceiptStatus.Sent, null, null)]
    [InlineData("buffered", "0", ReceiptStatus.Sent, null, null)]
    [InlineData("unknown", "0", ReceiptStatus.Sent, null, null)]
    [InlineData("expired", "0", ReceiptStatus.Undelivered, DeliveryError.Expired, "expired")]
    [InlineData("expired", "1", ReceiptStatus.Undelivered, DeliveryError.Expired, "dlr_1")]
    [InlineData("failed", "2", ReceiptStatus.Undelivered, DeliveryError.Unreachable, "dlr_2")]
    [InlineData("failed", "3", ReceiptStatus.Undelivered, DeliveryError.UnknownNumber, "dlr_3")]
    [InlineData("failed", "4", ReceiptStatus.Undelivered, DeliveryError.Unreachable, "dlr_4")]
    [InlineData("failed", "14", ReceiptStatus.Undelivered, DeliveryError.Landline, "dlr_14")]
    [InlineData("rejected", "6", ReceiptStatus.Undelivered, DeliveryError.Filtered, "dlr_6")]
    [InlineData("rejected", "50", ReceiptStatus.Undelivered, DeliveryError.UnregisteredSender, "dlr_50")]
    [InlineData("failed", "4242", ReceiptStatus.Undelivered, DeliveryError.Unknown, "dlr_4242")]
    [InlineData("failed", "", ReceiptStatus.Undelivered, DeliveryError.Unknown, "failed")]
    [InlineData("unknown", "99", ReceiptStatus.Undelivered, DeliveryError.Unknown, "dlr_99")]
    public void Each_status_and_code_has_its_meaning(string status, string code, ReceiptStatus expected, DeliveryError? error, string? carrierCode)
    {
        var receipt = One(Carrier().Receive(CarrierBench.Callback("/receipt", [], Form(Signed("sha256", Delivered(status, code))))));

        Assert.Equal((expected, error, carrierCode), (receipt.Status, receipt.Error, receipt.CarrierCode));
    }

    [Fact]
    public void A_receipt_with_a_token_is_read()
    {
        var receipt = One(Carrier().Receive(WithToken(Json(Delivered()))));

        Assert.Equal((CarrierBench.Attempt, ReceiptStatus.Delivered), (receipt.AttemptSid!.Value, receipt.Status));
    }

    [Fact]
    public void Each_changed_byte_of_a_token_or_its_body_makes_it_a_forgery()
    {
        var carrier = Carrier();
        var body = Json(Delivered());
        var authorization = WithToken(body).Header("Authorization")!;

        Assert.All(Mutations.Of(authorization[7..]), changed => AssertForged(carrier.Receive(Posted("Bearer " + changed, body))));
        Assert.All(Mutations.Of(body), changed => AssertForged(carrier.Receive(Posted(authorization, changed))));
    }

    [Theory]
    [InlineData("""{"iat":NOW,"payload_hash":"HASH","api_key":"other"}""")]
    [InlineData("""{"iat":NOW,"api_key":"abcd1234"}""")]
    [InlineData("""{"iat":NOW,"payload_hash":"00","api_key":"abcd1234"}""")]
    [InlineData("""{"payload_hash":"HASH","api_key":"abcd1234"}""")]
    [InlineData("""{"iat":"soon","payload_hash":"HASH"}""")]
    [InlineData("""{"iat":LATE,"payload_hash":"HASH"}""")]
    [InlineData("""{"iat":EARLY,"payload_hash":"HASH"}""")]
    [InlineData("""{"iat":NOW,"exp":EARLY,"payload_hash":"HASH"}""")]
    [InlineData("""{"iat":NOW,"nbf":LATE,"payload_hash":"HASH"}""")]
    [InlineData("""{"iat":99999999999999999999,"payload_hash":"HASH"}""")]
    [InlineData("[]")]
    [InlineData("")]
    public void Claims_that_are_not_for_us_now_and_this_body_are_a_forgery(string claims)
    {
        var filled = claims.Replace("NOW", $"{Seconds}", StringComparison.Ordinal).Replace("LATE", $"{Seconds + 301}", StringComparison.Ordinal).Replace("EARLY", $"{Seconds - 301}", StringComparison.Ordinal);

        AssertForged(Carrier().Receive(WithToken(Json(Delivered()), filled)));
    }

    [Theory]
    [InlineData("""{"alg":"none"}""")]
    [InlineData("""{"alg":"HS512"}""")]
    [InlineData("{}")]
    public void Any_other_algorithm_is_a_forgery(string header) => AssertForged(Carrier().Receive(WithToken(Json(Delivered()), header: header)));

    [Fact]
    public void A_token_vouches_for_no_query()
    {
        var header = WithToken("").Headers;

        AssertForged(Carrier().Receive(CarrierBench.Callback("/receipt?" + Form(Delivered()), new(header), "", "GET")));
    }

    [Theory]
    [InlineData(-301)]
    [InlineData(301)]
    public void A_signature_of_another_time_is_a_forgery(int seconds)
    {
        var fields = Signed("sha256", Delivered(timestamp: Seconds + seconds));

        AssertForged(Carrier().Receive(CarrierBench.Callback("/receipt", [], Form(fields))));
    }

    [Fact]
    public void Each_changed_byte_of_a_signed_form_or_query_makes_it_a_forgery()
    {
        var carrier = Carrier();
        var form = Form(Signed("sha256", Delivered()));

        Assert.All(Mutations.Of(form), changed => AssertForged(carrier.Receive(CarrierBench.Callback("/receipt", [], changed))));
        Assert.All(Mutations.Of(form), changed => AssertForged(carrier.Receive(CarrierBench.Callback("/receipt?" + changed, [], "", "GET"))));
    }

    [Fact]
    public void Unsigned_and_unsignable_receipts_are_forgeries()
    {
        var unsigned = CarrierBench.Callback("/receipt", [], Form(Delivered()));

        AssertForged(Carrier().Receive(unsigned));
        AssertForged(VonageCarrierTests.Create(new Uri("https://rest.nexmo.com"), [], new() { ["api_secret"] = "fake-secret" }).Receive(unsigned));
    }

    [Fact]
    public void Repeated_and_unknown_fields_do_no_harm()
    {
        var receipt = One(Carrier().Receive(CarrierBench.Callback("/receipt", [], Form(Signed("sha256", [.. Delivered(), new("status", "failed"), new("new-field", "1")])))));

        Assert.Equal(ReceiptStatus.Delivered, receipt.Status);
    }

    [Fact]
    public void A_signed_receipt_of_nothing_is_malformed() =>
        Assert.IsType<CallbackOutcome.Malformed>(Carrier().Receive(CarrierBench.Callback("/receipt", [], Form(Signed("sha256", [new("timestamp", $"{Seconds}")])))));

    [Fact]
    public void Nothing_is_expected_elsewhere()
    {
        Assert.Same(CallbackOutcome.NotExpected, Carrier().Receive(CarrierBench.Callback("/status", [], "")));
        Assert.Same(CallbackOutcome.NotExpected, Carrier().Receive(CarrierBench.Callback("/receipt", [], "", "PUT")));
    }

    [Fact]
    public void No_body_makes_it_throw()
    {
        var carrier = Carrier();
        CallbackGen.Body("messageId", "status", "err-code", "client-ref", "price", "network-code", "message-timestamp", "timestamp", "sig").Sample(body =>
        {
            Assert.True(carrier.Receive(WithToken(body)) is CallbackOutcome.Understood or CallbackOutcome.Malformed, body);
            AssertForged(carrier.Receive(Posted("Bearer " + body, body)));
            AssertForged(carrier.Receive(CarrierBench.Callback("/receipt?" + body, [], body, "GET")));
            AssertForged(carrier.Receive(WithToken(body, body)));
            AssertForged(carrier.Receive(WithToken(body, header: body)));
        });
    }

    static ICarrier Carrier(string method = "sha256") => VonageCarrierTests.Create(new Uri("https://rest.nexmo.com"), new() { ["signature_method"] = method });

    static List<KeyValuePair<string, string>> Delivered(string status = "delivered", string code = "0", long? timestamp = null) =>
    [
        new("msisdn", "14155550100"), new("to", "Acme"), new("network-code", "310260"), new("messageId", "0A0000001234567B"), new("price", "0.03330000"),
        new("status", status), new("scts", "2611231159"), new("err-code", code), new("api-key", "abcd1234"), new("client-ref", CarrierBench.Attempt.ToString()),
        new("message-timestamp", "2026-11-23 11:59:58"), new("timestamp", $"{timestamp ?? Seconds}"), new("nonce", "aaaaaaaa-bbbb-cccc-dddd-0123456789ab"),
    ];

    static List<KeyValuePair<string, string>> Signed(string method, List<KeyValuePair<string, string>> fields) =>
        [.. fields, new("sig", new VonageSignature(VonageCarrierTests.SignatureSecret, method).Sign(fields))];

    static string Form(IEnumerable<KeyValuePair<string, string>> fields) => string.Join('&', fields.Select(field => $"{field.Key}={Uri.EscapeDataString(field.Value)}"));

    static string Json(IEnumerable<KeyValuePair<string, string>> fields) => JsonSerializer.Serialize(fields.ToDictionary());

    static CallbackRequest WithToken(string body, string? claims = null, string header = """{"typ":"JWT","alg":"HS256"}""")
    {
        var hash = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(body)));
        claims = (claims ?? """{"iat":NOW,"jti":"c5ba8f24","iss":"Vonage","payload_hash":"HASH","api_key":"abcd1234"}""")
            .Replace("NOW", $"{Seconds}", StringComparison.Ordinal).Replace("HASH", hash, StringComparison.Ordinal);
        var text = $"{Base64Url.EncodeToString(Encoding.UTF8.GetBytes(header))}.{Base64Url.EncodeToString(Encoding.UTF8.GetBytes(claims))}";
        var signature = HMACSHA256.HashData(Encoding.UTF8.GetBytes(VonageCarrierTests.SignatureSecret), Encoding.UTF8.GetBytes(text));
        return Posted($"Bearer {text}.{Base64Url.EncodeToString(signature)}", body);
    }

    static CallbackRequest Posted(string authorization, string body) =>
        CarrierBench.Callback("/receipt", new() { ["Authorization"] = authorization, ["Content-Type"] = "application/json" }, body);

    static Receipt One(CallbackOutcome outcome) => Assert.Single(Assert.IsType<CallbackOutcome.Understood>(outcome).Receipts);

    static void AssertForged(CallbackOutcome outcome) => Assert.IsType<CallbackOutcome.Forged>(outcome);
}
