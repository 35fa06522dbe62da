using System.Security.Cryptography;
using System.Text;
using Countersign.Carriers.WhatsApp;
using Countersign.Core.Channels;
using Countersign.Core.Delivery;
using Countersign.Core.Delivery.Errors;
using Countersign.Core.Delivery.Receipts;
using Countersign.Core.Messages;

namespace Countersign.Adapters.Tests.Carriers.WhatsApp;

public sealed class WhatsAppTests : VendorConformance
{
    const string AppSecret = "not-a-real-app-secret";
    const string VerifyToken = "not-a-real-verify-token";
    static readonly Uri Nowhere = new("http://127.0.0.1:9");

    protected override OutgoingMessage Message => CarrierBench.Message(Channel.WhatsApp);

    protected override string Success =>
        """{"messaging_product":"whatsapp","contacts":[{"input":"14155550100","wa_id":"14155550100"}],"messages":[{"id":"wamid.HBgLMTQxNTU1NTAxMDAVAgARGBI","message_status":"accepted"}]}""";

    protected override IReadOnlyList<string> SignedHeaders => ["X-Hub-Signature-256"];

    protected override CallbackRequest Genuine => Signed(Encoding.UTF8.GetBytes(Webhook("""{"id":"wamid.X","status":"delivered","timestamp":"1795435200","recipient_id":"14155550100"}""")));

    [Fact]
    public async Task The_request_is_the_documented_authentication_template()
    {
        await using var peer = new CarrierPeer(CarrierPeer.Json(200, Success));

        var outcome = await Create(peer.Address).SendAsync(Message, TestContext.Current.CancellationToken);

        Assert.Equal(new SendOutcome.Accepted("wamid.HBgLMTQxNTU1NTAxMDAVAgARGBI"), outcome);
        Assert.Equal("POST /v23.0/106540352242922/messages HTTP/1.1", peer.Request.Line);
        Assert.Equal("Bearer not-a-real-token", peer.Request.Headers["Authorization"]);
        Assert.Equal("application/json", peer.Request.Headers["Content-Type"]);
        Assert.Equal(
            """{"messaging_product":"whatsapp","recipient_type":"individual","to":"14155550100","type":"template","template":{"name":"login_code","language":{"code":"en_US"},"components":["""
            + """{"type":"body","parameters":[{"type":"text","text":"123456"}]},"""
            + """{"type":"button","sub_type":"url","index":"0","parameters":[{"type":"text","text":"123456"}]}]},"biz_opaque_callback_data":"VLaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"}""",
            peer.Request.Body);
    }

    [Theory]
    [InlineData("pt-BR", "login_code_br", "pt_BR")]
    [InlineData("pt-PT", "login_code", "pt_PT")]
    [InlineData("sv", "login_code", "sv")]
    [InlineData("sv-FI", "login_code", "sv")]
    [InlineData("ja", "login_code", "en_US")]
    public async Task The_template_follows_the_locale(string locale, string name, string language)
    {
        await using var peer = new CarrierPeer(CarrierPeer.Json(200, Success));
        var carrier = Create(peer.Address, new() { ["languages"] = "sv = sv\npt-BR=login_code_br:pt_BR\npt-PT=pt_PT" });

        await carrier.SendAsync(Message with { Message = new RenderedMessage("", locale, Segments.Count("")) }, TestContext.Current.CancellationToken);

        Assert.Contains($"\"name\":\"{name}\",\"language\":{{\"code\":\"{language}\"}}", peer.Request.Body, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_template_without_a_button_is_given_the_code_once()
    {
        await using var peer = new CarrierPeer(CarrierPeer.Json(200, Success));

        await Create(peer.Address, new() { ["button"] = "none" }).SendAsync(Message, TestContext.Current.CancellationToken);

        Assert.DoesNotContain("button", peer.Request.Body, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(400, 131026, DeliveryError.NotOnChannel, SendFailure.ChannelRefused)]
    [InlineData(400, 131021, DeliveryError.InvalidNumber, SendFailure.NumberRefused)]
    [InlineData(400, 131050, DeliveryError.BlockedByRecipient, SendFailure.NumberRefused)]
    [InlineData(400, 132001, DeliveryError.TemplateRejected, SendFailure.CarrierDown)]
    [InlineData(400, 131047, DeliveryError.TemplateRejected, SendFailure.CarrierDown)]
    [InlineData(400, 130429, DeliveryError.Throttled, SendFailure.TryAgain)]
    [InlineData(400, 131056, DeliveryError.Throttled, SendFailure.TryAgain)]
    [InlineData(403, 368, DeliveryError.AccountSuspended, SendFailure.CarrierDown)]
    [InlineData(403, 131031, DeliveryError.AccountSuspended, SendFailure.CarrierDown)]
    [InlineData(401, 190, DeliveryError.Authentication, SendFailure.CarrierDown)]
    [InlineData(500, 131000, DeliveryError.CarrierFault, SendFailure.CarrierDown)]
    [InlineData(400, 999999, DeliveryError.Unknown, SendFailure.ChannelRefused)]
    [InlineData(503, 999999, DeliveryError.CarrierFault, SendFailure.CarrierDown)]
    public async Task Errors_are_normalised_and_their_text_is_not_kept(int status, int code, DeliveryError error, SendFailure failure)
    {
        var body = $$$"""{"error":{"message":"(#{{{code}}}) +14155550100","type":"OAuthException","code":{{{code}}},"error_data":{"messaging_product":"whatsapp","details":"+14155550100"},"fbtrace_id":"Az"}}""";
        await using var peer = new CarrierPeer(CarrierPeer.Json(status, body));

        var outcome = await Create(peer.Address).SendAsync(Message, TestContext.Current.CancellationToken);

        var refused = Assert.IsType<SendOutcome.Refused>(outcome);
        Assert.Equal((error, code.ToString(null, null), failure), (refused.Error, refused.CarrierCode, refused.Failure));
    }

    [Theory]
    [InlineData("sent", ReceiptStatus.Sent, null, null)]
    [InlineData("delivered", ReceiptStatus.Delivered, null, null)]
    [InlineData("read", ReceiptStatus.Read, null, null)]
    [InlineData("failed", ReceiptStatus.Undelivered, DeliveryError.NotOnChannel, "131026")]
    public void A_status_becomes_a_receipt(string state, ReceiptStatus status, DeliveryError? error, string? code)
    {
        var body = Webhook($$$"""
            {"id":"wamid.X","status":"{{{state}}}","timestamp":"1795435200","recipient_id":"14155550100","biz_opaque_callback_data":"{{{CarrierBench.Attempt}}}",
             "pricing":{"billable":true,"pricing_model":"PMP","category":"authentication"},
             "errors":[{"code":131026,"title":"Message undeliverable","message":"Message undeliverable","error_data":{"details":"x"}}]}
            """);

        var outcome = Create(Nowhere).Receive(Signed(Encoding.UTF8.GetBytes(body)));

        Assert.Equal(
            [new Receipt { AttemptSid = CarrierBench.Attempt, CarrierMessageId = "wamid.X", Status = status, Error = error, CarrierCode = code, At = DateTimeOffset.FromUnixTimeSeconds(1795435200) }],
            Assert.IsType<CallbackOutcome.Understood>(outcome).Receipts);
    }

    [Fact]
    public void A_message_that_a_person_sent_tells_nothing()
    {
        const string body = """{"object":"whatsapp_business_account","entry":[{"id":"1","changes":[{"field":"messages","value":{"messages":[{"from":"14155550100","type":"text"}]}}]}]}""";

        Assert.Empty(Assert.IsType<CallbackOutcome.Understood>(Create(Nowhere).Receive(Signed(Encoding.UTF8.GetBytes(body)))).Receipts);
    }

    [Fact]
    public void The_address_is_verified_by_repeating_the_challenge()
    {
        var outcome = Create(Nowhere).Receive(CarrierBench.Callback($"?hub.mode=subscribe&hub.challenge=1158201444&hub.verify_token={VerifyToken}", [], "", "GET"));

        Assert.Equal(new CallbackReply("text/plain", "1158201444"), Assert.IsType<CallbackOutcome.Understood>(outcome).Reply);
    }

    [Theory]
    [InlineData("?hub.mode=subscribe&hub.challenge=1158201444&hub.verify_token=guess")]
    [InlineData("?hub.mode=subscribe&hub.challenge=1158201444")]
    public void A_wrong_verify_token_is_a_forgery(string query) =>
        Assert.IsType<CallbackOutcome.Forged>(Create(Nowhere).Receive(CarrierBench.Callback(query, [], "", "GET")));

    [Fact]
    public void A_challenge_that_is_markup_is_not_repeated() =>
        Assert.IsType<CallbackOutcome.Malformed>(
            Create(Nowhere).Receive(CarrierBench.Callback($"?hub.mode=subscribe&hub.challenge=%3Cscript%3E&hub.verify_token={VerifyToken}", [], "", "GET")));

    [Fact]
    public void Without_an_app_secret_there_are_no_receipts()
    {
        var carrier = CarrierBench.Create(new WhatsAppKind(), new() { ["phone_number_id"] = "1", ["template"] = "x" }, new() { ["access_token"] = "not-real" });

        Assert.Same(CallbackOutcome.NotExpected, carrier.Receive(Genuine));
    }

    [Theory]
    [InlineData("languages", "sv")]
    [InlineData("languages", "sv=sv\nsv=en")]
    [InlineData("languages", "sv=a:b:c")]
    [InlineData("template", "Login code")]
    [InlineData("language", "en-US")]
    [InlineData("phone_number_id", "+14155550100")]
    [InlineData("api_version", "23")]
    public void A_wrong_setting_is_refused(string setting, string value)
    {
        var settings = new Dictionary<string, string> { ["phone_number_id"] = "1", ["template"] = "x", [setting] = value };

        var problem = Assert.Single(CarrierSettings.Check(new WhatsAppKind(), settings, new Dictionary<string, string> { ["access_token"] = "not-real" }));

        Assert.Equal(setting, problem.Setting);
    }

    protected override ICarrier Create(Uri address) => Create(address, []);

    protected override CallbackRequest Signed(byte[] body)
    {
        var signature = Convert.ToHexStringLower(HMACSHA256.HashData(Encoding.UTF8.GetBytes(AppSecret), body));
        return With(CarrierBench.Callback("", new() { ["X-Hub-Signature-256"] = $"sha256={signature}" }, ""), body: body);
    }

    static ICarrier Create(Uri address, Dictionary<string, string> more) => CarrierBench.Create(
        new WhatsAppKind(),
        new(more) { ["base_url"] = address.ToString(), ["phone_number_id"] = "106540352242922", ["template"] = "login_code" },
        new() { ["access_token"] = "not-a-real-token", ["app_secret"] = AppSecret, ["verify_token"] = VerifyToken });

    static string Webhook(string status) =>
        """{"object":"whatsapp_business_account","entry":[{"id":"102290129340398","changes":[{"field":"messages","value":{"messaging_product":"whatsapp","metadata":{"display_phone_number":"15550783881","phone_number_id":"106540352242922"},"statuses":["""
        + status + "]}}]}]}";
}
