using Countersign.Core.Channels;
using Countersign.Core.Delivery;

namespace Countersign.Carriers.Plivo;

/// <summary>Text messages by Plivo's Message resource.</summary>
public sealed class PlivoKind : ICarrierKind
{
    public string Name => "plivo";

    public string Title => "Plivo SMS";

    public IReadOnlyList<Channel> Channels { get; } = [Channel.Sms];

    public IReadOnlyList<CarrierSetting> Settings { get; } =
    [
        new("auth_id", CarrierSettingType.Text, "The account's Auth ID (MA…, or SA… of a subaccount).") { Required = true, Max = 64 },
        new("auth_token", CarrierSettingType.Secret, "Its Auth Token. Callbacks are checked with it, too.") { Required = true },
        new("from", CarrierSettingType.Text, "The number, short code or alphanumeric sender for messages whose country asks for none of the carrier's senders.") { Max = 16 },
        new("powerpack_uuid", CarrierSettingType.Text, "A Powerpack that chooses the sender where none is set.") { Max = 64 },
        new("allow_v2", CarrierSettingType.Flag, "Whether callbacks may be signed in Plivo's second way, which covers their address but not what they say.") { Default = "false" },
        new("base_url", CarrierSettingType.Address, "Where the API is.") { Default = "https://api.plivo.com" },
    ];

    public IEnumerable<SettingProblem> Check(CarrierSettings settings) =>
        settings.Text("auth_id").All(char.IsAsciiLetterOrDigit) ? [] : [new SettingProblem("auth_id", "must be letters and digits")];

    public ICarrier Create(CarrierEnvironment environment) => new PlivoCarrier(environment);
}
