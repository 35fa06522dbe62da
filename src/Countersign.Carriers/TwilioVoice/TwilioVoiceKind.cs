using Countersign.Core.Channels;
using Countersign.Core.Delivery;

namespace Countersign.Carriers.TwilioVoice;

/// <summary>Calls that read the code out, by Twilio's Calls resource.</summary>
public sealed class TwilioVoiceKind : ICarrierKind
{
    public string Name => "twilio-voice";

    public string Title => "Twilio Voice";

    public IReadOnlyList<Channel> Channels { get; } = [Channel.Call];

    public IReadOnlyList<CarrierSetting> Settings { get; } =
    [
        .. TwilioRest.Credentials,
        new("from", CarrierSettingType.Text, "The number that calls, in E.164, where none of the carrier's senders is a number.") { Max = 16 },
        new("voice", CarrierSettingType.Text, "Who speaks: one voice for every language (Polly.Amy-Neural), or one each (en-GB=Polly.Amy-Neural, de-DE=Polly.Vicki). Twilio's choice where none is set.") { Max = 1024 },
        new("ring_seconds", CarrierSettingType.Number, "How long it rings before the call counts as not answered.") { Default = "30", Min = 5, Max = 600 },
        new("machine_detection", CarrierSettingType.Flag, "Whether Twilio listens first for an answering machine, which delays the words and costs extra; to a machine nothing is said, and it counts as not answered. It needs a public address.") { Default = "false" },
        TwilioRest.Base,
    ];

    public IEnumerable<SettingProblem> Check(CarrierSettings settings) =>
        TwilioRest.Check(settings).Concat(SayVoices.TryParse(settings.Find("voice"), out _) ? [] : [new SettingProblem("voice", "must be a voice, or language=voice pairs with commas between them")]);

    public ICarrier Create(CarrierEnvironment environment) => new TwilioVoiceCarrier(environment);
}
