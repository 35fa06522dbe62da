using System.Text;
using Countersign.Carriers;
using Countersign.Core.Channels;
using Countersign.Core.Delivery;
using Countersign.Core.Delivery.Errors;
using Countersign.Core.Delivery.Receipts;

namespace Countersign.Adapters.Tests.Carriers.TwilioVoice;

public class TwilioVoiceCallbackTests
{
    const string Status = "/status?attempt=VLaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa";
    const string Pressed = "CallSid=CA1&Digits=7&CallStatus=in-progress";

    [Theory]
    [InlineData("completed", ReceiptStatus.Delivered, null, null)]
    [InlineData("in-progress", ReceiptStatus.Sent, null, null)]
    [InlineData("ringing", ReceiptStatus.Sent, null, null)]
    [InlineData("completed&AnsweredBy=human", ReceiptStatus.Delivered, null, null)]
    [InlineData("completed&AnsweredBy=unknown", ReceiptStatus.Delivered, null, null)]
    [InlineData("completed&AnsweredBy=machine_start", ReceiptStatus.Undelivered, DeliveryError.NoAnswer, "machine_start")]
    [InlineData("completed&AnsweredBy=fax", ReceiptStatus.Undelivered, DeliveryError.NoAnswer, "fax")]
    [InlineData("busy", ReceiptStatus.Undelivered, DeliveryError.Busy, "busy")]
    [InlineData("no-answer", ReceiptStatus.Undelivered, DeliveryError.NoAnswer, "no-answer")]
    [InlineData("canceled", ReceiptStatus.Undelivered, DeliveryError.Canceled, "canceled")]
    [InlineData("failed", ReceiptStatus.Undelivered, DeliveryError.Unknown, "failed")]
    [InlineData("failed&SipResponseCode=404", ReceiptStatus.Undelivered, DeliveryError.UnknownNumber, "sip_404")]
    [InlineData("failed&SipResponseCode=603", ReceiptStatus.Undelivered, DeliveryError.CallRejected, "sip_603")]
    [InlineData("failed&SipResponseCode=503&ErrorCode=13227", ReceiptStatus.Undelivered, DeliveryError.CountryNotEnabled, "13227")]
    [InlineData("failed&SipResponseCode=699", ReceiptStatus.Undelivered, DeliveryError.Unknown, "sip_699")]
    public void Each_end_of_a_call_has_its_meaning(string status, ReceiptStatus expected, DeliveryError? error, string? code)
    {
        var receipt = Assert.Single(Understood(Carrier(), Status, $"CallSid=CA1&CallStatus={status}&CallDuration=12&Extra=1").Receipts);

        Assert.Equal(new Receipt { AttemptSid = CarrierBench.Attempt, CarrierMessageId = "CA1", Status = expected, Error = error, CarrierCode = code }, receipt);
    }

    [Fact]
    public void The_moment_is_Twilios()
    {
        var receipt = Assert.Single(Understood(Carrier(), Status, "CallSid=CA1&CallStatus=completed&Timestamp=Mon%2C+23+Nov+2026+11%3A59%3A58+%2B0000").Receipts);

        Assert.Equal(new DateTimeOffset(2026, 11, 23, 11, 59, 58, TimeSpan.Zero), receipt.At);
    }

    [Fact]
    public void A_gated_call_that_ended_says_that_no_key_was_pressed_which_a_key_outweighs()
    {
        var receipt = Assert.Single(Understood(Carrier(), Status + "&gate=1", "CallSid=CA1&CallStatus=completed").Receipts);

        Assert.Equal((ReceiptStatus.Undelivered, DeliveryError.CallRejected, "no_key"), (receipt.Status, receipt.Error, receipt.CarrierCode));
        Assert.True(ReceiptStatus.Delivered > receipt.Status);
    }

    [Theory]
    [InlineData("human")]
    [InlineData("unknown")]
    public async Task A_person_who_answered_hears_the_greeting_and_the_code(string by)
    {
        var (carrier, rest) = await ListeningAsync();

        var understood = Understood(carrier, rest, $"CallSid=CA1&CallStatus=in-progress&AnsweredBy={by}");

        Assert.Equal(new Receipt { AttemptSid = CarrierBench.Attempt, CarrierMessageId = "CA1", Status = ReceiptStatus.Delivered }, Assert.Single(understood.Receipts));
        var heard = TwilioVoiceCarrierTests.Heard(TwimlRules.Obeyed(understood.Reply!.Body, inline: false));
        Assert.Equal(["Hello. Acme calls with your code.", "1s", "Your code is", "1", "1s", "2"], heard[..6]);
        Assert.Equal(["Goodbye.", "Hangup"], heard[^2..]);
    }

    [Theory]
    [InlineData("machine_start")]
    [InlineData("machine_end_beep")]
    [InlineData("machine_of_tomorrow")]
    [InlineData("fax")]
    public async Task A_machine_that_answered_hears_nothing(string by)
    {
        var (carrier, rest) = await ListeningAsync();

        var understood = Understood(carrier, rest, $"CallSid=CA1&CallStatus=in-progress&AnsweredBy={by}");

        Assert.Equal(["Hangup"], TwilioVoiceCarrierTests.Heard(TwimlRules.Obeyed(understood.Reply!.Body)));
        Assert.Equal(
            new Receipt { AttemptSid = CarrierBench.Attempt, CarrierMessageId = "CA1", Status = ReceiptStatus.Undelivered, Error = DeliveryError.NoAnswer, CarrierCode = by },
            Assert.Single(understood.Receipts));
    }

    [Fact]
    public async Task A_person_who_answers_after_the_code_ran_out_is_told_goodbye()
    {
        var (carrier, rest) = await ListeningAsync();

        var understood = Assert.IsType<CallbackOutcome.Understood>(carrier.Receive(Signed(rest, "CallSid=CA1&AnsweredBy=human", CarrierBench.Now.AddMinutes(10))));

        Assert.Equal((ReceiptStatus.Undelivered, DeliveryError.Expired), (Assert.Single(understood.Receipts).Status, understood.Receipts[0].Error));
        Assert.Equal(["Goodbye.", "Hangup"], TwilioVoiceCarrierTests.Heard(TwimlRules.Obeyed(understood.Reply!.Body)));
    }

    [Fact]
    public async Task A_call_whose_words_were_not_fetched_was_not_delivered()
    {
        var receipt = Assert.Single(Understood((await ListeningAsync()).Carrier, Status + "&listen=1", "CallSid=CA1&CallStatus=completed").Receipts);

        Assert.Equal((ReceiptStatus.Undelivered, DeliveryError.Unknown, "not_read"), (receipt.Status, receipt.Error, receipt.CarrierCode));
    }

    [Fact]
    public async Task A_token_is_good_for_its_purpose_only()
    {
        var (listening, answered) = await ListeningAsync();
        var (gated, voice) = await GatedAsync();

        Assert.IsType<CallbackOutcome.Malformed>(gated.Receive(Signed(voice.Replace("/voice", "/answered", StringComparison.Ordinal), "CallSid=CA1&AnsweredBy=human")));
        Assert.IsType<CallbackOutcome.Malformed>(listening.Receive(Signed(answered.Replace("/answered", "/voice", StringComparison.Ordinal), Pressed)));
    }

    [Fact]
    public async Task A_pressed_key_is_answered_with_the_code()
    {
        var (carrier, rest) = await GatedAsync();

        var understood = Understood(carrier, rest, Pressed);

        Assert.Equal(new Receipt { AttemptSid = CarrierBench.Attempt, CarrierMessageId = "CA1", Status = ReceiptStatus.Delivered }, Assert.Single(understood.Receipts));
        Assert.Equal("text/xml", understood.Reply!.ContentType);
        var heard = TwilioVoiceCarrierTests.Heard(TwimlRules.Obeyed(understood.Reply.Body, inline: false));
        Assert.Equal(["1s", "Your code is", "1", "1s", "2", "1s", "3", "1s", "4", "1s", "5", "1s", "6", "1s", "1s", "Once more:"], heard[..16]);
        Assert.Equal(["Goodbye.", "Hangup"], heard[^2..]);
        Assert.DoesNotContain("123456", understood.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_token_names_the_attempt_and_hides_the_code()
    {
        var (_, rest) = await GatedAsync();

        var token = System.Buffers.Text.Base64Url.DecodeFromChars(rest.AsSpan("/voice?t=".Length));

        Assert.DoesNotContain("Your code is", Encoding.UTF8.GetString(token), StringComparison.Ordinal);
        Assert.NotEqual(rest, (await GatedAsync()).Behind);
    }

    [Fact]
    public async Task A_key_pressed_after_the_code_ran_out_is_told_goodbye()
    {
        var (carrier, rest) = await GatedAsync();
        var late = Signed(rest, Pressed, CarrierBench.Now.AddMinutes(10));

        var understood = Assert.IsType<CallbackOutcome.Understood>(carrier.Receive(late));

        var receipt = Assert.Single(understood.Receipts);
        Assert.Equal((ReceiptStatus.Undelivered, DeliveryError.Expired), (receipt.Status, receipt.Error));
        Assert.Equal(["Goodbye.", "Hangup"], TwilioVoiceCarrierTests.Heard(TwimlRules.Obeyed(understood.Reply!.Body)));
    }

    [Fact]
    public async Task Without_a_key_no_code_is_read()
    {
        var (carrier, rest) = await GatedAsync();

        var understood = Understood(carrier, rest, "CallSid=CA1");

        Assert.Empty(understood.Receipts);
        Assert.Equal(["Goodbye.", "Hangup"], TwilioVoiceCarrierTests.Heard(TwimlRules.Obeyed(understood.Reply!.Body)));
    }

    [Fact]
    public async Task A_token_that_was_changed_or_is_another_installations_opens_nothing()
    {
        var (carrier, rest) = await GatedAsync();
        var token = rest["/voice?t=".Length..];

        foreach (var changed in Mutations.Of(token).Where(changed => changed != token).Concat(["", "a", token[..20], token + "AAAA", new string('A', 10_000), "%%%"]))
        {
            Assert.IsType<CallbackOutcome.Malformed>(carrier.Receive(Signed($"/voice?t={changed}", Pressed)));
        }

        Assert.IsType<CallbackOutcome.Malformed>(Carrier().Receive(Signed(rest, Pressed)));
    }

    [Fact]
    public async Task Each_changed_byte_of_address_body_or_signature_makes_it_a_forgery()
    {
        var (carrier, rest) = await GatedAsync();
        foreach (var right in new[] { Signed(rest, Pressed), Signed(Status, "CallSid=CA1&CallStatus=completed") })
        {
            var body = Encoding.UTF8.GetString(right.Body.Span);

            var forged = Mutations.Of(right.Header(TwilioSignature.Header)!).Select(changed => Changed(right, signature: changed))
                .Concat(Mutations.Of(right.Url).Where(changed => changed != right.Url).Select(changed => Changed(right, url: changed)))
                .Concat(Mutations.Of(body).Select(changed => Changed(right, body: changed)));

            Assert.IsType<CallbackOutcome.Understood>(carrier.Receive(right));
            Assert.All(forged, request => Assert.IsType<CallbackOutcome.Forged>(carrier.Receive(request)));
        }
    }

    [Fact]
    public void Nothing_is_expected_elsewhere()
    {
        Assert.Same(CallbackOutcome.NotExpected, Carrier().Receive(Signed("/other", Pressed)));
        Assert.Same(CallbackOutcome.NotExpected, Carrier().Receive(CarrierBench.Callback(Status, [], "", "GET")));
    }

    [Fact]
    public void No_body_makes_it_throw()
    {
        var carrier = Carrier();
        CsCheck.Check.Sample(CallbackGen.Body("CallSid", "CallStatus", "AnsweredBy", "Digits", "Timestamp", "SipResponseCode", "ErrorCode"), body =>
        {
            Assert.True(carrier.Receive(Signed(Status, body)) is CallbackOutcome.Understood or CallbackOutcome.Malformed, body);
            Assert.IsType<CallbackOutcome.Malformed>(carrier.Receive(Signed("/answered?t=abc", body)));
            Assert.IsType<CallbackOutcome.Malformed>(carrier.Receive(Signed("/voice?t=" + Uri.EscapeDataString(new string([.. body.Where(char.IsAscii)])), body)));
        });
    }

    static ICarrier Carrier() => TwilioVoiceCarrierTests.Create(new Uri("https://api.twilio.com"), []);

    static CallbackOutcome.Understood Understood(ICarrier carrier, string rest, string body) => Assert.IsType<CallbackOutcome.Understood>(carrier.Receive(Signed(rest, body)));

    // Places a gated call, and gives what stands behind the callback address in its Gather.
    static async Task<(ICarrier Carrier, string Behind)> GatedAsync()
    {
        await using var peer = new CarrierPeer(CarrierPeer.Json(201, """{"sid":"CA1"}"""));
        var carrier = TwilioVoiceCarrierTests.Create(peer.Address, []);
        Assert.IsType<SendOutcome.Accepted>(await carrier.SendAsync(CarrierBench.Message(Channel.Call) with { DtmfInputRequired = true }, CancellationToken.None));

        var action = TwimlRules.Obeyed(TwilioVoiceCarrierTests.Field(peer.Request, "Twiml")).Element("Gather")!.Attribute("action")!.Value;
        return (carrier, action[$"https://verify.example.com/callbacks/acme/{CarrierBench.Account}".Length..]);
    }

    // Places a call that listens for machines, and gives what stands behind the callback address in its Url.
    static async Task<(ICarrier Carrier, string Behind)> ListeningAsync()
    {
        await using var peer = new CarrierPeer(CarrierPeer.Json(201, """{"sid":"CA1"}"""));
        var carrier = TwilioVoiceCarrierTests.Create(peer.Address, new() { ["machine_detection"] = "true" });
        Assert.IsType<SendOutcome.Accepted>(await carrier.SendAsync(CarrierBench.Message(Channel.Call), CancellationToken.None));

        return (carrier, TwilioVoiceCarrierTests.Field(peer.Request, "Url")[$"https://verify.example.com/callbacks/acme/{CarrierBench.Account}".Length..]);
    }

    static CallbackRequest Signed(string rest, string body, DateTimeOffset? now = null)
    {
        var request = CarrierBench.Callback(rest, [], body);
        return Changed(request, signature: TwilioSignature.Sign(TwilioVoiceCarrierTests.AuthToken, request.Url, request.Form), now: now);
    }

    static CallbackRequest Changed(CallbackRequest right, string? url = null, string? body = null, string? signature = null, DateTimeOffset? now = null) => new()
    {
        Method = right.Method,
        Url = url ?? right.Url,
        Rest = right.Rest,
        Headers = signature is null ? right.Headers : new Dictionary<string, string> { [TwilioSignature.Header] = signature },
        Body = body is null ? right.Body : Encoding.UTF8.GetBytes(body),
        Now = now ?? right.Now,
    };
}
