using Countersign.Core.Channels;
using Countersign.Core.Delivery;
using static Countersign.Core.Delivery.CarrierSettingType;

namespace Countersign.Carriers.TwilioVoice;

/// <summary>Twilio Programmable Voice: a call that reads the code out.</summary>
public sealed class TwilioVoiceKind : ICarrierKind
{
    public string Name => "twilio-voice";

    public string Title => "Twilio Programmable Voice";

    public IReadOnlyList<Channel> Channels { get; } = [Channel.Call];

    public IReadOnlyList<CarrierSetting> Settings { get; } =
    [
        new("account_sid", Text, "The account's SID, AC and 32 hex digits.") { Required = true, Min = 34, Max = 34 },
        new("auth_token", Secret, "The account's primary Auth Token. It signs callbacks, also when an API key is used to call.") { Required = true },
        new("api_key_sid", Text, "An API key, SK and 32 hex digits, to call with instead of the Auth Token.") { Min = 34, Max = 34 },
        new("api_key_secret", Secret, "The API key's secret."),
        new("from", Text, "The number that calls, in E.164, where the carrier's list of senders gives none.") { Max = 32 },
        new("voice", Text, "A voice of Twilio's for the text, such as alice or Polly.Joanna; without one Twilio chooses by language.") { Max = 64 },
        new("ring_seconds", Number, "How long the phone may ring.") { Default = "30", Min = 5, Max = 120 },
        new("base_url", Address, "Where Twilio's API is.") { Default = "https://api.twilio.com" },
    ];

    public IEnumerable<SettingProblem> Check(CarrierSettings settings)
    {
        if (settings.Find("api_key_sid") is null != settings.Find("api_key_secret") is null)
        {
            yield return new SettingProblem("api_key_secret", "goes together with api_key_sid: set both or neither");
        }
    }

    public ICarrier Create(CarrierEnvironment environment) => new TwilioVoiceCarrier(environment);
}
