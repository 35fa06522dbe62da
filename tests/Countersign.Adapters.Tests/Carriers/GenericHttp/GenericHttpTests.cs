using System.Security.Cryptography;
using System.Text;
using Countersign.Carriers.GenericHttp;
using Countersign.Core.Channels;
using Countersign.Core.Delivery;
using Countersign.Core.Delivery.Errors;
using Countersign.Core.Delivery.Receipts;

namespace Countersign.Adapters.Tests.Carriers.GenericHttp;

public sealed class GenericHttpTests : VendorConformance
{
    const string Secret = "not-a-real-secret-0123456789";

    protected override string Success => """{"result":{"state":"queued","id":"m-1"}}""";

    protected override IReadOnlyList<string> SignedHeaders => ["X-Signature"];

    protected override CallbackRequest Genuine => Signed("""{"event":{"message":"m-1","ref":"VLaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa","state":"DELIVRD","new":[1]}}"""u8.ToArray());

    [Fact]
    public async Task The_request_is_what_the_settings_say()
    {
        await using var peer = new CarrierPeer(CarrierPeer.Json(202, Success));

        var outcome = await Create(peer.Address).SendAsync(Message, TestContext.Current.CancellationToken);

        Assert.Equal(new SendOutcome.Accepted("m-1"), outcome);
        Assert.Equal("PUT /send/14155550100?ref=VLaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa HTTP/1.1", peer.Request.Line);
        Assert.Equal("key-for-tests", peer.Request.Headers["X-Api-Key"]);
        Assert.Equal("Acme", peer.Request.Headers["X-Brand"]);
        Assert.Equal("application/json", peer.Request.Headers["Content-Type"]);
        Assert.Equal("en", peer.Request.Headers["Content-Language"]);
        Assert.Equal("Acme", peer.Request.Headers["User-Agent"]);
        Assert.Equal(
            $$"""{"to":"\u002B14155550100","text":"Your Acme verification code is: 123456","code":"123456","from":"Acme","ttl":600,"locale":"en","hook":"https://verify.example.com/callbacks/acme/{{CarrierBench.Account}}"}""",
            peer.Request.Body);
    }

    [Fact]
    public async Task A_form_is_sent_with_basic_authentication()
    {
        await using var peer = new CarrierPeer(CarrierPeer.Answer(200, "text/plain", "ID: 77\n"));
        var carrier = CarrierBench.Create(new GenericHttpKind(), new()
        {
            ["url"] = $"{peer.Address}sms",
            ["body_type"] = "form",
            ["body"] = "dst={to}&txt={text}",
            ["user"] = "me",
            ["id_pattern"] = @"ID: (\d+)",
        }, new() { ["password"] = "not-real" });

        var outcome = await carrier.SendAsync(Message, TestContext.Current.CancellationToken);

        Assert.Equal(new SendOutcome.Accepted("77"), outcome);
        Assert.Equal("dst=%2B14155550100&txt=Your%20Acme%20verification%20code%20is%3A%20123456", peer.Request.Body);
        Assert.Equal("Basic bWU6bm90LXJlYWw=", peer.Request.Headers["Authorization"]);
        Assert.Equal("application/x-www-form-urlencoded", peer.Request.Headers["Content-Type"]);
    }

    [Theory]
    [InlineData("{}", false)]
    [InlineData("{\"code\":\"{code}\"}", false)]
    [InlineData("{\"code\":\"{code}\",\"gate\":{dtmf_input_required}}", true)]
    public async Task A_call_that_waits_for_a_key_is_only_handed_to_an_interface_that_is_told_so(string body, bool isTaken)
    {
        await using var peer = new CarrierPeer(CarrierPeer.Json(200, "{}"));
        var carrier = CarrierBench.Create(new GenericHttpKind(), new() { ["channel"] = "call", ["url"] = $"{peer.Address}call", ["body"] = body });

        var outcome = await carrier.SendAsync(CarrierBench.Message(Channel.Call) with { DtmfInputRequired = true }, TestContext.Current.CancellationToken);

        if (isTaken)
        {
            Assert.IsType<SendOutcome.Accepted>(outcome);
            Assert.Equal("""{"code":"123456","gate":true}""", peer.Request.Body);
            return;
        }

        Assert.Equal(new SendOutcome.Refused(DeliveryError.KeyPressUnavailable, "no_dtmf_input_required") { WasAsked = false }, outcome);
        Assert.Empty(peer.Requests);
    }

    [Theory]
    [InlineData("url", "call?gate={dtmf_input_required}", "POST /call?gate=false HTTP/1.1")]
    [InlineData("headers", "X-Gate: {dtmf_input_required}", "POST / HTTP/1.1")]
    public async Task A_call_without_a_key_is_handed_over_and_says_so_where_that_is_asked_for(string setting, string value, string line)
    {
        await using var peer = new CarrierPeer(CarrierPeer.Json(200, "{}"));
        var settings = new Dictionary<string, string> { ["channel"] = "call", ["url"] = peer.Address.ToString(), ["body"] = "{}" };
        settings[setting] = setting == "url" ? $"{peer.Address}{value}" : value;

        Assert.IsType<SendOutcome.Accepted>(await CarrierBench.Create(new GenericHttpKind(), settings).SendAsync(CarrierBench.Message(Channel.Call), TestContext.Current.CancellationToken));

        Assert.Equal(line, peer.Request.Line);
        Assert.Equal(setting == "headers" ? "false" : null, peer.Request.Headers.GetValueOrDefault("X-Gate"));
    }

    [Theory]
    [InlineData("00000000-0000-7000-8000-000000000001", true)]
    [InlineData("01JDABCDEFGHJKMNPQRSTVWXYZ", true)]
    [InlineData("wamid.HBgL+/8=", true)]
    [InlineData("smsc:0A1b_2", true)]
    [InlineData("root:x:0:0:root:/root:/bin/bash root", false)]
    [InlineData("<title>Intranet</title>", false)]
    [InlineData("token\ttoken", false)]
    [InlineData("https://intranet.example/?a=b", false)]
    [InlineData("{key}", false)]
    [InlineData("caf\u00e9", false)]
    public async Task What_is_no_id_is_not_read_out_of_an_answer_and_was_taken_all_the_same(string text, bool isId)
    {
        await using var peer = new CarrierPeer(CarrierPeer.Answer(200, "text/plain; charset=utf-8", $"ID: {text}."));
        var carrier = CarrierBench.Create(new GenericHttpKind(), new() { ["url"] = $"{peer.Address}sms", ["body_type"] = "none", ["method"] = "GET", ["id_pattern"] = @"(?s)ID: (.*)\." });

        Assert.Equal(new SendOutcome.Accepted(isId ? text : null), await carrier.SendAsync(Message, TestContext.Current.CancellationToken));
    }

    [Fact]
    public void A_receipt_whose_id_is_none_and_that_names_no_attempt_is_malformed()
    {
        var outcome = Create(new Uri("http://127.0.0.1:9")).Receive(Signed("""{"event":{"message":"two words","state":"DELIVRD"}}"""u8.ToArray()));

        Assert.Equal(new CallbackOutcome.Malformed("missing_field"), outcome);
    }

    [Theory]
    [InlineData("..", "GET /a//b?x= HTTP/1.1")]
    [InlineData("../../admin", "GET /a/..%2F..%2Fadmin/b?x=..%2F..%2Fadmin HTTP/1.1")]
    [InlineData("x\r\nHost: evil", "GET /a/x%0D%0AHost%3A%20evil/b?x=x%0D%0AHost%3A%20evil HTTP/1.1")]
    public async Task A_value_cannot_leave_its_place_in_the_address(string name, string line)
    {
        await using var peer = new CarrierPeer(CarrierPeer.Json(200, "{}"));
        var carrier = CarrierBench.Create(new GenericHttpKind(), new()
        {
            ["url"] = $"{peer.Address}a/{{friendly_name}}/b?x={{friendly_name}}",
            ["method"] = "GET",
            ["body_type"] = "none",
        });

        await carrier.SendAsync(Message with { FriendlyName = name }, TestContext.Current.CancellationToken);

        Assert.Equal(line, peer.Request.Line);
    }

    [Fact]
    public async Task A_get_has_no_body()
    {
        await using var peer = new CarrierPeer(CarrierPeer.Answer(200, "text/plain", "0"));
        var carrier = CarrierBench.Create(new GenericHttpKind(), new()
        {
            ["url"] = $"{peer.Address}sms?key={{secret}}&text={{text}}",
            ["method"] = "GET",
            ["body_type"] = "none",
            ["success_text"] = "0",
        }, new() { ["secret"] = "a&b=c" });

        var outcome = await carrier.SendAsync(Message, TestContext.Current.CancellationToken);

        Assert.Equal(new SendOutcome.Accepted(null), outcome);
        Assert.Equal("GET /sms?key=a%26b%3Dc&text=Your%20Acme%20verification%20code%20is%3A%20123456 HTTP/1.1", peer.Request.Line);
        Assert.Equal("", peer.Request.Body);
    }

    [Theory]
    [InlineData(200, """{"result":{"state":"rejected"},"error":{"code":21}}""", DeliveryError.Throttled, "21", SendFailure.TryAgain)]
    [InlineData(400, """{"error":{"code":"bad-number"}}""", DeliveryError.InvalidNumber, "bad-number", SendFailure.NumberRefused)]
    [InlineData(403, """{"error":{"code":"pumping"}}""", DeliveryError.FraudBlock, "pumping", SendFailure.FraudBlock)]
    [InlineData(400, """{"error":{"code":"landline"}}""", DeliveryError.Landline, "landline", SendFailure.ChannelRefused)]
    [InlineData(500, """{"error":{"code":"landline"}}""", DeliveryError.Landline, "landline", SendFailure.ChannelRefused)]
    [InlineData(409, """{"error":{"code":"new"}}""", DeliveryError.QuotaReached, "new", SendFailure.CarrierDown)]
    [InlineData(400, """{"error":{"code":"new"}}""", DeliveryError.Unknown, "new", SendFailure.ChannelRefused)]
    [InlineData(400, """{"error":{"code":"no such number: +14155550100"}}""", DeliveryError.Unknown, "http_400", SendFailure.ChannelRefused)]
    [InlineData(400, """{"error":{"code":"14155550100"}}""", DeliveryError.Unknown, "http_400", SendFailure.ChannelRefused)]
    public async Task Error_codes_mean_what_the_settings_say(int status, string body, DeliveryError error, string code, SendFailure failure)
    {
        await using var peer = new CarrierPeer(CarrierPeer.Json(status, body));

        var outcome = await Create(peer.Address).SendAsync(Message, TestContext.Current.CancellationToken);

        var refused = Assert.IsType<SendOutcome.Refused>(outcome);
        Assert.Equal((error, code, failure), (refused.Error, refused.CarrierCode, refused.Failure));
    }

    [Theory]
    [InlineData(400, """{"message":"Invalid destination"}""", DeliveryError.Unknown)]
    [InlineData(422, """{"errors":[{"field":"to"}]}""", DeliveryError.Unknown)]
    [InlineData(422, "[]", DeliveryError.Unknown)]
    [InlineData(400, "<h1>Bad Request</h1>", DeliveryError.MalformedAnswer)]
    [InlineData(422, "", DeliveryError.MalformedAnswer)]
    [InlineData(422, "{\"error\":{", DeliveryError.MalformedAnswer)]
    [InlineData(200, """{"message":"Invalid destination"}""", DeliveryError.MalformedAnswer)]
    [InlineData(401, """{"message":"Who are you?"}""", DeliveryError.Authentication)]
    [InlineData(403, """{"message":"Who are you?"}""", DeliveryError.Authentication)]
    [InlineData(408, """{"message":"Too late"}""", DeliveryError.Timeout)]
    [InlineData(429, """{"message":"Slow down"}""", DeliveryError.Throttled)]
    [InlineData(500, """{"message":"Sorry"}""", DeliveryError.CarrierFault)]
    public async Task A_refusal_in_other_words_than_described_is_one_all_the_same(int status, string body, DeliveryError error)
    {
        await using var peer = new CarrierPeer(CarrierPeer.Json(status, body));

        Assert.Equal(new SendOutcome.Refused(error, $"http_{status}"), await Create(peer.Address).SendAsync(Message, TestContext.Current.CancellationToken));
    }

    [Theory]
    [InlineData("DELIVRD", ReceiptStatus.Delivered, null, null)]
    [InlineData("undeliv", ReceiptStatus.Undelivered, DeliveryError.Landline, "landline")]
    [InlineData("ENROUTE", ReceiptStatus.Sent, null, null)]
    public void Receipts_mean_what_the_settings_say(string state, ReceiptStatus status, DeliveryError? error, string? code)
    {
        var body = $$$"""{"event":{"message":"m-1","ref":"{{{CarrierBench.Attempt}}}","state":"{{{state}}}","err":"landline"}}""";

        var outcome = Create(new Uri("http://127.0.0.1:9")).Receive(Signed(Encoding.UTF8.GetBytes(body)));

        Assert.Equal(
            [new Receipt { AttemptSid = CarrierBench.Attempt, CarrierMessageId = "m-1", Status = status, Error = error, CarrierCode = code }],
            Assert.IsType<CallbackOutcome.Understood>(outcome).Receipts);
    }

    [Fact]
    public void A_status_that_is_not_listed_tells_nothing()
    {
        var outcome = Create(new Uri("http://127.0.0.1:9")).Receive(Signed("""{"event":{"message":"m-1","state":"CHARGED"}}"""u8.ToArray()));

        Assert.Empty(Assert.IsType<CallbackOutcome.Understood>(outcome).Receipts);
    }

    [Fact]
    public void A_secret_in_the_address_protects_receipts_in_the_query()
    {
        var carrier = Receiving(new() { ["receipt_protection"] = "token", ["receipt_format"] = "query", ["receipt_id"] = "id" });

        var right = carrier.Receive(CarrierBench.Callback($"?token={Secret}&id=m-1&status=ok", [], "", "GET"));
        var wrong = carrier.Receive(CarrierBench.Callback($"?token={Secret}x&id=m-1&status=ok", [], "", "GET"));
        var none = carrier.Receive(CarrierBench.Callback("?id=m-1&status=ok", [], "", "GET"));

        Assert.Equal([new Receipt { CarrierMessageId = "m-1", Status = ReceiptStatus.Delivered }], Assert.IsType<CallbackOutcome.Understood>(right).Receipts);
        Assert.IsType<CallbackOutcome.Forged>(wrong);
        Assert.IsType<CallbackOutcome.Forged>(none);
    }

    [Fact]
    public void Basic_authentication_protects_receipts_in_a_form()
    {
        var carrier = Receiving(new() { ["receipt_protection"] = "basic", ["receipt_user"] = "carrier", ["receipt_format"] = "form", ["receipt_id"] = "id" });
        var right = $"Basic {Convert.ToBase64String(Encoding.UTF8.GetBytes($"carrier:{Secret}"))}";
        var wrong = $"Basic {Convert.ToBase64String("carrier:guess"u8)}";

        Assert.IsType<CallbackOutcome.Understood>(carrier.Receive(CarrierBench.Callback("", new() { ["authorization"] = right }, "id=m-1&status=ok")));
        Assert.IsType<CallbackOutcome.Forged>(carrier.Receive(CarrierBench.Callback("", new() { ["authorization"] = wrong }, "id=m-1&status=ok")));
        Assert.IsType<CallbackOutcome.Forged>(carrier.Receive(CarrierBench.Callback("", [], "id=m-1&status=ok")));
    }

    [Theory]
    [InlineData("sha1", "base64")]
    [InlineData("sha512", "hex")]
    public void Other_hashes_and_encodings_are_understood(string algorithm, string encoding)
    {
        var carrier = Receiving(new()
        {
            ["receipt_protection"] = "hmac",
            ["receipt_hmac_algorithm"] = algorithm,
            ["receipt_hmac_encoding"] = encoding,
            ["receipt_hmac_prefix"] = "v1=",
            ["receipt_list"] = ".",
            ["receipt_id"] = "id",
        });
        const string body = """[{"id":"m-1","status":"ok"},{"id":"m-2","status":"failed"}]""";
        var key = Encoding.UTF8.GetBytes(Secret);
#pragma warning disable CA5350 // Some carriers have nothing better.
        var hash = algorithm == "sha1" ? HMACSHA1.HashData(key, Encoding.UTF8.GetBytes(body)) : HMACSHA512.HashData(key, Encoding.UTF8.GetBytes(body));
#pragma warning restore CA5350
        var signature = "v1=" + (encoding == "hex" ? Convert.ToHexString(hash) : Convert.ToBase64String(hash));

        var outcome = carrier.Receive(CarrierBench.Callback("", new() { ["X-Signature"] = signature }, body));

        Assert.Equal(["m-1", "m-2"], Assert.IsType<CallbackOutcome.Understood>(outcome).Receipts.Select(receipt => receipt.CarrierMessageId));
    }

    [Fact]
    public void Without_protection_there_are_no_receipts()
    {
        var carrier = CarrierBench.Create(new GenericHttpKind(), new() { ["url"] = "https://sms.example.com", ["body"] = """{"text":"{text}"}""" });

        Assert.Same(CallbackOutcome.NotExpected, carrier.Receive(CarrierBench.Callback("", [], """{"status":"ok"}""")));
    }

    protected override ICarrier Create(Uri address) => CarrierBench.Create(new GenericHttpKind(), new()
    {
        ["url"] = $"{address}send/{{to_digits}}?ref={{attempt}}",
        ["method"] = "PUT",
        ["headers"] = "X-Api-Key: {secret}\nX-Brand: {friendly_name}\nContent-Language: {locale}\nUser-Agent: Acme",
        ["body"] = """{"to":"{to}","text":"{text}","code":"{code}","from":"{from}","ttl":{expires_seconds},"locale":"{locale}","hook":"{callback_url}"}""",
        ["success_json"] = "result.state=queued|sent",
        ["id_json"] = "result.id",
        ["error_json"] = "error.code",
        ["errors"] = "21=throttled\nbad-number=invalid_number\npumping=fraud_block\nlandline=landline\nhttp_409=quota_reached",
        ["receipt_protection"] = "hmac",
        ["receipt_id"] = "event.message",
        ["receipt_attempt"] = "event.ref",
        ["receipt_status"] = "event.state",
        ["receipt_error"] = "event.err",
        ["receipt_statuses"] = "delivrd=delivered\nUNDELIV=undelivered\nENROUTE=sent",
    }, new() { ["secret"] = "key-for-tests", ["receipt_secret"] = Secret });

    protected override CallbackRequest Signed(byte[] body)
    {
        var signature = Convert.ToHexStringLower(HMACSHA256.HashData(Encoding.UTF8.GetBytes(Secret), body));
        return With(CarrierBench.Callback("", new() { ["X-Signature"] = signature }, ""), body: body);
    }

    static ICarrier Receiving(Dictionary<string, string> settings) => CarrierBench.Create(new GenericHttpKind(), new(settings)
    {
        ["url"] = "https://sms.example.com/send",
        ["body"] = """{"text":"{text}","hook":"{callback_url}"}""",
        ["receipt_statuses"] = "ok=delivered\nfailed=undelivered",
    }, new() { ["receipt_secret"] = Secret });
}
