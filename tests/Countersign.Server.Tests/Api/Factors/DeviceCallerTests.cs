using Countersign.Server.Tests.Running;

namespace Countersign.Server.Tests.Api.Factors;

/// <summary>What an app on a device may do, which has no credentials of the account.</summary>
public sealed class DeviceCallerTests(RunningServer server) : IClassFixture<RunningServer>
{
    const string Tokens = RunningServer.ServicePath + "/AccessTokens";

    [Fact]
    public async Task An_access_token_makes_a_factor_of_its_person_and_the_device_does_the_rest_itself()
    {
        using var device = new Device(server, "own-device-001");
        var token = (await server.Api.PostAsync(Tokens, ("Identity", "own-device-001"), ("FactorType", "push"), ("FactorFriendlyName", "Owl's"), ("Ttl", "300"))).AssertStatus(201);

        Assert.Equal(["sid", "account_sid", "service_sid", "entity_identity", "factor_type", "factor_friendly_name", "ttl", "date_created", "token", "url"], token.NamesAt(""));
        Assert.Equal((5, 300), (token.Text("token")!.Split('.').Length, token.Number("ttl")));
        Assert.Equal(token.Body, (await server.Api.GetAsync($"{Tokens}/{token.Text("sid")}")).AssertStatus(200).Body);
        (await device.CreateAsync(server.Client("token", token.Text("token")!))).AssertStatus(201);
        Assert.Equal("verified", (await device.Api().PostAsync(device.FactorPath, ("AuthPayload", device.Proof()))).AssertStatus(200).Text("status"));
        (await device.Api().PostAsync(device.FactorPath, ("Config.NotificationToken", new string('n', 40)))).AssertStatus(200);
        (await device.Api().GetAsync(device.FactorPath)).AssertStatus(200);
        var challenge = (await server.Api.PostAsync(device.Path + "/Challenges", ("FactorSid", device.Sid), ("Details.Message", "Sign in?"))).AssertStatus(201).Text("sid");
        var list = (await device.Api().GetAsync($"{device.Path}/Challenges?FactorSid={device.Sid}&PageSize=20&Status=pending&Order=asc")).AssertStatus(200);
        Assert.Equal(challenge, list.At("challenges")[0].GetProperty("sid").GetString());
        var read = (await device.Api().GetAsync($"{device.Path}/Challenges/{challenge}")).AssertStatus(200);
        Assert.Equal("approved", (await device.Api().PostAsync($"{device.Path}/Challenges/{challenge}", ("AuthPayload", device.Answer(read, "approved")))).AssertStatus(200).Text("status"));
        (await device.Api().DeleteAsync(device.FactorPath)).AssertStatus(204);
        (await device.Api().GetAsync(device.FactorPath)).AssertError(401, 20003, "bad_credentials");
    }

    [Theory]
    [InlineData("""{"alg":"ES256","cty":"\ud800"}""")]
    [InlineData("""{"alg":"\ud800","cty":"x"}""")]
    [InlineData("""{"alg":"ES256","\ud800":1,"\ud800":1}""")]
    [InlineData("""{"alg":"ES256","cty":"twilio-pba;v=1","kid":"\ud800"}""")]
    [InlineData("""{"alg":"dir","enc":"A256GCM","cty":"\ud800"}""")]
    [InlineData("""{"alg":"dir","enc":"A256GCM","kid":"\ud800"}""")]
    [InlineData("""{"alg":"dir","\ud800":1,"\ud800":1}""")]
    public async Task A_token_of_what_is_no_text_is_no_token(string header)
    {
        var text = System.Buffers.Text.Base64Url.EncodeToString(System.Text.Encoding.UTF8.GetBytes(header));
        var device = server.Client("token", $"{text}.e30.eA");
        var maker = server.Client("token", $"{text}..AAAAAAAAAAAAAAAA.eA.AAAAAAAAAAAAAAAAAAAAAA");

        (await device.GetAsync($"{RunningServer.ServicePath}/Entities/no-text-00001/Challenges")).AssertError(401, 20003, "bad_credentials");
        (await maker.PostAsync($"{RunningServer.ServicePath}/Entities/no-text-00001/Factors", ("FactorType", "push"))).AssertError(401, 20003, "bad_credentials");
    }

    [Theory]
    [InlineData("""{"a":"\ud800"}""", "not_json")]
    [InlineData("""{"\ud800":1}""", "not_json")]
    [InlineData("""{"a":[{"b":"\udc00"}]}""", "not_text")]
    public async Task Details_that_no_device_could_sign_are_refused(string hidden, string reason)
    {
        using var device = new Device(server, "unsignable-001");
        await device.EnrolledAsync();

        var refused = await server.Api.PostAsync(device.Path + "/Challenges", ("FactorSid", device.Sid), ("Details.Message", "Sign in?"), ("HiddenDetails", hidden));

        Assert.Equal((400, reason), (refused.Status, refused.Text("details.reason")));
        (await server.Api.DeleteAsync(device.Path)).AssertStatus(204);
    }

    [Fact]
    public async Task An_access_token_opens_one_thing()
    {
        using var device = new Device(server, "one-thing-0001");
        using var other = new Device(server, "one-thing-0002");
        var answer = (await server.Api.PostAsync(Tokens, ("Identity", "one-thing-0001"), ("FactorType", "push"))).AssertStatus(201);
        var api = server.Client("token", answer.Text("token")!);
        var elsewhere = await server.NewServiceAsync();

        (await other.CreateAsync(api)).AssertError(403, 60313, "token_of_another");
        (await api.PostAsync(elsewhere + "/Entities/one-thing-0001/Factors", device.Fields())).AssertError(403, 60313, "token_of_another");
        (await api.PostAsync(device.Path + "/Factors", ("FriendlyName", "Owl"), ("FactorType", "totp"))).AssertError(403, 60313, "token_of_another");
        (await device.CreateAsync(api)).AssertStatus(201);
        foreach (var path in new[] { device.Path, device.Path + "/Factors", device.FactorPath, device.Path + "/Challenges", RunningServer.ServicePath, "/v2/Services", "/admin/v1/keys", "/sandbox/messages", $"{Tokens}/{answer.Text("sid")}" })
            (await api.GetAsync(path)).AssertError(401, 20003, "bad_credentials");
        (await api.PostAsync(device.Path + "/Challenges", ("FactorSid", device.Sid), ("Details.Message", "Hi"))).AssertError(401, 20003, "bad_credentials");
        (await api.PostAsync(RunningServer.ServicePath + "/Entities", ("Identity", "one-thing-0001"))).AssertError(401, 20003, "bad_credentials");
        (await api.PostAsync(Tokens, ("Identity", "one-thing-0002"), ("FactorType", "push"))).AssertError(401, 20003, "bad_credentials");
        (await api.DeleteAsync(device.FactorPath)).AssertError(401, 20003, "bad_credentials");
    }

    [Fact]
    public async Task A_token_is_over_when_its_time_is_and_no_changed_one_is_one()
    {
        await using var own = await RunningServer.StartAsync([]);
        using var device = new Device(own, "changed-00001");
        var token = (await own.Api.PostAsync(Tokens, ("Identity", "changed-00001"), ("FactorType", "push"), ("Ttl", "60"))).AssertStatus(201).Text("token")!;
        var parts = token.Split('.');
        var flipped = parts[3][0] == 'A' ? "B" + parts[3][1..] : "A" + parts[3][1..];

        foreach (var changed in new[] { "", "x", "a.b.c.d.e", "....", $"{parts[0]}..{parts[2]}.{flipped}.{parts[4]}", $"{parts[0]}..{parts[2]}.{parts[3]}.", $"{parts[0]}.AA.{parts[2]}.{parts[3]}.{parts[4]}", $"e30..{parts[2]}.{parts[3]}.{parts[4]}", token + "A", new string('a', 2900) })
            (await device.CreateAsync(own.Client("token", changed))).AssertError(401, 20003, "bad_credentials");
        own.Clock.Advance(TimeSpan.FromSeconds(59));
        (await device.CreateAsync(own.Client("token", token))).AssertStatus(201);
        own.Clock.Advance(TimeSpan.FromSeconds(1));
        (await device.CreateAsync(own.Client("token", token))).AssertError(401, 20003, "bad_credentials");
    }

    [Theory]
    [InlineData("Identity", "short", "invalid_identity")]
    [InlineData("FactorType", "totp", "not_a_choice")]
    [InlineData("FactorFriendlyName", "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx", "too_long")]
    [InlineData("Ttl", "59", "out_of_range")]
    [InlineData("Ttl", "301", "out_of_range")]
    public async Task A_wrong_parameter_of_a_token_is_a_60305(string parameter, string value, string reason)
    {
        var fields = new (string Name, string Value)[] { ("Identity", "wrong-params-1"), ("FactorType", "push") }.Where(field => field.Name != parameter).Append((parameter, value));

        (await server.Api.PostAsync(Tokens, [.. fields])).AssertError(400, 60305, reason);
    }

    [Fact]
    public async Task A_device_sees_its_own_and_nothing_of_the_same_person_besides()
    {
        using var device = await new Device(server, "two-devices-01").EnrolledAsync();
        using var other = await new Device(server, "two-devices-01").EnrolledAsync();
        using var stranger = await new Device(server, "two-devices-02").EnrolledAsync();
        var theirs = (await server.Api.PostAsync(device.Path + "/Challenges", ("FactorSid", other.Sid), ("Details.Message", "Hi"))).AssertStatus(201).Text("sid");
        var path = $"{device.Path}/Challenges/{theirs}";
        var read = (await other.Api().GetAsync(path)).AssertStatus(200);

        (await device.Api().GetAsync(other.FactorPath)).AssertError(404, 20404, "not_found");
        (await device.Api().DeleteAsync(other.FactorPath)).AssertError(404, 20404, "not_found");
        (await device.Api().PostAsync(other.FactorPath, ("FriendlyName", "Mine"))).AssertError(404, 20404, "not_found");
        (await device.Api().GetAsync(path)).AssertError(404, 20404, "not_found");
        (await device.Api().PostAsync(path, ("AuthPayload", other.Answer(read, "approved")))).AssertError(404, 20404, "not_found");
        (await device.Api().GetAsync($"{device.Path}/Challenges?FactorSid={other.Sid}")).AssertError(404, 20404, "not_found");
        Assert.Equal(0, (await device.Api().GetAsync(device.Path + "/Challenges")).AssertStatus(200).At("challenges").GetArrayLength());
        (await stranger.Api().GetAsync(path)).AssertError(401, 20003, "bad_credentials");
        (await stranger.Api().GetAsync(device.FactorPath)).AssertError(401, 20003, "bad_credentials");
        foreach (var closed in new[] { device.Path, device.Path + "/Factors", RunningServer.ServicePath, "/v2/Services", "/admin/v1/keys", path + "/Notifications", device.Path + "/Challenges/", "/v2" })
            (await device.Api().GetAsync(closed)).AssertError(401, 20003, "bad_credentials");
        (await device.Api().PostAsync(device.Path + "/Factors", other.Fields())).AssertError(401, 20003, "bad_credentials");
        (await device.Api().PostAsync(device.Path + "/Challenges", ("FactorSid", device.Sid), ("Details.Message", "Hi"))).AssertError(401, 20003, "bad_credentials");
    }

    [Fact]
    public async Task A_token_that_a_device_did_not_sign_so_lets_nobody_in()
    {
        using var device = await new Device(server, "signed-so-0001").EnrolledAsync();
        using var thief = await new Device(server, "signed-so-0002").EnrolledAsync();
        var now = server.Clock.GetUtcNow().ToUnixTimeSeconds();
        ApiClient[] wrong =
        [
            device.Api(header => header["alg"] = "none"), device.Api(header => header["alg"] = "HS256"), device.Api(header => header["cty"] = "other"), device.Api(header => header.Remove("kid")),
            device.Api(header => header["kid"] = thief.Credential), device.Api(header => header["kid"] = 7), device.Api(header => header["crit"] = "x"),
            thief.Api(header => header["kid"] = device.Credential),
            device.Api(changePayload: payload => payload["sub"] = "AC" + new string('1', 32)), device.Api(changePayload: payload => payload.Remove("sub")),
            device.Api(changePayload: payload => payload.Remove("exp")), device.Api(changePayload: payload => payload["exp"] = now - 61), device.Api(changePayload: payload => payload["exp"] = now + 86_400),
            device.Api(changePayload: payload => payload["exp"] = "soon"), device.Api(changePayload: payload => payload["nbf"] = now + 61), device.Api(changePayload: payload => payload.Remove("nbf")),
        ];

        foreach (var api in wrong)
            (await api.GetAsync(device.FactorPath)).AssertError(401, 20003, "bad_credentials");

        // A clock that is a little off is no theft; the SDK for iOS writes fractions.
        (await device.Api(changePayload: payload => payload["nbf"] = now + 59.5).GetAsync(device.FactorPath)).AssertStatus(200);
        (await device.Api(changePayload: payload => payload["exp"] = now - 59.5).GetAsync(device.FactorPath)).AssertStatus(200);
    }
}
