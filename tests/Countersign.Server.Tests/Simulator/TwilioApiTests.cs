using System.Net;
using System.Security.Cryptography;
using System.Text;
using Countersign.Adapters.Tests.Carriers;
using Countersign.Carriers.Twilio;
using Countersign.Core.Delivery.Errors;
using Countersign.Server.Simulator.Twilio;
using Countersign.Server.Tests.Running;

namespace Countersign.Server.Tests.Simulator;

public sealed class TwilioApiTests : IAsyncLifetime
{
    const string Messages = $"/2010-04-01/Accounts/{RunningSimulator.Account}/Messages.json";
    const string Calls = $"/2010-04-01/Accounts/{RunningSimulator.Account}/Calls.json";
    const string To = "+15017122661";

    RunningSimulator _simulator = null!;

    public static TheoryData<DeliveryError> Errors => [.. Enum.GetValues<DeliveryError>()];

    public async ValueTask InitializeAsync() => _simulator = await RunningSimulator.StartAsync();

    public ValueTask DisposeAsync() => _simulator.DisposeAsync();

    [Fact]
    public async Task A_message_is_answered_in_twilios_shape_and_can_be_fetched()
    {
        var sent = (await SendAsync(("Body", "Your code is: 123456"))).AssertStatus(201);

        Assert.Equal(
            [
                "account_sid", "api_version", "body", "date_sent", "error_code", "error_message", "messaging_service_sid", "num_media", "num_segments", "subresource_uris",
                "date_created", "date_updated", "direction", "from", "price", "price_unit", "sid", "status", "to", "uri",
            ],
            sent.NamesAt(""));
        Assert.Matches("^SM[0-9a-f]{32}$", sent.Text("sid"));
        Assert.Equal(("queued", "Sun, 01 Mar 2026 12:00:00 +0000", "1", "outbound-api"), (sent.Text("status"), sent.Text("date_created"), sent.Text("num_segments"), sent.Text("direction")));

        await RunningSimulator.WaitAsync(async () => (await _simulator.Api.GetAsync(sent.Text("uri")!)).Text("status") == "delivered");
        Assert.Equal("123456", (await _simulator.MessageAsync(To)).GetProperty("code").GetString());
    }

    [Fact]
    public async Task What_twilio_refuses_is_refused_with_its_codes()
    {
        Assert.Equal(21604, (await PostAsync(Messages, ("From", "+14155550199"), ("Body", "x"))).AssertStatus(400).Number("code"));
        Assert.Equal(21603, (await PostAsync(Messages, ("To", To), ("Body", "x"))).AssertStatus(400).Number("code"));
        Assert.Equal(21602, (await SendAsync()).AssertStatus(400).Number("code"));
        Assert.Equal(21617, (await SendAsync(("Body", new string('x', 1601)))).AssertStatus(400).Number("code"));
        Assert.Equal(21211, (await PostAsync(Messages, ("To", "12"), ("From", "Acme"), ("Body", "x"))).AssertStatus(400).Number("code"));
        Assert.Equal(20404, (await _simulator.Api.GetAsync($"/2010-04-01/Accounts/{RunningSimulator.Account}/Messages/SM1.json")).AssertStatus(404).Number("code"));
    }

    [Theory]
    [InlineData(RunningSimulator.Account, "wrong")]
    [InlineData("AC00000000000000000000000000000002", RunningSimulator.Token)]
    public async Task Without_the_accounts_credentials_nothing_is_answered_or_shown(string user, string secret)
    {
        var stranger = new ApiClient(_simulator.Address, user, secret);

        foreach (var path in new[] { "/", "/messages", "/rules", Messages })
        {
            var answer = (await stranger.GetAsync(path)).AssertStatus(401);
            Assert.Equal((20003, "Basic realm=\"Twilio API\""), (answer.Number("code"), answer.Headers["WWW-Authenticate"]));
        }
    }

    [Fact]
    public async Task Every_stage_is_called_back_in_order_and_signed()
    {
        await using var peer = new CarrierPeer(CarrierPeer.Json(204, ""));
        var callback = $"{peer.Address}status?attempt=VL1&x=%2B";
        var sent = (await SendAsync(("Body", "x"), ("StatusCallback", callback))).AssertStatus(201);

        await RunningSimulator.WaitAsync(() => Task.FromResult(peer.Requests.Count == 3));

        Assert.All(peer.Requests, request =>
        {
            Assert.Equal("POST /status?attempt=VL1&x=%2B HTTP/1.1", request.Line);
            var fields = FieldsOf(request);
            Assert.Equal((sent.Text("sid"), RunningSimulator.Account, "2010-04-01"), (fields["MessageSid"], fields["AccountSid"], fields["ApiVersion"]));
            Assert.Equal(SignatureOf(callback, fields), request.Headers["X-Twilio-Signature"]);
        });
        Assert.Equal(["queued", "sent", "delivered"], peer.Requests.Select(request => FieldsOf(request)["MessageStatus"]));
        Assert.Equal("2603011200", FieldsOf(peer.Requests[2])["RawDlrDoneDate"]);
    }

    [Fact]
    public async Task A_failure_is_called_back_with_its_code()
    {
        await using var peer = new CarrierPeer(CarrierPeer.Json(204, ""));
        await _simulator.SetRulesAsync("""{"prefix":"+1501","undelivered":{"error":"unreachable"}}""");

        (await SendAsync(("Body", "x"), ("StatusCallback", peer.Address.AbsoluteUri))).AssertStatus(201);

        await RunningSimulator.WaitAsync(() => Task.FromResult(peer.Requests.Count == 3));
        var last = FieldsOf(peer.Requests[2]);
        Assert.Equal(("undelivered", "30003"), (last["MessageStatus"], last["ErrorCode"]));
        Assert.Equal("unreachable", (await _simulator.MessageAsync(To)).GetProperty("error").GetString());
    }

    [Fact]
    public async Task A_callback_that_nobody_takes_is_repeated_later()
    {
        await using var peer = new CarrierPeer(CarrierPeer.Json(503, "{}"), CarrierPeer.Json(404, "{}"), CarrierPeer.Json(204, ""));
        (await SendAsync(("Body", "x"), ("StatusCallback", peer.Address.AbsoluteUri))).AssertStatus(201);

        await _simulator.Clock.PassAsync(TimeSpan.FromSeconds(1));
        await _simulator.Clock.PassAsync(TimeSpan.FromSeconds(3));
        await RunningSimulator.WaitAsync(() => Task.FromResult(peer.Requests.Count == 5));

        Assert.Equal(["queued", "queued", "queued", "sent", "delivered"], peer.Requests.Select(request => FieldsOf(request)["MessageStatus"]));
    }

    [Fact]
    public async Task A_lost_message_is_sent_and_never_heard_of_again()
    {
        await _simulator.SetRulesAsync("""{"prefix":"","loss":1}""");

        (await SendAsync(("Body", "x"))).AssertStatus(201);

        var message = await _simulator.MessageAsync(To, message => message.GetProperty("status").GetString() == "sent");
        Assert.False(message.GetProperty("arrived").GetBoolean());
    }

    [Fact]
    public async Task An_outage_cuts_the_connection_and_passes()
    {
        await _simulator.SetRulesAsync("""{"prefix":"","outage":{"seconds":60}}""");

        await Assert.ThrowsAsync<HttpRequestException>(() => SendAsync(("Body", "x")));
        _simulator.Clock.Advance(TimeSpan.FromSeconds(60));
        (await SendAsync(("Body", "x"))).AssertStatus(201);
    }

    [Fact]
    public async Task A_call_is_read_from_its_twiml_and_its_end_is_called_back()
    {
        await using var peer = new CarrierPeer(CarrierPeer.Json(204, ""));
        const string twiml = "<Response><Say>Your code is</Say><Say>1</Say><Pause/><Say>2</Say><Say>3</Say><Say>4</Say><Hangup/></Response>";
        await _simulator.SetRulesAsync("""{"prefix":"+44","undelivered":{"error":"busy"}},{"prefix":"+33","undelivered":{"error":"unknown_number"}}""");

        foreach (var to in new[] { To, "+447700900123", "+33639980123" })
        {
            (await PostAsync(Calls, ("To", to), ("From", "+14155550199"), ("Twiml", twiml), ("StatusCallback", peer.Address.AbsoluteUri))).AssertStatus(201);
        }

        await RunningSimulator.WaitAsync(() => Task.FromResult(peer.Requests.Count == 3));
        var calls = peer.Requests.Select(FieldsOf).ToDictionary(fields => fields["To"]);
        Assert.Equal(["completed", "busy", "failed"], [calls[To]["CallStatus"], calls["+447700900123"]["CallStatus"], calls["+33639980123"]["CallStatus"]]);
        Assert.Equal("404", calls["+33639980123"]["SipResponseCode"]);
        Assert.Equal("1234", (await _simulator.MessageAsync(To)).GetProperty("code").GetString());
    }

    [Theory]
    [InlineData("<Response>")]
    [InlineData("<Other/>")]
    [InlineData("<!DOCTYPE r [<!ENTITY a \"b\">]><Response><Say>&a;</Say></Response>")]
    public async Task What_is_no_twiml_is_refused(string twiml) =>
        Assert.Equal(12100, (await PostAsync(Calls, ("To", To), ("From", "+14155550199"), ("Twiml", twiml))).AssertStatus(400).Number("code"));

    [Theory]
    [MemberData(nameof(Errors))]
    public void Every_error_that_twilio_has_a_code_for_is_said_with_one_that_means_it(DeliveryError error)
    {
        if (!TwilioErrors.All.Values.Contains(error))
        {
            Assert.Equal(30008, TwilioCodes.OfReceipt(error));
            return;
        }

        Assert.Equal(error, TwilioErrors.All[$"{TwilioCodes.OfReceipt(error)}"]);
        Assert.Equal(error, TwilioErrors.All[$"{TwilioCodes.OfRefusal(error).Code}"]);
    }

    [Fact]
    public async Task The_page_shows_messages_and_runs_nothing_of_theirs()
    {
        (await SendAsync(("Body", "<script>alert(1)</script>"))).AssertStatus(201);

        var page = (await _simulator.Api.GetAsync("/")).AssertStatus(200);

        Assert.Contains("&lt;script&gt;alert(1)&lt;/script&gt;", page.Body, StringComparison.Ordinal);
        Assert.DoesNotContain("<script>", page.Body, StringComparison.Ordinal);
        Assert.Equal(1, page.Body.Split("<script type=\"module\">").Length - 1);
    }

    [Fact]
    public async Task The_page_runs_its_own_script_and_style_alone_and_is_not_loaded_anew_under_its_reader()
    {
        var page = (await _simulator.Api.GetAsync("/")).AssertStatus(200);

        Assert.DoesNotContain("http-equiv", page.Body, StringComparison.Ordinal);
        foreach (var (directive, element) in new[] { ("script-src", "script type=\"module\""), ("style-src", "style") })
        {
            var text = page.Body.Split($"<{element}>")[1].Split($"</{element.Split(' ')[0]}>")[0];
            var hash = Convert.ToBase64String(SHA256.HashData(Encoding.UTF8.GetBytes(text)));
            Assert.Contains($"{directive} 'sha256-{hash}';", page.Headers["Content-Security-Policy"], StringComparison.Ordinal);
        }
    }

    Task<Answer> SendAsync(params (string Name, string Value)[] more) => PostAsync(Messages, [("To", To), ("From", "+14155550199"), .. more]);

    Task<Answer> PostAsync(string path, params (string Name, string Value)[] fields) => _simulator.Api.PostAsync(path, fields);

    static Dictionary<string, string> FieldsOf(PeerRequest request) =>
        request.Body.Split('&').Select(field => field.Split('=')).ToDictionary(pair => pair[0], pair => WebUtility.UrlDecode(pair[1]));

    /// <summary>By the words of Twilio's documentation: the address, then every name and value in the order of the names.</summary>
    static string SignatureOf(string url, Dictionary<string, string> fields)
    {
        var text = url + string.Concat(fields.OrderBy(field => field.Key, StringComparer.Ordinal).Select(field => field.Key + field.Value));
#pragma warning disable CA5350 // Twilio's choice.
        return Convert.ToBase64String(HMACSHA1.HashData(Encoding.UTF8.GetBytes(RunningSimulator.Token), Encoding.UTF8.GetBytes(text)));
#pragma warning restore CA5350
    }
}
