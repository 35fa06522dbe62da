using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Countersign.Carriers;
using Countersign.Core.Events;
using Countersign.Server.Tests.Running;

namespace Countersign.Server.Tests.Webhooks;

/// <summary>Events from a request to a receiver's socket, through the whole server.</summary>
public sealed class EventDeliveryTests
{
    static readonly string[] Loopback = ["--Countersign:Webhooks:AllowedNetworks:0", "127.0.0.0/8"];

    [Fact]
    public async Task A_verification_is_told_from_start_to_end_with_signatures_that_are_right()
    {
        await using var receiver = new Receiver();
        await using var server = await RunningServer.StartAsync(Loopback);
        var (webhook, secret) = await SubscribeAsync(server, receiver.Url, "verification.*");
        var number = server.NewNumber();

        var started = (await server.Api.StartAsync(number)).AssertStatus(201);
        var pending = await receiver.NextAsync();
        (await server.Api.CheckAsync(number, await server.CodeAsync(number))).AssertStatus(200);
        var approved = await receiver.NextAsync();

        Assert.Equal(("POST /hook?tenant=7 HTTP/1.1", "verification.pending"), (pending.Line, pending.Field("type")));
        Assert.Equal("application/x-www-form-urlencoded; charset=utf-8", pending.Headers["Content-Type"]);
        Assert.Equal(
            ("verification.approved", started.Text("sid"), number, "APPROVED", RunningServer.AccountSid, RunningServer.ServiceSid),
            (approved.Field("type"), approved.Field("verification_sid"), approved.Field("to"), approved.Field("verification_status"), approved.Field("account_sid"), approved.Field("service_sid")));
        Assert.NotEqual(pending.Field("uuid"), approved.Field("uuid"));
        foreach (var request in new[] { pending, approved })
        {
            Assert.True(TwilioSignature.IsValid(RunningServer.AuthToken, request.Headers["X-Twilio-Signature"], receiver.Url, request.Form));
            Assert.Equal(Standard(request, secret), request.Headers["webhook-signature"]);
        }

        Assert.NotNull(webhook);
    }

    [Fact]
    public async Task Receivers_that_have_nothing_to_take_keep_nobody_waiting()
    {
        await using var receiver = new Receiver();
        await using var server = await RunningServer.StartAsync(Loopback);
        var other = await server.NewAccountAsync();
        for (var i = 0; i < 4; i++)
        {
            var service = (await other.PostAsync("/v2/Services", ("FriendlyName", "Idle"))).AssertStatus(201).Text("sid");
            for (var j = 0; j < 20; j++)
            {
                (await other.PostAsync($"/v2/Services/{service}/Webhooks", ("FriendlyName", "idle"), ("WebhookUrl", "http://127.0.0.1:9/"), ("EventTypes", "*"))).AssertStatus(201);
            }
        }

        await SubscribeAsync(server, receiver.Url, "verification.pending");
        (await server.Api.StartAsync(server.NewNumber())).AssertStatus(201);

        Assert.Equal("verification.pending", (await receiver.NextAsync()).Field("type"));
    }

    [Fact]
    public async Task What_becomes_of_a_message_is_told_and_a_webhook_gets_what_it_asked_for_alone()
    {
        await using var receiver = new Receiver();
        await using var twilios = new Receiver();
        await using var server = await RunningServer.StartAsync(Loopback);
        await SubscribeAsync(server, receiver.Url, "delivery.sent", "verification.canceled");
        await SubscribeAsync(server, twilios.Url, "*");
        var number = server.NewNumber();

        var started = await server.Api.StartAsync(number);
        var sent = await receiver.NextAsync();
        await server.MessagesAsync(number, 1);
        (await server.Api.PostAsync($"{RunningServer.ServicePath}/Verifications/{started.Text("sid")}", ("Status", "canceled"))).AssertStatus(200);
        var canceled = await receiver.NextAsync();

        Assert.Equal(("delivery.sent", "SENT", number), (sent.Field("type"), sent.Field("message_status"), sent.Field("to")));
        Assert.Equal(("verification.canceled", "CANCELED"), (canceled.Field("type"), canceled.Field("verification_status")));
        Assert.False(twilios.TryNext(out _), "Who subscribed to * as at Twilio is told of factors and challenges.");
    }

    [Fact]
    public async Task A_sink_gets_cloud_events_of_the_services_that_are_subscribed()
    {
        await using var receiver = new Receiver();
        await using var server = await RunningServer.StartAsync(Loopback);
        var sink = (await server.Api.PostJsonAsync("/admin/v1/sinks", $$"""{"url":"{{receiver.Url}}","types":["com.twilio.accountsecurity.verify.verification.pending","com.twilio.accountsecurity.verify.message.sent"]}""")).AssertStatus(201);
        server.Secret(sink.Text("signing_secret")![6..]);
        var silent = server.NewNumber();
        (await server.Api.StartAsync(silent)).AssertStatus(201);
        await server.MessagesAsync(silent, 1);
        (await server.Api.PostAsync(RunningServer.ServicePath, ("VerifyEventSubscriptionEnabled", "true"))).AssertStatus(200);
        var number = server.NewNumber();

        var started = (await server.Api.StartAsync(number)).AssertStatus(201);
        var events = new List<JsonElement>();
        while (events.Count < 2)
        {
            var request = await receiver.NextAsync();
            Assert.Equal("application/json; charset=utf-8", request.Headers["Content-Type"]);
            Assert.True(TwilioSignature.IsValidBody(RunningServer.AuthToken, request.Headers["X-Twilio-Signature"], $"http://127.0.0.1:{receiver.Port}{request.Path}", Encoding.UTF8.GetBytes(request.Body)));
            Assert.Equal(Standard(request, sink.Text("signing_secret")!), request.Headers["webhook-signature"]);
            events.AddRange(JsonDocument.Parse(request.Body).RootElement.EnumerateArray());
        }

        var pending = events.Single(entry => entry.GetProperty("type").GetString() == "com.twilio.accountsecurity.verify.verification.pending");
        Assert.Equal(["specversion", "type", "source", "id", "datacontenttype", "time", "data"], pending.EnumerateObject().Select(member => member.Name));
        Assert.Equal("1.0", pending.GetProperty("specversion").GetString());
        Assert.Equal($"/v1/Accounts/{RunningServer.AccountSid}/Services/{RunningServer.ServiceSid}/Verifications/{started.Text("sid")}", pending.GetProperty("source").GetString());
        Assert.Equal(64, pending.GetProperty("id").GetString()!.Length);
        Assert.Equal(number, pending.GetProperty("data").GetProperty("to").GetString());
        Assert.Equal("SENT", events.Single(entry => entry.GetProperty("type").GetString()!.EndsWith("message.sent", StringComparison.Ordinal)).GetProperty("data").GetProperty("message_status").GetString());
    }

    [Fact]
    public async Task A_mail_of_a_fallback_plan_is_told_of_with_its_mailbox()
    {
        await using var receiver = new Receiver();
        await using var server = await RunningServer.StartAsync(Loopback);
        await server.Api.PostJsonAsync("/admin/v1/sinks", $$"""{"url":"{{receiver.Url}}","types":["com.twilio.accountsecurity.verify.message.sent"]}""");
        (await server.Api.PostAsync(RunningServer.ServicePath, ("VerifyEventSubscriptionEnabled", "true"))).AssertStatus(200);
        var number = server.NewNumber();
        (await server.Api.StartAsync(number, ("Fallback", """[{"channel":"sms","wait":10},{"channel":"email","to":"someone@example.com"}]"""))).AssertStatus(201);
        await server.MessagesAsync(number, 1);
        server.Clock.Advance(TimeSpan.FromSeconds(11));

        var told = new List<(string?, string?)>();
        while (told.Count < 2)
        {
            told.AddRange(JsonDocument.Parse((await receiver.NextAsync()).Body).RootElement.EnumerateArray().Select(
                entry => (entry.GetProperty("data").GetProperty("channel").GetString(), entry.GetProperty("data").GetProperty("to").GetString())));
        }

        Assert.Equal([("email", "someone@example.com"), ("sms", number)], told.Order());
    }

    [Fact]
    public async Task What_a_receiver_does_not_take_comes_again_with_the_same_id_until_it_is_taken()
    {
        await using var receiver = new Receiver((_, before) => before < 2 ? "HTTP/1.1 500 Sorry\r\nContent-Length: 0\r\n\r\n" : Receiver.Ok);
        await using var server = await RunningServer.StartAsync(Loopback);
        await SubscribeAsync(server, receiver.Url, "verification.pending");
        (await server.Api.StartAsync(server.NewNumber())).AssertStatus(201);
        var ids = new List<string> { (await receiver.NextAsync()).Headers["webhook-id"] };
        Assert.Equal("status_500", (await UntilAsync(server, "waiting", 1)).GetProperty("problem").GetString());

        for (var tries = 1; tries <= 2; tries++)
        {
            await UntilAsync(server, "waiting", tries);
            server.Clock.Advance(TimeSpan.FromSeconds(15));
            ids.Add((await receiver.NextAsync()).Headers["webhook-id"]);
        }

        Assert.Single(ids.Distinct());
        await UntilEmptyAsync(server);
    }

    [Fact]
    public async Task After_a_day_it_is_a_dead_letter_which_can_be_delivered_again()
    {
        var isBack = false;
        await using var receiver = new Receiver((_, _) => isBack ? Receiver.Ok : "HTTP/1.1 404 Gone\r\nContent-Length: 0\r\n\r\n");
        await using var server = await RunningServer.StartAsync(Loopback);
        await SubscribeAsync(server, receiver.Url, "verification.pending");
        (await server.Api.StartAsync(server.NewNumber())).AssertStatus(201);
        await receiver.NextAsync();
        await UntilAsync(server, "waiting", 1);
        server.Clock.Advance(TimeSpan.FromHours(24));
        for (var tries = 2; tries <= RetrySchedule.LeastTries; tries++)
        {
            await receiver.NextAsync();
            if (tries < RetrySchedule.LeastTries)
            {
                await UntilAsync(server, "waiting", tries);
                server.Clock.Advance(TimeSpan.FromMinutes(10));
            }
        }

        var dead = await UntilAsync(server, "dead", RetrySchedule.LeastTries);
        Assert.Equal(("verification.pending", "status_404"), (dead.GetProperty("type").GetString(), dead.GetProperty("problem").GetString()));
        var path = $"/admin/v1/events/{dead.GetProperty("sid").GetString()}";
        Assert.Equal("dead", (await server.Api.GetAsync(path)).AssertStatus(200).Text("status"));
        isBack = true;
        Assert.Equal(1, (await server.Api.PostAsync(path + "/redeliver")).AssertStatus(200).Number("redelivered"));
        await receiver.NextAsync();
        await UntilEmptyAsync(server);
        (await server.Api.GetAsync(path)).AssertError(404, 20404, "not_found");
        (await server.Api.PostAsync(path + "/redeliver")).AssertError(404, 20404, "not_found");
    }

    [Fact]
    public async Task A_redirect_is_not_followed()
    {
        await using var elsewhere = new Receiver();
        await using var receiver = new Receiver($"HTTP/1.1 307 There\r\nLocation: {elsewhere.Url}\r\nContent-Length: 0\r\n\r\n");
        await using var server = await RunningServer.StartAsync(Loopback);
        await SubscribeAsync(server, receiver.Url, "verification.pending");
        (await server.Api.StartAsync(server.NewNumber())).AssertStatus(201);

        Assert.Equal("redirect", (await UntilAsync(server, "waiting", 1)).GetProperty("problem").GetString());
        Assert.Equal(0, elsewhere.Connected);
    }

    [Fact]
    public async Task One_that_closes_in_the_middle_or_answers_nonsense_has_taken_nothing()
    {
        await using var broken = new Receiver((_, stream, _) =>
        {
            stream.Socket.Close();
            return Task.CompletedTask;
        });
        await using var nonsense = new Receiver("220 mail.example ESMTP\r\n\r\n");
        await using var server = await RunningServer.StartAsync(Loopback);
        await SubscribeAsync(server, broken.Url, "verification.pending");
        await SubscribeAsync(server, nonsense.Url, "verification.pending");
        (await server.Api.StartAsync(server.NewNumber())).AssertStatus(201);

        var problems = (await UntilAllAsync(server, "waiting", 2, 1)).Select(entry => entry.GetProperty("problem").GetString()).Order(StringComparer.Ordinal);
        Assert.Equal(["bad_answer", "broken_off"], problems);
    }

    [Fact]
    public async Task An_answer_without_an_end_is_not_read()
    {
        var written = 0L;
        var gone = new TaskCompletionSource();
        await using var receiver = new Receiver(async (_, stream, ct) =>
        {
            var chunk = new byte[64 * 1024];
            try
            {
                await stream.WriteAsync(Encoding.ASCII.GetBytes("HTTP/1.1 200 OK\r\nContent-Length: 10000000000\r\n\r\n"), ct);
                while (true)
                {
                    await stream.WriteAsync(chunk, ct);
                    Interlocked.Add(ref written, chunk.Length);
                }
            }
            finally
            {
                gone.TrySetResult();
            }
        });
        await using var server = await RunningServer.StartAsync(Loopback);
        await SubscribeAsync(server, receiver.Url, "verification.pending");
        (await server.Api.StartAsync(server.NewNumber())).AssertStatus(201);

        await receiver.NextAsync();
        await UntilEmptyAsync(server);
        await gone.Task.WaitAsync(RunningServer.Patience);
        Assert.InRange(Interlocked.Read(ref written), 0, 64L << 20);
    }

    [Fact]
    public async Task One_that_never_answers_holds_up_neither_the_others_nor_any_request_and_is_given_up_in_time()
    {
        await using var slow = new Receiver((_, _, ct) => Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, ct));
        await using var quick = new Receiver();
        await using var server = await RunningServer.StartAsync([.. Loopback, "--Countersign:Webhooks:TimeoutSeconds", "2"]);
        await SubscribeAsync(server, slow.Url, "verification.pending");
        await SubscribeAsync(server, quick.Url, "verification.pending");

        for (var i = 0; i < 20; i++)
        {
            (await server.Api.StartAsync(server.NewNumber())).AssertStatus(201);
            await quick.NextAsync();
        }

        Assert.InRange(slow.Connected, 1, 8);
        await slow.NextAsync();
        Assert.Equal("timeout", (await UntilAsync(server, "waiting", 1)).GetProperty("problem").GetString());
    }

    [Fact]
    public async Task Nobody_is_there_and_nothing_is_lost()
    {
        string url;
        await using (var receiver = new Receiver())
            url = receiver.Url;
        await using var server = await RunningServer.StartAsync(Loopback);
        await SubscribeAsync(server, url, "verification.pending");
        (await server.Api.StartAsync(server.NewNumber())).AssertStatus(201);

        Assert.Equal("not_connected", (await UntilAsync(server, "waiting", 1)).GetProperty("problem").GetString());
    }

    [Fact]
    public async Task A_webhook_that_is_off_gets_nothing_and_one_that_is_gone_leaves_nothing()
    {
        await using var receiver = new Receiver("HTTP/1.1 500 Sorry\r\nContent-Length: 0\r\n\r\n");
        await using var server = await RunningServer.StartAsync(Loopback);
        var (webhook, _) = await SubscribeAsync(server, receiver.Url, "verification.pending");
        (await server.Api.PostAsync(webhook, ("Status", "disabled"))).AssertStatus(200);
        (await server.Api.StartAsync(server.NewNumber())).AssertStatus(201);
        await UntilEmptyAsync(server);
        (await server.Api.PostAsync(webhook, ("Status", "enabled"))).AssertStatus(200);
        (await server.Api.StartAsync(server.NewNumber())).AssertStatus(201);
        await UntilAsync(server, "waiting", 1);

        (await server.Api.DeleteAsync(webhook)).AssertStatus(204);

        await UntilEmptyAsync(server);
    }

    [Fact]
    public async Task A_new_secret_signs_at_once_and_the_old_one_beside_it_for_a_day()
    {
        await using var receiver = new Receiver();
        await using var server = await RunningServer.StartAsync(Loopback);
        var (webhook, old) = await SubscribeAsync(server, receiver.Url, "verification.pending");
        var rotated = (await server.Api.PostAsync($"/admin/v1/webhooks/{webhook.Split('/')[^1]}/secret")).AssertStatus(200).Text("signing_secret")!;
        server.Secret(rotated[6..]);
        Assert.NotEqual(old, rotated);

        (await server.Api.StartAsync(server.NewNumber())).AssertStatus(201);
        var both = await receiver.NextAsync();
        server.Clock.Advance(TimeSpan.FromHours(25));
        (await server.Api.StartAsync(server.NewNumber())).AssertStatus(201);
        var one = await receiver.NextAsync();

        Assert.Equal($"{Standard(both, rotated)} {Standard(both, old)}", both.Headers["webhook-signature"]);
        Assert.Equal(Standard(one, rotated), one.Headers["webhook-signature"]);
    }

    /// <summary>The published vector of Standard Webhooks: what the secret, the id, the time and the body make.</summary>
    [Fact]
    public void The_signature_of_the_standard_is_what_it_publishes()
    {
        const string secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", body = """{"test": 2432232314}""";
        var request = new Received("", new Dictionary<string, string> { ["webhook-id"] = "msg_p5jXN8AQM9LWM0D4loKWxJek", ["webhook-timestamp"] = "1614265330" }, body);

        Assert.Equal("v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=", Standard(request, secret));
        var receiver = new EventSink
        {
            Sid = default,
            AccountSid = default,
            Url = "",
            Secret = new SigningSecret(secret),
            CreatedAt = default,
            UpdatedAt = default,
        };
        Assert.Equal(
            "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=",
            Countersign.Server.Webhooks.EventSignatures.Standard(receiver, "msg_p5jXN8AQM9LWM0D4loKWxJek", DateTimeOffset.FromUnixTimeSeconds(1614265330), Encoding.UTF8.GetBytes(body)));
    }

    internal static async Task<(string Path, string Secret)> SubscribeAsync(RunningServer server, string url, params string[] events)
    {
        var made = (await server.Api.PostAsync(
            RunningServer.ServicePath + "/Webhooks", [("FriendlyName", "hook"), ("WebhookUrl", url), .. events.Select(name => ("EventTypes", name))])).AssertStatus(201);
        var secret = (await server.Api.GetAsync($"/admin/v1/webhooks/{made.Text("sid")}")).AssertStatus(200).Text("signing_secret")!;
        server.Secret(secret[6..]);
        return ($"{RunningServer.ServicePath}/Webhooks/{made.Text("sid")}", secret);
    }

    /// <summary>Waits until an event has had so many tries.</summary>
    internal static async Task<JsonElement> UntilAsync(RunningServer server, string status, int tries) => (await UntilAllAsync(server, status, 1, tries))[0];

    internal static async Task<IReadOnlyList<JsonElement>> UntilAllAsync(RunningServer server, string status, int count, int tries)
    {
        using var patience = new CancellationTokenSource(RunningServer.Patience);
        while (true)
        {
            patience.Token.ThrowIfCancellationRequested();
            var events = (await server.Api.GetAsync($"/admin/v1/events?Status={status}")).AssertStatus(200).At("events").EnumerateArray()
                .Where(entry => entry.GetProperty("tries").GetInt32() == tries).ToList();
            if (events.Count >= count)
                return events;
        }
    }

    internal static async Task UntilEmptyAsync(RunningServer server)
    {
        using var patience = new CancellationTokenSource(RunningServer.Patience);
        while ((await server.Api.GetAsync("/admin/v1/events?Status=waiting")).AssertStatus(200).At("events").GetArrayLength() > 0)
            patience.Token.ThrowIfCancellationRequested();
    }

    internal static string Standard(Received request, string secret) => "v1," + Convert.ToBase64String(HMACSHA256.HashData(
        Convert.FromBase64String(secret["whsec_".Length..]), Encoding.UTF8.GetBytes($"{request.Headers["webhook-id"]}.{request.Headers["webhook-timestamp"]}.{request.Body}")));
}
