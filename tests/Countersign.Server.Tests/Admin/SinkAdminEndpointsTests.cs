using Countersign.Server.Tests.Running;

namespace Countersign.Server.Tests.Admin;

public sealed class SinkAdminEndpointsTests(RunningServer server) : IClassFixture<RunningServer>
{
    [Fact]
    public async Task A_sink_is_made_read_changed_rotated_and_removed()
    {
        var made = (await server.Api.PostJsonAsync("/admin/v1/sinks", """{"url":"https://sink.example/","description":"all"}""")).AssertStatus(201);
        var own = $"/admin/v1/sinks/{made.Text("sid")}";
        var secret = server.Secret(made.Text("signing_secret")!);

        Assert.Equal(["sid", "url", "description", "types", "enabled", "signing_secret", "previous_secret_until", "date_created", "date_updated"], made.NamesAt(""));
        Assert.StartsWith("whsec_", secret, StringComparison.Ordinal);
        Assert.Equal(made.Body, (await server.Api.GetAsync(own)).AssertStatus(200).Body);
        Assert.DoesNotContain(secret, (await server.Api.GetAsync("/admin/v1/sinks")).AssertStatus(200).Body, StringComparison.Ordinal);
        var changed = (await server.Api.PostJsonAsync(own, """{"types":["com.twilio.accountsecurity.verify.message.read"],"enabled":false}""")).AssertStatus(200);
        Assert.Equal(("https://sink.example/", false, 1), (changed.Text("url"), changed.At("enabled").GetBoolean(), changed.At("types").GetArrayLength()));
        var rotated = (await server.Api.PostJsonAsync(own + "/secret", "{}")).AssertStatus(200);
        Assert.NotEqual(secret, server.Secret(rotated.Text("signing_secret")!));
        Assert.NotNull(rotated.Text("previous_secret_until"));
        (await server.Api.PostJsonAsync(own, """{"types":["verification.pending"]}""")).AssertInvalid("types", "unknown_event_type");
        (await server.Api.PostJsonAsync(own, """{"uri":"x"}""")).AssertError(400, 60200, "unknown_member");
        (await server.Api.PostJsonAsync("/admin/v1/sinks", "{}")).AssertInvalid("url", "missing");
        (await server.Api.DeleteAsync(own)).AssertStatus(204);
        (await server.Api.GetAsync(own)).AssertError(404, 20404, "not_found");
    }

    [Fact]
    public async Task What_is_asked_of_events_is_read_strictly()
    {
        (await server.Api.GetAsync("/admin/v1/events?Status=lost")).AssertInvalid("Status", "not_a_choice");
        (await server.Api.GetAsync("/admin/v1/events?Receiver=VA1")).AssertInvalid("Receiver", "not_a_sid");
        (await server.Api.PostJsonAsync("/admin/v1/events/redeliver", """{"receiver":"x"}""")).AssertInvalid("receiver", "not_a_sid");
        Assert.Equal(0, (await server.Api.PostJsonAsync("/admin/v1/events/redeliver", "{}")).AssertStatus(200).Number("redelivered"));
        Assert.Equal(["events", "meta"], (await server.Api.GetAsync("/admin/v1/events")).AssertStatus(200).NamesAt(""));
        (await server.Api.GetAsync("/admin/v1/events/EVffffffffffffffffffffffffffffffff")).AssertError(404, 20404, "not_found");
    }
}
