using System.Globalization;
using Countersign.Carriers.Twilio;
using Countersign.Core.Delivery;
using Countersign.Core.Delivery.Errors;

namespace Countersign.Adapters.Tests.Carriers.Twilio;

public class TwilioCarrierTests : HttpCarrierConformance
{
    internal const string AccountSid = "AC00000000000000000000000000000000";
    internal const string AuthToken = "fake-auth-token";
    const string Sid = "SM00000000000000000000000000000001";

    protected override OutgoingMessage Message => CarrierBench.Message();

    protected override string Accepted => CarrierPeer.Json(201, $$"""{"sid":"{{Sid}}","status":"queued","error_code":null}""");

    protected override ICarrier Create(Uri address) => Create(address, []);

    internal static ICarrier Create(Uri address, Dictionary<string, string> more, Dictionary<string, string>? secrets = null) => CarrierBench.Create(
        new TwilioKind(),
        new Dictionary<string, string>(more) { ["account_sid"] = AccountSid, ["base_url"] = address.ToString(), ["from"] = more.GetValueOrDefault("from", "+15017122661") },
        new Dictionary<string, string>(secrets ?? []) { ["auth_token"] = AuthToken });

    [Fact]
    public async Task A_message_is_one_form_to_the_account()
    {
        var (outcome, request) = await SendAsync(Accepted);

        Assert.Equal(new SendOutcome.Accepted(Sid), outcome);
        Assert.Equal($"POST /2010-04-01/Accounts/{AccountSid}/Messages.json HTTP/1.1", request.Line);
        Assert.Equal("Basic QUMwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDpmYWtlLWF1dGgtdG9rZW4=", request.Headers["Authorization"]);
        Assert.Equal("application/x-www-form-urlencoded", request.Headers["Content-Type"]);
        Assert.Equal(
            "To=%2B14155550100&From=%2B15017122661&Body=Your+Acme+verification+code+is%3A+123456&ValidityPeriod=600"
            + "&StatusCallback=https%3A%2F%2Fverify.example.com%2Fcallbacks%2Facme%2FACaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa%2Fstatus%3Fattempt%3DVLaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
            request.Body);
    }

    [Fact]
    public async Task The_sender_of_the_country_goes_before_the_setting()
    {
        var (_, request) = await SendAsync(Accepted, Message with { Sender = "Acme" });

        Assert.Contains("&From=Acme&", request.Body, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_messaging_service_chooses_where_there_is_no_sender()
    {
        const string Service = "MG00000000000000000000000000000001";

        var (_, request) = await SendAsync(Accepted, create: address => CarrierBench.Create(
            new TwilioKind(),
            new() { ["account_sid"] = AccountSid, ["base_url"] = address.ToString(), ["messaging_service_sid"] = Service },
            new() { ["auth_token"] = AuthToken }));

        Assert.Contains($"&MessagingServiceSid={Service}&", request.Body, StringComparison.Ordinal);
        Assert.DoesNotContain("From=", request.Body, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Without_any_sender_nothing_is_sent()
    {
        await using var peer = new CarrierPeer(Accepted);
        var carrier = CarrierBench.Create(new TwilioKind(), new() { ["account_sid"] = AccountSid, ["base_url"] = peer.Address.ToString() }, new() { ["auth_token"] = AuthToken });
        await using var _ = (IAsyncDisposable)carrier;

        var outcome = await carrier.SendAsync(Message, CancellationToken.None);

        Assert.Equal(new SendOutcome.Refused(DeliveryError.Misconfigured, "no_sender"), outcome);
        Assert.Empty(peer.Requests);
    }

    [Fact]
    public async Task An_API_key_sends_in_place_of_the_auth_token()
    {
        var (_, request) = await SendAsync(Accepted, create: address =>
            Create(address, new() { ["api_key_sid"] = "SK00000000000000000000000000000001" }, new() { ["api_key_secret"] = "fake-key-secret" }));

        Assert.Equal(
            "Basic " + Convert.ToBase64String("SK00000000000000000000000000000001:fake-key-secret"u8),
            request.Headers["Authorization"]);
        Assert.StartsWith($"POST /2010-04-01/Accounts/{AccountSid}/", request.Line, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(0.2, "1")]
    [InlineData(-60, "1")]
    [InlineData(59.9, "59")]
    [InlineData(100_000, "36000")]
    public async Task The_validity_is_what_is_left_of_the_code_within_what_Twilio_allows(double seconds, string expected)
    {
        var (_, request) = await SendAsync(Accepted, Message with { ExpiresAt = CarrierBench.Now.AddSeconds(seconds) });

        Assert.Contains($"&ValidityPeriod={expected}&", request.Body, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_base_address_with_a_path_keeps_it()
    {
        var (_, request) = await SendAsync(Accepted, create: address => Create(new Uri(address, "/simulator/"), []));

        Assert.StartsWith("POST /simulator/2010-04-01/Accounts/", request.Line, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_text_of_any_script_goes_out_as_UTF_8()
    {
        var (_, request) = await SendAsync(Accepted, CarrierBench.Message(text: "Код: 123456 & €"));

        Assert.Contains("&Body=%D0%9A%D0%BE%D0%B4%3A+123456+%26+%E2%82%AC&", request.Body, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(400, "30450", DeliveryError.FraudBlock, SendFailure.FraudBlock)]
    [InlineData(400, "21211", DeliveryError.InvalidNumber, SendFailure.NumberRefused)]
    [InlineData(400, "21610", DeliveryError.BlockedByRecipient, SendFailure.NumberRefused)]
    [InlineData(400, "21614", DeliveryError.Landline, SendFailure.ChannelRefused)]
    [InlineData(400, "21408", DeliveryError.CountryNotEnabled, SendFailure.ChannelRefused)]
    [InlineData(400, "21612", DeliveryError.NoRoute, SendFailure.ChannelRefused)]
    [InlineData(429, "20429", DeliveryError.Throttled, SendFailure.TryAgain)]
    [InlineData(400, "21611", DeliveryError.Throttled, SendFailure.TryAgain)]
    [InlineData(401, "20003", DeliveryError.Authentication, SendFailure.CarrierDown)]
    [InlineData(403, "20005", DeliveryError.AccountSuspended, SendFailure.CarrierDown)]
    [InlineData(400, "21606", DeliveryError.InvalidSender, SendFailure.CarrierDown)]
    [InlineData(503, "20503", DeliveryError.CarrierFault, SendFailure.CarrierDown)]
    [InlineData(400, "21703", DeliveryError.Misconfigured, SendFailure.CarrierDown)]
    [InlineData(400, "30011", DeliveryError.NotOnChannel, SendFailure.ChannelRefused)]
    [InlineData(429, "63038", DeliveryError.QuotaReached, SendFailure.CarrierDown)]
    [InlineData(400, "99999", DeliveryError.Unknown, SendFailure.ChannelRefused)]
    public async Task Each_code_has_its_error_and_its_class(int status, string code, DeliveryError error, SendFailure failure)
    {
        var refused = await RefusedAsync(CarrierPeer.Json(status, $$"""{"code":{{code}},"message":"The number +14155550100 …","more_info":"https://www.twilio.com/docs/errors/{{code}}","status":{{status}}}"""));

        Assert.Equal(new SendOutcome.Refused(error, code), refused);
        Assert.Equal(failure, refused.Failure);
    }

    [Fact]
    public void A_code_means_here_what_the_dictionary_says_of_it() => Assert.All(
        TwilioErrors.All.Where(pair => ErrorDictionary.ForTwilio(int.Parse(pair.Key, CultureInfo.InvariantCulture)) is not null),
        pair => Assert.Equal(ErrorDictionary.ForTwilio(int.Parse(pair.Key, CultureInfo.InvariantCulture))!.Error, pair.Value));

    [Fact]
    public async Task A_message_that_was_created_as_failed_is_refused()
    {
        var refused = await RefusedAsync(CarrierPeer.Json(201, $$"""{"sid":"{{Sid}}","status":"failed","error_code":30006,"error_message":"+14155550100"}"""));

        Assert.Equal(new SendOutcome.Refused(DeliveryError.Landline, "30006"), refused);
    }

    [Theory]
    [InlineData("account_sid", "AC123")]
    [InlineData("account_sid", "SK00000000000000000000000000000000")]
    [InlineData("messaging_service_sid", "AC00000000000000000000000000000000")]
    [InlineData("api_key_sid", "SK00000000000000000000000000000000")]
    [InlineData("base_url", "ftp://example.com")]
    [InlineData("colour", "red")]
    public void A_wrong_setting_is_named(string name, string value)
    {
        var settings = new Dictionary<string, string> { ["account_sid"] = AccountSid, [name] = value };

        var problems = CarrierSettings.Check(new TwilioKind(), settings, new Dictionary<string, string> { ["auth_token"] = AuthToken });

        Assert.Contains(problems, problem => problem.Setting == (name == "api_key_sid" ? "api_key_secret" : name));
    }
}
