using Countersign.Carriers;
using Countersign.Core;
using Countersign.Core.Accounts;
using Countersign.Core.Events;
using Countersign.Core.Privacy;
using Countersign.Server.Tests.Running;
using Microsoft.Extensions.DependencyInjection;

namespace Countersign.Server.Tests.Webhooks;

/// <summary>What signs an event.</summary>
public sealed class HttpEventSenderTests
{
    [Fact]
    public async Task A_token_that_was_changed_signs_no_longer_because_the_clock_was_set_back()
    {
        await using var receiver = new Receiver();
        await using var server = await RunningServer.StartAsync(["--Countersign:Webhooks:AllowedNetworks:0", "127.0.0.0/8"]);
        var account = Sid.Parse(RunningServer.AccountSid, "AC");
        var token = ApiSecret.New(RandomSource.System);
        server.Secret(token.Reveal());
        await SendAsync();
        Assert.True(IsSignedBy(RunningServer.AuthToken, await receiver.NextAsync()));

        await server.Services.GetRequiredService<IAccountStore>().ChangeAccountAsync(account, before => before with { AuthToken = token }, CancellationToken.None);
        server.Clock.AdjustTime(server.Clock.GetUtcNow().AddHours(-1));
        await SendAsync();

        Assert.True(IsSignedBy(token.Reveal(), await receiver.NextAsync()));

        bool IsSignedBy(string key, Received request) => TwilioSignature.IsValid(key, request.Headers["X-Twilio-Signature"], receiver.Url, request.Form);

        async Task SendAsync()
        {
            var now = server.Clock.GetUtcNow();
            var service = Sid.Parse(RunningServer.ServiceSid, "VA");
            var webhook = new Webhook
            {
                Sid = Sid.NewRandom("YW", RandomSource.System),
                AccountSid = account,
                ServiceSid = service,
                FriendlyName = "hook",
                EventNames = ["*"],
                Url = receiver.Url,
                Secret = SigningSecret.New(RandomSource.System),
                CreatedAt = now,
                UpdatedAt = now,
            };
            var events = EventEntry.For([webhook], service, EventType.FactorCreated, service, now, "{}"u8.ToArray());
            Assert.Null((await server.Services.GetRequiredService<IEventSender>().SendAsync(webhook, events, CancellationToken.None)).Problem);
        }
    }
}
