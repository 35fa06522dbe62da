using Countersign.Carriers.Smtp;
using Countersign.Core.Channels;
using Countersign.Core.Delivery;
using MailKit.Security;

namespace Countersign.Adapters.Tests.Carriers.Smtp;

public sealed class SmtpKindTests
{
    static readonly SmtpKind Kind = new();

    [Fact]
    public void A_host_and_a_sender_are_enough()
    {
        var options = Options([]);

        Assert.Equal([Channel.Email], Kind.Channels);
        Assert.Equal((587, SecureSocketOptions.StartTls), (options.Port, options.Security));
        Assert.Null(options.Login);
    }

    [Theory]
    [InlineData("starttls", 587)]
    [InlineData("tls", 465)]
    public void The_port_follows_the_security(string security, int port)
    {
        Assert.Equal(port, Options(new() { ["security"] = security }).Port);
        Assert.Equal(2525, Options(new() { ["security"] = security, ["port"] = "2525" }).Port);
    }

    [Theory]
    [InlineData("host", "mail.example.com:587", "host")]
    [InlineData("host", "smtp://mail.example.com", "host")]
    [InlineData("port", "70000", "port")]
    [InlineData("security", "ssl", "security")]
    [InlineData("security", "none", "security")]
    [InlineData("user", "acme", "password")]
    [InlineData("password", "not-a-real-password", "user")]
    [InlineData("from_address", "Acme <codes@acme.example>", "from_address")]
    [InlineData("from_address", "codes", "from_address")]
    [InlineData("from_name", "Acme\r\nBcc: thief@example.com", "from_name")]
    [InlineData("reply_to", "help@acme.example\r\nBcc: thief@example.com", "reply_to")]
    [InlineData("reply_to", "help", "reply_to")]
    [InlineData("ca_certificate", "not a certificate", "ca_certificate")]
    [InlineData("ca_certificate", "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----", "ca_certificate")]
    [InlineData("timeout_seconds", "-7", "timeout_seconds")]
    [InlineData("connections", "61", "connections")]
    public void A_wrong_setting_is_named_and_not_repeated(string name, string value, string named)
    {
        var problem = Assert.Single(Problems(new() { [name] = value }));

        Assert.Equal(named, problem.Setting);
        Assert.DoesNotContain(value, problem.Explanation.Replace("starttls or tls", "", StringComparison.Ordinal).Replace("security none", "", StringComparison.Ordinal), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("localhost", null)]
    [InlineData("127.0.0.1", null)]
    [InlineData("::1", null)]
    [InlineData("mail.example.com", "true")]
    public void No_encryption_is_for_this_machine_or_for_who_insists(string host, string? allowPlain)
    {
        var settings = new Dictionary<string, string> { ["host"] = host, ["security"] = "none" };
        if (allowPlain is not null)
        {
            settings["allow_plain"] = allowPlain;
        }

        Assert.Empty(Problems(settings));
    }

    [Theory]
    [InlineData("localhost.example.com")]
    [InlineData("10.0.0.1")]
    public void A_neighbour_is_not_this_machine(string host)
    {
        Assert.Equal("security", Assert.Single(Problems(new() { ["host"] = host, ["security"] = "none" })).Setting);
    }

    static IReadOnlyList<SettingProblem> Problems(Dictionary<string, string> changes)
    {
        var (settings, secrets) = Split(changes);
        return CarrierSettings.Check(Kind, settings, secrets);
    }

    static SmtpOptions Options(Dictionary<string, string> changes)
    {
        var (settings, secrets) = Split(changes);
        Assert.Empty(CarrierSettings.Check(Kind, settings, secrets));
        return SmtpOptions.Read(new CarrierSettings(Kind, settings, secrets));
    }

    static (Dictionary<string, string> Settings, Dictionary<string, string> Secrets) Split(Dictionary<string, string> changes)
    {
        var all = new Dictionary<string, string> { ["host"] = "mail.example.com", ["from_address"] = "codes@acme.example" };
        foreach (var (name, value) in changes)
        {
            all[name] = value;
        }

        return (all.Where(pair => pair.Key != "password").ToDictionary(), all.Where(pair => pair.Key == "password").ToDictionary());
    }
}
