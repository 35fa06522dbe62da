using System.Security.Cryptography;
using Countersign.Server.Tests.Api.Factors;
using Countersign.Server.Tests.Running;

namespace Countersign.Server.Tests.Push;

/// <summary>From the challenge in the API to what Google and Apple get, over real HTTP.</summary>
public sealed class PushSenderTests
{
    [Fact]
    public async Task Google_gets_an_assertion_that_the_service_account_signed_and_the_challenge_as_data()
    {
        await using var platform = await Platform.StartAsync();
        await using var server = await Platform.ServerAsync();
        using var device = await NamedAsync(server, platform, "fcm");

        var challenge = await ChallengeAsync(server, device, "Sign in at \"Owl\"?");

        var (grant, asked) = (await platform.NextAsync()) is var token ? (token.Body.Split(' '), token) : default;
        Assert.Equal("urn:ietf:params:oauth:grant-type:jwt-bearer", grant[0]);
        var (header, claims) = Platform.Read(grant[1], (data, signature) => platform.GoogleKey.VerifyData(data, signature, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1));
        Assert.Equal("""{"alg":"RS256","typ":"JWT","kid":"0a1b2c"}""", header.GetRawText());
        var now = server.Clock.GetUtcNow().ToUnixTimeSeconds();
        Assert.Equal(
            $$"""{"iss":"push@owl-1.iam.example.com","scope":"https://www.googleapis.com/auth/firebase.messaging","aud":"{{platform.Google}}/token","iat":{{now}},"exp":{{now + 3600}}}""", claims.GetRawText());

        var message = await platform.NextAsync();
        Assert.Equal(("/v1/projects/owl-1/messages:send", "ya29.access-1", "application/json"), (message.Path, message.Bearer, message.Headers["Content-Type"]));
        var json = message.Json.GetProperty("message");
        Assert.Equal(device.PushToken, json.GetProperty("token").GetString());
        var data = json.GetProperty("data");
        Assert.Equal(["type", "challenge_sid", "factor_sid", "message"], data.EnumerateObject().Select(member => member.Name));
        Assert.Equal(
            ("verify_push_challenge", challenge, device.Sid, "Sign in at \"Owl\"?"),
            (data.GetProperty("type").GetString(), data.GetProperty("challenge_sid").GetString(), data.GetProperty("factor_sid").GetString(), data.GetProperty("message").GetString()));
        Assert.Equal("""{"priority":"HIGH","ttl":"300s"}""", json.GetProperty("android").GetRawText());
        Assert.False(json.TryGetProperty("notification", out _));
    }

    [Fact]
    public async Task Googles_access_token_is_kept_until_shortly_before_its_end()
    {
        await using var platform = await Platform.StartAsync();
        await using var server = await Platform.ServerAsync();
        using var device = await NamedAsync(server, platform, "fcm");
        var tokens = new List<string>();
        foreach (var wait in new[] { 0, 3538, 1, 3538 })
        {
            server.Clock.Advance(TimeSpan.FromSeconds(wait));
            await ChallengeAsync(server, device);
            var sent = await platform.NextAsync();
            tokens.Add((sent.Path == "/token" ? await platform.NextAsync() : sent).Bearer);
        }

        Assert.Equal(["ya29.access-1", "ya29.access-1", "ya29.access-2", "ya29.access-2"], tokens);
        Assert.Equal(2, platform.Tokens);
    }

    [Fact]
    public async Task Messages_at_once_share_one_access_token()
    {
        await using var platform = await Platform.StartAsync();
        await using var server = await Platform.ServerAsync();
        using var device = await NamedAsync(server, platform, "fcm");

        await Task.WhenAll(Enumerable.Range(0, 20).Select(_ => ChallengeAsync(server, device)));

        var sent = new List<Sent>();
        while (sent.Count(one => one.Path != "/token") < 20)
            sent.Add(await platform.NextAsync());
        Assert.Single(sent, one => one.Path == "/token");
        Assert.All(sent.Where(one => one.Path != "/token"), one => Assert.Equal("ya29.access-1", one.Bearer));
    }

    [Fact]
    public async Task An_access_token_that_Google_does_not_take_is_not_used_again()
    {
        await using var platform = await Platform.StartAsync();
        await using var server = await Platform.ServerAsync();
        using var device = await NamedAsync(server, platform, "fcm");
        platform.Answer = (401, """{"error":{"code":401,"status":"UNAUTHENTICATED","details":[{"@type":"type.googleapis.com/google.firebase.fcm.v1.FcmError","errorCode":"THIRD_PARTY_AUTH_ERROR"}]}}""");

        await ChallengeAsync(server, device);
        await LoggedAsync(server, "401 THIRD_PARTY_AUTH_ERROR");
        platform.Answer = (200, "{}");
        await ChallengeAsync(server, device);

        string[] paths = [(await platform.NextAsync()).Path, (await platform.NextAsync()).Path, (await platform.NextAsync()).Path];
        Assert.Equal(["/token", "/v1/projects/owl-1/messages:send", "/token"], paths);
        Assert.Equal("ya29.access-2", (await platform.NextAsync()).Bearer);
    }

    [Fact]
    public async Task Apple_gets_an_alert_over_HTTP_2_with_a_provider_token_that_the_key_signed()
    {
        await using var platform = await Platform.StartAsync();
        await using var server = await Platform.ServerAsync();
        using var device = await NamedAsync(server, platform, "apn");

        var challenge = await ChallengeAsync(server, device, "Sign in?");

        var message = await platform.NextAsync();
        Assert.Equal(("HTTP/2", $"/3/device/{device.PushToken}"), (message.Protocol, message.Path));
        var (header, claims) = ReadProviderToken(platform, message);
        Assert.Equal("""{"alg":"ES256","kid":"OWLKEY0001"}""", header);
        Assert.Equal($$"""{"iss":"OWLTEAM001","iat":{{server.Clock.GetUtcNow().ToUnixTimeSeconds()}}}""", claims);
        Assert.Equal(
            ("com.example.owl", "alert", "10", (server.Clock.GetUtcNow().ToUnixTimeSeconds() + 300).ToString()),
            (message.Headers["apns-topic"], message.Headers["apns-push-type"], message.Headers["apns-priority"], message.Headers["apns-expiration"]));
        Assert.Equal(
            $$$"""{"aps":{"alert":{"body":"Sign in?"},"sound":"default"},"type":"verify_push_challenge","challenge_sid":"{{{challenge}}}","factor_sid":"{{{device.Sid}}}","message":"Sign in?"}""", message.Body);

        (await server.Api.PostAsync($"{device.Path}/Challenges/{challenge}/Notifications", ("Ttl", "0"))).AssertStatus(201);
        Assert.Equal("0", (await platform.NextAsync()).Headers["apns-expiration"]);
    }

    [Fact]
    public async Task Apples_provider_token_is_renewed_every_fifty_minutes()
    {
        await using var platform = await Platform.StartAsync();
        await using var server = await Platform.ServerAsync();
        using var device = await NamedAsync(server, platform, "apn");
        var tokens = new List<string>();
        foreach (var wait in new[] { 0, 2999, 1, 2999 })
        {
            server.Clock.Advance(TimeSpan.FromSeconds(wait));
            await ChallengeAsync(server, device);
            var message = await platform.NextAsync();
            ReadProviderToken(platform, message);
            tokens.Add(message.Bearer);
        }

        Assert.Equal((tokens[0], tokens[2]), (tokens[1], tokens[3]));
        Assert.NotEqual(tokens[0], tokens[2]);
    }

    [Theory]
    [InlineData("ExpiredProviderToken", false)]
    [InlineData("InvalidProviderToken", true)]
    public async Task A_provider_token_that_Apple_calls_expired_is_not_used_again(string reason, bool isKept)
    {
        await using var platform = await Platform.StartAsync();
        await using var server = await Platform.ServerAsync();
        using var device = await NamedAsync(server, platform, "apn");
        platform.Answer = (403, $$"""{"reason":"{{reason}}"}""");

        await ChallengeAsync(server, device);
        await LoggedAsync(server, $"403 {reason}");
        server.Clock.Advance(TimeSpan.FromSeconds(1));
        await ChallengeAsync(server, device);

        Assert.Equal(isKept, (await platform.NextAsync()).Bearer == (await platform.NextAsync()).Bearer);
    }

    [Theory]
    [InlineData("fcm", 404, """{"error":{"code":404,"status":"NOT_FOUND","details":[{"errorCode":"UNREGISTERED"}]}}""", "TokenGone", "404 UNREGISTERED")]
    [InlineData("fcm", 404, """{"error":{"code":404,"message":"No such project.","status":"NOT_FOUND"}}""", "Refused", "404 NOT_FOUND")]
    [InlineData("fcm", 400, """{"error":{"status":"INVALID_ARGUMENT","details":[7,{"errorCode":7},{}]}}""", "Refused", "400 INVALID_ARGUMENT")]
    [InlineData("fcm", 429, """{"error":{"status":"a text\nof two lines"}}""", "Refused", "429 -")]
    [InlineData("fcm", 503, "<html>", "Refused", "503 -")]
    [InlineData("fcm", 302, "", "Refused", "302 -")]
    [InlineData("apn", 410, """{"reason":"Unregistered","timestamp":1700000000000}""", "TokenGone", "410 Unregistered")]
    [InlineData("apn", 400, """{"reason":"BadDeviceToken"}""", "TokenGone", "400 BadDeviceToken")]
    [InlineData("apn", 403, """{"reason":"InvalidProviderToken"}""", "Refused", "403 InvalidProviderToken")]
    [InlineData("apn", 500, "[", "Refused", "500 -")]
    public async Task What_a_platform_refuses_is_logged_by_its_kind_and_without_the_devices_token(string type, int status, string body, string outcome, string code)
    {
        await using var platform = await Platform.StartAsync();
        await using var server = await Platform.ServerAsync();
        using var device = await NamedAsync(server, platform, type);
        platform.Answer = (status, body);

        var challenge = await ChallengeAsync(server, device);

        // The device's token is one of the server's secrets: stopping it fails the test if the log has it. One line says it all.
        await LoggedAsync(server, $"about {challenge} to {device.Sid} by {(type == "fcm" ? "Fcm" : "Apn")} was not sent: {outcome} ({code})");
        Assert.Single(server.Logs.Lines, line => line.Category.Contains("Push", StringComparison.Ordinal) && line.Level >= Microsoft.Extensions.Logging.LogLevel.Information);
    }

    [Fact]
    public async Task Where_Google_gives_no_access_token_the_reason_is_logged_and_the_next_message_asks_again()
    {
        await using var platform = await Platform.StartAsync();
        await using var server = await Platform.ServerAsync();
        using var device = await NamedAsync(server, platform, "fcm");
        foreach (var (status, body, logged) in new[] { (400, """{"error":"invalid_grant","error_description":"x"}""", "400 invalid_grant"), (200, """{"access_token":"a\nb","expires_in":3599}""", "200 no_access_token"), (200, """{"access_token":"ab"}""", "200 no_access_token") })
        {
            platform.TokenAnswer = (status, body);
            var challenge = await ChallengeAsync(server, device);
            Assert.Equal("/token", (await platform.NextAsync()).Path);
            await LoggedAsync(server, logged);
            Assert.Equal("pending", (await server.Api.GetAsync($"{device.Path}/Challenges/{challenge}")).Text("status"));
        }

        platform.TokenAnswer = null;
        await ChallengeAsync(server, device);
        Assert.Equal(("/token", "ya29.access-1"), ((await platform.NextAsync()).Path, (await platform.NextAsync()).Bearer));
    }

    [Fact]
    public async Task A_platform_that_does_not_answer_is_left_after_ten_seconds()
    {
        await using var platform = await Platform.StartAsync();
        await using var server = await Platform.ServerAsync();
        using var device = await NamedAsync(server, platform, "apn");
        platform.Silent = true;

        await ChallengeAsync(server, device);
        await platform.NextAsync();
        server.Clock.Advance(TimeSpan.FromSeconds(10));

        await LoggedAsync(server, "was not sent: TaskCanceledException");
    }

    [Fact]
    public async Task Nothing_is_sent_with_a_credential_of_the_other_platform_or_of_another_account_or_one_that_is_gone()
    {
        await using var platform = await Platform.StartAsync();
        await using var server = await Platform.ServerAsync();
        using var device = await new Device(server, "not-set-up-0001").EnrolledAsync();
        var other = await server.NewAccountAsync();
        var apn = (await server.Api.PostJsonAsync("/admin/v1/push-credentials", platform.Apn())).AssertStatus(201).Text("sid")!;
        var theirs = (await other.PostJsonAsync("/admin/v1/push-credentials", platform.Fcm())).AssertStatus(201).Text("sid")!;
        var gone = (await server.Api.PostJsonAsync("/admin/v1/push-credentials", platform.Fcm())).AssertStatus(201).Text("sid")!;
        (await server.Api.DeleteAsync("/admin/v1/push-credentials/" + gone)).AssertStatus(204);
        foreach (var (credential, count) in new[] { (apn, 1), (theirs, 2), (gone, 3) })
        {
            (await server.Api.PostAsync(RunningServer.ServicePath, ("Push.FcmCredentialSid", credential))).AssertStatus(200);
            await ChallengeAsync(server, device);
            await LoggedAsync(server, "was not sent: NotSetUp", count);
        }

        (await server.Api.PostAsync(RunningServer.ServicePath, ("Push.FcmCredentialSid", (await server.Api.PostJsonAsync("/admin/v1/push-credentials", platform.Fcm())).Text("sid")!))).AssertStatus(200);
        await ChallengeAsync(server, device);
        Assert.Equal(("/token", 0), ((await platform.NextAsync()).Path, platform.Tokens - 1));
    }

    [Fact]
    public async Task A_host_that_is_not_public_is_not_connected_to_unless_the_operator_allows_it()
    {
        await using var platform = await Platform.StartAsync();
        await using var server = await RunningServer.StartAsync([]);
        using var device = await NamedAsync(server, platform, "apn", text => text.Replace("127.0.0.1", "localhost", StringComparison.Ordinal));

        await ChallengeAsync(server, device);

        await LoggedAsync(server, "was not sent: HttpRequestException");
    }

    /// <summary>A phone of a service that names a credential.</summary>
    static async Task<Device> NamedAsync(RunningServer server, Platform platform, string type, Func<string, string>? change = null)
    {
        var body = type == "fcm" ? platform.Fcm() : platform.Apn();
        var made = (await server.Api.PostJsonAsync("/admin/v1/push-credentials", change is null ? body : change(body))).AssertStatus(201);
        (await server.Api.PostAsync(RunningServer.ServicePath, (type == "fcm" ? "Push.FcmCredentialSid" : "Push.ApnCredentialSid", made.Text("sid")!))).AssertStatus(200);
        return await new Device(server, $"pushed-to-{type}-1").EnrolledAsync(type);
    }

    static async Task<string> ChallengeAsync(RunningServer server, Device device, string message = "Hi") =>
        (await server.Api.PostAsync(device.Path + "/Challenges", ("FactorSid", device.Sid), ("Details.Message", message))).AssertStatus(201).Text("sid")!;

    static (string Header, string Claims) ReadProviderToken(Platform platform, Sent message)
    {
        var (header, claims) = Platform.Read(message.Bearer, (data, signature) => platform.AppleKey.VerifyData(data, signature, HashAlgorithmName.SHA256));
        return (header.GetRawText(), claims.GetRawText());
    }

    /// <summary>Waits until the log has a line that often.</summary>
    static async Task LoggedAsync(RunningServer server, string text, int count = 1)
    {
        using var patience = new CancellationTokenSource(RunningServer.Patience);
        while (server.Logs.Lines.Count(line => line.Text.Contains(text, StringComparison.Ordinal)) < count)
        {
            patience.Token.ThrowIfCancellationRequested();
            await server.Api.GetAsync("/health/live");
        }
    }
}
