using Countersign.Carriers.Vonage;
using Countersign.Core.Delivery;
using Countersign.Core.Delivery.Errors;

namespace Countersign.Adapters.Tests.Carriers.Vonage;

public class VonageCarrierTests : HttpCarrierConformance
{
    internal const string SignatureSecret = "fake-signature-secret";

    protected override OutgoingMessage Message => CarrierBench.Message();

    protected override string Accepted => CarrierPeer.Json(
        200, """{"message-count":"1","messages":[{"to":"14155550100","message-id":"0A0000000123ABCD1","status":"0","remaining-balance":"3.14159265","message-price":"0.03330000","network":"310260"}]}""");

    protected override ICarrier Create(Uri address) => Create(address, []);

    internal static ICarrier Create(Uri address, Dictionary<string, string> more, Dictionary<string, string>? secrets = null) => CarrierBench.Create(
        new VonageKind(),
        new Dictionary<string, string>(more) { ["api_key"] = "abcd1234", ["base_url"] = address.ToString(), ["from"] = more.GetValueOrDefault("from", "Acme") },
        secrets ?? new() { ["api_secret"] = "fake-secret", ["signature_secret"] = SignatureSecret });

    [Fact]
    public async Task A_message_is_one_form()
    {
        var (outcome, request) = await SendAsync(Accepted);

        Assert.Equal(new SendOutcome.Accepted("0A0000000123ABCD1"), outcome);
        Assert.Equal("POST /sms/json HTTP/1.1", request.Line);
        Assert.Equal("application/x-www-form-urlencoded", request.Headers["Content-Type"]);
        Assert.Equal(
            "api_key=abcd1234&from=Acme&to=14155550100&text=Your+Acme+verification+code+is%3A+123456&client-ref=VLaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa&ttl=600000"
            + "&callback=https%3A%2F%2Fverify.example.com%2Fcallbacks%2Facme%2FACaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa%2Freceipt&api_secret=fake-secret",
            request.Body);
    }

    [Fact]
    public async Task Without_a_secret_the_request_is_signed()
    {
        var (_, request) = await SendAsync(Accepted, CarrierBench.Message(text: "a=b&c"), address =>
            Create(address, new() { ["signature_method"] = "sha256" }, new() { ["signature_secret"] = SignatureSecret }));

        Assert.DoesNotContain("api_secret", request.Body, StringComparison.Ordinal);
        Assert.EndsWith("&timestamp=1795435200&sig=" + Expected, request.Body, StringComparison.Ordinal);
    }

    // HMAC-SHA256 of the sorted parameters, worked out with Python's hmac.
    const string Expected = "2e094178880650ed62ec99c209f62f6fd351d54827dc9b12a10f763fea39c26e";

    [Fact]
    public async Task Without_a_signature_secret_no_receipt_is_asked_for()
    {
        var (_, request) = await SendAsync(Accepted, create: address => Create(address, [], new() { ["api_secret"] = "fake-secret" }));

        Assert.DoesNotContain("callback=", request.Body, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_text_beyond_GSM_7_is_unicode()
    {
        var (_, request) = await SendAsync(Accepted, CarrierBench.Message(text: "Код: 123456"));

        Assert.Contains("&type=unicode&", request.Body, StringComparison.Ordinal);
        Assert.Contains("&text=%D0%9A%D0%BE%D0%B4%3A+123456&", request.Body, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_number_as_sender_loses_its_plus()
    {
        var (_, request) = await SendAsync(Accepted, Message with { Sender = "+447700900001" });

        Assert.Contains("&from=447700900001&", request.Body, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(1, "20000")]
    [InlineData(-5, "20000")]
    [InlineData(300, "300000")]
    [InlineData(100_000_000, "604800000")]
    public async Task The_time_to_live_is_what_is_left_of_the_code_within_what_Vonage_allows(int seconds, string expected)
    {
        var (_, request) = await SendAsync(Accepted, Message with { ExpiresAt = CarrierBench.Now.AddSeconds(seconds) });

        Assert.Contains($"&ttl={expected}&", request.Body, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Without_any_sender_nothing_is_sent()
    {
        await using var peer = new CarrierPeer(Accepted);
        var carrier = CarrierBench.Create(new VonageKind(), new() { ["api_key"] = "abcd1234", ["base_url"] = peer.Address.ToString() }, new() { ["api_secret"] = "fake-secret" });
        await using var _ = (IAsyncDisposable)carrier;

        Assert.Equal(new SendOutcome.Refused(DeliveryError.Misconfigured, "no_sender"), await carrier.SendAsync(Message, CancellationToken.None));
        Assert.Empty(peer.Requests);
    }

    [Theory]
    [InlineData("1", DeliveryError.Throttled, SendFailure.TryAgain)]
    [InlineData("4", DeliveryError.Authentication, SendFailure.CarrierDown)]
    [InlineData("5", DeliveryError.CarrierFault, SendFailure.CarrierDown)]
    [InlineData("6", DeliveryError.NoRoute, SendFailure.ChannelRefused)]
    [InlineData("7", DeliveryError.BlockedByRecipient, SendFailure.NumberRefused)]
    [InlineData("8", DeliveryError.AccountSuspended, SendFailure.CarrierDown)]
    [InlineData("9", DeliveryError.InsufficientFunds, SendFailure.CarrierDown)]
    [InlineData("14", DeliveryError.Authentication, SendFailure.CarrierDown)]
    [InlineData("15", DeliveryError.InvalidSender, SendFailure.CarrierDown)]
    [InlineData("33", DeliveryError.UnknownNumber, SendFailure.NumberRefused)]
    [InlineData("77", DeliveryError.Unknown, SendFailure.ChannelRefused)]
    public async Task Each_status_has_its_error_and_its_class(string status, DeliveryError error, SendFailure failure)
    {
        var refused = await RefusedAsync(CarrierPeer.Json(200, $$"""{"message-count":"1","messages":[{"status":"{{status}}","error-text":"+14155550100"}]}"""));

        Assert.Equal(new SendOutcome.Refused(error, status), refused);
        Assert.Equal(failure, refused.Failure);
    }

    [Fact]
    public async Task A_long_message_of_which_a_part_is_refused_is_refused()
    {
        var refused = await RefusedAsync(CarrierPeer.Json(
            200, """{"message-count":"3","messages":[{"status":"0","message-id":"1A"},{"status":"9","error-text":"Quota"},{"status":"0","message-id":"3A"}]}"""));

        Assert.Equal(new SendOutcome.Refused(DeliveryError.InsufficientFunds, "9"), refused);
    }

    [Fact]
    public async Task A_long_message_goes_by_the_name_of_its_first_part()
    {
        var (outcome, _) = await SendAsync(CarrierPeer.Json(200, """{"message-count":"2","messages":[{"status":"0","message-id":"1A"},{"status":"0","message-id":"2A"}]}"""));

        Assert.Equal(new SendOutcome.Accepted("1A"), outcome);
    }

    [Fact]
    public void One_of_the_two_secrets_is_needed()
    {
        var problems = CarrierSettings.Check(new VonageKind(), new Dictionary<string, string> { ["api_key"] = "abcd1234" }, new Dictionary<string, string>());

        Assert.Equal("api_secret", Assert.Single(problems).Setting);
    }
}
