using Countersign.Carriers.Plivo;
using Countersign.Core.Delivery;
using Countersign.Core.Delivery.Errors;

namespace Countersign.Adapters.Tests.Carriers.Plivo;

public class PlivoCarrierTests : HttpCarrierConformance
{
    internal const string AuthToken = "fake-auth-token";

    protected override OutgoingMessage Message => CarrierBench.Message();

    protected override string Accepted => CarrierPeer.Json(
        202, """{"message":"message(s) queued","message_uuid":["db3ce55a-7f1d-11e1-8ea7-1231380bc196"],"api_id":"db342550-7f1d-11e1-8ea7-1231380bc196"}""");

    protected override ICarrier Create(Uri address) => Create(address, []);

    internal static ICarrier Create(Uri address, Dictionary<string, string> more) => CarrierBench.Create(
        new PlivoKind(),
        new Dictionary<string, string>(more) { ["auth_id"] = "MAFAKEFAKEFAKEFAKE00", ["base_url"] = address.ToString(), ["from"] = "+447700900001" },
        new() { ["auth_token"] = AuthToken });

    [Fact]
    public async Task A_message_is_one_JSON_object_to_the_account()
    {
        var (outcome, request) = await SendAsync(Accepted);

        Assert.Equal(new SendOutcome.Accepted("db3ce55a-7f1d-11e1-8ea7-1231380bc196"), outcome);
        Assert.Equal("POST /v1/Account/MAFAKEFAKEFAKEFAKE00/Message/ HTTP/1.1", request.Line);
        Assert.Equal("Basic " + Convert.ToBase64String("MAFAKEFAKEFAKEFAKE00:fake-auth-token"u8), request.Headers["Authorization"]);
        Assert.Equal("application/json", request.Headers["Content-Type"]);
        Assert.Equal(
            """{"src":"447700900001","dst":"14155550100","text":"Your Acme verification code is: 123456","message_expiry":600"""
            + ""","url":"https://verify.example.com/callbacks/acme/ACaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa/status/VLaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa","method":"POST"}""",
            request.Body);
    }

    [Fact]
    public async Task The_sender_of_the_country_goes_before_the_setting()
    {
        var (_, request) = await SendAsync(Accepted, Message with { Sender = "Acme" });

        Assert.StartsWith("""{"src":"Acme",""", request.Body, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_Powerpack_chooses_where_there_is_no_sender()
    {
        var (_, request) = await SendAsync(Accepted, create: address => CarrierBench.Create(
            new PlivoKind(), new() { ["auth_id"] = "MA1", ["base_url"] = address.ToString(), ["powerpack_uuid"] = "86bbb125-97bb-4d72-89fd-81d5c515b015" }, new() { ["auth_token"] = AuthToken }));

        Assert.StartsWith("""{"powerpack_uuid":"86bbb125-97bb-4d72-89fd-81d5c515b015","dst":""", request.Body, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Without_any_sender_nothing_is_sent()
    {
        await using var peer = new CarrierPeer(Accepted);
        var carrier = CarrierBench.Create(new PlivoKind(), new() { ["auth_id"] = "MA1", ["base_url"] = peer.Address.ToString() }, new() { ["auth_token"] = AuthToken });
        await using var _ = (IAsyncDisposable)carrier;

        Assert.Equal(new SendOutcome.Refused(DeliveryError.Misconfigured, "no_sender"), await carrier.SendAsync(Message, CancellationToken.None));
        Assert.Empty(peer.Requests);
    }

    [Theory]
    [InlineData(-5, 5)]
    [InlineData(61.9, 61)]
    [InlineData(100_000, 10_800)]
    public async Task The_expiry_is_what_is_left_of_the_code_within_what_Plivo_allows(double seconds, int expected)
    {
        var (_, request) = await SendAsync(Accepted, Message with { ExpiresAt = CarrierBench.Now.AddSeconds(seconds) });

        Assert.Contains($"\"message_expiry\":{expected},", request.Body, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(400, DeliveryError.Unknown, SendFailure.ChannelRefused)]
    [InlineData(401, DeliveryError.Authentication, SendFailure.CarrierDown)]
    [InlineData(402, DeliveryError.InsufficientFunds, SendFailure.CarrierDown)]
    [InlineData(429, DeliveryError.Throttled, SendFailure.TryAgain)]
    [InlineData(500, DeliveryError.CarrierFault, SendFailure.CarrierDown)]
    public async Task Each_status_has_its_error_and_its_class(int status, DeliveryError error, SendFailure failure)
    {
        var refused = await RefusedAsync(CarrierPeer.Json(status, """{"api_id":"db342550-7f1d-11e1-8ea7-1231380bc196","error":"dst +14155550100 is bad"}"""));

        Assert.Equal(new SendOutcome.Refused(error, $"http_{status}"), refused);
        Assert.Equal(failure, refused.Failure);
    }

    [Fact]
    public async Task A_number_that_Plivo_calls_invalid_is_refused()
    {
        var refused = await RefusedAsync(CarrierPeer.Json(202, """{"message":"message(s) queued","message_uuid":[],"invalid_number":["14155550100"],"api_id":"a"}"""));

        Assert.Equal(new SendOutcome.Refused(DeliveryError.InvalidNumber, "http_202"), refused);
        Assert.Equal(SendFailure.NumberRefused, refused.Failure);
    }

    // Its requests are refused without a code; its callbacks have the two classes that no status stands for.
    [Fact]
    public void Fraud_has_a_code_in_callbacks() => Assert.Equal(SendFailure.FraudBlock, DeliveryErrors.ClassOf(PlivoErrors.All["451"]));

    [Fact]
    public void An_Auth_ID_that_is_a_path_is_refused_when_it_is_set()
    {
        var problems = CarrierSettings.Check(new PlivoKind(), new Dictionary<string, string> { ["auth_id"] = "../x" }, new Dictionary<string, string> { ["auth_token"] = AuthToken });

        Assert.Equal("auth_id", Assert.Single(problems).Setting);
    }
}
