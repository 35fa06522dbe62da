namespace Countersign.Server.Tests.Running;

/// <summary>Templates and pools of senders made by the admin API, for tests that need one.</summary>
static class Templates
{
    /// <summary>A template with one English text that can be sent; its SID.</summary>
    public static Task<string> NewTemplateAsync(this ApiClient api, string text = "Your {{friendly_name}} code is {{code}}", string name = "Test", string channels = "\"sms\"") =>
        api.NewTemplateAsync(name, channels, ("en", text));

    /// <summary>A template with texts that can be sent, the first in the default language; its SID.</summary>
    public static async Task<string> NewTemplateAsync(this ApiClient api, string name, string channels, params (string Locale, string Text)[] texts)
    {
        var translations = string.Join(',', texts.Select(text => $"\"{text.Locale}\":\"{text.Text}\""));
        var made = await api.PostJsonAsync(
            "/admin/v1/templates", $$$"""{"friendly_name":"{{{name}}}","channels":[{{{channels}}}],"default_locale":"{{{texts[0].Locale}}}","translations":{ {{{translations}}} } }""");
        var sid = made.AssertStatus(201).Text("sid")!;
        foreach (var (locale, _) in texts)
        {
            (await api.ApproveAsync(sid, locale)).AssertStatus(200);
        }

        return sid;
    }

    public static Task<Answer> ApproveAsync(this ApiClient api, string template, string locale) =>
        api.SendAsync(HttpMethod.Post, $"/admin/v1/templates/{template}/translations/{locale}/approve");

    public static Task<Answer> PutTextAsync(this ApiClient api, string template, string locale, string text) =>
        api.SendJsonAsync(HttpMethod.Put, $"/admin/v1/templates/{template}/translations/{locale}", $$"""{"text":"{{text}}"}""");

    /// <summary>A pool of senders; its SID.</summary>
    public static async Task<string> NewPoolAsync(this ApiClient api, char mark, string body = "{\"senders\":[\"+14155550100\"]}")
    {
        var sid = "MG" + new string(mark, 32);
        var answer = await api.SendJsonAsync(HttpMethod.Put, $"/admin/v1/messaging-services/{sid}", body);
        Assert.True(answer.Status is 200 or 201, answer.Body);
        return sid;
    }
}
