using Countersign.Carriers;
using Countersign.Core;
using Countersign.Core.Events;
using Countersign.Server.Tests.Running;
using Microsoft.Extensions.DependencyInjection;

namespace Countersign.Server.Tests.Webhooks;

/// <summary>Whoever sets a webhook up wants to see one event before anything happens.</summary>
public sealed class TestEventTests
{
    static readonly string[] Loopback = ["--Countersign:Webhooks:AllowedNetworks:0", "127.0.0.0/8"];

    [Fact]
    public async Task A_test_goes_to_one_webhook_alone_whatever_it_is_subscribed_to_and_signed_as_any_other()
    {
        await using var receiver = new Receiver();
        await using var neighbour = new Receiver();
        await using var server = await RunningServer.StartAsync(Loopback);
        var (path, secret) = await EventDeliveryTests.SubscribeAsync(server, receiver.Url, "factor.created");
        await EventDeliveryTests.SubscribeAsync(server, neighbour.Url, "*", "verification.*", "delivery.*");
        var sid = path.Split('/')[^1];

        var sent = (await server.Api.PostAsync($"/admin/v1/webhooks/{sid}/test")).AssertStatus(202);
        var got = await receiver.NextAsync();
        var again = (await server.Api.PostAsync($"/admin/v1/webhooks/{sid}/test")).AssertStatus(202);
        await receiver.NextAsync();

        Assert.Equal(["id", "receiver", "type", "date_created"], sent.NamesAt(""));
        Assert.Equal((sid, "countersign.test", sent.Text("id")), (sent.Text("receiver"), sent.Text("type"), got.Headers["webhook-id"]));
        Assert.NotEqual(sent.Text("id"), again.Text("id"));
        Assert.Equal(
            ("countersign.test", RunningServer.AccountSid, RunningServer.ServiceSid, sid),
            (got.Field("type"), got.Field("account_sid"), got.Field("service_sid"), got.Field("webhook_sid")));
        Assert.True(TwilioSignature.IsValid(RunningServer.AuthToken, got.Headers["X-Twilio-Signature"], receiver.Url, got.Form));
        Assert.Equal(EventDeliveryTests.Standard(got, secret), got.Headers["webhook-signature"]);
        await EventDeliveryTests.UntilEmptyAsync(server);
        Assert.Equal(0, neighbour.Connected);
    }

    [Fact]
    public async Task A_test_to_a_sink_is_one_CloudEvent_of_the_account_whatever_types_it_wants()
    {
        await using var receiver = new Receiver();
        await using var neighbour = new Receiver();
        await using var server = await RunningServer.StartAsync(Loopback);
        var made = (await server.Api.PostJsonAsync("/admin/v1/sinks", $$"""{"url":"{{receiver.Url}}","types":["com.twilio.accountsecurity.verify.message.read"]}""")).AssertStatus(201);
        await server.Api.PostJsonAsync("/admin/v1/sinks", $$"""{"url":"{{neighbour.Url}}"}""");
        var (sid, secret) = (made.Text("sid")!, server.Secret(made.Text("signing_secret")!));

        var sent = (await server.Api.PostAsync($"/admin/v1/sinks/{sid}/test")).AssertStatus(202);
        var got = await receiver.NextAsync();

        Assert.Equal((sid, "countersign.test"), (sent.Text("receiver"), sent.Text("type")));
        using var body = System.Text.Json.JsonDocument.Parse(got.Body);
        var cloud = Assert.Single(body.RootElement.EnumerateArray());
        Assert.Equal(
            ("countersign.test", $"/v1/Accounts/{RunningServer.AccountSid}/Sinks/{sid}", sent.Text("id")),
            (cloud.GetProperty("type").GetString(), cloud.GetProperty("source").GetString(), cloud.GetProperty("id").GetString()));
        Assert.Equal($$"""{"account_sid":"{{RunningServer.AccountSid}}","sink_sid":"{{sid}}"}""", cloud.GetProperty("data").GetRawText());
        Assert.Equal(EventDeliveryTests.Standard(got, secret), got.Headers["webhook-signature"]);
        await EventDeliveryTests.UntilEmptyAsync(server);
        Assert.Equal(0, neighbour.Connected);
    }

    [Fact]
    public async Task A_test_to_a_sink_that_is_not_taken_is_listed_as_of_no_service()
    {
        await using var receiver = new Receiver("HTTP/1.1 401 No\r\nContent-Length: 0\r\n\r\n");
        await using var server = await RunningServer.StartAsync(Loopback);
        var made = (await server.Api.PostJsonAsync("/admin/v1/sinks", $$"""{"url":"{{receiver.Url}}"}""")).AssertStatus(201);

        (await server.Api.PostAsync($"/admin/v1/sinks/{made.Text("sid")}/test")).AssertStatus(202);

        var waiting = await EventDeliveryTests.UntilAsync(server, "waiting", 1);
        Assert.Equal((System.Text.Json.JsonValueKind.Null, "status_401"), (waiting.GetProperty("service_sid").ValueKind, waiting.GetProperty("problem").GetString()));
        (await (await server.NewAccountAsync()).PostAsync($"/admin/v1/sinks/{made.Text("sid")}/test")).AssertError(404, 20404, "not_found");
    }

    [Fact]
    public async Task A_test_that_is_not_taken_waits_as_any_other_and_says_why()
    {
        await using var receiver = new Receiver("HTTP/1.1 401 No\r\nContent-Length: 0\r\n\r\n");
        await using var server = await RunningServer.StartAsync(Loopback);
        var (path, _) = await EventDeliveryTests.SubscribeAsync(server, receiver.Url, "*");

        var sent = (await server.Api.PostAsync($"/admin/v1/webhooks/{path.Split('/')[^1]}/test")).AssertStatus(202);

        var waiting = await EventDeliveryTests.UntilAsync(server, "waiting", 1);
        Assert.Equal(
            (sent.Text("id"), "countersign.test", "status_401", "It answered with status 401."),
            (waiting.GetProperty("id").GetString(), waiting.GetProperty("type").GetString(), waiting.GetProperty("problem").GetString(), waiting.GetProperty("explanation").GetString()));
    }

    [Fact]
    public async Task A_test_of_a_disabled_webhook_waits_until_it_is_enabled_and_there_is_no_end_of_them()
    {
        await using var receiver = new Receiver();
        await using var server = await RunningServer.StartAsync([.. Loopback, "--Countersign:Webhooks:MaxWaiting", "100"]);
        var (path, _) = await EventDeliveryTests.SubscribeAsync(server, receiver.Url, "*");
        var test = $"/admin/v1/webhooks/{path.Split('/')[^1]}/test";
        (await server.Api.PostAsync(path, ("Status", "disabled"))).AssertStatus(200);

        (await server.Api.PostAsync(test)).AssertStatus(202);
        var waiting = (await server.Api.GetAsync("/admin/v1/events?Status=waiting")).AssertStatus(200).At("events")[0];
        Assert.Equal(System.Text.Json.JsonValueKind.Null, waiting.GetProperty("date_next").ValueKind);
        (await server.Api.PostAsync(path, ("Status", "enabled"))).AssertStatus(200);
        var second = (await server.Api.PostAsync(test)).AssertStatus(202);
        string?[] got = [(await receiver.NextAsync()).Headers["webhook-id"], (await receiver.NextAsync()).Headers["webhook-id"]];
        Assert.Equal(new[] { waiting.GetProperty("id").GetString(), second.Text("id") }.Order(StringComparer.Ordinal), got.Order(StringComparer.Ordinal));

        server.Services.GetRequiredService<Subscriptions>().SetFull([Sid.Parse(path.Split('/')[^1], "YW")]);
        (await server.Api.PostAsync(test)).AssertError(429, 20429, "too_many_events");
    }

    [Fact]
    public async Task Nobody_subscribes_to_tests_or_sends_them_to_anothers_webhook()
    {
        await using var server = await RunningServer.StartAsync([]);
        var (path, _) = await EventDeliveryTests.SubscribeAsync(server, "http://localhost:9/", "*");
        var other = await server.NewAccountAsync();

        (await server.Api.PostAsync(path, ("EventTypes", "countersign.test"))).AssertError(400, 60306, "unknown_event_type");
        (await other.PostAsync($"/admin/v1/webhooks/{path.Split('/')[^1]}/test")).AssertError(404, 20404, "not_found");
    }
}
