using Countersign.Server.Tests.Running;

namespace Countersign.Server.Tests.Admin;

/// <summary>Geo permissions, lists and types of lines, from the setting to the refusal.</summary>
public sealed class GuardAdminEndpointsTests(RunningServer server) : IClassFixture<RunningServer>
{
    const string Geo = "/admin/v1/geo-permissions";

    [Fact]
    public async Task Only_some_countries_are_open_by_one_call()
    {
        var (api, service) = await NewAccountAsync();

        var table = (await api.SendJsonAsync(HttpMethod.Put, Geo, """{"default":"deny","countries":{"gb":{"sms":"watch","whatsapp":"allow"}}}""")).AssertStatus(200);

        Assert.Equal(["sms", "call", "whatsapp"], table.NamesAt("default"));
        Assert.Equal(("deny", "watch", "deny", "allow"), (table.Text("default.sms"), table.Text("countries.GB.sms"), table.Text("countries.GB.call"), table.Text("countries.GB.whatsapp")));
        Assert.Equal(table.Body, (await api.GetAsync(Geo)).Body);
        var started = (await StartAsync(api, service, "+447700900123", "sms")).AssertStatus(201);
        Assert.Contains("\"channels\":[\"sms\",\"whatsapp\"]", started.Body, StringComparison.Ordinal);
        var check = (await api.PostAsync($"{service}/VerificationCheck", ("To", "+447700900123"), ("Code", "none"))).AssertStatus(200);
        Assert.Contains("\"channels\":[\"sms\",\"whatsapp\"]", check.Body, StringComparison.Ordinal);
        var refused = (await StartAsync(api, service, "+447700900123", "call")).AssertError(403, 60605, "country_denied");
        Assert.Equal(
            "The destination phone number has been blocked by Verify Geo-Permissions. GB is blocked for call channel for all services", refused.Text("message"));
        Assert.Equal(("GB", "call", "account"), (refused.Text("details.country"), refused.Text("details.channel"), refused.Text("details.scope")));
    }

    [Fact]
    public async Task What_goes_to_a_watched_country_is_in_the_metrics_and_what_goes_to_an_allowed_one_is_not()
    {
        var (api, service) = await NewAccountAsync();
        (await api.SendJsonAsync(HttpMethod.Put, Geo, """{"countries":{"fr":{"call":"watch","sms":"allow"}}}""")).AssertStatus(200);

        (await StartAsync(api, service, "+33639980012", "call")).AssertStatus(201);
        (await StartAsync(api, service, "+33639980012", "sms")).AssertStatus(201);

        var counted = (await api.GetAsync("/metrics")).Body.Split('\n').Where(line => line.StartsWith("countersign_guard_watched_starts_total{", StringComparison.Ordinal) && line.Contains("country=\"FR\"", StringComparison.Ordinal));
        Assert.Matches("""channel="call".*} 1( |$)""", Assert.Single(counted));
    }

    [Fact]
    public async Task A_country_is_closed_and_opened_again_for_the_account_and_for_a_service()
    {
        var (api, service) = await NewAccountAsync();
        var number = server.NewNumber();
        foreach (var (path, scope, whose) in new[] { (Geo, "account", "all services"), (service.Replace("/v2/Services", "/admin/v1/services", StringComparison.Ordinal) + "/geo-permissions", "service", "this service") })
        {
            var rules = (await api.SendJsonAsync(HttpMethod.Put, path + "/us", """{"all":"deny","call":"allow"}""")).AssertStatus(200);
            Assert.Equal(("US", "deny", "allow", "deny"), (rules.Text("country"), rules.Text("sms"), rules.Text("call"), rules.Text("whatsapp")));
            var refused = (await StartAsync(api, service, number, "sms")).AssertError(403, 60605, "country_denied");
            Assert.Equal(scope, refused.Text("details.scope"));
            Assert.EndsWith($"US is blocked for sms channel for {whose}", refused.Text("message"), StringComparison.Ordinal);

            Assert.Equal("allow", (await api.SendJsonAsync(HttpMethod.Put, path + "/US", """{"sms":"allow"}""")).Text("sms"));
            (await StartAsync(api, service, number, "sms")).AssertStatus(201);
            (await api.DeleteAsync(path + "/US")).AssertStatus(204);
            (await api.DeleteAsync(path + "/US")).AssertError(404, 20404, "not_found");
            Assert.Empty((await api.GetAsync(path)).AssertStatus(200).NamesAt("countries"));
        }
    }

    [Theory]
    [InlineData("PUT", "/XX", """{"all":"deny"}""", "country", "not_a_country")]
    [InlineData("PUT", "/US", """{"sms":"no"}""", "sms", "not_a_rule")]
    [InlineData("PUT", "", """{"default":"sometimes"}""", "default", "not_a_rule")]
    [InlineData("PUT", "", """{"default":7}""", "default", "not_a_rule")]
    [InlineData("PUT", "", """{"countries":{"XX":"deny"}}""", "countries", "not_a_country")]
    [InlineData("PUT", "", """{"countries":{"DE":{"email":"deny"}}}""", "email", "not_a_channel")]
    [InlineData("PUT", "", """{"countries":["DE"]}""", "countries", "not_an_object")]
    public async Task What_cannot_be_is_refused_by_name(string method, string path, string json, string parameter, string reason)
    {
        (await server.Api.SendJsonAsync(new HttpMethod(method), Geo + path, json)).AssertInvalid(parameter, reason);
        Assert.Equal("allow", (await server.Api.GetAsync(Geo)).Text("default.sms"));
    }

    [Fact]
    public async Task Another_accounts_service_is_as_good_as_none()
    {
        var (_, service) = await NewAccountAsync();
        var path = service.Replace("/v2/Services", "/admin/v1/services", StringComparison.Ordinal) + "/geo-permissions";

        (await server.Api.GetAsync(path)).AssertError(404, 20404, "not_found");
        (await server.Api.SendJsonAsync(HttpMethod.Put, path, """{"default":"deny"}""")).AssertError(404, 20404, "not_found");
        (await server.Api.SendJsonAsync(HttpMethod.Put, path + "/DE", """{"all":"deny"}""")).AssertError(404, 20404, "not_found");
        (await server.Api.DeleteAsync(path + "/DE")).AssertError(404, 20404, "not_found");
    }

    [Fact]
    public async Task A_blocked_prefix_refuses_until_its_end_and_the_safe_list_does_not_help()
    {
        var (api, service) = await NewAccountAsync();
        var end = server.Clock.GetUtcNow().AddHours(1).ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", System.Globalization.CultureInfo.InvariantCulture);
        (await api.SendJsonAsync(HttpMethod.Post, "/admin/v1/safe-list", """{"numbers":["+447700900124"]}""")).AssertStatus(200);

        var put = (await api.SendJsonAsync(HttpMethod.Post, "/admin/v1/block-list", $$"""{"prefixes":["+4477009001"],"note":"pumping","expires_at":"{{end}}"}""")).AssertStatus(200);

        var entry = put.At("entries")[0];
        Assert.Equal(("+4477009001", "pumping", end), (entry.GetProperty("prefix").GetString(), entry.GetProperty("note").GetString(), entry.GetProperty("expires_at").GetString()));
        var refused = (await StartAsync(api, service, "+447700900124", "sms")).AssertError(403, 60410, "block_list");
        Assert.Equal("3600", refused.Headers["Retry-After"]);
        (await StartAsync(api, service, "+447700900224", "sms")).AssertStatus(201);
        (await api.DeleteAsync($"/admin/v1/block-list/{entry.GetProperty("sid").GetString()}")).AssertStatus(204);
        (await StartAsync(api, service, "+447700900124", "sms")).AssertStatus(201);
    }

    [Fact]
    public async Task A_number_that_stays_blocked_by_a_prefix_is_not_told_to_come_back_when_its_own_entry_ends()
    {
        var (api, service) = await NewAccountAsync();
        var end = server.Clock.GetUtcNow().AddHours(1).ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", System.Globalization.CultureInfo.InvariantCulture);
        var prefix = (await api.SendJsonAsync(HttpMethod.Post, "/admin/v1/block-list", """{"prefixes":["+4477009001"]}""")).AssertStatus(200);
        (await api.SendJsonAsync(HttpMethod.Post, "/admin/v1/block-list", $$"""{"numbers":["+447700900124"],"expires_at":"{{end}}"}""")).AssertStatus(200);

        var refused = (await StartAsync(api, service, "+447700900124", "sms")).AssertError(403, 60410, "block_list");

        Assert.False(refused.Headers.ContainsKey("Retry-After"));
        Assert.Equal(prefix.At("entries")[0].GetProperty("sid").GetString(), refused.Text("details.list_entry"));
    }

    [Fact]
    public async Task A_list_is_read_page_by_page_and_shared_with_Twilios_own_path()
    {
        var (api, _) = await NewAccountAsync();
        var numbers = Enumerable.Range(0, 5).Select(_ => server.NewNumber()).ToList();
        var added = (await api.SendJsonAsync(HttpMethod.Post, "/admin/v1/safe-list", $$"""{"numbers":["{{string.Join("\",\"", numbers)}}"],"note":"staff"}""")).AssertStatus(200);

        Assert.Equal(5, added.At("added").GetInt32());
        var seen = new List<string?>();
        var next = "";
        do
        {
            var page = (await api.GetAsync($"/admin/v1/safe-list?limit=2{next}")).AssertStatus(200);
            seen.AddRange(page.At("entries").EnumerateArray().Select(item => item.GetProperty("phone_number").GetString()));
            next = page.Text("next") is { } sid ? $"&after={sid}" : null;
        }
        while (next is not null);
        Assert.Equal(numbers.Order(), seen.Order());
        (await api.GetAsync($"/v2/SafeList/Numbers/{numbers[0]}")).AssertStatus(200);
        (await api.DeleteAsync($"/admin/v1/safe-list/{numbers[0]}")).AssertStatus(204);
        (await api.GetAsync($"/v2/SafeList/Numbers/{numbers[0]}")).AssertStatus(404);
    }

    [Theory]
    [InlineData("{}", "numbers", "missing")]
    [InlineData("""{"numbers":["4155550100"]}""", "numbers", "not_international")]
    [InlineData("""{"prefixes":["44"]}""", "prefixes", "not_a_prefix")]
    [InlineData("""{"prefixes":["+44"],"expires_at":"2020-01-01T00:00:00Z"}""", "expires_at", "not_a_moment")]
    [InlineData("""{"prefixes":["+44"],"expires_at":"01/02/2030"}""", "expires_at", "not_a_moment")]
    [InlineData("""{"prefixes":["+44"],"expires_at":"11:59:59 PM"}""", "expires_at", "not_a_moment")]
    public async Task What_cannot_be_listed_is_refused(string json, string parameter, string reason) =>
        (await server.Api.SendJsonAsync(HttpMethod.Post, "/admin/v1/block-list", json)).AssertInvalid(parameter, reason);

    [Theory]
    [InlineData("""{"countries":{"de":"deny","DE":"allow"}}""")]
    [InlineData("""{"default":"deny","default":"allow"}""")]
    public async Task What_is_said_twice_is_refused_and_not_half_believed(string json)
    {
        var (api, _) = await NewAccountAsync();
        var before = (await api.GetAsync("/admin/v1/geo-permissions")).AssertStatus(200).Body;

        (await api.SendJsonAsync(HttpMethod.Put, "/admin/v1/geo-permissions", json)).AssertStatus(400);

        Assert.Equal(before, (await api.GetAsync("/admin/v1/geo-permissions")).Body);
    }

    [Fact]
    public async Task Types_of_lines_are_a_setting_of_the_service()
    {
        var (api, service) = await NewAccountAsync();
        var admin = service.Replace("/v2/Services", "/admin/v1/services", StringComparison.Ordinal);

        var refused = (await StartAsync(api, service, "+449098790123", "sms")).AssertError(403, 60205, "line_type_denied");
        Assert.Equal("premium_rate", refused.Text("details.line_type"));
        Assert.Equal(1, (await api.PostJsonAsync(admin, """{"denied_line_types":["mobile"]}""")).AssertStatus(200).At("denied_line_types").GetArrayLength());
        (await StartAsync(api, service, "+449098790123", "sms")).AssertStatus(201);
        (await StartAsync(api, service, "+447700900125", "sms")).AssertError(403, 60205, "line_type_denied");
        (await api.PostJsonAsync(admin, """{"denied_line_types":["fax"]}""")).AssertInvalid("denied_line_types", "not_a_choice");
        Assert.Equal(5, (await api.PostJsonAsync(admin, """{"denied_line_types":null}""")).AssertStatus(200).At("denied_line_types").GetArrayLength());
    }

    [Fact]
    public async Task A_landline_is_skipped_and_the_lookup_says_what_the_line_is()
    {
        var (api, _) = await NewAccountAsync();
        var service = "/v2/Services/" + (await api.PostAsync("/v2/Services", ("FriendlyName", "Lookup"), ("LookupEnabled", "true"), ("SkipSmsToLandlines", "true"))).Text("sid");

        (await StartAsync(api, service, "+442079460123", "sms")).AssertError(403, 60205, "landline");
        var called = (await StartAsync(api, service, "+442079460123", "call")).AssertStatus(201);
        var texted = (await StartAsync(api, service, "+447700900126", "sms")).AssertStatus(201);

        Assert.Equal(["mobile_country_code", "type", "error_code", "mobile_network_code", "name"], called.NamesAt("lookup.carrier"));
        Assert.Equal(("landline", "mobile"), (called.Text("lookup.carrier.type"), texted.Text("lookup.carrier.type")));
    }

    async Task<(ApiClient Api, string Service)> NewAccountAsync()
    {
        var api = await server.NewAccountAsync();
        return (api, "/v2/Services/" + (await api.PostAsync("/v2/Services", ("FriendlyName", "Guarded"))).AssertStatus(201).Text("sid"));
    }

    static Task<Answer> StartAsync(ApiClient api, string service, string to, string channel) => api.PostAsync(service + "/Verifications", ("To", to), ("Channel", channel));
}
