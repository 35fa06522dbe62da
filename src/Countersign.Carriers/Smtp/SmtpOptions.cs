using System.Globalization;
using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Countersign.Core.Delivery;
using Countersign.Core.Numbers;
using MailKit.Security;

namespace Countersign.Carriers.Smtp;

/// <summary>The settings of one SMTP carrier, read.</summary>
sealed record SmtpOptions
{
    public required string Host { get; init; }

    public required int Port { get; init; }

    public required SecureSocketOptions Security { get; init; }

    /// <summary>Null where the server asks for no login.</summary>
    public required NetworkCredential? Login { get; init; }

    public required EmailAddress From { get; init; }

    /// <summary>The name beside the address; null to use the name that the person knows the service by.</summary>
    public required string? FromName { get; init; }

    public required EmailAddress? ReplyTo { get; init; }

    /// <summary>For one mail, from waiting for a connection, which takes half of it at most, to the server's last word.</summary>
    public required TimeSpan Timeout { get; init; }

    /// <summary>The only authorities that may have signed the server's certificate; empty for those that the system trusts.</summary>
    public required X509Certificate2Collection Authorities { get; init; }

    public required int Connections { get; init; }

    /// <summary>Where the server may be.</summary>
    public CarrierNetworks Networks { get; init; } = CarrierNetworks.Any;

    /// <exception cref="InvalidOperationException">The settings were not checked.</exception>
    public static SmtpOptions Read(CarrierSettings settings)
    {
        var security = settings.Text(SmtpKind.Security);
        var user = settings.Find(SmtpKind.User);
        return new SmtpOptions
        {
            Host = settings.Text(SmtpKind.Host),
            Port = settings.Find(SmtpKind.Port) is { } port ? int.Parse(port, CultureInfo.InvariantCulture) : security switch { "tls" => 465, "starttls" => 587, _ => 25 },
            Security = security switch
            {
                "tls" => SecureSocketOptions.SslOnConnect,
                // Not "when available": whoever sits between could answer that it is not.
                "starttls" => SecureSocketOptions.StartTls,
                _ => SecureSocketOptions.None,
            },
            Login = user is null ? null : new NetworkCredential(user, settings.Text(SmtpKind.Password)),
            From = Mailbox(settings.Text(SmtpKind.FromAddress)) ?? throw new InvalidOperationException("The sender is no mailbox."),
            FromName = settings.Find(SmtpKind.FromName),
            ReplyTo = Mailbox(settings.Find(SmtpKind.ReplyTo)),
            Timeout = TimeSpan.FromSeconds(settings.Number(SmtpKind.TimeoutSeconds)),
            Authorities = Certificates(settings.Find(SmtpKind.CaCertificate)) ?? throw new InvalidOperationException("The certificate is not PEM."),
            Connections = settings.Number(SmtpKind.Connections),
        };
    }

    /// <summary>The mailbox that a text is; null where it is none.</summary>
    public static EmailAddress? Mailbox(string? text) => EmailAddress.TryParse(text, out var address, out _) ? address : null;

    /// <summary>The certificates of a PEM text, none for null; null where the text holds none or a broken one.</summary>
    public static X509Certificate2Collection? Certificates(string? pem)
    {
        var certificates = new X509Certificate2Collection();
        try
        {
            certificates.ImportFromPem(pem);
        }
        catch (CryptographicException)
        {
            return null;
        }

        return pem is not null && certificates.Count == 0 ? null : certificates;
    }

    /// <summary>Whether what is sent to the host stays on this machine. A name other than <c>localhost</c> may point anywhere tomorrow.</summary>
    public static bool IsLoopback(string host) =>
        host.Equals("localhost", StringComparison.OrdinalIgnoreCase) || (IPAddress.TryParse(host, out var address) && IPAddress.IsLoopback(address));

    public override string ToString() => $"{Host}:{Port}";
}
