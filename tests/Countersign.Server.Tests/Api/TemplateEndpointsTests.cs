using Countersign.Server.Tests.Running;

namespace Countersign.Server.Tests.Api;

public sealed class TemplateEndpointsTests(RunningServer server) : IClassFixture<RunningServer>
{
    [Fact]
    public async Task A_template_is_listed_as_Twilio_lists_it_with_the_text_that_is_sent()
    {
        var sid = await server.Api.NewTemplateAsync("shape", "\"sms\",\"voice\"", ("en", "one {{code}}"), ("pt-BR", "um {{code}}"));
        await server.Api.PutTextAsync(sid, "en", "draft {{code}}");
        await server.Api.PutTextAsync(sid, "de", "Entwurf {{code}}");

        var answer = (await server.Api.GetAsync("/v2/Templates?FriendlyName=shape")).AssertStatus(200);

        Assert.Equal(["templates", "meta"], answer.NamesAt(""));
        var template = Assert.Single(answer.At("templates").EnumerateArray());
        Assert.Equal(["sid", "account_sid", "friendly_name", "channels", "translations"], template.EnumerateObject().Select(member => member.Name));
        Assert.Equal(["en", "pt-BR"], template.GetProperty("translations").EnumerateObject().Select(member => member.Name));
        Assert.Equal("""["sms","voice"]""", template.GetProperty("channels").GetRawText());
        Assert.Equal(
            """{"is_default_translation":true,"status":"approved","locale":"en","text":"one {{code}}","date_updated":"2026-03-01T12:00:00.000000000Z","date_created":"2026-03-01T12:00:00.000000000Z"}""",
            template.GetProperty("translations").GetProperty("en").GetRawText());
        Assert.False(template.GetProperty("translations").GetProperty("pt-BR").GetProperty("is_default_translation").GetBoolean());
    }

    [Fact]
    public async Task Pages_are_newest_first_and_keep_the_filter()
    {
        var sids = new List<string>();
        for (var i = 0; i < 3; i++)
        {
            sids.Add(await server.Api.NewTemplateAsync(name: "paged & more"));
        }

        var first = await server.Api.GetAsync("/v2/Templates?PageSize=2&FriendlyName=paged%20%26%20more");
        var second = await server.Api.GetAsync(new Uri(first.Text("meta.next_page_url")!).PathAndQuery);
        var back = await server.Api.GetAsync(new Uri(second.Text("meta.previous_page_url")!).PathAndQuery);

        Assert.Equal([sids[2], sids[1]], Sids(first));
        Assert.Equal([sids[0]], Sids(second));
        Assert.Equal(Sids(first), Sids(back));
        Assert.True(second.IsNull("meta.next_page_url"));
        Assert.Contains("FriendlyName=paged%20%26%20more&PageSize=2", second.Text("meta.url"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_is_not_approved_is_another_accounts_or_has_another_name_is_not_listed()
    {
        await server.Api.PostJsonAsync("/admin/v1/templates", """{"friendly_name":"hidden","translations":{"en":"{{code}}"}}""");
        var other = await server.NewAccountAsync();
        var others = await other.NewTemplateAsync(name: "hidden");

        Assert.Empty(Sids(await server.Api.GetAsync("/v2/Templates?FriendlyName=hidden")));
        Assert.Empty(Sids(await server.Api.GetAsync("/v2/Templates?FriendlyName=Hidde")));
        Assert.Equal([others], Sids(await other.GetAsync("/v2/Templates")));
    }

    static IEnumerable<string?> Sids(Answer answer) => answer.AssertStatus(200).At("templates").EnumerateArray().Select(template => template.GetProperty("sid").GetString());
}
