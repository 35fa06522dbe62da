using Countersign.Core.Channels;
using Countersign.Core.Delivery;

namespace Countersign.Carriers.Vonage;

/// <summary>Text messages by Vonage's SMS API.</summary>
public sealed class VonageKind : ICarrierKind
{
    public string Name => "vonage";

    public string Title => "Vonage SMS API";

    public IReadOnlyList<Channel> Channels { get; } = [Channel.Sms];

    public IReadOnlyList<CarrierSetting> Settings { get; } =
    [
        new("api_key", CarrierSettingType.Text, "The account's API key.") { Required = true, Max = 64 },
        new("api_secret", CarrierSettingType.Secret, "The account's API secret. Where it is left out, requests are signed with the signature secret."),
        new("signature_secret", CarrierSettingType.Secret, "The account's signature secret. Delivery receipts are checked with it; without it none are asked for."),
        new("signature_method", CarrierSettingType.Choice, "How requests and receipts are signed, as the Vonage dashboard says. A receipt with a JWT is always checked with HMAC-SHA256.")
        {
            Default = "md5hash", Choices = ["md5hash", "md5", "sha1", "sha256", "sha512"],
        },
        new("from", CarrierSettingType.Text, "The number or alphanumeric sender for messages whose country asks for none of the carrier's senders.") { Max = 16 },
        .. IndiaDlt.Settings,
        new("base_url", CarrierSettingType.Address, "Where the API is.") { Default = "https://rest.nexmo.com" },
    ];

    public IEnumerable<SettingProblem> Check(CarrierSettings settings) =>
        IndiaDlt.Check(settings).Concat(settings.Find("api_secret") is null && settings.Find("signature_secret") is null ? [new SettingProblem("api_secret", "or signature_secret is required")] : []);

    public ICarrier Create(CarrierEnvironment environment) => new VonageCarrier(environment);
}
