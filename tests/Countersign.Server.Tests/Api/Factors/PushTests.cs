using System.Security.Cryptography;
using System.Text.Json.Nodes;
using System.Threading.Channels;
using Countersign.Core.Factors;
using Countersign.Server.Tests.Running;
using Microsoft.Extensions.DependencyInjection;

namespace Countersign.Server.Tests.Api.Factors;

public sealed class PushTests(RunningServer server) : IClassFixture<RunningServer>
{
    [Fact]
    public async Task A_factor_is_made_verified_by_its_signature_and_changed()
    {
        using var device = new Device(server, "push-life-0001");
        var made = (await device.CreateAsync()).AssertStatus(201);

        Assert.Equal(
            ["sid", "account_sid", "service_sid", "entity_sid", "identity", "binding", "options", "date_created", "date_updated", "friendly_name", "status", "factor_type", "config", "metadata", "url"],
            made.NamesAt(""));
        Assert.Equal(("unverified", "push", device.PublicKey, "ES256"), (made.Text("status"), made.Text("factor_type"), made.Text("binding.public_key"), made.Text("binding.alg")));
        Assert.Equal(["sdk_version", "app_id", "notification_platform", "notification_token", "credential_sid"], made.NamesAt("config"));
        using var other = new Device(server, "push-life-0001");
        (await other.CreateAsync()).AssertStatus(201);
        foreach (var wrong in new[] { other.Proof(device.Sid), device.Proof(other.Sid), "AAAA", "no base 64", new string('A', 5456) })
            (await server.Api.PostAsync(device.FactorPath, ("AuthPayload", wrong))).AssertError(403, 60311, "wrong_signature");
        Assert.Equal("verified", (await server.Api.PostAsync(device.FactorPath, ("AuthPayload", device.Proof()))).AssertStatus(200).Text("status"));
        Assert.Equal("verified", (await server.Api.PostAsync(device.FactorPath, ("AuthPayload", device.Proof()))).AssertStatus(200).Text("status"));
        (await server.Api.PostAsync(device.FactorPath, ("AuthPayload", other.Proof(device.Sid)))).AssertError(403, 60311, "wrong_signature");
        var newToken = new string('n', 40);
        var changed = (await server.Api.PostAsync(device.FactorPath, ("Config.NotificationToken", newToken), ("Config.SdkVersion", "4"))).AssertStatus(200);
        Assert.Equal((newToken, "4", "verified"), (changed.Text("config.notification_token"), changed.Text("config.sdk_version"), changed.Text("status")));
        (await server.Api.PostAsync(device.FactorPath, ("Config.Skew", "1"))).AssertError(400, 60306, "wrong_factor_type");
        (await device.CreateAsync()).AssertError(409, 60317, "factor_exists");
    }

    [Fact]
    public async Task What_is_no_key_on_the_curve_is_a_60314()
    {
        using var device = new Device(server, "bad-keys-0001");
        using var rsa = RSA.Create(2048);
        using var other = ECDsa.Create(ECCurve.NamedCurves.nistP384);
        using var own = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        byte[] offCurve = [.. own.ExportSubjectPublicKeyInfo()[..^32], .. new byte[32]];
        foreach (var key in new[] { rsa.ExportSubjectPublicKeyInfo(), other.ExportSubjectPublicKeyInfo(), offCurve, [.. own.ExportSubjectPublicKeyInfo(), 0], [], [1, 2, 3] })
        {
            var fields = device.Fields().Where(field => field.Name != "Binding.PublicKey").Append(("Binding.PublicKey", key.Length == 0 ? "?" : Convert.ToBase64String(key)));
            var answer = (await server.Api.PostAsync(device.Path + "/Factors", [.. fields])).AssertStatus(400);
            Assert.True(answer.Number("code") == 60314 || answer.Text("details.reason") == "too_long", answer.Body);
        }

        (await server.Api.PostAsync(device.Path + "/Factors", [.. device.Fields().Where(field => field.Name != "Binding.Alg").Append(("Binding.Alg", "HS256"))])).AssertError(400, 60314, "bad_binding");
    }

    [Fact]
    public async Task A_person_has_twenty_of_them()
    {
        for (var number = 0; number < 20; number++)
        {
            using var device = new Device(server, "twenty-0001");
            (await device.CreateAsync()).AssertStatus(201);
        }

        using var last = new Device(server, "twenty-0001");
        Assert.Equal(20, (await last.CreateAsync()).AssertError(400, 60315, "max_factors").Number("details.max"));
        await TotpApp.NewAsync(server, "twenty-0001");
    }

    [Theory]
    [InlineData("approved")]
    [InlineData("denied")]
    public async Task A_signed_answer_settles_a_challenge_once(string status)
    {
        using var device = await new Device(server, "signed-answer-" + status).EnrolledAsync();
        var made = (await server.Api.PostAsync(
            device.Path + "/Challenges", ("FactorSid", device.Sid), ("Details.Message", "Sign in at \"Owl/Söhne\"?"), ("Details.Fields", """{"label":"City","value":"Zürich"}"""),
            ("Details.Fields", """{"label":"Amount","value":"€ 20"}"""), ("HiddenDetails", """{"ip":"192.0.2.7","n":3}"""))).AssertStatus(201);

        // Texts alone, as the SDKs on phones read them.
        Assert.Equal("3", made.Text("hidden_details.n"));
        var nested = await server.Api.PostAsync(device.Path + "/Challenges", ("FactorSid", device.Sid), ("Details.Message", "Sign in?"), ("HiddenDetails", """{"geo":{"lat":1}}"""));
        nested.AssertError(400, 60306, "not_text");
        var path = $"{device.Path}/Challenges/{made.Text("sid")}";
        Assert.Equal("Zürich", made.At("details.fields")[0].GetProperty("value").GetString());
        Assert.Equal(["message", "fields"], made.NamesAt("details"));

        var read = (await device.Api().GetAsync(path)).AssertStatus(200);
        var answer = device.Answer(read, status);
        var settled = (await device.Api().PostAsync(path, ("AuthPayload", answer), ("Metadata", """{"os":"Owl OS"}"""))).AssertStatus(200);

        Assert.Equal((status, "Owl OS", false), (settled.Text("status"), settled.Text("metadata.os"), settled.IsNull("date_responded")));
        Assert.Equal(status, (await server.Api.GetAsync(path)).Text("status"));
        foreach (var again in new[] { answer, device.Answer(read, "approved"), device.Answer(read, "denied") })
            Assert.Equal(status, (await server.Api.PostAsync(path, ("AuthPayload", again))).AssertError(403, 60322, "challenge_answered").Text("details.challenge_status"));
    }

    [Fact]
    public async Task What_was_signed_by_another_or_about_something_else_is_a_60324()
    {
        using var device = await new Device(server, "forgeries-0001").EnrolledAsync();
        using var other = await new Device(server, "forgeries-0001").EnrolledAsync();
        var (path, read) = await OpenAsync(device, ("Details.Message", "Pay € 20?"), ("HiddenDetails", """{"a":1}"""));
        var (_, elsewhere) = await OpenAsync(device, ("Details.Message", "Pay € 20?"), ("HiddenDetails", """{"a":1}"""));
        var right = device.Answer(read, "approved");
        var parts = right.Split('.');
        string[] forged =
        [
            other.Answer(read, "approved"), device.Answer(elsewhere, "approved"),
            device.Answer(read, "approved", payload => payload["details"] = JsonNode.Parse("""{"message":"Pay € 2?","fields":[]}""")),
            device.Answer(read, "approved", payload => payload["hidden_details"] = JsonNode.Parse("""{"a":2}""")),
            device.Answer(read, "approved", payload => payload.Remove("expiration_date")),
            device.Answer(read, "approved", payload => payload["factor_sid"] = other.Sid),
            device.Answer(read, "expired"), device.Answer(read, "APPROVED"), device.Answer(read, "approved", payload => payload.Remove("status")),
            $"{parts[0]}.{parts[1]}.", $"{parts[0]}.{parts[1]}.AAAA", $"{parts[0]}.{parts[1]}.{parts[2]}AA", $"{parts[0]}.{parts[1]}", "123456", new string('.', 3),
            device.Sign(new JsonObject { ["alg"] = "none" }, new JsonObject { ["status"] = "approved" }), device.Sign(new JsonObject { ["alg"] = "HS256" }, new JsonObject { ["status"] = "approved" }),
            $"eyJhbGciOiJub25lIn0.{parts[1]}.", new string('a', 5456),
        ];

        foreach (var token in forged)
            (await server.Api.PostAsync(path, ("AuthPayload", token))).AssertError(403, 60324, "wrong_signature");

        Assert.Equal("approved", (await server.Api.PostAsync(path, ("AuthPayload", right))).AssertStatus(200).Text("status"));
    }

    [Fact]
    public async Task Of_yes_and_no_at_once_one_counts()
    {
        using var device = await new Device(server, "yes-and-no-001").EnrolledAsync();
        var (path, read) = await OpenAsync(device);

        var answers = await Task.WhenAll(Enumerable.Range(0, 20).Select(number => server.Api.PostAsync(path, ("AuthPayload", device.Answer(read, number % 2 == 0 ? "approved" : "denied")))));

        var counted = Assert.Single(answers, answer => answer.Status == 200);
        Assert.Equal(counted.Text("status"), (await server.Api.GetAsync(path)).Text("status"));
    }

    [Fact]
    public async Task Details_say_when_where_the_service_includes_it_and_wrong_ones_are_named()
    {
        var (service, identity) = (await server.NewServiceAsync(("Push.IncludeDate", "true")), "/Entities/with-date-0001");
        using var device = new Device(server, "with-date-0001");
        var sid = (await server.Api.PostAsync(service + identity + "/Factors", device.Fields())).AssertStatus(201).Text("sid")!;
        (await server.Api.PostAsync($"{service}{identity}/Factors/{sid}", ("AuthPayload", device.Proof(sid)))).AssertStatus(200);
        var path = service + identity + "/Challenges";

        var made = (await server.Api.PostAsync(path, ("FactorSid", sid), ("Details.Message", "Hi"))).AssertStatus(201);
        Assert.Equal(made.Text("date_created"), made.Text("details.date"));
        (string Name, string Value, string Reason)[] wrong =
        [
            ("Details.Message", new string('x', 257), "too_long"), ("Details.Fields", "[]", "not_a_field"), ("Details.Fields", """{"label":"a"}""", "not_a_field"),
            ("Details.Fields", $$"""{"label":"{{new string('x', 37)}}","value":"a"}""", "not_a_field"), ("Details.Fields", $$"""{"label":"a","value":"{{new string('x', 129)}}"}""", "not_a_field"),
            ("HiddenDetails", "[]", "not_an_object"), ("HiddenDetails", """{"a":1,"a":2}""", "duplicate_key"), ("HiddenDetails", $$"""{"a":"{{new string('x', 1024)}}"}""", "too_long"),
            ("AuthPayload", "123456", "wrong_factor_type"),
        ];
        foreach (var (name, value, reason) in wrong)
        {
            var fields = new List<(string, string)> { ("FactorSid", sid), (name, value) };
            if (name != "Details.Message")
                fields.Add(("Details.Message", "Hi"));
            (await server.Api.PostAsync(path, [.. fields])).AssertError(400, 60306, reason);
        }

        (await server.Api.PostAsync(path, ("FactorSid", sid))).AssertError(400, 60306, "missing");
        var many = Enumerable.Repeat(("Details.Fields", """{"label":"a","value":"b"}"""), 21);
        (await server.Api.PostAsync(path, [("FactorSid", sid), ("Details.Message", "Hi"), .. many])).AssertError(400, 60306, "too_many_entries");
        (await server.Api.PostAsync(path, [("FactorSid", sid), ("Details.Message", "Hi"), .. many.Skip(1)])).AssertStatus(201);
    }

    [Fact]
    public async Task A_challenge_is_pushed_at_once_and_three_times_more()
    {
        var sender = new RecordingSender();
        await using var own = await RunningServer.StartAsync([], services => services.AddSingleton<IPushSender>(sender));
        using var device = await new Device(own, "notified-0001").EnrolledAsync();
        var made = (await own.Api.PostAsync(device.Path + "/Challenges", ("FactorSid", device.Sid), ("Details.Message", "Sign in?"))).AssertStatus(201);
        var path = $"{device.Path}/Challenges/{made.Text("sid")}";

        var first = await sender.NextAsync();
        Assert.Equal((PushPlatform.Fcm, device.PushToken, "Sign in?", made.Text("sid")), (first.Platform, first.Token.Reveal(), first.Text, first.ChallengeSid.ToString()));
        var notified = (await own.Api.PostAsync(path + "/Notifications", ("Ttl", "150"))).AssertStatus(201);
        Assert.Equal(["sid", "account_sid", "service_sid", "entity_sid", "identity", "challenge_sid", "date_created", "priority", "ttl"], notified.NamesAt(""));
        Assert.Equal(("NT", "high", 150), (notified.Text("sid")![..2], notified.Text("priority"), notified.Number("ttl")));
        Assert.Equal((TimeSpan.FromSeconds(150), notified.Text("sid")), (await sender.NextAsync()) is var second ? (second.Ttl, second.NotificationSid.ToString()) : default);
        Assert.Equal(300, (await own.Api.PostAsync(path + "/Notifications")).AssertStatus(201).Number("ttl"));
        (await own.Api.PostAsync(path + "/Notifications", ("Ttl", "301"))).AssertError(400, 60306, "out_of_range");
        (await own.Api.PostAsync(path + "/Notifications", ("Ttl", "0"))).AssertStatus(201);
        (await own.Api.PostAsync(path + "/Notifications")).AssertError(429, 60309, "max_notifications");
        (await own.Api.PostAsync(device.Path + "/Challenges/YC00000000000000000000000000000000/Notifications")).AssertError(404, 20404, "not_found");
        var read = (await own.Api.GetAsync(path)).AssertStatus(200);
        (await own.Api.PostAsync(path, ("AuthPayload", device.Answer(read, "denied")))).AssertStatus(200);
        (await own.Api.PostAsync(path + "/Notifications")).AssertError(403, 60322, "challenge_answered");
    }

    [Fact]
    public async Task A_token_is_of_one_platform_and_goes_with_it_unless_a_new_one_comes_along()
    {
        using var device = await new Device(server, "new-platform-001").EnrolledAsync();
        var path = $"{device.Path}/Challenges/" +
            (await server.Api.PostAsync(device.Path + "/Challenges", ("FactorSid", device.Sid), ("Details.Message", "Sign in?"))).AssertStatus(201).Text("sid");
        (await server.Api.PostAsync(path + "/Notifications")).AssertStatus(201);
        Assert.Equal(device.PushToken, (await server.Api.PostAsync(device.FactorPath, ("Config.NotificationPlatform", "fcm"))).AssertStatus(200).Text("config.notification_token"));

        var moved = (await server.Api.PostAsync(device.FactorPath, ("Config.NotificationPlatform", "apn"))).AssertStatus(200);

        Assert.Equal(("apn", true), (moved.Text("config.notification_platform"), moved.IsNull("config.notification_token")));
        (await server.Api.PostAsync(path + "/Notifications")).AssertError(400, 60307, "no_platform");
        var token = server.Secret("token-of-apple-" + new string('a', 32));
        var reached = (await server.Api.PostAsync(device.FactorPath, ("Config.NotificationPlatform", "fcm"), ("Config.NotificationToken", token))).AssertStatus(200);
        Assert.Equal(token, reached.Text("config.notification_token"));
        (await server.Api.PostAsync(path + "/Notifications")).AssertStatus(201);
    }

    [Fact]
    public async Task Who_is_not_reached_by_messages_is_not_sent_any()
    {
        await using var own = await RunningServer.StartAsync([]);
        using var device = await new Device(own, "platform-none").EnrolledAsync("none");
        var app = await TotpApp.VerifiedAsync(own, "platform-none");
        var push = (await own.Api.PostAsync(device.Path + "/Challenges", ("FactorSid", device.Sid), ("Details.Message", "Sign in?"))).AssertStatus(201).Text("sid");
        var totp = (await own.Api.PostAsync(device.Path + "/Challenges", ("FactorSid", app.Sid))).AssertStatus(201).Text("sid");

        (await own.Api.PostAsync($"{device.Path}/Challenges/{push}/Notifications")).AssertError(400, 60307, "no_platform");
        (await own.Api.PostAsync($"{device.Path}/Challenges/{totp}/Notifications")).AssertError(400, 60306, "wrong_factor_type");
        own.Clock.Advance(TimeSpan.FromMinutes(5));
        (await own.Api.PostAsync($"{device.Path}/Challenges/{push}/Notifications")).AssertError(403, 60323, "challenge_expired");
    }

    [Fact]
    public async Task A_token_without_a_platform_is_refused_and_reaches_nobody()
    {
        using var device = await new Device(server, "token-without").EnrolledAsync("none");
        var path = $"{device.Path}/Challenges/" +
            (await server.Api.PostAsync(device.Path + "/Challenges", ("FactorSid", device.Sid), ("Details.Message", "Sign in?"))).AssertStatus(201).Text("sid");

        (await server.Api.PostAsync(device.FactorPath, ("Config.NotificationToken", device.PushToken))).AssertError(400, 60307, "no_platform");
        (await server.Api.PostAsync(path + "/Notifications")).AssertError(400, 60307, "no_platform");
        var reached = (await server.Api.PostAsync(device.FactorPath, ("Config.NotificationPlatform", "fcm"), ("Config.NotificationToken", device.PushToken))).AssertStatus(200);

        Assert.Equal(device.PushToken, reached.Text("config.notification_token"));
        (await server.Api.PostAsync(path + "/Notifications")).AssertStatus(201);
    }

    async Task<(string Path, Answer Read)> OpenAsync(Device device, params (string Name, string Value)[] fields)
    {
        var made = await server.Api.PostAsync(device.Path + "/Challenges", [("FactorSid", device.Sid), .. fields.Length == 0 ? [("Details.Message", "Hi")] : fields]);
        var path = $"{device.Path}/Challenges/{made.AssertStatus(201).Text("sid")}";
        return (path, (await server.Api.GetAsync(path)).AssertStatus(200));
    }

    /// <summary>Takes what is sent, in order.</summary>
    sealed class RecordingSender : IPushSender
    {
        readonly Channel<PushMessage> _sent = Channel.CreateUnbounded<PushMessage>();

        public Task<PushResult> SendAsync(PushMessage message, CancellationToken ct)
        {
            Assert.True(_sent.Writer.TryWrite(message));
            return Task.FromResult(new PushResult(PushOutcome.Accepted));
        }

        public Task<PushMessage> NextAsync() => _sent.Reader.ReadAsync().AsTask().WaitAsync(RunningServer.Patience);
    }
}
