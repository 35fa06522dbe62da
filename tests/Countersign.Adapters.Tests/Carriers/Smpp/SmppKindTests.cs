using Countersign.Carriers.Smpp;
using Countersign.Core.Delivery;
using Countersign.Core.Delivery.Errors;
using CsCheck;

namespace Countersign.Adapters.Tests.Carriers.Smpp;

public sealed class SmppKindTests
{
    static readonly DateTimeOffset Now = new(2026, 11, 23, 12, 0, 0, TimeSpan.FromHours(1));

    [Fact]
    public void Host_and_system_id_are_enough() => Assert.Empty(Problems([]));

    [Theory]
    [InlineData("host", "smsc.example.com:2775")]
    [InlineData("host", "smpp://smsc.example.com")]
    [InlineData("port", "0")]
    [InlineData("system_id", "a name of 16 chr")]
    [InlineData("system_id", "Ångström")]
    [InlineData("password", "ninechars")]
    [InlineData("password", "pässword")]
    [InlineData("system_type", "thirteenchars")]
    [InlineData("bind_type", "receiver")]
    [InlineData("binds", "9")]
    [InlineData("window", "0")]
    [InlineData("enquire_seconds", "1")]
    [InlineData("source_ton", "7")]
    [InlineData("dest_npi", "19")]
    [InlineData("encoding", "utf8")]
    [InlineData("ca_certificate", "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----")]
    [InlineData("ca_certificate", "none")]
    public void A_setting_that_is_wrong_is_named(string name, string value)
    {
        var problem = Assert.Single(Problems(new() { [name] = value, ["tls"] = "true" }));

        Assert.Equal(name, problem.Setting);
    }

    [Fact]
    public void An_authority_without_tls_is_a_mistake()
    {
        using var authority = new Smtp.PrivateAuthority();

        Assert.Equal("ca_certificate", Assert.Single(Problems(new() { ["ca_certificate"] = authority.Pem })).Setting);
        Assert.Empty(Problems(new() { ["ca_certificate"] = authority.Pem, ["tls"] = "true" }));
    }

    [Theory]
    [InlineData(600, "000000001000000R", "261123111000000+")]
    [InlineData(3_725, "000000010205000R", "261123120205000+")]
    [InlineData(-5, "000000000100000R", "261123110100000+")]
    [InlineData(9_000_000, "000001000000000R", "261124110000000+")]
    public void The_validity_is_written_as_the_specification_has_it(int seconds, string relative, string absolute)
    {
        Assert.Equal(relative, ValidityPeriods.Of(Now.AddSeconds(seconds), Now, ValidityForm.Relative));
        Assert.Equal(absolute, ValidityPeriods.Of(Now.AddSeconds(seconds), Now, ValidityForm.Absolute));
        Assert.Equal("", ValidityPeriods.Of(Now.AddSeconds(seconds), Now, ValidityForm.None));
    }

    [Fact]
    public void A_message_that_never_expires_has_a_validity_too() =>
        Assert.Equal("000001000000000R", ValidityPeriods.Of(DateTimeOffset.MaxValue, Now, ValidityForm.Relative));

    [Fact]
    public void Every_listed_code_can_be_kept() => Assert.All(SmppErrors.All.Keys, code => Assert.Equal(code, Countersign.Carriers.Refusals.Code(code)));

    [Fact]
    public void A_bar_that_the_network_reports_says_nothing_of_other_channels() => Assert.Equal(
        (DeliveryError.Unreachable, "gsm:13"),
        SmppErrors.OfReceipt(new DeliveryReceipt { MessageId = "1", State = MessageState.Undeliverable, NetworkType = 3, NetworkError = 13 }));

    [Fact]
    public void Any_status_and_any_receipt_has_a_code_that_can_be_kept() =>
        Gen.Select(Gen.UInt, Gen.Enum<MessageState>(), Gen.String, Gen.UShort).Sample((status, state, error, network) =>
        {
            var receipt = new DeliveryReceipt { MessageId = "1", State = state, Error = error, NetworkType = 2, NetworkError = network };
            foreach (var code in (string[])[SmppErrors.OfStatus(status).Code, SmppErrors.OfReceipt(receipt).Code])
            {
                Assert.Equal(code, Countersign.Carriers.Refusals.Code(code));
            }
        });

    static IReadOnlyList<SettingProblem> Problems(Dictionary<string, string> more)
    {
        var settings = new Dictionary<string, string> { ["host"] = "smsc.example.com", ["system_id"] = "acme" };
        var secrets = new Dictionary<string, string>();
        foreach (var (name, value) in more)
        {
            (name == "password" ? secrets : settings)[name] = value;
        }

        return CarrierSettings.Check(new SmppKind(), settings, secrets);
    }
}
