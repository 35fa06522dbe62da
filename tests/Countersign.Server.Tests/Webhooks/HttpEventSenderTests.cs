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

        Task SendAsync() => HttpEventSenderTests.SendAsync(server, receiver.Url);
    }

    [Theory]
    [InlineData("", "/")]
    [InlineData("?tenant=7", "/?tenant=7")]
    [InlineData("/", "/")]
    [InlineData("/a/./b/../hook", "/a/hook")]
    public async Task What_is_signed_is_the_address_that_is_requested(string given, string requested)
    {
        await using var receiver = new Receiver();
        await using var server = await RunningServer.StartAsync(["--Countersign:Webhooks:AllowedNetworks:0", "127.0.0.0/8"]);
        var root = $"http://127.0.0.1:{receiver.Port}";

        await SendAsync(server, root + given);
        var form = await receiver.NextAsync();
        Assert.Equal(requested, form.Path);
        Assert.True(TwilioSignature.IsValid(RunningServer.AuthToken, form.Headers["X-Twilio-Signature"], root + form.Path, form.Form));

        await SendAsync(server, root + given, isSink: true);
        var batch = await receiver.NextAsync();
        Assert.StartsWith(requested + (requested.Contains('?', StringComparison.Ordinal) ? "&" : "?") + "bodySHA256=", batch.Path, StringComparison.Ordinal);
        Assert.True(TwilioSignature.IsValidBody(RunningServer.AuthToken, batch.Headers["X-Twilio-Signature"], root + batch.Path, System.Text.Encoding.UTF8.GetBytes(batch.Body)));
    }

    static async Task SendAsync(RunningServer server, string url, bool isSink = false)
    {
        var (now, account, service) = (server.Clock.GetUtcNow(), Sid.Parse(RunningServer.AccountSid, "AC"), Sid.Parse(RunningServer.ServiceSid, "VA"));
        EventReceiver receiver = isSink
            ? new EventSink { Sid = Sid.NewRandom("DG", RandomSource.System), AccountSid = account, Url = url, Secret = SigningSecret.New(RandomSource.System), CreatedAt = now, UpdatedAt = now }
            : new Webhook
            {
                Sid = Sid.NewRandom("YW", RandomSource.System),
                AccountSid = account,
                ServiceSid = service,
                FriendlyName = "hook",
                EventNames = ["*"],
                Url = url,
                Secret = SigningSecret.New(RandomSource.System),
                CreatedAt = now,
                UpdatedAt = now,
            };
        var events = EventEntry.For([receiver], service, isSink ? EventType.VerificationPending : EventType.FactorCreated, service, now, """{"n":1}"""u8.ToArray());
        Assert.Null((await server.Services.GetRequiredService<IEventSender>().SendAsync(receiver, events, CancellationToken.None)).Problem);
    }
}
