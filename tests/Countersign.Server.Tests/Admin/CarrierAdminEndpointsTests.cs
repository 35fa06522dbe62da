using Countersign.Core;
using Countersign.Core.Channels;
using Countersign.Core.Registry;
using Countersign.Core.Routing;
using Countersign.Server.Tests.Running;
using Microsoft.Extensions.DependencyInjection;

namespace Countersign.Server.Tests.Admin;

public sealed class CarrierAdminEndpointsTests(RunningServer server) : IClassFixture<RunningServer>
{
    const string Twilio = """
        {"kind":"twilio","settings":{"account_sid":"ACcccccccccccccccccccccccccccccccc","auth_token":"not-a-real-auth-token","from":"+14155550199"},
         "senders":["Acme"],"prices":{"*":0.05,"DE":0.0875},"max_in_flight":7}
        """;

    [Fact]
    public async Task Every_kind_says_what_it_needs()
    {
        var kinds = (await server.Api.GetAsync("/admin/v1/carrier-kinds")).At("carrier_kinds").EnumerateArray().ToList();

        Assert.Contains("twilio", kinds.Select(kind => kind.GetProperty("kind").GetString()));
        Assert.All(kinds, kind =>
        {
            Assert.NotEqual("", kind.GetProperty("title").GetString());
            Assert.NotEqual(0, kind.GetProperty("channels").GetArrayLength());
            Assert.All(kind.GetProperty("settings").EnumerateArray(), setting => Assert.NotEqual("", setting.GetProperty("explanation").GetString()));
        });
    }

    [Fact]
    public async Task A_carrier_is_made_read_changed_and_removed_and_its_secret_is_never_shown()
    {
        var made = (await PutAsync("acme", Twilio)).AssertStatus(201);

        Assert.DoesNotContain("not-a-real-auth-token", made.Body, StringComparison.Ordinal);
        Assert.Equal(["auth_token"], made.At("secrets_set").EnumerateArray().Select(name => name.GetString()));
        Assert.Equal((7, true), (made.Number("max_in_flight"), made.At("enabled").GetBoolean()));
        var changed = (await PutAsync("acme", """{"enabled":false,"settings":{"from":null,"messaging_service_sid":"MGffffffffffffffffffffffffffffffff"}}""")).AssertStatus(200);
        Assert.False(changed.At("enabled").GetBoolean());
        Assert.Equal(["account_sid", "messaging_service_sid"], changed.NamesAt("settings"));
        Assert.Equal(["auth_token"], changed.At("secrets_set").EnumerateArray().Select(name => name.GetString()));
        Assert.Contains("acme", (await server.Api.GetAsync("/admin/v1/carriers")).Body, StringComparison.Ordinal);
        (await server.Api.DeleteAsync("/admin/v1/carriers/acme")).AssertStatus(204);
        (await server.Api.GetAsync("/admin/v1/carriers/acme")).AssertStatus(404);
        (await server.Api.DeleteAsync("/admin/v1/carriers/acme")).AssertStatus(404);
    }

    [Fact]
    public async Task Two_changes_of_a_carrier_at_once_both_count()
    {
        for (var round = 0; round < 20; round++)
        {
            (await PutAsync("twice", """{"kind":"twilio","enabled":true,"settings":{"account_sid":"ACcccccccccccccccccccccccccccccccc","auth_token":"not-a-real-auth-token","from":"+14155550199"},"prices":{"*":0.05}}""")).AssertStatus(round == 0 ? 201 : 200);

            var answers = await Task.WhenAll(PutAsync("twice", """{"enabled":false}"""), PutAsync("twice", """{"prices":{"*":0.07}}"""));

            Assert.All(answers, answer => answer.AssertStatus(200));
            var after = await server.Api.GetAsync("/admin/v1/carriers/twice");
            Assert.Equal((false, 0.07m), (after.At("enabled").GetBoolean(), after.At("prices").GetProperty("*").GetDecimal()));
        }

        await CleanAsync([], ["twice"]);
    }

    [Fact]
    public async Task Two_changes_of_a_route_at_once_both_count()
    {
        (await PutAsync("r-twice", Twilio)).AssertStatus(201);
        for (var round = 0; round < 20; round++)
        {
            (await PutRouteAsync("twice", """{"channel":"sms","strategy":"ordered","send_timeout_ms":8000,"carriers":[{"name":"r-twice"}]}""")).AssertStatus(round == 0 ? 201 : 200);

            var answers = await Task.WhenAll(PutRouteAsync("twice", """{"strategy":"adaptive"}"""), PutRouteAsync("twice", """{"send_timeout_ms":5000}"""));

            Assert.All(answers, answer => answer.AssertStatus(200));
            var after = await server.Api.GetAsync("/admin/v1/routes/twice");
            Assert.Equal(("adaptive", 5000), (after.Text("strategy"), after.Number("send_timeout_ms")));
        }

        await CleanAsync(["twice"], ["r-twice"]);
    }

    [Theory]
    [InlineData("acme2", """{"settings":{}}""", "kind", "missing")]
    [InlineData("acme2", """{"kind":"pigeon"}""", "kind", "unknown_kind")]
    [InlineData("acme2", """{"kind":"twilio"}""", "settings.account_sid", "invalid_setting")]
    [InlineData("acme2", """{"kind":"twilio","settings":{"nonsense":"x"}}""", "settings.nonsense", "invalid_setting")]
    [InlineData("acme2", """{"kind":"twilio","settings":{"account_sid":["x"]}}""", "settings.account_sid", "not_text")]
    [InlineData("acme2", """{"kind":"twilio","prices":{"Germany":1}}""", "prices.Germany", "invalid_price")]
    [InlineData("acme2", """{"kind":"twilio","prices":{"DE":-1}}""", "prices.DE", "invalid_price")]
    [InlineData("acme2", """{"kind":"twilio","senders":"Acme"}""", "senders", "not_a_list")]
    [InlineData("acme2", """{"kind":"twilio","max_in_flight":0}""", "max_in_flight", "out_of_range")]
    [InlineData("Acme", """{"kind":"twilio"}""", "carrier", "invalid_name")]
    [InlineData("sandbox", """{"kind":"twilio"}""", "carrier", "invalid_name")]
    public async Task What_cannot_work_is_refused_by_name(string name, string body, string parameter, string reason) =>
        (await PutAsync(name, body)).AssertInvalid(parameter, reason);

    [Theory]
    [InlineData("""{"settings":{"base_url":"https://elsewhere.example"}}""", "settings.base_url")]
    [InlineData("""{"settings":{"base_url":"https://elsewhere.example","auth_token":"not-a-real-auth-token"}}""", null)]
    [InlineData("""{"settings":{"base_url":"https://api.twilio.com"}}""", null)]
    [InlineData("""{"settings":{"base_url":null,"from":"+14155550198"}}""", null)]
    public async Task A_secret_is_not_sent_to_another_address_by_who_does_not_know_it(string change, string? refused)
    {
        (await PutAsync("led", Twilio)).AssertStatus(201);

        var answer = await PutAsync("led", change);

        if (refused is null)
            answer.AssertStatus(200);
        else
            answer.AssertInvalid(refused, "secrets_needed");
        await server.Api.DeleteAsync("/admin/v1/carriers/led");
    }

    [Theory]
    [InlineData("""{"settings":{"host":"elsewhere.example"}}""", "settings.host")]
    [InlineData("""{"settings":{"port":"2776"}}""", "settings.port")]
    [InlineData("""{"settings":{"tls":"false"}}""", "settings.tls")]
    [InlineData("""{"settings":{"host":"elsewhere.example","password":"not-real"}}""", null)]
    [InlineData("""{"settings":{"window":"20"}}""", null)]
    public async Task A_bind_password_is_not_sent_to_another_message_centre_nor_in_the_clear_by_who_does_not_know_it(string change, string? refused)
    {
        (await PutAsync("bound", """{"kind":"smpp","enabled":false,"settings":{"host":"smsc.example","system_id":"us","password":"not-real","tls":"true"}}""")).AssertStatus(201);

        var answer = await PutAsync("bound", change);

        if (refused is null)
            answer.AssertStatus(200);
        else
            answer.AssertInvalid(refused, "secrets_needed");
        await server.Api.DeleteAsync("/admin/v1/carriers/bound");
    }

    [Fact]
    public async Task A_secret_is_not_sent_as_the_text_of_a_message_by_who_does_not_know_it()
    {
        const string Generic = """{"kind":"http","settings":{"url":"https://sms.example.com/send","secret":"not-a-real-key","headers":"X-Key: {secret}","body":"{\"to\":\"{to}\",\"text\":\"{text}\"}"}}""";
        (await PutAsync("described", Generic)).AssertStatus(201);

        (await PutAsync("described", """{"settings":{"body":"{\"to\":\"{to}\",\"text\":\"{secret}\"}"}}""")).AssertInvalid("settings.body", "secrets_needed");

        await server.Api.DeleteAsync("/admin/v1/carriers/described");
    }

    [Theory]
    [InlineData("https://api.infobip.com ")]
    [InlineData("https://api.infobip.com\\n")]
    [InlineData(" https://api.infobip.com")]
    [InlineData("http://127.0.0.1:0/")]
    public async Task An_address_with_space_around_it_or_at_port_0_is_refused_and_breaks_nothing(string address)
    {
        (await PutAsync("spaced", $$$"""{"kind":"infobip","settings":{"api_key":"not-a-real-key","base_url":"{{{address}}}"}}""")).AssertInvalid("settings.base_url", "invalid_setting");

        (await server.Api.GetAsync("/admin/v1/carriers")).AssertStatus(200);
    }

    [Theory]
    [InlineData("""{"kind":"twilio","settings":{"\ud800":"x"}}""")]
    [InlineData("""{"kind\ud800":"twilio"}""")]
    public async Task A_name_with_half_a_character_is_no_JSON_of_ours(string body) => (await PutAsync("half", body)).AssertStatus(400);

    [Fact]
    public async Task Another_account_sees_and_changes_nothing()
    {
        var other = await server.NewAccountAsync();
        (await PutAsync("mine", Twilio)).AssertStatus(201);

        (await other.GetAsync("/admin/v1/carriers/mine")).AssertStatus(404);
        (await other.DeleteAsync("/admin/v1/carriers/mine")).AssertStatus(404);
        Assert.DoesNotContain("mine", (await other.GetAsync("/admin/v1/carriers")).Body, StringComparison.Ordinal);
        (await other.SendJsonAsync(HttpMethod.Put, "/admin/v1/carriers/mine", Twilio)).AssertStatus(201);
        (await other.SendJsonAsync(HttpMethod.Put, "/admin/v1/routes/r", """{"channel":"sms","carriers":[{"name":"theirs"}]}""")).AssertInvalid("carriers", "unknown_carrier");
        Assert.Equal("+14155550199", (await server.Api.GetAsync("/admin/v1/carriers/mine")).Text("settings.from"));
        (await server.Api.DeleteAsync("/admin/v1/carriers/mine")).AssertStatus(204);
    }

    [Theory]
    [InlineData("""{"carriers":[]}""", "channel", "not_a_choice")]
    [InlineData("""{"channel":"sms"}""", "carriers", "missing")]
    [InlineData("""{"channel":"sms","carriers":[]}""", "carriers", "missing")]
    [InlineData("""{"channel":"sms","carriers":[{"name":"ghost"}]}""", "carriers", "unknown_carrier")]
    [InlineData("""{"channel":"sms","carriers":[{"name":"r1"},{"name":"r1"}]}""", "carriers", "carrier_twice")]
    [InlineData("""{"channel":"sms","carriers":[{"name":"r1","weight":0}]}""", "carriers", "unknown_carrier")]
    [InlineData("""{"channel":"sms","country":"de","carriers":[{"name":"r1"}]}""", "country", "not_a_country")]
    [InlineData("""{"channel":"sms","prefix":"49a","carriers":[{"name":"r1"}]}""", "prefix", "not_a_prefix")]
    [InlineData("""{"channel":"sms","country":"DE","prefix":"49","carriers":[{"name":"r1"}]}""", "prefix", "country_and_prefix")]
    [InlineData("""{"channel":"sms","strategy":"best","carriers":[{"name":"r1"}]}""", "strategy", "not_a_choice")]
    [InlineData("""{"channel":"sms","send_timeout_ms":10,"carriers":[{"name":"r1"}]}""", "send_timeout_ms", "out_of_range")]
    [InlineData("""{"channel":"sms","exploration":0.5,"carriers":[{"name":"r1"}]}""", "exploration", "out_of_range")]
    [InlineData("""{"channel":"sms","service_sid":"VAcccccccccccccccccccccccccccccccc","carriers":[{"name":"r1"}]}""", "service_sid", "unknown_service")]
    [InlineData("""{"channel":"call","carriers":[{"name":"r1"}]}""", "carriers", "channel_not_served")]
    [InlineData("""{"channel":"email","country":"SE","carriers":[{"name":"r1"}]}""", "country", "mailbox_has_no_country")]
    [InlineData("""{"channel":"email","prefix":"46","carriers":[{"name":"r1"}]}""", "prefix", "mailbox_has_no_country")]
    public async Task A_route_that_cannot_work_is_refused_by_name(string body, string parameter, string reason)
    {
        await PutAsync("r1", Twilio);

        (await server.Api.SendJsonAsync(HttpMethod.Put, "/admin/v1/routes/some", body)).AssertInvalid(parameter, reason);

        await server.Api.DeleteAsync("/admin/v1/carriers/r1");
    }

    [Fact]
    public async Task A_route_is_made_read_changed_and_removed()
    {
        await PutAsync("r2", Twilio);
        var made = (await server.Api.SendJsonAsync(
            HttpMethod.Put, "/admin/v1/routes/germany", """{"channel":"sms","country":"DE","strategy":"adaptive","carriers":[{"name":"r2","weight":3,"cost":0.07}],"exploration":0.05}""")).AssertStatus(201);

        Assert.Equal(("adaptive", "DE", 8000, 20), (made.Text("strategy"), made.Text("country"), made.Number("send_timeout_ms"), made.Number("resend_elsewhere_after_seconds")));
        var changed = (await server.Api.SendJsonAsync(HttpMethod.Put, "/admin/v1/routes/germany", """{"country":null,"prefix":"+4915"}""")).AssertStatus(200);
        Assert.Equal(("4915", 3), (changed.Text("prefix"), changed.At("carriers")[0].GetProperty("weight").GetInt32()));
        Assert.Contains("germany", (await server.Api.GetAsync("/admin/v1/routes")).Body, StringComparison.Ordinal);
        (await server.Api.DeleteAsync("/admin/v1/routes/germany")).AssertStatus(204);
        (await server.Api.GetAsync("/admin/v1/routes/germany")).AssertStatus(404);
        await server.Api.DeleteAsync("/admin/v1/carriers/r2");
    }

    [Fact]
    public async Task A_route_takes_carriers_of_its_channel_alone_whether_they_are_on_or_off()
    {
        const string Mail = """{"kind":"smtp","settings":{"host":"mail.example","from_address":"codes@example.com"}}""";
        const string Chat = """{"kind":"http","enabled":false,"settings":{"channel":"whatsapp","url":"http://127.0.0.1:9/","body":"{\"x\":\"{text}\"}"}}""";
        (await PutAsync("c-mail", Mail)).AssertStatus(201);
        (await PutAsync("c-chat", Chat)).AssertStatus(201);
        (await PutAsync("c-text", Twilio)).AssertStatus(201);

        var mixed = (await PutRouteAsync("mixed", """{"channel":"sms","carriers":[{"name":"c-text"},{"name":"c-mail"}]}""")).AssertInvalid("carriers", "channel_not_served");
        Assert.Contains("The carrier c-mail does not serve sms, but email.", mixed.Text("details.explanation"), StringComparison.Ordinal);
        // The kind can, this carrier is not set so.
        (await PutRouteAsync("mixed", """{"channel":"sms","carriers":[{"name":"c-chat"}]}""")).AssertInvalid("carriers", "channel_not_served");
        (await PutRouteAsync("mixed", """{"channel":"whatsapp","carriers":[{"name":"c-chat"}]}""")).AssertStatus(201);
        (await PutRouteAsync("mixed", """{"channel":"sms"}""")).AssertInvalid("channel", "channel_not_served");
        (await PutRouteAsync("mixed", """{"channel":"sms","carriers":[{"name":"c-text"}]}""")).AssertStatus(200);
        (await PutRouteAsync("mails", """{"channel":"email","carriers":[{"name":"c-mail"}]}""")).AssertStatus(201);
        (await PutRouteAsync("mails", """{"country":"SE"}""")).AssertInvalid("country", "mailbox_has_no_country");

        await CleanAsync(["mixed", "mails"], ["c-mail", "c-chat", "c-text"]);
    }

    [Fact]
    public async Task A_route_of_before_that_cannot_work_is_still_there_and_can_be_changed()
    {
        (await PutAsync("old-mail", """{"kind":"smtp","settings":{"host":"mail.example","from_address":"codes@example.com"}}""")).AssertStatus(201);
        var account = Sid.Parse(RunningServer.AccountSid, "AC");
        await server.Services.GetRequiredService<IRegistry<Route>>().PutAsync(
            account,
            "old",
            _ => new Route { AccountSid = account, Name = "old", Channel = Channel.Sms, Country = "SE", Carriers = [new RouteCarrier { Name = "old-mail" }, new RouteCarrier { Name = "gone" }] },
            TestContext.Current.CancellationToken);

        Assert.Equal("old-mail", (await server.Api.GetAsync("/admin/v1/routes/old")).AssertStatus(200).At("carriers")[0].GetProperty("name").GetString());
        Assert.Equal("adaptive", (await PutRouteAsync("old", """{"strategy":"adaptive"}""")).AssertStatus(200).Text("strategy"));
        (await server.Api.DeleteAsync("/admin/v1/carriers/gone")).AssertError(404, 20404, "not_found");

        await CleanAsync(["old"], ["old-mail"]);
    }

    [Fact]
    public async Task A_carrier_is_not_removed_while_a_route_names_it()
    {
        (await PutAsync("used", Twilio)).AssertStatus(201);
        (await PutRouteAsync("user-1", """{"channel":"sms","country":"SE","carriers":[{"name":"used"}]}""")).AssertStatus(201);
        (await PutRouteAsync("user-2", """{"channel":"sms","prefix":"4670","carriers":[{"name":"used"}]}""")).AssertStatus(201);

        var refused = (await server.Api.DeleteAsync("/admin/v1/carriers/used")).AssertError(409, 20409, "carrier_in_use");

        Assert.Equal(["user-1", "user-2"], refused.At("details.used_by").EnumerateArray().Select(name => name.GetString()));
        (await server.Api.GetAsync("/admin/v1/carriers/used")).AssertStatus(200);
        await CleanAsync(["user-1", "user-2"], ["used"]);
        (await server.Api.GetAsync("/admin/v1/carriers/used")).AssertStatus(404);
    }

    [Fact]
    public async Task A_carrier_is_not_removed_while_a_pool_of_senders_names_it()
    {
        const string Pool = "/admin/v1/messaging-services/MG0123456789abcdef0123456789abcd77";
        (await PutAsync("pooled", Twilio)).AssertStatus(201);
        (await server.Api.SendJsonAsync(HttpMethod.Put, Pool, """{"senders":["Acme"],"carriers":["pooled"]}""")).AssertStatus(201);

        var refused = (await server.Api.DeleteAsync("/admin/v1/carriers/pooled")).AssertError(409, 20409, "carrier_in_use");

        Assert.Equal(Pool.Split('/')[^1], Assert.Single(refused.At("details.used_by").EnumerateArray()).GetString());
        (await server.Api.SendJsonAsync(HttpMethod.Put, Pool, """{"carriers":null}""")).AssertStatus(200);
        await CleanAsync([], ["pooled"]);
        (await server.Api.DeleteAsync(Pool)).AssertStatus(204);
    }

    [Fact]
    public async Task A_carrier_is_not_changed_so_that_it_no_longer_serves_the_channel_of_a_route()
    {
        const string Http = """{"kind":"http","settings":{"channel":"CHANNEL","url":"http://127.0.0.1:9/","body":"{\"x\":\"{text}\"}"}}""";
        const string Mail = """{"kind":"smtp","settings":{"host":"mail.example","from_address":"codes@example.com"}}""";
        (await PutAsync("turned", Http.Replace("CHANNEL", "sms", StringComparison.Ordinal))).AssertStatus(201);
        (await PutRouteAsync("texts", """{"channel":"sms","country":"SE","carriers":[{"name":"turned"}]}""")).AssertStatus(201);

        var ofChannel = (await PutAsync("turned", """{"settings":{"channel":"whatsapp"}}""")).AssertError(409, 20409, "carrier_in_use");
        var ofKind = (await PutAsync("turned", Mail)).AssertError(409, 20409, "carrier_in_use");

        Assert.All([ofChannel, ofKind], refused => Assert.Equal("texts", Assert.Single(refused.At("details.used_by").EnumerateArray()).GetString()));
        Assert.Contains("no longer serve sms", ofChannel.Text("details.explanation"), StringComparison.Ordinal);
        (await PutAsync("turned", """{"enabled":false,"max_in_flight":7}""")).AssertStatus(200);
        (await PutAsync("turned", Twilio)).AssertStatus(200);
        (await server.Api.DeleteAsync("/admin/v1/routes/texts")).AssertStatus(204);
        (await PutAsync("turned", Mail)).AssertStatus(200);
        await CleanAsync([], ["turned"]);
    }

    async Task CleanAsync(string[] routes, string[] carriers)
    {
        foreach (var path in routes.Select(name => "/admin/v1/routes/" + name).Concat(carriers.Select(name => "/admin/v1/carriers/" + name)))
        {
            (await server.Api.DeleteAsync(path)).AssertStatus(204);
        }
    }

    Task<Answer> PutRouteAsync(string name, string json) => server.Api.SendJsonAsync(HttpMethod.Put, $"/admin/v1/routes/{name}", json);

    Task<Answer> PutAsync(string name, string json) => server.Api.SendJsonAsync(HttpMethod.Put, $"/admin/v1/carriers/{name}", json);
}
