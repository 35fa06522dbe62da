using Countersign.Core.Channels;
using Countersign.Core.Delivery;
using static Countersign.Core.Delivery.CarrierSettingType;

namespace Countersign.Carriers.Infobip;

/// <summary>Infobip's SMS API, version 3.</summary>
public sealed class InfobipKind : ICarrierKind
{
    public string Name => "infobip";

    public string Title => "Infobip SMS";

    public IReadOnlyList<Channel> Channels { get; } = [Channel.Sms];

    public IReadOnlyList<CarrierSetting> Settings { get; } =
    [
        new("api_key", Secret, "An API key with the scope sms:message:send.") { Required = true, Min = 8 },
        new("base_url", Address, "Your account's own address, shown on Infobip's start page (https://….api.infobip.com).") { Default = "https://api.infobip.com" },
    ];

    public ICarrier Create(CarrierEnvironment environment) => new InfobipCarrier(environment);
}
