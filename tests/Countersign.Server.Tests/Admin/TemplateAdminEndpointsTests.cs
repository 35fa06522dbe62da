using System.Text.Json;
using Countersign.Server.Tests.Running;

namespace Countersign.Server.Tests.Admin;

public sealed class TemplateAdminEndpointsTests(RunningServer server) : IClassFixture<RunningServer>
{
    const string Two = """
        {"friendly_name":"Greeting","channels":["sms","voice"],"default_locale":"en",
         "translations":{"en":"{{friendly_name}}: {{code}} for {{user}}","pt_br":"{{friendly_name}}: {{code}} € ção"}}
        """;

    [Fact]
    public async Task A_new_template_is_a_draft_that_shows_how_its_texts_would_look_and_what_they_cost()
    {
        var made = (await PostAsync(Two)).AssertStatus(201);

        Assert.Equal(["sid", "friendly_name", "channels", "default_locale", "status", "translations", "date_created", "date_updated"], made.NamesAt(""));
        Assert.Equal(("draft", "en"), (made.Text("status"), made.Text("default_locale")));
        Assert.Equal(["sms", "voice"], Texts(made.At("channels")));
        Assert.Equal(["en", "pt-BR"], made.NamesAt("translations"));
        var english = made.At("translations.en.versions")[0];
        Assert.Equal("Acme Grocery: 482915 for user", english.GetProperty("preview").GetProperty("text").GetString());
        Assert.Equal(["user"], Texts(english.GetProperty("variables")));
        var portuguese = made.At("translations.pt-BR.versions")[0].GetProperty("preview");
        Assert.Equal(("UCS-2", 26, 1), (portuguese.GetProperty("encoding").GetString(), portuguese.GetProperty("units").GetInt32(), portuguese.GetProperty("segments").GetInt32()));
    }

    [Fact]
    public async Task A_changed_text_is_a_draft_until_it_is_approved_and_the_older_one_is_retired_then()
    {
        var sid = await server.Api.NewTemplateAsync("one {{code}}");

        var changed = (await server.Api.PutTextAsync(sid, "en", "two {{code}}")).AssertStatus(200);
        Assert.Equal(("approved", 1, 2), (changed.Text("translations.en.status"), changed.Number("translations.en.version_in_use"), changed.Number("translations.en.draft_version")));
        Assert.Equal(["draft", "approved"], Statuses(changed));

        var approved = (await server.Api.PostJsonAsync($"{Path(sid)}/translations/en/approve", """{"version":2}""")).AssertStatus(200);
        Assert.Equal(["approved", "retired"], Statuses(approved));
        Assert.True(approved.IsNull("translations.en.draft_version"));
        Assert.Equal(approved.Body, (await server.Api.ApproveAsync(sid, "en")).AssertStatus(200).Body);
        Assert.Equal(approved.Body, (await server.Api.PutTextAsync(sid, "en", "two {{code}}")).AssertStatus(200).Body);
        Assert.Equal(approved.Body, (await server.Api.GetAsync(Path(sid))).AssertStatus(200).Body);
    }

    [Fact]
    public async Task A_version_that_is_not_the_newest_is_not_approved()
    {
        var sid = await server.Api.NewTemplateAsync();
        await server.Api.PutTextAsync(sid, "en", "newer {{code}}");

        (await server.Api.PostJsonAsync($"{Path(sid)}/translations/en/approve", """{"version":1}""")).AssertInvalid("version", "other_version");
        (await server.Api.PostJsonAsync($"{Path(sid)}/translations/en/approve", """{"version":"1"}""")).AssertInvalid("version", "out_of_range");
    }

    [Fact]
    public async Task A_language_is_added_changed_and_taken_away()
    {
        var sid = await server.Api.NewTemplateAsync();

        (await server.Api.PostJsonAsync($"{Path(sid)}/translations", """{"locale":"de","text":"{{code}}"}""")).AssertStatus(201);
        (await server.Api.PostJsonAsync($"{Path(sid)}/translations", """{"locale":"DE","text":"{{code}}!"}""")).AssertError(409, 60225, "translation_exists");
        (await server.Api.PutTextAsync(sid, "es-mx", "{{code}}")).AssertStatus(201);
        (await server.Api.DeleteAsync($"{Path(sid)}/translations/de")).AssertStatus(204);
        (await server.Api.DeleteAsync($"{Path(sid)}/translations/de")).AssertError(404, 60229, "translation_not_found");
        (await server.Api.ApproveAsync(sid, "de")).AssertError(404, 60229, "translation_not_found");
        (await server.Api.DeleteAsync($"{Path(sid)}/translations/en")).AssertError(400, 60332, "default_translation");

        Assert.Equal(["en", "es-MX"], (await server.Api.GetAsync(Path(sid))).NamesAt("translations"));
    }

    [Theory]
    [InlineData("application/json", false)]
    [InlineData("application/json", true)]
    [InlineData("application/x-www-form-urlencoded", false)]
    public async Task A_text_is_approved_by_a_body_of_no_bytes_whatever_type_it_is_said_to_have(string type, bool chunked)
    {
        var sid = (await PostAsync(Two)).Text("sid")!;
        using var request = server.Api.Request(HttpMethod.Post, $"{Path(sid)}/translations/en/approve");
        request.Content = new ByteArrayContent([]) { Headers = { ContentType = new(type) } };
        request.Headers.TransferEncodingChunked = chunked;

        (await ApiClient.SendAsync(request)).AssertStatus(200);
    }

    [Fact]
    public async Task What_is_sent_where_a_language_is_missing_is_approved_first()
    {
        var sid = (await PostAsync(Two)).Text("sid")!;

        (await server.Api.ApproveAsync(sid, "pt-BR")).AssertError(400, 60201, "template_not_approved");

        (await server.Api.ApproveAsync(sid, "en")).AssertStatus(200);
        (await server.Api.ApproveAsync(sid, "pt-br")).AssertStatus(200);
    }

    [Theory]
    [InlineData("""{"translations":{"en":"{{code}}"}}""", "friendly_name", "missing")]
    [InlineData("""{"friendly_name":"   ","translations":{"en":"{{code}}"}}""", "friendly_name", "missing")]
    [InlineData("""{"friendly_name":"123456789012345678901234567890123","translations":{"en":"{{code}}"}}""", "friendly_name", "not_text")]
    [InlineData("""{"friendly_name":"x","channels":["email"],"translations":{"en":"{{code}}"}}""", "channels", "not_a_choice")]
    [InlineData("""{"friendly_name":"x","channels":[],"translations":{"en":"{{code}}"}}""", "channels", "missing")]
    [InlineData("""{"friendly_name":"x"}""", "translations", "missing")]
    [InlineData("""{"friendly_name":"x","translations":{"en":null}}""", "translations.en", "not_text")]
    [InlineData("""{"friendly_name":"x","translations":{"en":"a\n{{code}}"}}""", "translations.en", "not_text")]
    [InlineData("""{"friendly_name":"x","translations":{"en":"{{code}}","de":"{{code}}"}}""", "default_locale", "missing")]
    [InlineData("""{"friendly_name":"x","default_locale":"fr","translations":{"en":"{{code}}"}}""", "default_locale", "no_default_text")]
    [InlineData("""{"friendly_name":"x","translations":{"tlh":"{{code}}"},"default_locale":"tlh"}""", "translations.tlh", "not_a_locale")]
    [InlineData("""{"friendly_name":"x","translations":{"en":"no code"}}""", "translations.en", "code_not_once")]
    [InlineData("""{"friendly_name":"x","translations":{"en":"{{code}} {{code}}"}}""", "translations.en", "code_not_once")]
    [InlineData("""{"friendly_name":"x","translations":{"en":"{{code}} {{ }}"}}""", "translations.en", "bad_placeholder")]
    public async Task A_template_that_cannot_be_is_refused_by_name(string body, string parameter, string reason) =>
        (await PostAsync(body)).AssertInvalid(parameter, reason);

    [Fact]
    public async Task Two_texts_for_one_language_are_refused() =>
        (await PostAsync("""{"friendly_name":"x","default_locale":"en","translations":{"en":"{{code}}","EN":"{{code}}"}}""")).AssertError(409, 60225, "translation_exists");

    [Fact]
    public async Task A_template_is_not_deleted_while_a_service_has_it_for_its_own()
    {
        var sid = await server.Api.NewTemplateAsync();
        var service = await server.NewServiceAsync(("DefaultTemplateSid", sid));

        var refused = (await server.Api.DeleteAsync(Path(sid))).AssertError(409, 20409, "template_in_use");
        Assert.Equal([service.Split('/')[^1]], Texts(refused.At("details.used_by")));

        (await server.Api.PostAsync(service, ("DefaultTemplateSid", ""))).AssertStatus(200);
        (await server.Api.DeleteAsync(Path(sid))).AssertStatus(204);
        (await server.Api.DeleteAsync(Path(sid))).AssertError(404, 60228, "template_not_found");
        (await server.Api.GetAsync(Path(sid))).AssertError(404, 60228, "template_not_found");
    }

    [Fact]
    public async Task A_template_that_becomes_a_services_own_at_that_moment_is_kept_or_was_gone_before()
    {
        var service = await server.NewServiceAsync();
        for (var round = 0; round < 90; round++)
        {
            var sid = await server.Api.NewTemplateAsync();

            var deleting = server.Api.DeleteAsync(Path(sid));
            for (var calls = 0; calls < round % 15; calls++)
            {
                // Each round a little later: the moment lies between the look for services and the deletion.
                await server.Api.GetAsync(service);
            }

            var given = await server.Api.PostAsync(service, ("DefaultTemplateSid", sid));
            var deleted = await deleting;

            Assert.Equal((given.Status == 200, given.Status == 404), (deleted.Status == 409, deleted.Status == 204));
            Assert.Equal(deleted.Status == 409 ? 200 : 404, (await server.Api.GetAsync(Path(sid))).Status);
            (await server.Api.PostAsync(service, ("DefaultTemplateSid", ""))).AssertStatus(200);
        }
    }

    [Fact]
    public async Task Another_accounts_template_is_as_good_as_none()
    {
        var sid = await server.Api.NewTemplateAsync();
        var other = await server.NewAccountAsync();

        (await other.GetAsync(Path(sid))).AssertError(404, 60228, "template_not_found");
        (await other.DeleteAsync(Path(sid))).AssertError(404, 60228, "template_not_found");
        (await other.PutTextAsync(sid, "en", "mine {{code}}")).AssertError(404, 60228, "template_not_found");
        (await other.ApproveAsync(sid, "en")).AssertError(404, 60228, "template_not_found");
        (await other.DeleteAsync($"{Path(sid)}/translations/en")).AssertError(404, 60228, "template_not_found");
        Assert.Empty((await other.GetAsync("/admin/v1/templates")).At("templates").EnumerateArray());
        Assert.Contains(sid, (await server.Api.GetAsync("/admin/v1/templates")).Body, StringComparison.Ordinal);
    }

    Task<Answer> PostAsync(string body) => server.Api.PostJsonAsync("/admin/v1/templates", body);

    static string Path(string sid) => $"/admin/v1/templates/{sid}";

    static IEnumerable<string?> Texts(JsonElement list) => list.EnumerateArray().Select(item => item.GetString());

    static IEnumerable<string?> Statuses(Answer answer) =>
        answer.At("translations.en.versions").EnumerateArray().Select(version => version.GetProperty("status").GetString());
}
