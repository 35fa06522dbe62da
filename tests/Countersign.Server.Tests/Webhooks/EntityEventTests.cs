using Countersign.Server.Tests.Api.Factors;
using Countersign.Server.Tests.Running;

namespace Countersign.Server.Tests.Webhooks;

/// <summary>What Twilio's webhooks are for: factors and challenges.</summary>
public sealed class EntityEventTests
{
    [Fact]
    public async Task A_factor_and_its_challenge_are_told_from_beginning_to_end()
    {
        await using var receiver = new Receiver();
        await using var server = await RunningServer.StartAsync(["--Countersign:Webhooks:AllowedNetworks:0", "127.0.0.1"]);
        await EventDeliveryTests.SubscribeAsync(server, receiver.Url, "*");

        var app = await TotpApp.VerifiedAsync(server, "person-7-of-acme");
        Received[] told = [await receiver.NextAsync(), await receiver.NextAsync()];
        server.Clock.Advance(TimeSpan.FromSeconds(30));
        var challenge = (await server.Api.PostAsync(
            $"{RunningServer.ServicePath}/Entities/person-7-of-acme/Challenges", ("FactorSid", app.Sid), ("AuthPayload", app.Code()), ("HiddenDetails", """{"order":"7"}"""))).AssertStatus(201);
        var approved = await receiver.NextAsync();
        (await server.Api.DeleteAsync($"{RunningServer.ServicePath}/Entities/person-7-of-acme/Factors/{app.Sid}")).AssertStatus(204);
        var deleted = await receiver.NextAsync();

        // Of two that follow at once, either may arrive first.
        Assert.Equal(["factor.created", "factor.verified"], told.Select(request => request.Field("type")).Order(StringComparer.Ordinal));
        Assert.Equal(("challenge.approved", "factor.deleted"), (approved.Field("type"), deleted.Field("type")));
        Assert.All([.. told, approved, deleted], request => Assert.Equal(
            (RunningServer.AccountSid, RunningServer.ServiceSid, "person-7-of-acme", app.Sid, "totp"),
            (request.Field("account_sid"), request.Field("service_sid"), request.Field("entity_identity"), request.Field("factor_sid"), request.Field("factor_type"))));
        Assert.Equal((challenge.Text("sid"), """{"order":"7"}"""), (approved.Field("challenge_sid"), approved.Field("challenge_hidden_details")));
        Assert.Equal(4, told.Append(approved).Append(deleted).Select(request => request.Field("uuid")).Distinct().Count());
    }
}
