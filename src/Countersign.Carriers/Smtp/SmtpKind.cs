using Countersign.Core.Channels;
using Countersign.Core.Delivery;

namespace Countersign.Carriers.Smtp;

/// <summary>E-mail through any server that takes submissions by SMTP (RFC 5321, RFC 6409).</summary>
public sealed class SmtpKind : ICarrierKind
{
    internal const string Host = "host";
    internal const string Port = "port";
    internal const string Security = "security";
    internal const string User = "user";
    internal const string Password = "password";
    internal const string FromAddress = "from_address";
    internal const string FromName = "from_name";
    internal const string ReplyTo = "reply_to";
    internal const string TimeoutSeconds = "timeout_seconds";
    internal const string Connections = "connections";
    internal const string CaCertificate = "ca_certificate";
    internal const string AllowPlain = "allow_plain";

    public string Name => "smtp";

    public string Title => "E-mail by SMTP";

    public IReadOnlyList<Channel> Channels { get; } = [Channel.Email];

    public IReadOnlyList<CarrierSetting> Settings { get; } =
    [
        new(Host, CarrierSettingType.Text, "The mail server's name, as in its certificate, or its IP address.") { Required = true, Max = 253, LeadsSecrets = true },
        new(Port, CarrierSettingType.Number, "The TCP port. Left out: 587 with starttls, 465 with tls, 25 with none.") { Min = 1, Max = 65535, LeadsSecrets = true },
        new(Security, CarrierSettingType.Choice, "starttls: begin in the clear and insist on TLS. tls: TLS from the first byte. none: no encryption, to this machine only.")
        {
            Default = "starttls", Choices = ["starttls", "tls", "none"], LeadsSecrets = true,
        },
        new(User, CarrierSettingType.Text, "The login name; left out where the server asks for none.") { Max = 320 },
        new(Password, CarrierSettingType.Secret, "The password, or the provider's API key in its place.") { Max = 1024 },
        new(FromAddress, CarrierSettingType.Text, "The mailbox that mail comes from; its domain's SPF and DKIM should allow the server.") { Required = true, Max = 254 },
        new(FromName, CarrierSettingType.Text, "The name beside that address. Left out: the service's friendly name.") { Max = 120 },
        new(ReplyTo, CarrierSettingType.Text, "The mailbox that answers go to. Left out: the sender.") { Max = 254 },
        new(TimeoutSeconds, CarrierSettingType.Number, "Seconds for one mail, with connecting, 1 to 120.") { Default = "15", Min = 1, Max = 120 },
        new(Connections, CarrierSettingType.Number, "Connections at once, 1 to 50; a mail beyond them waits.") { Default = "4", Min = 1, Max = 50 },
        new(CaCertificate, CarrierSettingType.LongText, "PEM certificates of the only authorities that may vouch for the server. Left out: those that the system trusts.") { Max = 65536, LeadsSecrets = true },
        new(AllowPlain, CarrierSettingType.Flag, "Allows security none to another machine: codes and password cross the network in the clear.") { Default = "false", LeadsSecrets = true },
    ];

    public IEnumerable<SettingProblem> Check(CarrierSettings settings)
    {
        var host = settings.Text(Host);
        if (Uri.CheckHostName(host) == UriHostNameType.Unknown)
        {
            yield return new SettingProblem(Host, "must be a host name or an IP address, without a port");
        }

        if (settings.Text(Security) == "none" && !SmtpOptions.IsLoopback(host) && !settings.Flag(AllowPlain))
        {
            yield return new SettingProblem(Security, $"must be starttls or tls unless the server is on this machine; to send codes in the clear all the same, set {AllowPlain} to true");
        }

        if (settings.Find(User) is null != settings.Find(Password) is null)
        {
            yield return new SettingProblem(settings.Find(User) is null ? User : Password, $"is required: {User} and {Password} go together");
        }

        foreach (var name in (string[])[FromAddress, ReplyTo])
        {
            if (settings.Find(name) is { } text && SmtpOptions.Mailbox(text) is null)
            {
                yield return new SettingProblem(name, "must be an e-mail address, without a name or brackets around it");
            }
        }

        if (SmtpOptions.Certificates(settings.Find(CaCertificate)) is null)
        {
            yield return new SettingProblem(CaCertificate, "must be one or more certificates in PEM (-----BEGIN CERTIFICATE-----)");
        }
    }

    public ICarrier Create(CarrierEnvironment environment) => new SmtpCarrier(environment.Definition.Name, SmtpOptions.Read(environment.Settings) with { Networks = environment.Networks }, environment.Time);
}
