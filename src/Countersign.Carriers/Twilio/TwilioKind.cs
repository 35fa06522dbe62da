using Countersign.Core.Channels;
using Countersign.Core.Delivery;

namespace Countersign.Carriers.Twilio;

/// <summary>Text messages by Twilio's Messages resource.</summary>
public sealed class TwilioKind : ICarrierKind
{
    public string Name => "twilio";

    public string Title => "Twilio Programmable Messaging";

    public IReadOnlyList<Channel> Channels { get; } = [Channel.Sms];

    public IReadOnlyList<CarrierSetting> Settings { get; } =
    [
        .. TwilioRest.Credentials,
        new("from", CarrierSettingType.Text, "The number, short code or alphanumeric sender for messages whose country asks for none of the carrier's senders.") { Max = 64 },
        new("messaging_service_sid", CarrierSettingType.Text, "A messaging service (MG…) that chooses the sender where none is set.") { Min = Core.Sid.Length, Max = Core.Sid.Length },
        TwilioRest.Base,
    ];

    public IEnumerable<SettingProblem> Check(CarrierSettings settings)
    {
        foreach (var problem in TwilioRest.Check(settings))
        {
            yield return problem;
        }

        if (settings.Find("messaging_service_sid") is { } service && !Core.Sid.TryParse(service, "MG", out _))
        {
            yield return new SettingProblem("messaging_service_sid", "must be MG and 32 hex digits");
        }
    }

    public ICarrier Create(CarrierEnvironment environment) => new TwilioCarrier(environment);
}
