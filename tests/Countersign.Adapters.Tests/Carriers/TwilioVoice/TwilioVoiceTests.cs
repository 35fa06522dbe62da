using System.Net;
using System.Text;
using System.Xml.Linq;
using Countersign.Carriers;
using Countersign.Carriers.TwilioVoice;
using Countersign.Core;
using Countersign.Core.Channels;
using Countersign.Core.Codes;
using Countersign.Core.Delivery;
using Countersign.Core.Delivery.Errors;
using Countersign.Core.Delivery.Receipts;
using Countersign.Core.Messages;
using Countersign.Core.Privacy;
using Countersign.Core.Tests.Privacy;

namespace Countersign.Adapters.Tests.Carriers.TwilioVoice;

public sealed class TwilioVoiceTests : VendorConformance
{
    const string Account = "ACcccccccccccccccccccccccccccccccc";
    const string Token = "not-a-real-auth-token";
    static readonly Uri Nowhere = new("http://127.0.0.1:9");

    protected override OutgoingMessage Message => CarrierBench.Message(Channel.Call) with { Sender = "+14155550199", Voice = Script("en") };

    protected override string Success => """{"sid":"CAdddddddddddddddddddddddddddddddd","status":"queued"}""";

    protected override IReadOnlyList<string> SignedHeaders => ["X-Twilio-Signature"];

    protected override bool CoversUrl => true;

    protected override CallbackRequest Genuine => Signed(Encoding.UTF8.GetBytes("CallSid=CA1&CallStatus=completed"));

    public static TheoryData<string> Locales => [.. VoiceScripts.Locales];

    [Fact]
    public async Task A_call_reads_the_code_digit_by_digit_and_repeats_it()
    {
        await using var peer = new CarrierPeer(CarrierPeer.Json(201, Success));

        var outcome = await Create(peer.Address).SendAsync(Message with { SendDigits = "ww1" }, TestContext.Current.CancellationToken);

        Assert.Equal(new SendOutcome.Accepted("CAdddddddddddddddddddddddddddddddd"), outcome);
        Assert.Equal($"POST /2010-04-01/Accounts/{Account}/Calls.json HTTP/1.1", peer.Request.Line);
        var fields = Fields(peer.Request);
        Assert.Equal(("+14155550100", "+14155550199", "ww1", "30"), (fields["To"], fields["From"], fields["SendDigits"], fields["Timeout"]));
        Assert.Equal($"https://verify.example.com/callbacks/acme/{CarrierBench.Account}/status?attempt={CarrierBench.Attempt}", fields["StatusCallback"]);
        Assert.Equal(["1", "2", "3", "4", "5", "6", "1", "2", "3", "4", "5", "6", "1", "2", "3", "4", "5", "6"], Digits(TwimlRules.Check(fields["Twiml"])));
    }

    [Theory]
    [MemberData(nameof(Locales))]
    public async Task Every_language_keeps_to_Twilios_rules_with_and_without_a_key(string locale)
    {
        await using var peer = new CarrierPeer(CarrierPeer.Json(201, Success));
        var carrier = Create(peer.Address);
        var message = Message with { Voice = Script(locale, "Ann & <Bob> \"GmbH\"", "0987654321") };

        await carrier.SendAsync(message, TestContext.Current.CancellationToken);
        await carrier.SendAsync(message with { DtmfInputRequired = true }, TestContext.Current.CancellationToken);

        var twiml = peer.Requests.Select(request => Fields(request)["Twiml"]).ToList();
        Assert.All(twiml, text => TwimlRules.Check(text));
        Assert.Contains("Ann & <Bob> \"GmbH\"", TwimlRules.Check(twiml[0]).Value, StringComparison.Ordinal);
        var gated = TwimlRules.Check(twiml[1]);
        Assert.Single(gated.Elements("Gather"));
        TwimlRules.Check(Press(carrier, gated.Element("Gather")!.Attribute("action")!.Value).Body);
    }

    [Fact]
    public async Task Behind_the_gate_the_code_comes_only_after_a_key_and_never_in_what_Twilio_keeps()
    {
        await using var peer = new CarrierPeer(CarrierPeer.Json(201, Success));
        var carrier = Create(peer.Address);

        await carrier.SendAsync(Message with { DtmfInputRequired = true, Voice = Script("en", "Acme", "918273") }, TestContext.Current.CancellationToken);

        var fields = Fields(peer.Request);
        var gate = TwimlRules.Check(fields["Twiml"]);
        Assert.Empty(Digits(gate));
        Assert.DoesNotContain("918273", peer.Request.Body, StringComparison.Ordinal);
        Assert.EndsWith("&gate=1", fields["StatusCallback"], StringComparison.Ordinal);
        Assert.Equal(["9", "1", "8", "2", "7", "3"], Digits(TwimlRules.Check(Press(carrier, Action(gate)).Body)).Take(6));
    }

    [Fact]
    public async Task A_key_that_was_pressed_is_the_delivery()
    {
        var (carrier, action) = await GatedAsync(Message);

        var understood = Assert.IsType<CallbackOutcome.Understood>(carrier.Receive(Signed(action, "CallSid=CA1&Digits=5")));

        Assert.Equal([new Receipt { AttemptSid = CarrierBench.Attempt, CarrierMessageId = "CA1", Status = ReceiptStatus.Delivered }], understood.Receipts);
        Assert.Equal("text/xml", understood.Reply!.ContentType);
    }

    [Fact]
    public async Task Without_a_key_or_too_late_the_call_ends_without_the_code()
    {
        var (carrier, action) = await GatedAsync(Message);
        var (late, lateAction) = await GatedAsync(Message with { ExpiresAt = CarrierBench.Now });

        foreach (var outcome in new[] { carrier.Receive(Signed(action, "CallSid=CA1")), late.Receive(Signed(lateAction, "CallSid=CA1&Digits=5")) })
        {
            var understood = Assert.IsType<CallbackOutcome.Understood>(outcome);
            Assert.Empty(understood.Receipts);
            Assert.Equal("<Response><Hangup /></Response>", understood.Reply!.Body);
        }
    }

    [Fact]
    public async Task A_token_that_was_changed_or_is_another_servers_reads_nothing_out()
    {
        var (carrier, action) = await GatedAsync(Message);
        var (_, others) = await GatedAsync(Message);

        foreach (var wrong in new[] { action[..^3] + "AAA", others, action[..action.IndexOf("?t=", StringComparison.Ordinal)], action + "!" })
        {
            Assert.Equal(new CallbackOutcome.Malformed("no_token"), carrier.Receive(Signed(wrong, "CallSid=CA1&Digits=5")));
        }

        Assert.IsType<CallbackOutcome.Forged>(carrier.Receive(CarrierBench.Callback(action[action.IndexOf("/voice", StringComparison.Ordinal)..], [], "Digits=5")));
    }

    [Fact]
    public void A_token_that_another_account_finds_in_a_log_reads_nothing_out_to_it()
    {
        var sealer = new Sealer(Rings.WithKeys(1), RandomSource.System);

        var token = GateToken.Seal(sealer, Message, CarrierBench.Account);

        Assert.Equal("123456", GateToken.Open(sealer, token, CarrierBench.Account)?.Digits);
        Assert.Null(GateToken.Open(sealer, token, Sid.Parse("ACbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb", "AC")));
    }

    [Theory]
    [InlineData("completed", "", ReceiptStatus.Delivered, null)]
    [InlineData("completed", "&gate=1", ReceiptStatus.Undelivered, DeliveryError.CallRejected)]
    [InlineData("in-progress", "&gate=1", ReceiptStatus.Sent, null)]
    [InlineData("busy", "", ReceiptStatus.Undelivered, DeliveryError.Busy)]
    [InlineData("no-answer", "", ReceiptStatus.Undelivered, DeliveryError.NoAnswer)]
    [InlineData("failed", "", ReceiptStatus.Undelivered, DeliveryError.Unreachable)]
    [InlineData("canceled", "", ReceiptStatus.Undelivered, DeliveryError.Canceled)]
    public void The_end_of_a_call_becomes_a_receipt(string state, string more, ReceiptStatus status, DeliveryError? error)
    {
        var url = $"https://verify.example.com/callbacks/acme/{CarrierBench.Account}/status?attempt={CarrierBench.Attempt}{more}";

        var receipt = Assert.Single(Assert.IsType<CallbackOutcome.Understood>(Create(Nowhere).Receive(Signed(url, $"CallSid=CA1&CallStatus={state}"))).Receipts);

        Assert.Equal((CarrierBench.Attempt, "CA1", status, error), (receipt.AttemptSid, receipt.CarrierMessageId, receipt.Status, receipt.Error));
    }

    [Theory]
    [InlineData(400, 21211, DeliveryError.InvalidNumber)]
    [InlineData(400, 21215, DeliveryError.CountryNotEnabled)]
    [InlineData(401, 20003, DeliveryError.Authentication)]
    [InlineData(429, 20429, DeliveryError.Throttled)]
    public async Task Errors_are_normalised(int status, int code, DeliveryError error)
    {
        await using var peer = new CarrierPeer(CarrierPeer.Json(status, $$"""{"code":{{code}},"message":"to +14155550100"}"""));

        Assert.Equal(
            new SendOutcome.Refused(error, code.ToString(null, null)), await Create(peer.Address).SendAsync(Message, TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task A_message_without_a_script_or_a_sender_is_not_sent()
    {
        var carrier = Create(Nowhere);

        Assert.Equal(new SendOutcome.Refused(DeliveryError.Misconfigured, "no_script"), await carrier.SendAsync(Message with { Voice = null }, TestContext.Current.CancellationToken));
        Assert.Equal(new SendOutcome.Refused(DeliveryError.Misconfigured, "no_sender"), await carrier.SendAsync(Message with { Sender = null }, TestContext.Current.CancellationToken));
    }

    protected override ICarrier Create(Uri address) => CarrierBench.Create(
        new TwilioVoiceKind(), new() { ["base_url"] = address.ToString(), ["account_sid"] = Account }, new() { ["auth_token"] = Token });

    protected override CallbackRequest Signed(byte[] body) =>
        Signed($"https://verify.example.com/callbacks/acme/{CarrierBench.Account}/status?attempt={CarrierBench.Attempt}", body);

    static CallbackRequest Signed(string url, string body) => Signed(url, Encoding.UTF8.GetBytes(body));

    static CallbackRequest Signed(string url, byte[] body)
    {
        var rest = url[$"https://verify.example.com/callbacks/acme/{CarrierBench.Account}".Length..];
        var unsigned = With(CarrierBench.Callback(rest, [], ""), body: body);
        return With(unsigned, headers: new(StringComparer.OrdinalIgnoreCase) { ["X-Twilio-Signature"] = TwilioSignature.Of(Token, unsigned.Url, unsigned.Form) });
    }

    async Task<(ICarrier Carrier, string Action)> GatedAsync(OutgoingMessage message)
    {
        await using var peer = new CarrierPeer(CarrierPeer.Json(201, Success));
        var carrier = Create(peer.Address);
        await carrier.SendAsync(message with { DtmfInputRequired = true }, TestContext.Current.CancellationToken);
        return (carrier, Action(TwimlRules.Check(Fields(peer.Request)["Twiml"])));
    }

    static CallbackReply Press(ICarrier carrier, string action) =>
        Assert.IsType<CallbackOutcome.Understood>(carrier.Receive(Signed(action, "CallSid=CA1&Digits=5"))).Reply!;

    static string Action(XElement gate) => gate.Element("Gather")!.Attribute("action")!.Value;

    static string[] Digits(XElement response) => [.. response.Elements("Say").Select(say => say.Value).Where(text => text.Length == 1)];

    static Dictionary<string, string> Fields(PeerRequest request) =>
        request.Body.Split('&').Select(field => field.Split('=')).ToDictionary(field => field[0], field => WebUtility.UrlDecode(field[1]));

    static VoiceScript Script(string locale, string name = "Acme", string code = "123456")
    {
        Assert.True(VoiceScripts.TryFor(locale, name, new OneTimeCode(code), out var script));
        return script;
    }
}
