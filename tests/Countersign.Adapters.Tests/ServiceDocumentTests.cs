using System.Text.Json.Nodes;
using Countersign.Adapters.Tests.Stores;
using Countersign.Core.Guard;
using Countersign.Core.Guard.Fraud;
using Countersign.Core.Guard.Limits;
using Countersign.Core.Guard.Risk;
using Countersign.Core.Services;
using Countersign.Core.Tests.Verifications;
using Countersign.Storage;

namespace Countersign.Adapters.Tests;

public sealed class ServiceDocumentTests
{
    [Fact]
    public void A_setting_that_an_older_row_does_not_have_takes_its_default()
    {
        var read = ServiceDocument.Read(
            Given.Service, Given.Account, """{"FriendlyName":"Old"}""", Desk.Opening, Desk.Opening, new Dictionary<UInt128, TestNumber>());

        Same.Service(
            new VerifyService { Sid = Given.Service, AccountSid = Given.Account, FriendlyName = "Old", CreatedAt = Desk.Opening, UpdatedAt = Desk.Opening }, read);
    }

    [Theory]
    [InlineData("{}", 10, 180)]
    [InlineData("""{"Limits":{}}""", 10, 180)]
    [InlineData("""{"Limits":{"DestinationPerHour":0}}""", 0, 180)]
    public void A_limit_that_an_older_row_does_not_have_takes_its_default(string guard, int perHour, int fetchesPerHour)
    {
        var read = ServiceDocument.Read(
            Given.Service, Given.Account, $$"""{"FriendlyName":"Old","Guard":{{guard}}}""", Desk.Opening, Desk.Opening, new Dictionary<UInt128, TestNumber>());

        Assert.Equal(new LimitSettings(DestinationPerHour: perHour, FetchesPerHour: fetchesPerHour), read.Guard.Limits);
        Assert.Equal(FraudLevel.Standard, read.Guard.FraudLevel);
    }

    [Theory]
    [InlineData("{}", 50)]
    [InlineData("""{"Risk":{}}""", 50)]
    [InlineData("""{"Risk":{"ChallengeFrom":0}}""", 0)]
    public void A_threshold_of_risk_that_an_older_row_does_not_have_takes_its_default(string guard, int challengeFrom)
    {
        var read = ServiceDocument.Read(
            Given.Service, Given.Account, $$"""{"FriendlyName":"Old","Guard":{{guard}}}""", Desk.Opening, Desk.Opening, new Dictionary<UInt128, TestNumber>());

        Assert.Equal(new RiskSettings(ChallengeFrom: challengeFrom), read.Guard.Risk);
    }

    [Fact]
    public void What_a_newer_version_set_outlives_a_change_by_this_one()
    {
        const string Before = """{"FriendlyName":"Before","TtsName":"gone","LaterText":"kept","Guard":{"FraudWatchOnly":true,"Limits":{"LaterLimit":7,"DestinationPerHour":3}},"LaterList":[1,null]}""";
        var service = new VerifyService { Sid = Given.Service, AccountSid = Given.Account, FriendlyName = "After", CreatedAt = Desk.Opening, UpdatedAt = Desk.Opening };

        var kept = JsonNode.Parse(ServiceDocument.Write(service, Before))!;

        Assert.Equal("After", (string?)kept["FriendlyName"]);
        Assert.Null(kept["TtsName"]);
        Assert.Equal("kept", (string?)kept["LaterText"]);
        Assert.Equal("[1,null]", kept["LaterList"]!.ToJsonString());
        Assert.Equal((7, 10, false), ((int)kept["Guard"]!["Limits"]!["LaterLimit"]!, (int)kept["Guard"]!["Limits"]!["DestinationPerHour"]!, (bool)kept["Guard"]!["FraudWatchOnly"]!));
    }

    [Fact]
    public void Without_anything_newer_a_change_is_written_as_ever()
    {
        var service = new VerifyService { Sid = Given.Service, AccountSid = Given.Account, FriendlyName = "Kept", CreatedAt = Desk.Opening, UpdatedAt = Desk.Opening };

        Assert.Equal(ServiceDocument.Write(service), ServiceDocument.Write(service, ServiceDocument.Write(service with { FriendlyName = "Before", TtsName = "gone" })));
    }

    [Fact]
    public void Fraud_Guards_settings_are_kept()
    {
        var guard = new GuardSettings { FraudLevel = FraudLevel.Off, FraudWatchOnly = true };
        var service = new VerifyService { Sid = Given.Service, AccountSid = Given.Account, FriendlyName = "Kept", CreatedAt = Desk.Opening, UpdatedAt = Desk.Opening, Guard = guard };

        var read = ServiceDocument.Read(Given.Service, Given.Account, ServiceDocument.Write(service), Desk.Opening, Desk.Opening, new Dictionary<UInt128, TestNumber>());

        Assert.Equal((FraudLevel.Off, true), (read.Guard.FraudLevel, read.Guard.FraudWatchOnly));
    }
}
