using System.Net;
using Countersign.Server.Tests.Running;

namespace Countersign.Server.Tests.Delivery;

/// <summary>Words and senders as a carrier's socket sees them.</summary>
public sealed class MessagesEndToEndTests : IAsyncLifetime
{
    Wired _wired = null!;

    public async ValueTask InitializeAsync() => _wired = await Wired.StartAsync();

    public ValueTask DisposeAsync() => _wired.DisposeAsync();

    [Fact]
    public async Task The_pool_of_the_country_and_the_template_reach_the_carrier()
    {
        var api = _wired.Server.Api;
        var peer = await _wired.AddTwilioAsync("acme", Wired.Taken(1));
        var pool = await api.NewPoolAsync('1', """{"senders":["Pooled"],"carriers":["acme"]}""");
        (await api.PostAsync(RunningServer.ServicePath + "/MessagingConfigurations", ("Country", "SE"), ("MessagingServiceSid", pool))).AssertStatus(201);
        var template = await api.NewTemplateAsync("Hej {{user}}: {{code}}");

        var started = await _wired.StartAsync(Wired.NewNumber(), "sms", ("TemplateSid", template), ("TemplateCustomSubstitutions", """{"user":"Ann"}"""));
        await _wired.AttemptAsync(Wired.AttemptOf(started), attempt => attempt.Text("status") == "sent");

        var form = peer.Request.Body.Split('&').Select(field => field.Split('=')).ToDictionary(field => field[0], field => WebUtility.UrlDecode(field[1]));
        Assert.Equal("Pooled", form["From"]);
        Assert.Matches(@"\AHej Ann: [0-9]{6}\z", form["Body"]);
    }
}
