using Countersign.Core.Channels;
using Countersign.Core.Delivery;
using static Countersign.Core.Delivery.CarrierSettingType;

namespace Countersign.Carriers.Smpp;

/// <summary>Any message centre that speaks SMPP 3.4.</summary>
public sealed class SmppKind : ICarrierKind
{
    const int MaxTon = 6, MaxNpi = 18;

    public string Name => "smpp";

    public string Title => "SMPP 3.4";

    public IReadOnlyList<Channel> Channels { get; } = [Channel.Sms];

    public IReadOnlyList<CarrierSetting> Settings { get; } =
    [
        new("host", Text, "The message centre's name or IP address, without a port.") { Required = true, Max = 255, LeadsSecrets = true },
        new("port", Number, "The TCP port.") { Default = "2775", Min = 1, Max = 65535, LeadsSecrets = true },
        new("system_id", Text, "The name that the carrier gave you to bind with.") { Required = true, Max = 15 },
        new("password", Secret, "The password that belongs to it; SMPP has room for 8 characters.") { Max = 8 },
        new("system_type", Text, "Where the carrier asks for one.") { Max = 12 },
        new("bind_type", Choice, "transceiver: sends and receives. transmitter_and_receiver: two connections for each bind. transmitter: sends only, and gets no receipts.")
        {
            Default = "transceiver", Choices = ["transceiver", "transmitter_and_receiver", "transmitter"],
        },
        new("binds", Number, "Binds at once, as many as the carrier allows.") { Default = "1", Min = 1, Max = 8 },
        new("window", Number, "Messages of one bind that may be unanswered at once.") { Default = "10", Min = 1, Max = 1000 },
        new("messages_per_second", Number, "The carrier's limit over all binds; 0 for none.") { Default = "0", Max = 10_000 },
        new("enquire_seconds", Number, "How often the centre is asked whether it is there.") { Default = "30", Min = 5, Max = 600 },
        new("tls", Flag, "TLS from the first octet. Without it codes and the password cross the network in the clear.") { Default = "false", LeadsSecrets = true },
        new("ca_certificate", LongText, "PEM certificates of the only authorities that may vouch for the centre. Left out: those that the system trusts.") { Max = 65536, LeadsSecrets = true },
        new("source_ton", Choice, "The sender's type of number. auto: 5 for a name, 3 for a short code, else 1.") { Default = "auto", Choices = ["auto", .. UpTo(MaxTon)] },
        new("source_npi", Choice, "The sender's numbering plan. auto: 1 for a number, else 0.") { Default = "auto", Choices = ["auto", .. UpTo(MaxNpi)] },
        new("dest_ton", Number, "The recipient's type of number; 1 is international.") { Default = "1", Max = MaxTon },
        new("dest_npi", Number, "The recipient's numbering plan; 1 is E.164.") { Default = "1", Max = MaxNpi },
        new("encoding", Choice, "How texts are written. auto: the narrowest of gsm7, latin1 and ucs2 that has all characters. What another cannot write goes as ucs2.")
        {
            Default = "auto", Choices = ["auto", "gsm7", "gsm7_packed", "latin1", "ucs2"],
        },
        new("long_message", Choice, "udh: cut here, into parts with headers. payload: whole in message_payload, and the centre cuts.") { Default = "udh", Choices = ["udh", "payload"] },
        new("registered_delivery", Choice, "Which receipts are asked for.") { Default = "final", Choices = ["final", "failure", "none"] },
        new("validity", Choice, "How the centre is told when the code stops being good.") { Default = "relative", Choices = ["relative", "absolute", "none"] },
        new("receipt_id_format", Choice, "How the text of a receipt writes the id that the answer gave: the same, in hexadecimal for a decimal one, or in decimal for a hexadecimal one.")
        {
            Default = "same", Choices = ["same", "hex_to_decimal", "decimal_to_hex"],
        },
    ];

    public IEnumerable<SettingProblem> Check(CarrierSettings settings)
    {
        if (Uri.CheckHostName(settings.Text("host")) == UriHostNameType.Unknown)
        {
            yield return new SettingProblem("host", "must be a host name or an IP address, without a port");
        }

        foreach (var name in (string[])["system_id", "password", "system_type"])
        {
            if (settings.Find(name) is { } text && text.AsSpan().ContainsAnyExceptInRange(' ', '~'))
            {
                yield return new SettingProblem(name, "must have ASCII characters only");
            }
        }

        if (!SmppSettings.TryReadCertificates(settings.Find("ca_certificate"), out _))
        {
            yield return new SettingProblem("ca_certificate", "must be one or more certificates in PEM (-----BEGIN CERTIFICATE-----)");
        }
        else if (settings.Find("ca_certificate") is not null && !settings.Flag("tls"))
        {
            yield return new SettingProblem("ca_certificate", "is for tls, which is off");
        }
    }

    public ICarrier Create(CarrierEnvironment environment) => new SmppCarrier(environment);

    static IEnumerable<string> UpTo(int last) => Enumerable.Range(0, last + 1).Select(number => $"{number}");
}
