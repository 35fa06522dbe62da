using Countersign.Carriers.Smtp;
using Countersign.Core.Channels;
using Countersign.Core.Delivery;
using Countersign.Core.Messages;
using Countersign.Core.Numbers;
using Microsoft.Extensions.Time.Testing;

namespace Countersign.Adapters.Tests.Carriers.Smtp;

/// <summary>Makes SMTP carriers and mails for tests.</summary>
static class SmtpBench
{
    public static readonly EmailContent Mail = new()
    {
        Subject = "Your Acme verification code",
        Text = "Your Acme verification code is: 123456\n\nIt is good for ten minutes.\n",
        Html = "<p>Your Acme verification code is: <strong>123456</strong></p>",
        Locale = "en",
    };

    /// <summary>A carrier that speaks to a port of this machine without encryption, by a clock of the test's own.</summary>
    public static SmtpCarrier Plain(int port, FakeTimeProvider? time = null, Dictionary<string, string>? more = null, string? password = null)
    {
        var settings = new Dictionary<string, string>
        {
            ["host"] = "127.0.0.1",
            ["port"] = $"{port}",
            ["security"] = "none",
            ["from_address"] = "codes@acme.example",
            ["timeout_seconds"] = "10",
        };
        return Create(settings, more, password, time ?? new FakeTimeProvider(CarrierBench.Now));
    }

    /// <summary>A carrier that speaks to a server with a certificate of the test's own authority, on the wall's clock.</summary>
    public static SmtpCarrier Secure(SmtpServerProcess server, Dictionary<string, string>? more = null, string password = SmtpServerProcess.Password)
    {
        var settings = new Dictionary<string, string>
        {
            ["host"] = "localhost",
            ["port"] = $"{server.Port}",
            ["from_address"] = "codes@acme.example",
            ["from_name"] = "Acme",
            ["user"] = SmtpServerProcess.User,
            ["ca_certificate"] = server.Authority,
        };
        return Create(settings, more, password, TimeProvider.System);
    }

    /// <summary>A mail to a mailbox; change it with <c>with</c>.</summary>
    public static OutgoingMessage Message(string to = "jo@example.com", EmailContent? mail = null)
    {
        Assert.True(EmailAddress.TryParse(to, out var address, out _));
        return CarrierBench.Message() with { Channel = Channel.Email, To = address, Email = mail ?? Mail };
    }

    /// <summary>The one error that the carrier refused with, as <c>Error code</c>.</summary>
    public static async Task<string> Refusal(this ICarrier carrier, OutgoingMessage? message = null, CancellationToken ct = default)
    {
        var refused = Assert.IsType<SendOutcome.Refused>(await carrier.SendAsync(message ?? Message(), ct));
        Assert.InRange(refused.CarrierCode!.Length, 1, 64);
        return $"{refused.Error} {refused.CarrierCode}";
    }

    /// <summary>The id that the carrier accepted with.</summary>
    public static async Task<string?> Acceptance(this ICarrier carrier, OutgoingMessage? message = null)
    {
        var outcome = await carrier.SendAsync(message ?? Message(), default);
        Assert.True(outcome is SendOutcome.Accepted, outcome is SendOutcome.Refused refused ? $"{refused.Error} {refused.CarrierCode}" : "");
        return ((SendOutcome.Accepted)outcome).CarrierMessageId;
    }

    static SmtpCarrier Create(Dictionary<string, string> settings, Dictionary<string, string>? more, string? password, TimeProvider time)
    {
        foreach (var (name, value) in more ?? [])
        {
            settings[name] = value;
        }

        var secrets = new Dictionary<string, string>();
        if (password is not null && settings.ContainsKey("user"))
        {
            secrets["password"] = password;
        }

        var kind = new SmtpKind();
        Assert.Empty(CarrierSettings.Check(kind, settings, secrets));
        return new SmtpCarrier("mail", SmtpOptions.Read(new CarrierSettings(kind, settings, secrets)), time);
    }
}
