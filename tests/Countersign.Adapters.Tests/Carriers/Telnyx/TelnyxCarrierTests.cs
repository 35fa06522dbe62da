using Countersign.Carriers.Telnyx;
using Countersign.Core.Delivery;
using Countersign.Core.Delivery.Errors;

namespace Countersign.Adapters.Tests.Carriers.Telnyx;

public class TelnyxCarrierTests : HttpCarrierConformance
{
    protected override OutgoingMessage Message => CarrierBench.Message();

    protected override string Accepted => CarrierPeer.Json(
        200, """{"data":{"record_type":"message","id":"40385f64-5717-4562-b3fc-2c963f66afa6","to":[{"phone_number":"+14155550100","status":"queued"}],"errors":[]}}""");

    protected override ICarrier Create(Uri address) => Create(address, TelnyxKey.New().Public);

    internal static ICarrier Create(Uri address, string? publicKey, Dictionary<string, string>? more = null)
    {
        var settings = new Dictionary<string, string>(more ?? new() { ["from"] = "+15017122661" }) { ["base_url"] = address.ToString() };
        if (publicKey is not null)
        {
            settings["public_key"] = publicKey;
        }

        return CarrierBench.Create(new TelnyxKind(), settings, new() { ["api_key"] = "KEYfake" });
    }

    [Fact]
    public async Task A_message_is_one_JSON_object()
    {
        var (outcome, request) = await SendAsync(Accepted);

        Assert.Equal(new SendOutcome.Accepted("40385f64-5717-4562-b3fc-2c963f66afa6"), outcome);
        Assert.Equal("POST /v2/messages HTTP/1.1", request.Line);
        Assert.Equal("Bearer KEYfake", request.Headers["Authorization"]);
        Assert.Equal("application/json", request.Headers["Content-Type"]);
        Assert.Equal(
            """{"from":"\u002B15017122661","to":"\u002B14155550100","text":"Your Acme verification code is: 123456","type":"SMS","webhook_url":"https://verify.example.com/callbacks/acme/ACaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa/status?attempt=VLaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"}""",
            request.Body);
    }

    [Fact]
    public async Task Without_a_public_key_no_receipt_is_asked_for()
    {
        var (_, request) = await SendAsync(Accepted, create: address => Create(address, null));

        Assert.DoesNotContain("webhook_url", request.Body, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_profile_chooses_where_there_is_no_sender_and_carries_an_alphanumeric_one()
    {
        var more = new Dictionary<string, string> { ["messaging_profile_id"] = "4000eba1-a0c0-4563-9925-b25e842a7cb6" };

        var (_, pooled) = await SendAsync(Accepted, create: address => Create(address, null, more));
        var (_, named) = await SendAsync(Accepted, Message with { Sender = "Acme" }, address => Create(address, null, more));

        Assert.DoesNotContain("\"from\"", pooled.Body, StringComparison.Ordinal);
        Assert.Contains("\"messaging_profile_id\":\"4000eba1-a0c0-4563-9925-b25e842a7cb6\"", pooled.Body, StringComparison.Ordinal);
        Assert.Contains("\"from\":\"Acme\"", named.Body, StringComparison.Ordinal);
        Assert.Contains("\"messaging_profile_id\"", named.Body, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Without_any_sender_nothing_is_sent()
    {
        await using var peer = new CarrierPeer(Accepted);
        var carrier = Create(peer.Address, null, []);
        await using var _ = (IAsyncDisposable)carrier;

        Assert.Equal(new SendOutcome.Refused(DeliveryError.Misconfigured, "no_sender"), await carrier.SendAsync(Message, CancellationToken.None));
        Assert.Empty(peer.Requests);
    }

    [Theory]
    [InlineData(400, "40310", DeliveryError.InvalidNumber, SendFailure.NumberRefused)]
    [InlineData(403, "40300", DeliveryError.BlockedByRecipient, SendFailure.NumberRefused)]
    [InlineData(400, "40309", DeliveryError.CountryNotEnabled, SendFailure.ChannelRefused)]
    [InlineData(400, "40322", DeliveryError.Filtered, SendFailure.ChannelRefused)]
    [InlineData(429, "10011", DeliveryError.Throttled, SendFailure.TryAgain)]
    [InlineData(400, "40318", DeliveryError.Throttled, SendFailure.TryAgain)]
    [InlineData(401, "10009", DeliveryError.Authentication, SendFailure.CarrierDown)]
    [InlineData(403, "20100", DeliveryError.InsufficientFunds, SendFailure.CarrierDown)]
    [InlineData(400, "40305", DeliveryError.InvalidSender, SendFailure.CarrierDown)]
    [InlineData(500, "10007", DeliveryError.CarrierFault, SendFailure.CarrierDown)]
    [InlineData(422, "99999", DeliveryError.Unknown, SendFailure.ChannelRefused)]
    public async Task Each_code_has_its_error_and_its_class(int status, string code, DeliveryError error, SendFailure failure)
    {
        var refused = await RefusedAsync(CarrierPeer.Json(status, $$"""{"errors":[{"code":"{{code}}","title":"+14155550100","detail":"+14155550100"}]}"""));

        Assert.Equal(new SendOutcome.Refused(error, code), refused);
        Assert.Equal(failure, refused.Failure);
    }

    [Fact]
    public async Task A_message_that_failed_at_once_is_refused()
    {
        var refused = await RefusedAsync(CarrierPeer.Json(200, """{"data":{"id":"a","to":[{"status":"sending_failed"}],"errors":[{"code":"40001"}]}}"""));

        Assert.Equal(new SendOutcome.Refused(DeliveryError.Landline, "40001"), refused);
    }

    [Theory]
    [InlineData("not base64")]
    [InlineData("AAAA")]
    [InlineData("//////////////////////////////////////////8=")]
    public void A_public_key_that_cannot_be_is_refused_when_it_is_set(string key)
    {
        var problems = CarrierSettings.Check(new TelnyxKind(), new Dictionary<string, string> { ["public_key"] = key }, new Dictionary<string, string> { ["api_key"] = "KEYfake" });

        Assert.Equal("public_key", Assert.Single(problems).Setting);
    }
}
