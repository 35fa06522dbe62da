using Countersign.Server.Tests.Running;

namespace Countersign.Server.Tests.Api;

public sealed class WebhookEndpointsTests(RunningServer server) : IClassFixture<RunningServer>
{
    const string Nobody = "YW00000000000000000000000000000000", Url = "https://owlbank.example/hooks?a=b";

    static readonly string[] Members =
        ["url", "sid", "account_sid", "service_sid", "friendly_name", "event_types", "webhook_method", "webhook_url", "status", "version", "date_created", "date_updated"];

    [Fact]
    public async Task A_webhook_is_made_read_changed_and_removed()
    {
        var path = await PathAsync();

        var made = (await server.Api.PostAsync(path, ("FriendlyName", "name"), ("EventTypes", "factor.deleted"), ("EventTypes", "factor.verified"), ("EventTypes", "factor.deleted"), ("WebhookUrl", Url))).AssertStatus(201);
        var own = $"{path}/{made.Text("sid")}";

        Assert.Equal(Members, made.NamesAt(""));
        Assert.Equal(("name", "POST", Url, "enabled", "v2"), (made.Text("friendly_name"), made.Text("webhook_method"), made.Text("webhook_url"), made.Text("status"), made.Text("version")));
        Assert.Equal(["factor.deleted", "factor.verified"], made.At("event_types").EnumerateArray().Select(name => name.GetString()));
        Assert.EndsWith(own, made.Text("url"), StringComparison.Ordinal);
        Assert.Equal(made.Body, (await server.Api.GetAsync(own)).AssertStatus(200).Body);
        Assert.Equal("disabled", (await server.Api.PostAsync(own, ("Status", "disabled"))).AssertStatus(200).Text("status"));
        var changed = (await server.Api.PostAsync(own, ("EventTypes", "*"), ("Version", "v1"), ("FriendlyName", "other"))).AssertStatus(200);
        Assert.Equal(("other", "v1", "disabled", Url, "*"), (changed.Text("friendly_name"), changed.Text("version"), changed.Text("status"), changed.Text("webhook_url"), changed.At("event_types")[0].GetString()));
        (await server.Api.DeleteAsync(own)).AssertStatus(204);
        (await server.Api.DeleteAsync(own)).AssertError(404, 20404, "not_found");
        (await server.Api.GetAsync(own)).AssertError(404, 20404, "not_found");
        (await server.Api.PostAsync(own, ("Status", "enabled"))).AssertError(404, 20404, "not_found");
    }

    [Fact]
    public async Task What_is_required_is_required_and_what_is_wrong_is_named()
    {
        var path = await PathAsync();
        (string, string)[] right = [("FriendlyName", "name"), ("EventTypes", "*"), ("WebhookUrl", Url)];

        foreach (var (missing, _) in right)
            (await server.Api.PostAsync(path, [.. right.Where(field => field.Item1 != missing)])).AssertInvalid(missing, "missing");
        var unknown = (await server.Api.PostAsync(path, [.. right, ("EventTypes", "factor.lost")])).AssertError(400, 60306, "unknown_event_type");
        Assert.Contains("verification.expired", unknown.At("details.known").EnumerateArray().Select(name => name.GetString()));
        (await server.Api.PostAsync(path, [.. right, ("Status", "off")])).AssertInvalid("Status", "not_a_choice");
        (await server.Api.PostAsync(path, [.. right, ("Version", "v3")])).AssertInvalid("Version", "not_a_choice");
        foreach (var (url, reason) in new[]
        {
            ("owlbank.example", "not_a_url"), ("ftp://owlbank.example/", "not_a_url"), ("http://owlbank.example:0/", "not_a_url"), ("https://owlbank.example/ä", "not_a_url"), ("https://user:pass@owlbank.example/", "url_with_credentials"),
            ("https://owlbank.example/#part", "url_with_fragment"), ("http://10.0.0.1/", "address_not_allowed"),
        })
        {
            var refused = (await server.Api.PostAsync(path, right[0], right[1], ("WebhookUrl", url))).AssertInvalid("WebhookUrl", reason);
            Assert.DoesNotContain("pass", refused.Text("message"), StringComparison.Ordinal);
        }

        Assert.Equal(0, (await server.Api.GetAsync(path)).AssertStatus(200).At("webhooks").GetArrayLength());
    }

    [Fact]
    public async Task Pages_lead_through_all_of_them_newest_first_and_a_service_has_twenty()
    {
        var path = await PathAsync();
        var made = new List<string>();
        for (var i = 0; i < 20; i++)
            made.Insert(0, (await server.Api.PostAsync(path, ("FriendlyName", $"n{i}"), ("EventTypes", "*"), ("WebhookUrl", Url))).AssertStatus(201).Text("sid")!);

        (await server.Api.PostAsync(path, ("FriendlyName", "n"), ("EventTypes", "*"), ("WebhookUrl", Url))).AssertError(429, 20429, "too_many_webhooks");
        var first = (await server.Api.GetAsync(path + "?PageSize=15")).AssertStatus(200);
        var second = (await server.Api.GetAsync(new Uri(first.Text("meta.next_page_url")!).PathAndQuery)).AssertStatus(200);

        Assert.Equal(["webhooks", "meta"], first.NamesAt(""));
        Assert.Equal("webhooks", first.Text("meta.key"));
        Assert.Equal(made, new[] { first, second }.SelectMany(page => page.At("webhooks").EnumerateArray()).Select(webhook => webhook.GetProperty("sid").GetString()));
        Assert.True(second.IsNull("meta.next_page_url"));
    }

    [Fact]
    public async Task One_service_does_not_see_anothers_and_takes_its_own_with_it()
    {
        var (one, other) = (await PathAsync(), await PathAsync());
        var made = (await server.Api.PostAsync(one, ("FriendlyName", "n"), ("EventTypes", "*"), ("WebhookUrl", Url))).AssertStatus(201).Text("sid");

        (await server.Api.GetAsync($"{other}/{made}")).AssertError(404, 20404, "not_found");
        (await server.Api.DeleteAsync($"{other}/{made}")).AssertError(404, 20404, "not_found");
        (await server.Api.GetAsync($"{one}/{Nobody}")).AssertError(404, 20404, "not_found");
        (await server.Api.GetAsync($"/admin/v1/webhooks/{made}")).AssertStatus(200);
        (await server.Api.DeleteAsync(one[..^"/Webhooks".Length])).AssertStatus(204);
        (await server.Api.GetAsync($"/admin/v1/webhooks/{made}")).AssertError(404, 20404, "not_found");
    }

    async Task<string> PathAsync() => await server.NewServiceAsync() + "/Webhooks";
}
