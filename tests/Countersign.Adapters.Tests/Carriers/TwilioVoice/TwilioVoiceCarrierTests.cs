using System.Net;
using System.Xml.Linq;
using Countersign.Carriers.TwilioVoice;
using Countersign.Core;
using Countersign.Core.Channels;
using Countersign.Core.Delivery;
using Countersign.Core.Delivery.Errors;
using Countersign.Core.Messages;
using Countersign.Core.Privacy;
using CsCheck;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;

namespace Countersign.Adapters.Tests.Carriers.TwilioVoice;

public class TwilioVoiceCarrierTests : HttpCarrierConformance
{
    internal const string AccountSid = "AC00000000000000000000000000000000";
    internal const string AuthToken = "fake-auth-token";
    const string Sid = "CA00000000000000000000000000000001";

    protected override OutgoingMessage Message => CarrierBench.Message(Channel.Call);

    protected override string Accepted => CarrierPeer.Json(201, $$"""{"sid":"{{Sid}}","status":"queued"}""");

    protected override ICarrier Create(Uri address) => Create(address, []);

    internal static ICarrier Create(Uri address, Dictionary<string, string> more) => CarrierBench.Create(
        new TwilioVoiceKind(),
        new Dictionary<string, string>(more) { ["account_sid"] = AccountSid, ["base_url"] = address.ToString(), ["from"] = "+15017122661" },
        new() { ["auth_token"] = AuthToken });

    [Fact]
    public async Task A_call_is_one_form_with_what_is_said_in_it()
    {
        var (outcome, request) = await SendAsync(Accepted);

        Assert.Equal(new SendOutcome.Accepted(Sid), outcome);
        Assert.Equal($"POST /2010-04-01/Accounts/{AccountSid}/Calls.json HTTP/1.1", request.Line);
        Assert.StartsWith("Basic ", request.Headers["Authorization"], StringComparison.Ordinal);
        Assert.Equal(["To", "From", "Twiml", "Timeout", "StatusCallback", "StatusCallbackEvent"], request.Body.Split('&').Select(field => field.Split('=')[0]));
        Assert.Equal("+14155550100", Field(request, "To"));
        Assert.Equal("+15017122661", Field(request, "From"));
        Assert.Equal("30", Field(request, "Timeout"));
        Assert.Equal($"https://verify.example.com/callbacks/acme/{CarrierBench.Account}/status?attempt={CarrierBench.Attempt}", Field(request, "StatusCallback"));
        Assert.Equal("completed", Field(request, "StatusCallbackEvent"));
    }

    [Fact]
    public async Task The_code_is_read_digit_by_digit_with_pauses_and_repeated()
    {
        var (_, request) = await SendAsync(Accepted);

        var response = TwimlRules.Obeyed(Field(request, "Twiml"));
        Assert.Equal(
            [
                "Hello. Acme calls with your code.",
                "1s", "Your code is", "1", "1s", "2", "1s", "3", "1s", "4", "1s", "5", "1s", "6", "1s",
                "1s", "Once more:", "1", "1s", "2", "1s", "3", "1s", "4", "1s", "5", "1s", "6", "1s",
                "1s", "Once more:", "1", "1s", "2", "1s", "3", "1s", "4", "1s", "5", "1s", "6", "1s",
                "Goodbye.", "Hangup",
            ],
            Heard(response));
        Assert.All(response.Elements("Say"), say => Assert.Equal("en-US", say.Attribute("language")!.Value));
    }

    [Fact]
    public async Task A_gated_call_asks_for_a_key_and_holds_no_code()
    {
        var (_, request) = await SendAsync(Accepted, Message with { DtmfInputRequired = true });

        var twiml = Field(request, "Twiml");
        var response = TwimlRules.Obeyed(twiml);
        var gather = response.Element("Gather")!;
        Assert.Equal("1", gather.Attribute("numDigits")!.Value);
        Assert.StartsWith($"https://verify.example.com/callbacks/acme/{CarrierBench.Account}/voice?t=", gather.Attribute("action")!.Value, StringComparison.Ordinal);
        Assert.Contains("Press any key to hear the code.", gather.Elements("Say").Select(say => say.Value));
        Assert.Equal(["No key was pressed. Goodbye.", "Hangup"], Heard(response)[^2..]);
        Assert.DoesNotContain("Your code is", twiml, StringComparison.Ordinal);
        Assert.DoesNotContain(">1<", twiml, StringComparison.Ordinal);
        Assert.EndsWith("&gate=1", Field(request, "StatusCallback"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_gated_call_without_a_public_address_is_refused_and_not_read_out_ungated()
    {
        await using var peer = new CarrierPeer(Accepted);
        var carrier = Unreachable(peer.Address);
        await using var _ = (IAsyncDisposable)carrier;

        var outcome = await carrier.SendAsync(Message with { DtmfInputRequired = true }, CancellationToken.None);

        var refused = Assert.IsType<SendOutcome.Refused>(outcome);
        Assert.Equal((DeliveryError.KeyPressUnavailable, "no_callback_address", SendFailure.ChannelRefused, false), (refused.Error, refused.CarrierCode, refused.Failure, refused.WasAsked));
        Assert.Empty(peer.Requests);
    }

    [Fact]
    public async Task A_plain_call_without_a_public_address_asks_for_no_callback()
    {
        var (_, request) = await SendAsync(Accepted, create: Unreachable);

        Assert.DoesNotContain("StatusCallback", request.Body, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Keys_for_an_extension_are_passed_on_and_nobody_is_listened_for_meanwhile()
    {
        var (_, request) = await SendAsync(Accepted, Message with { SendDigits = "wwww1928#" }, address => Create(address, new() { ["machine_detection"] = "true", ["ring_seconds"] = "20" }));

        Assert.Equal("wwww1928#", Field(request, "SendDigits"));
        Assert.Equal("20", Field(request, "Timeout"));
        Assert.DoesNotContain("MachineDetection", request.Body, StringComparison.Ordinal);
        Assert.Contains("Your code is", Field(request, "Twiml"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_call_that_listens_for_machines_has_no_word_in_it_before_Twilio_tells_who_answered()
    {
        var (_, request) = await SendAsync(Accepted, create: address => Create(address, new() { ["machine_detection"] = "true" }));

        Assert.Equal(["To", "From", "Url", "Timeout", "MachineDetection", "StatusCallback", "StatusCallbackEvent"], request.Body.Split('&').Select(field => field.Split('=')[0]));
        Assert.StartsWith($"https://verify.example.com/callbacks/acme/{CarrierBench.Account}/answered?t=", Field(request, "Url"), StringComparison.Ordinal);
        Assert.Equal("Enable", Field(request, "MachineDetection"));
        Assert.EndsWith("&listen=1", Field(request, "StatusCallback"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_gated_call_that_listens_for_machines_asks_for_the_key_as_any_does()
    {
        var (_, request) = await SendAsync(Accepted, Message with { DtmfInputRequired = true }, address => Create(address, new() { ["machine_detection"] = "true" }));

        Assert.NotNull(TwimlRules.Obeyed(Field(request, "Twiml")).Element("Gather"));
        Assert.Equal("Enable", Field(request, "MachineDetection"));
        Assert.EndsWith("&gate=1", Field(request, "StatusCallback"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Words_that_no_address_has_room_for_are_refused()
    {
        await using var peer = new CarrierPeer(Accepted);
        var carrier = Create(peer.Address, new() { ["machine_detection"] = "true" });
        await using var _ = (IAsyncDisposable)carrier;

        var outcome = await carrier.SendAsync(Message with { Voice = Message.Voice! with { Greeting = new string('a', 3000) } }, CancellationToken.None);

        Assert.Equal(new SendOutcome.Refused(DeliveryError.ContentTooLong, "twiml_too_long"), outcome);
        Assert.Empty(peer.Requests);
    }

    [Theory]
    [InlineData("Polly.Amy-Neural", "Polly.Amy-Neural")]
    [InlineData("de-DE=Polly.Vicki, en-US=Google.en-US-Standard-A", "Google.en-US-Standard-A")]
    [InlineData("de-DE=Polly.Vicki", null)]
    [InlineData("de-DE=Polly.Vicki,Polly.Amy", "Polly.Amy")]
    public async Task A_voice_speaks_the_languages_that_it_is_set_for(string setting, string? expected)
    {
        var (_, request) = await SendAsync(Accepted, create: address => Create(address, new() { ["voice"] = setting }));

        Assert.All(TwimlRules.Obeyed(Field(request, "Twiml")).Elements("Say"), say => Assert.Equal(expected, say.Attribute("voice")?.Value));
    }

    [Theory]
    [InlineData("en=")]
    [InlineData("Polly Amy")]
    [InlineData("<voice>")]
    public void A_voice_that_cannot_be_is_refused_when_it_is_set(string setting)
    {
        var problems = CarrierSettings.Check(
            new TwilioVoiceKind(),
            new Dictionary<string, string> { ["account_sid"] = AccountSid, ["voice"] = setting },
            new Dictionary<string, string> { ["auth_token"] = AuthToken });

        Assert.Equal("voice", Assert.Single(problems).Setting);
    }

    [Theory]
    [InlineData("en", "en-US")]
    [InlineData("en-GB", "en-GB")]
    [InlineData("EN_gb", "en-GB")]
    [InlineData("de", "de-DE")]
    [InlineData("de-CH", "de-DE")]
    [InlineData("pt", "pt-PT")]
    [InlineData("pt-BR", "pt-BR")]
    [InlineData("es-AR", "es-MX")]
    [InlineData("no", "nb-NO")]
    [InlineData("tl", "fil-PH")]
    [InlineData("zh", "zh-CN")]
    [InlineData("zh-HK", "zh-HK")]
    [InlineData("zh-Hant-MO", "zh-HK")]
    [InlineData("zh-Hant", "zh-TW")]
    [InlineData("et", "en-US")]
    [InlineData("", "en-US")]
    public void A_tag_is_spoken_in_the_nearest_language(string tag, string expected) => Assert.Equal(expected, SayLanguages.For(tag));

    // The 21 locales of Twilio Verify's voice templates.
    [Theory]
    [InlineData("ca"), InlineData("zh"), InlineData("zh-CN"), InlineData("zh-HK"), InlineData("da"), InlineData("nl"), InlineData("en"), InlineData("en-GB"), InlineData("fi"), InlineData("fr"), InlineData("de")]
    [InlineData("it"), InlineData("ja"), InlineData("ko"), InlineData("nb"), InlineData("pl"), InlineData("pt"), InlineData("pt-BR"), InlineData("ru"), InlineData("es"), InlineData("sv")]
    public void Every_voice_locale_is_spoken_in_its_own_language(string tag) => Assert.Equal(tag.Split('-')[0], SayLanguages.For(tag).Split('-')[0]);

    [Fact]
    public async Task What_XML_reserves_or_forbids_harms_nothing()
    {
        var script = Message.Voice! with { Greeting = "<Dial>+14155550199</Dial> & \"Acme\" \u0001\ud800", Digits = ["<", "&"] };

        var (_, request) = await SendAsync(Accepted, Message with { Voice = script });

        Assert.Equal("<Dial>+14155550199</Dial> & \"Acme\" ", TwimlRules.Obeyed(Field(request, "Twiml")).Element("Say")!.Value);
    }

    [Fact]
    public async Task A_long_code_is_repeated_less_often_so_that_it_fits()
    {
        var script = Message.Voice! with { Repeats = 5, Digits = [.. "1234567890".Select(digit => digit.ToString())] };

        var (_, request) = await SendAsync(Accepted, Message with { Voice = script }, address => Create(address, new() { ["voice"] = "Google.en-US-Chirp3-HD-Aoede" }));

        var said = Heard(TwimlRules.Obeyed(Field(request, "Twiml")));
        Assert.InRange(said.Count(text => text == "0"), 2, 4);
    }

    [Fact]
    public async Task A_script_that_never_fits_is_refused() =>
        Assert.Equal(
            new SendOutcome.Refused(DeliveryError.ContentTooLong, "twiml_too_long"),
            (await SendNothingAsync(Message with { Voice = Message.Voice! with { Greeting = new string('a', 5000) } })).Outcome);

    [Fact]
    public void Any_script_makes_a_document_that_obeys_the_rules()
    {
        var text = Gen.String[0, 120];
        var scripts = Gen.Select(text, text, text, Gen.String[0, 5], Gen.Int[-1, 9], Gen.String[0, 3].Array[0, 12], (greeting, announce, goodbye, locale, repeats, digits) => new VoiceScript
        {
            Locale = locale,
            Greeting = greeting,
            Announce = announce,
            Again = announce,
            PressKey = greeting,
            NoKey = goodbye,
            Goodbye = goodbye,
            Digits = digits,
            Repeats = repeats,
        });
        var twiml = new VoiceTwiml(new SayVoices());

        scripts.Sample(script =>
        {
            TwimlRules.Obeyed(twiml.Read(script)!);
            TwimlRules.Obeyed(twiml.AskForKey(script, "https://verify.example.com/voice?t=a&b=<\">")!.Replace("&lt;&quot;&gt;", "", StringComparison.Ordinal));
            TwimlRules.Obeyed(twiml.ReadAfterKey(script), inline: false);
            TwimlRules.Obeyed(twiml.ReadToPerson(script), inline: false);
            TwimlRules.Obeyed(twiml.Refuse(script), inline: false);
        });
    }

    [Theory]
    [InlineData(400, "21217", DeliveryError.InvalidNumber, SendFailure.NumberRefused)]
    [InlineData(400, "21211", DeliveryError.InvalidNumber, SendFailure.NumberRefused)]
    [InlineData(400, "21215", DeliveryError.CountryNotEnabled, SendFailure.ChannelRefused)]
    [InlineData(400, "21216", DeliveryError.NoRoute, SendFailure.ChannelRefused)]
    [InlineData(429, "20429", DeliveryError.Throttled, SendFailure.TryAgain)]
    [InlineData(400, "10004", DeliveryError.Throttled, SendFailure.TryAgain)]
    [InlineData(401, "20003", DeliveryError.Authentication, SendFailure.CarrierDown)]
    [InlineData(400, "21210", DeliveryError.InvalidSender, SendFailure.CarrierDown)]
    [InlineData(500, "20500", DeliveryError.CarrierFault, SendFailure.CarrierDown)]
    public async Task Each_code_has_its_error_and_its_class(int status, string code, DeliveryError error, SendFailure failure)
    {
        var refused = await RefusedAsync(CarrierPeer.Json(status, $$"""{"code":{{code}},"message":"+14155550100","status":{{status}}}"""));

        Assert.Equal(new SendOutcome.Refused(error, code), refused);
        Assert.Equal(failure, refused.Failure);
    }

    internal static string Field(PeerRequest request, string name) =>
        WebUtility.UrlDecode(request.Body.Split('&').Single(field => field.StartsWith(name + "=", StringComparison.Ordinal))[(name.Length + 1)..]);

    internal static List<string> Heard(XElement response) =>
        [.. response.Elements().Select(verb => verb.Name == "Pause" ? verb.Attribute("length")!.Value + "s" : verb.Name == "Say" ? verb.Value : verb.Name.ToString())];

    static async Task<(SendOutcome Outcome, int Requests)> SendNothingAsync(OutgoingMessage message)
    {
        await using var peer = new CarrierPeer(CarrierPeer.Silence);
        var carrier = Create(peer.Address, []);
        await using var _ = (IAsyncDisposable)carrier;
        return (await carrier.SendAsync(message, CancellationToken.None), peer.Requests.Count);
    }

    // A server that nobody can call back.
    static ICarrier Unreachable(Uri address)
    {
        var kind = new TwilioVoiceKind();
        var settings = new Dictionary<string, string> { ["account_sid"] = AccountSid, ["base_url"] = address.ToString(), ["from"] = "+15017122661" };
        var secrets = new Dictionary<string, string> { ["auth_token"] = AuthToken };
        return kind.Create(new CarrierEnvironment
        {
            Definition = new CarrierDefinition
            {
                AccountSid = CarrierBench.Account,
                Name = "acme",
                Kind = kind.Name,
                Settings = settings,
                Secrets = secrets,
                CreatedAt = CarrierBench.Now,
                UpdatedAt = CarrierBench.Now,
            },
            Settings = new CarrierSettings(kind, settings, secrets),
            Time = new FakeTimeProvider(CarrierBench.Now),
            Random = RandomSource.System,
            Sealer = new Sealer(new KeyRing([(1, new byte[RingKey.SecretBytes])], 1, 1), RandomSource.System),
            CallbackAddress = null,
            ReceiptsAsync = _ => Task.CompletedTask,
            Logger = NullLogger.Instance,
        });
    }
}
