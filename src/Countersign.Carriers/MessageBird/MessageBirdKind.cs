using Countersign.Core.Channels;
using Countersign.Core.Delivery;
using static Countersign.Core.Delivery.CarrierSettingType;

namespace Countersign.Carriers.MessageBird;

/// <summary>Bird's classic SMS API (rest.messagebird.com).</summary>
public sealed class MessageBirdKind : ICarrierKind
{
    public string Name => "messagebird";

    public string Title => "MessageBird (Bird's classic SMS API)";

    public IReadOnlyList<Channel> Channels { get; } = [Channel.Sms];

    public IReadOnlyList<CarrierSetting> Settings { get; } =
    [
        new("access_key", Secret, "A live API access key.") { Required = true },
        new("signing_key", Secret, "The signing key of the developer settings, which signs receipts (not the access key); without it no receipts are asked for.") { Min = 8 },
        new("originator", Text, "The sender where the country's rules leave none of the carrier's: the API requires one.") { Default = "MessageBird", Max = 17 },
        new("base_url", Address, "Where the API is.") { Default = "https://rest.messagebird.com" },
    ];

    public ICarrier Create(CarrierEnvironment environment) => new MessageBirdCarrier(environment);
}
