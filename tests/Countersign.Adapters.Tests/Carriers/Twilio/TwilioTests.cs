using System.Net;
using System.Text;
using Countersign.Carriers;
using Countersign.Carriers.Twilio;
using Countersign.Core.Channels;
using Countersign.Core.Delivery;
using Countersign.Core.Delivery.Errors;
using Countersign.Core.Delivery.Receipts;

namespace Countersign.Adapters.Tests.Carriers.Twilio;

public sealed class TwilioTests : VendorConformance
{
    const string Account = "ACcccccccccccccccccccccccccccccccc";
    const string Token = "not-a-real-auth-token";
    static readonly Uri Nowhere = new("http://127.0.0.1:9");

    protected override string Success => $$"""{"account_sid":"{{Account}}","status":"queued","sid":"SMdddddddddddddddddddddddddddddddd","error_code":null}""";

    protected override IReadOnlyList<string> SignedHeaders => ["X-Twilio-Signature"];

    protected override bool CoversUrl => true;

    protected override CallbackRequest Genuine => Signed(Encoding.UTF8.GetBytes("MessageSid=SM1&MessageStatus=delivered&To=%2B14155550100"));

    [Fact]
    public async Task The_request_is_the_documented_one()
    {
        await using var peer = new CarrierPeer(CarrierPeer.Json(201, Success));

        var outcome = await Create(peer.Address).SendAsync(Message with { Sender = "+14155550199" }, TestContext.Current.CancellationToken);

        Assert.Equal(new SendOutcome.Accepted("SMdddddddddddddddddddddddddddddddd"), outcome);
        Assert.Equal($"POST /2010-04-01/Accounts/{Account}/Messages.json HTTP/1.1", peer.Request.Line);
        Assert.Equal("Basic " + Convert.ToBase64String(Encoding.ASCII.GetBytes($"{Account}:{Token}")), peer.Request.Headers["Authorization"]);
        Assert.Equal("application/x-www-form-urlencoded", peer.Request.Headers["Content-Type"]);
        Assert.Equal(
            [
                "To=+14155550100", $"Body={CarrierBench.Text}", "ValidityPeriod=600", "From=+14155550199",
                $"StatusCallback=https://verify.example.com/callbacks/acme/{CarrierBench.Account}/status?attempt={CarrierBench.Attempt}",
            ],
            peer.Request.Body.Split('&').Select(WebUtility.UrlDecode));
    }

    [Fact]
    public async Task An_api_key_sends_and_a_messaging_service_chooses_the_sender()
    {
        await using var peer = new CarrierPeer(CarrierPeer.Json(201, Success));
        var key = "SKeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeee";
        var carrier = Create(
            peer.Address,
            new() { ["api_key_sid"] = key, ["messaging_service_sid"] = "MGffffffffffffffffffffffffffffffff", ["from"] = "+14155550198" },
            new() { ["api_key_secret"] = "not-a-real-key-secret" });

        await carrier.SendAsync(CarrierBench.Message(), TestContext.Current.CancellationToken);

        Assert.Equal("Basic " + Convert.ToBase64String(Encoding.ASCII.GetBytes($"{key}:not-a-real-key-secret")), peer.Request.Headers["Authorization"]);
        Assert.Contains("MessagingServiceSid=MGffffffffffffffffffffffffffffffff", peer.Request.Body, StringComparison.Ordinal);
        Assert.DoesNotContain("From=", peer.Request.Body, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Without_any_sender_nothing_is_asked()
    {
        await using var peer = new CarrierPeer(CarrierPeer.Json(201, Success));

        Assert.Equal(
            new SendOutcome.Refused(DeliveryError.Misconfigured, "no_sender"), await Create(peer.Address).SendAsync(CarrierBench.Message(), TestContext.Current.CancellationToken));

        Assert.Empty(peer.Requests);
    }

    [Theory]
    [InlineData(400, 30450, DeliveryError.FraudBlock, SendFailure.FraudBlock)]
    [InlineData(400, 21211, DeliveryError.InvalidNumber, SendFailure.NumberRefused)]
    [InlineData(400, 21610, DeliveryError.BlockedByRecipient, SendFailure.NumberRefused)]
    [InlineData(400, 21614, DeliveryError.Landline, SendFailure.ChannelRefused)]
    [InlineData(400, 21408, DeliveryError.CountryNotEnabled, SendFailure.ChannelRefused)]
    [InlineData(429, 20429, DeliveryError.Throttled, SendFailure.TryAgain)]
    [InlineData(401, 20003, DeliveryError.Authentication, SendFailure.CarrierDown)]
    [InlineData(500, 20500, DeliveryError.CarrierFault, SendFailure.CarrierDown)]
    [InlineData(400, 99999, DeliveryError.Unknown, SendFailure.ChannelRefused)]
    [InlineData(503, 99999, DeliveryError.CarrierFault, SendFailure.CarrierDown)]
    public async Task Errors_are_normalised_and_their_text_is_not_kept(int status, int code, DeliveryError error, SendFailure failure)
    {
        var body = $$"""{"code":{{code}},"message":"The 'To' number +14155550100 is wrong","more_info":"https://www.twilio.com/docs/errors/{{code}}","status":{{status}}}""";
        await using var peer = new CarrierPeer(CarrierPeer.Json(status, body));

        var refused = Assert.IsType<SendOutcome.Refused>(await Create(peer.Address).SendAsync(Message, TestContext.Current.CancellationToken));

        Assert.Equal((error, code.ToString(null, null), failure), (refused.Error, refused.CarrierCode, refused.Failure));
    }

    [Theory]
    [InlineData("queued", null, ReceiptStatus.Sent, null)]
    [InlineData("sent", null, ReceiptStatus.Sent, null)]
    [InlineData("delivered", null, ReceiptStatus.Delivered, null)]
    [InlineData("read", null, ReceiptStatus.Read, null)]
    [InlineData("undelivered", "30003", ReceiptStatus.Undelivered, DeliveryError.Unreachable)]
    [InlineData("failed", "30007", ReceiptStatus.Undelivered, DeliveryError.Filtered)]
    [InlineData("failed", null, ReceiptStatus.Undelivered, DeliveryError.Unknown)]
    [InlineData("canceled", null, ReceiptStatus.Undelivered, DeliveryError.Canceled)]
    public void A_status_becomes_a_receipt(string state, string? code, ReceiptStatus status, DeliveryError? error)
    {
        var body = $"MessageSid=SM1&SmsSid=SM1&AccountSid={Account}&MessageStatus={state}{(code is null ? "" : $"&ErrorCode={code}")}&SomethingNew=1";

        var outcome = Create(Nowhere).Receive(Signed(Encoding.UTF8.GetBytes(body)));

        Assert.Equal(
            [new Receipt { AttemptSid = CarrierBench.Attempt, CarrierMessageId = "SM1", Status = status, Error = error, CarrierCode = code }],
            Assert.IsType<CallbackOutcome.Understood>(outcome).Receipts);
    }

    [Fact]
    public void Other_addresses_are_not_ours() =>
        Assert.Same(CallbackOutcome.NotExpected, Create(Nowhere).Receive(CarrierBench.Callback("/voice", [], "")));

    [Fact]
    public void Half_an_api_key_is_refused() => Assert.Equal(
        "api_key_secret",
        Assert.Single(CarrierSettings.Check(
            new TwilioKind(), new Dictionary<string, string> { ["account_sid"] = Account, ["api_key_sid"] = "SKeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeee" },
            new Dictionary<string, string> { ["auth_token"] = Token })).Setting);

    protected override ICarrier Create(Uri address) => Create(address, [], []);

    protected override OutgoingMessage Message => CarrierBench.Message(Channel.Sms) with { Sender = "Acme" };

    protected override CallbackRequest Signed(byte[] body)
    {
        var unsigned = With(CarrierBench.Callback($"/status?attempt={CarrierBench.Attempt}", [], ""), body: body);
        return With(unsigned, headers: new(StringComparer.OrdinalIgnoreCase) { ["X-Twilio-Signature"] = TwilioSignature.Of(Token, unsigned.Url, unsigned.Form) });
    }

    static ICarrier Create(Uri address, Dictionary<string, string> more, Dictionary<string, string> secrets) => CarrierBench.Create(
        new TwilioKind(), new(more) { ["base_url"] = address.ToString(), ["account_sid"] = Account }, new(secrets) { ["auth_token"] = Token });
}
