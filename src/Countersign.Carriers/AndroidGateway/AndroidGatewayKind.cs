using Countersign.Core.Channels;
using Countersign.Core.Delivery;
using static Countersign.Core.Delivery.CarrierSettingType;

namespace Countersign.Carriers.AndroidGateway;

/// <summary>An Android phone with a SIM as carrier: the open-source "SMS Gateway for Android" (sms-gate.app).</summary>
public sealed class AndroidGatewayKind : ICarrierKind
{
    public string Name => "android";

    public string Title => "SMS Gateway for Android";

    public IReadOnlyList<Channel> Channels { get; } = [Channel.Sms];

    public IReadOnlyList<CarrierSetting> Settings { get; } =
    [
        new("mode", Choice, "`cloud` for sms-gate.app's server or your own, `local` for the server on the phone.") { Default = "cloud", Choices = ["cloud", "local"] },
        new("base_url", Address, "The server: https://api.sms-gate.app, or http://<phone>:8080 in mode local.") { Default = "https://api.sms-gate.app" },
        new("user", Text, "The user name that the app shows.") { Required = true, Max = 128 },
        new("password", Secret, "The password that the app shows.") { Required = true },
        new("sim", Number, "Which SIM sends, where the phone has two: 1 or 2.") { Min = 1, Max = 4 },
        new("device", Text, "The id of the phone, in mode cloud with several.") { Max = 64 },
        new("signing_key", Secret, "The app's webhook signing key (Settings, Webhooks); without it no receipts are accepted.") { Min = 4 },
    ];

    public ICarrier Create(CarrierEnvironment environment) => new AndroidGatewayCarrier(environment);
}
