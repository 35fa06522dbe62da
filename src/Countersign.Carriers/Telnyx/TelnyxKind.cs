using Countersign.Core.Channels;
using Countersign.Core.Delivery;

namespace Countersign.Carriers.Telnyx;

/// <summary>Text messages by Telnyx's Messaging API v2.</summary>
public sealed class TelnyxKind : ICarrierKind
{
    public string Name => "telnyx";

    public string Title => "Telnyx Messaging";

    public IReadOnlyList<Channel> Channels { get; } = [Channel.Sms];

    public IReadOnlyList<CarrierSetting> Settings { get; } =
    [
        new("api_key", CarrierSettingType.Secret, "An API v2 key (KEY…).") { Required = true },
        new("public_key", CarrierSettingType.Text, "The account's public key, in base64, as the portal shows it. Receipts are checked with it; without it none are asked for.") { Max = 64 },
        new("from", CarrierSettingType.Text, "The number, short code or alphanumeric sender for messages whose country asks for none of the carrier's senders.") { Max = 16 },
        new("messaging_profile_id", CarrierSettingType.Text, "A messaging profile: needed for alphanumeric senders, and for its number pool to choose the sender where none is set.") { Max = 64 },
        new("base_url", CarrierSettingType.Address, "Where the API is.") { Default = "https://api.telnyx.com" },
    ];

    public IEnumerable<SettingProblem> Check(CarrierSettings settings) =>
        settings.Find("public_key") is { } key && !TelnyxSignature.TryReadKey(key, out _) ? [new SettingProblem("public_key", "must be an Ed25519 public key, 32 bytes in base64")] : [];

    public ICarrier Create(CarrierEnvironment environment) => new TelnyxCarrier(environment);
}
