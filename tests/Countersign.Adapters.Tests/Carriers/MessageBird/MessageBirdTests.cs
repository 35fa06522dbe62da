using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using Countersign.Carriers.MessageBird;
using Countersign.Core.Delivery;
using Countersign.Core.Delivery.Errors;
using Countersign.Core.Delivery.Receipts;

namespace Countersign.Adapters.Tests.Carriers.MessageBird;

public sealed class MessageBirdTests : VendorConformance
{
    const string SigningKey = "not-a-real-signing-key";
    const string Query = "?id=e8077d803532c0b5937c639b60216938&reference=VLaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa&recipient=14155550100&status=delivered&statusReason=successfully+delivered"
        + "&statusErrorCode=0&statusDatetime=2026-11-23T12:00:05%2B00:00&mccmnc=31026&ported=0&price%5Bamount%5D=0.0075&price%5Bcurrency%5D=EUR";

    static readonly Uri Nowhere = new("http://127.0.0.1:9");

    protected override string Success =>
        """{"id":"e8077d803532c0b5937c639b60216938","href":"https://rest.messagebird.com/messages/e8077d","direction":"mt","type":"sms","originator":"Acme","recipients":{"totalCount":1,"items":[{"recipient":14155550100,"status":"sent"}]}}""";

    protected override bool CoversUrl => true;

    protected override IReadOnlyList<string> SignedHeaders => ["MessageBird-Signature-JWT"];

    protected override CallbackRequest Genuine => Report(Query);

    [Fact]
    public async Task The_request_is_the_documented_one()
    {
        await using var peer = new CarrierPeer(CarrierPeer.Json(201, Success));

        var outcome = await Create(peer.Address).SendAsync(Message, TestContext.Current.CancellationToken);

        Assert.Equal(new SendOutcome.Accepted("e8077d803532c0b5937c639b60216938"), outcome);
        Assert.Equal("POST /messages HTTP/1.1", peer.Request.Line);
        Assert.Equal("AccessKey not-a-real-key", peer.Request.Headers["Authorization"]);
        Assert.Equal("application/json", peer.Request.Headers["Content-Type"]);
        Assert.Equal(
            $$"""{"originator":"Acme","recipients":["14155550100"],"body":"Your Acme verification code is: 123456","datacoding":"auto","reference":"{{CarrierBench.Attempt}}","validity":600,"reportUrl":"https://verify.example.com/callbacks/acme/{{CarrierBench.Account}}"}""",
            peer.Request.Body);
    }

    [Fact]
    public async Task Receipts_that_could_not_be_verified_are_not_asked_for()
    {
        await using var peer = new CarrierPeer(CarrierPeer.Json(201, Success));
        var carrier = CarrierBench.Create(new MessageBirdKind(), new() { ["base_url"] = peer.Address.ToString() }, new() { ["access_key"] = "not-a-real-key" });

        await carrier.SendAsync(Message, TestContext.Current.CancellationToken);

        Assert.DoesNotContain("reportUrl", peer.Request.Body, StringComparison.Ordinal);
        Assert.Same(CallbackOutcome.NotExpected, carrier.Receive(Genuine));
    }

    [Theory]
    [InlineData(401, """{"errors":[{"code":2,"description":"Request not allowed (incorrect access_key)","parameter":"access_key"}]}""", DeliveryError.Authentication, "api:2", SendFailure.CarrierDown)]
    [InlineData(422, """{"errors":[{"code":10,"description":"invalid: +14155550100","parameter":"recipients"}]}""", DeliveryError.InvalidNumber, "api:10", SendFailure.NumberRefused)]
    [InlineData(422, """{"errors":[{"code":10,"description":"x","parameter":"originator"}]}""", DeliveryError.InvalidSender, "api:10", SendFailure.CarrierDown)]
    [InlineData(422, """{"errors":[{"code":10,"description":"x","parameter":"body"}]}""", DeliveryError.ContentTooLong, "api:10", SendFailure.ChannelRefused)]
    [InlineData(422, """{"errors":[{"code":25,"description":"Not enough balance","parameter":null}]}""", DeliveryError.InsufficientFunds, "api:25", SendFailure.CarrierDown)]
    [InlineData(429, """{"errors":[{"code":700,"description":"x"}]}""", DeliveryError.Throttled, "api:700", SendFailure.TryAgain)]
    [InlineData(500, """{"errors":[{"code":99,"description":"Internal error"}]}""", DeliveryError.CarrierFault, "api:99", SendFailure.CarrierDown)]
    [InlineData(422, """{"errors":[{"code":700,"description":"x"}]}""", DeliveryError.Unknown, "api:700", SendFailure.ChannelRefused)]
    public async Task Errors_are_normalised(int status, string body, DeliveryError error, string code, SendFailure failure)
    {
        await using var peer = new CarrierPeer(CarrierPeer.Json(status, body));

        var outcome = await Create(peer.Address).SendAsync(Message, TestContext.Current.CancellationToken);

        var refused = Assert.IsType<SendOutcome.Refused>(outcome);
        Assert.Equal((error, code, failure), (refused.Error, refused.CarrierCode, refused.Failure));
    }

    [Fact]
    public void A_report_tells_time_price_and_network()
    {
        var outcome = Create(Nowhere).Receive(Genuine);

        Assert.Equal(
            [
                new Receipt
                {
                    AttemptSid = CarrierBench.Attempt,
                    CarrierMessageId = "e8077d803532c0b5937c639b60216938",
                    Status = ReceiptStatus.Delivered,
                    At = new DateTimeOffset(2026, 11, 23, 12, 0, 5, TimeSpan.Zero),
                    Price = 0.0075m,
                    Currency = "eur",
                    MobileCountryCode = "310",
                    MobileNetworkCode = "26",
                },
            ],
            Assert.IsType<CallbackOutcome.Understood>(outcome).Receipts);
    }

    [Theory]
    [InlineData("status=buffered", ReceiptStatus.Sent, null, null)]
    [InlineData("status=delivery_failed&statusErrorCode=1&statusReason=unknown+subscriber", ReceiptStatus.Undelivered, DeliveryError.UnknownNumber, "dlr:1")]
    [InlineData("status=delivery_failed&statusErrorCode=13&statusReason=carrier+rejected", ReceiptStatus.Undelivered, DeliveryError.Unreachable, "dlr:13")]
    [InlineData("status=delivery_failed&statusErrorCode=104&statusReason=carrier+rejected", ReceiptStatus.Undelivered, DeliveryError.UnregisteredSender, "dlr:104")]
    [InlineData("status=delivery_failed&statusErrorCode=0&statusReason=opted+out", ReceiptStatus.Undelivered, DeliveryError.BlockedByRecipient, "reason:opted_out")]
    [InlineData("status=delivery_failed&statusErrorCode=999&statusReason=carrier+rejected", ReceiptStatus.Undelivered, DeliveryError.Filtered, "dlr:999")]
    [InlineData("status=expired", ReceiptStatus.Undelivered, DeliveryError.Expired, "expired")]
    [InlineData("status=delivery_failed&statusReason=%2B14155550100+is+gone", ReceiptStatus.Undelivered, DeliveryError.Unknown, "delivery_failed")]
    public void A_status_becomes_a_receipt(string fields, ReceiptStatus status, DeliveryError? error, string? code)
    {
        var receipt = Assert.Single(Assert.IsType<CallbackOutcome.Understood>(Create(Nowhere).Receive(Report($"?id=e8&{fields}"))).Receipts);

        Assert.Equal((status, error, code), (receipt.Status, receipt.Error, receipt.CarrierCode));
    }

    [Theory]
    [InlineData(-600, -60, "too_old")]
    [InlineData(60, 600, "too_early")]
    public void A_report_is_good_for_its_time_only(int from, int until, string reason) =>
        Assert.Equal(new CallbackOutcome.Forged(reason), Create(Nowhere).Receive(Report(Query, from: from, until: until)));

    [Fact]
    public void Another_issuer_is_a_forgery() => Assert.Equal(new CallbackOutcome.Forged("wrong_issuer"), Create(Nowhere).Receive(Report(Query, issuer: "Other")));

    [Fact]
    public void A_token_without_a_signature_is_a_forgery()
    {
        var token = Genuine.Header("MessageBird-Signature-JWT")!.Split('.');
        var unsigned = $"{Base64Url.EncodeToString("""{"alg":"none","typ":"JWT"}"""u8)}.{token[1]}.";

        Assert.IsType<CallbackOutcome.Forged>(Create(Nowhere).Receive(With(Genuine, headers: new(StringComparer.OrdinalIgnoreCase) { ["MessageBird-Signature-JWT"] = unsigned })));
    }

    protected override ICarrier Create(Uri address) => CarrierBench.Create(
        new MessageBirdKind(), new() { ["base_url"] = address.ToString() }, new() { ["access_key"] = "not-a-real-key", ["signing_key"] = SigningKey });

    protected override CallbackRequest Signed(byte[] body) => Report(Query, body);

    static CallbackRequest Report(string query, byte[]? body = null, int from = -1, int until = 60, string issuer = "MessageBird")
    {
        var request = With(CarrierBench.Callback(query, [], "", body is null ? "GET" : "POST"), body: body ?? []);
        var now = CarrierBench.Now.ToUnixTimeSeconds();
        var urlHash = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(request.Url)));
        var bodyHash = body is null or [] ? "" : $",\"payload_hash\":\"{Convert.ToHexStringLower(SHA256.HashData(body))}\"";
        var claims = $$"""{"iss":"{{issuer}}","nbf":{{now + from}},"exp":{{now + until}},"jti":"8d7f","url_hash":"{{urlHash}}"{{bodyHash}}}""";
        var signed = $"{Base64Url.EncodeToString("""{"alg":"HS256","typ":"JWT"}"""u8)}.{Base64Url.EncodeToString(Encoding.UTF8.GetBytes(claims))}";
        var signature = HMACSHA256.HashData(Encoding.UTF8.GetBytes(SigningKey), Encoding.UTF8.GetBytes(signed));
        return With(request, headers: new(StringComparer.OrdinalIgnoreCase) { ["MessageBird-Signature-JWT"] = $"{signed}.{Base64Url.EncodeToString(signature)}" });
    }
}
