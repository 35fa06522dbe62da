using System.Text;
using System.Xml.Linq;
using Countersign.Server.Tests.Running;

namespace Countersign.Server.Tests.Api.Factors;

public sealed class TotpFactorTests(RunningServer server) : IClassFixture<RunningServer>
{
    const string Secret = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ";

    [Fact]
    public async Task A_factor_is_made_with_its_person_verified_changed_and_removed()
    {
        var path = RunningServer.ServicePath + "/Entities/totp-life-0001/Factors";
        var made = (await server.Api.PostAsync(path, ("FriendlyName", "Owl’s app"), ("FactorType", "totp"), ("Metadata", """{"os":"Owl OS"}"""))).AssertStatus(201);

        Assert.Equal(
            ["sid", "account_sid", "service_sid", "entity_sid", "identity", "binding", "options", "date_created", "date_updated", "friendly_name", "status", "factor_type", "config", "metadata", "url", "countersign"],
            made.NamesAt(""));
        Assert.Equal(("unverified", "totp", "Owl OS"), (made.Text("status"), made.Text("factor_type"), made.Text("metadata.os")));
        Assert.Equal(["alg", "skew", "code_length", "time_step"], made.NamesAt("config"));
        var app = new TotpApp(server, made);
        Assert.Equal(32, app.Secret.Length);
        Assert.Matches($"^otpauth://totp/[^:]+:Owl%E2%80%99s%20app\\?secret={app.Secret}&issuer=[^&]+&algorithm=SHA1&digits=6&period=30$", made.Text("binding.uri"));

        var read = (await server.Api.GetAsync(app.Path)).AssertStatus(200);
        Assert.Equal(["sid", "account_sid", "service_sid", "entity_sid", "identity", "date_created", "date_updated", "friendly_name", "status", "factor_type", "config", "metadata", "url"], read.NamesAt(""));
        Assert.DoesNotContain(app.Secret, read.Body + (await server.Api.GetAsync(path)).Body, StringComparison.Ordinal);
        Assert.Equal("verified", (await server.Api.PostAsync(app.Path, ("AuthPayload", app.Code()), ("FriendlyName", "Other"))).AssertStatus(200).Text("status"));
        Assert.Equal("Other", (await server.Api.GetAsync(app.Path)).Text("friendly_name"));
        (await server.Api.PostAsync(app.Path, ("AuthPayload", app.Code(1)))).AssertError(400, 60306, "already_verified");
        (await server.Api.PostAsync(app.Path, ("Config.AppId", "x"), ("Config.NotificationToken", new string('t', 40)))).AssertError(400, 60306, "wrong_factor_type");
        (await server.Api.DeleteAsync(app.Path)).AssertStatus(204);
        (await server.Api.DeleteAsync(app.Path)).AssertError(404, 20404, "not_found");
        (await server.Api.GetAsync(app.Path)).AssertError(404, 20404, "not_found");
    }

    [Fact]
    public async Task A_wrong_code_is_no_error_and_the_sixth_is()
    {
        var app = await TotpApp.NewAsync(server, "wrong-code-0001");

        for (var tries = 0; tries < 5; tries++)
            Assert.Equal("unverified", (await server.Api.PostAsync(app.Path, ("AuthPayload", app.Wrong()))).AssertStatus(200).Text("status"));

        (await server.Api.PostAsync(app.Path, ("AuthPayload", app.Wrong()))).AssertError(429, 60310, "max_factor_checks");
        (await server.Api.PostAsync(app.Path, ("AuthPayload", app.Code()))).AssertError(429, 60310, "max_factor_checks");
    }

    [Fact]
    public async Task The_code_that_verified_a_factor_answers_no_challenge()
    {
        var app = await TotpApp.NewAsync(server, "replayed-0001");
        var code = app.Code();
        (await server.Api.PostAsync(app.Path, ("AuthPayload", code))).AssertStatus(200);

        var challenge = await server.Api.PostAsync(RunningServer.ServicePath + "/Entities/replayed-0001/Challenges", ("FactorSid", app.Sid), ("AuthPayload", code));

        Assert.Equal("pending", challenge.AssertStatus(201).Text("status"));
    }

    [Theory]
    [InlineData("sha1", 30, 6, 1)]
    [InlineData("sha256", 60, 8, 0)]
    [InlineData("sha512", 20, 3, 2)]
    public async Task What_an_app_makes_of_any_configuration_is_right(string algorithm, int step, int length, int skew)
    {
        var app = await TotpApp.NewAsync(
            server, $"configured-{algorithm}", ("Config.Alg", algorithm), ("Config.TimeStep", $"{step}"), ("Config.CodeLength", $"{length}"), ("Config.Skew", $"{skew}"));

        Assert.Equal(length, app.Code().Length);
        Assert.Equal("verified", (await server.Api.PostAsync(app.Path, ("AuthPayload", app.Code(skew)))).AssertStatus(200).Text("status"));
    }

    [Fact]
    public async Task The_service_says_what_a_factor_has_unless_it_is_said()
    {
        var service = await server.NewServiceAsync(("Totp.Issuer", "Owl & Söhne"), ("Totp.TimeStep", "60"), ("Totp.CodeLength", "8"), ("Totp.Skew", "2"));

        var made = (await server.Api.PostAsync(service + "/Entities/defaults-0001/Factors", ("FriendlyName", "a:b"), ("FactorType", "totp"), ("Binding.Secret", Secret.ToLowerInvariant()))).AssertStatus(201);
        var own = (await server.Api.PostAsync(service + "/Entities/defaults-0001/Factors", ("FriendlyName", "own"), ("FactorType", "totp"), ("Config.Skew", "0"))).AssertStatus(201);

        Assert.Equal((60, 8, 2), (made.Number("config.time_step"), made.Number("config.code_length"), made.Number("config.skew")));
        Assert.Equal(
            $"otpauth://totp/Owl%20%26%20S%C3%B6hne:a%3Ab?secret={Secret}&issuer=Owl%20%26%20S%C3%B6hne&algorithm=SHA1&digits=8&period=60", made.Text("binding.uri"));
        Assert.Equal((60, 0), (own.Number("config.time_step"), own.Number("config.skew")));
    }

    [Fact]
    public async Task The_picture_of_a_secret_is_a_drawing_that_a_page_can_show()
    {
        var made = (await server.Api.PostAsync(RunningServer.ServicePath + "/Entities/pictured-0001/Factors", ("FriendlyName", "Owl"), ("FactorType", "totp"))).AssertStatus(201);
        var picture = made.Text("countersign.qr_code")!;
        const string head = "data:image/svg+xml;base64,";

        Assert.StartsWith(head, picture, StringComparison.Ordinal);
        var svg = XDocument.Parse(Encoding.UTF8.GetString(Convert.FromBase64String(picture[head.Length..])));
        var size = svg.Root!.Attribute("viewBox")!.Value.Split(' ')[2];
        Assert.InRange(int.Parse(size, null), 29, 77);
        Assert.Contains("h7v1", svg.Root.Elements().Last().Attribute("d")!.Value, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("FriendlyName", "", "empty")]
    [InlineData("FriendlyName", "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx", "too_long")]
    [InlineData("Binding.Secret", "GEZDGNBVGY3TQOJ1", "not_base32")]
    [InlineData("Binding.Secret", "GEZDGNBV", "not_base32")]
    [InlineData("Config.Alg", "md5", "not_a_choice")]
    [InlineData("Config.TimeStep", "19", "out_of_range")]
    [InlineData("Config.TimeStep", "61", "out_of_range")]
    [InlineData("Config.CodeLength", "2", "out_of_range")]
    [InlineData("Config.CodeLength", "9", "out_of_range")]
    [InlineData("Config.Skew", "3", "out_of_range")]
    [InlineData("Metadata", "[]", "not_an_object")]
    public async Task A_wrong_parameter_is_a_60306_that_names_it(string parameter, string value, string reason)
    {
        var fields = new (string Name, string Value)[] { ("FriendlyName", "Owl"), ("FactorType", "totp") }.Where(field => field.Name != parameter).Append((parameter, value)).ToArray();

        var answer = (await server.Api.PostAsync(RunningServer.ServicePath + "/Entities/wrong-params/Factors", fields)).AssertError(400, 60306, reason);

        Assert.Equal(parameter, answer.Text("details.parameter"));
        (await server.Api.GetAsync(RunningServer.ServicePath + "/Entities/wrong-params")).AssertError(404, 20404, "not_found");
    }

    [Theory]
    [InlineData("")]
    [InlineData("sms")]
    [InlineData("passkeys")]
    [InlineData("TOTP")]
    public async Task A_type_that_there_is_not_is_a_60369(string type) => (await server.Api.PostAsync(
        RunningServer.ServicePath + "/Entities/wrong-type-1/Factors", type.Length == 0 ? [("FriendlyName", "Owl")] : [("FriendlyName", "Owl"), ("FactorType", type)]))
        .AssertError(400, 60369, "factor_type");

    [Fact]
    public async Task The_same_secret_twice_is_a_60317()
    {
        await TotpApp.NewAsync(server, "same-secret-1", ("Binding.Secret", Secret));

        (await server.Api.PostAsync(RunningServer.ServicePath + "/Entities/same-secret-1/Factors", ("FriendlyName", "Again"), ("FactorType", "totp"), ("Binding.Secret", Secret)))
            .AssertError(409, 60317, "factor_exists");
    }

    [Fact]
    public async Task A_person_has_a_hundred_factors_and_a_day_has_no_more()
    {
        var path = RunningServer.ServicePath + "/Entities/hundredfold/Factors";
        Task<Answer> NextAsync() => server.Api.PostAsync(path, ("FriendlyName", "Owl"), ("FactorType", "totp"));
        var made = await Task.WhenAll(Enumerable.Range(0, 110).Select(_ => NextAsync()));

        Assert.Equal(100, made.Count(answer => answer.Status == 201));
        Assert.All(made.Where(answer => answer.Status != 201), answer => answer.AssertError(400, 60315, "max_factors"));
        var pages = (await server.Api.GetAsync(path + "?PageSize=60")).AssertStatus(200);
        Assert.Equal(60, pages.At("factors").GetArrayLength());
        Assert.Equal(40, (await server.Api.GetAsync(new Uri(pages.Text("meta.next_page_url")!).PathAndQuery)).At("factors").GetArrayLength());

        // One less, and the day is still full.
        (await server.Api.DeleteAsync($"{path}/{made.First(answer => answer.Status == 201).Text("sid")}")).AssertStatus(204);
        (await NextAsync()).AssertError(429, 60326, "max_factors_today").AssertRetryIn(86_400);
    }

    [Fact]
    public async Task A_change_of_the_step_does_not_bring_used_codes_back()
    {
        var app = await TotpApp.VerifiedAsync(server, "other-steps-1");
        var path = RunningServer.ServicePath + "/Entities/other-steps-1/Challenges";
        Assert.Equal("approved", (await server.Api.PostAsync(path, ("FactorSid", app.Sid), ("AuthPayload", app.Code(1)))).AssertStatus(201).Text("status"));

        (await server.Api.PostAsync(app.Path, ("Config.TimeStep", "60"))).AssertStatus(200);
        (await server.Api.PostAsync(app.Path, ("Config.TimeStep", "30"))).AssertStatus(200);

        foreach (var ahead in new[] { -1, 0, 1 })
            Assert.Equal("pending", (await server.Api.PostAsync(path, ("FactorSid", app.Sid), ("AuthPayload", app.Code(ahead)))).AssertStatus(201).Text("status"));
    }
}
