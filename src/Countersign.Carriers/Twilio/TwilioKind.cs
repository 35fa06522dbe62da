using Countersign.Core.Channels;
using Countersign.Core.Delivery;
using static Countersign.Core.Delivery.CarrierSettingType;

namespace Countersign.Carriers.Twilio;

/// <summary>Twilio Programmable Messaging.</summary>
public sealed class TwilioKind : ICarrierKind
{
    public string Name => "twilio";

    public string Title => "Twilio Programmable Messaging";

    public IReadOnlyList<Channel> Channels { get; } = [Channel.Sms];

    public IReadOnlyList<CarrierSetting> Settings { get; } =
    [
        new("account_sid", Text, "The account's SID, AC and 32 hex digits.") { Required = true, Min = 34, Max = 34 },
        new("auth_token", Secret, "The account's primary Auth Token. It signs status callbacks, also when an API key is used to send.") { Required = true },
        new("api_key_sid", Text, "An API key, SK and 32 hex digits, to send with instead of the Auth Token.") { Min = 34, Max = 34 },
        new("api_key_secret", Secret, "The API key's secret."),
        new("messaging_service_sid", Text, "A messaging service, MG and 32 hex digits, that chooses the sender.") { Min = 34, Max = 34 },
        new("from", Text, "The sender where neither the carrier's list of senders nor a messaging service gives one.") { Max = 32 },
        new("base_url", Address, "Where Twilio's API is.") { Default = "https://api.twilio.com" },
    ];

    public IEnumerable<SettingProblem> Check(CarrierSettings settings)
    {
        if (settings.Find("api_key_sid") is null != settings.Find("api_key_secret") is null)
        {
            yield return new SettingProblem("api_key_secret", "goes together with api_key_sid: set both or neither");
        }
    }

    public ICarrier Create(CarrierEnvironment environment) => new TwilioCarrier(environment);
}
