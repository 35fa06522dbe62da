using Countersign.Server.Tests.Running;

namespace Countersign.Server.Tests.Api;

/// <summary>Verifications that are written in a template.</summary>
public sealed class TemplateUseTests(RunningServer server) : IClassFixture<RunningServer>
{
    [Fact]
    public async Task A_start_with_a_template_sends_its_text_with_the_callers_values()
    {
        var sid = await server.Api.NewTemplateAsync("{{user}}, {{code}} is for {{friendly_name}} at {{place}}.");
        var number = server.NewNumber();

        (await server.Api.StartAsync(
            number, ("TemplateSid", sid), ("TemplateCustomSubstitutions", """{"user":"Ann","place":"till 4","more":1}"""), ("CustomFriendlyName", "Acme"))).AssertStatus(201);

        Assert.Equal($"Ann, {await server.CodeAsync(number)} is for Acme at till 4.", await TextAsync(number));
    }

    [Fact]
    public async Task The_text_that_was_approved_last_is_sent_whatever_was_drafted_since()
    {
        var sid = await server.Api.NewTemplateAsync("one {{code}}");
        var number = server.NewNumber();
        await server.Api.PutTextAsync(sid, "en", "two {{code}}");

        (await server.Api.StartAsync(number, ("TemplateSid", sid))).AssertStatus(201);
        Assert.StartsWith("one ", await TextAsync(number), StringComparison.Ordinal);
        (await server.Api.ApproveAsync(sid, "en")).AssertStatus(200);
        (await server.Api.StartAsync(number, ("TemplateSid", sid))).AssertStatus(201);

        Assert.StartsWith("two ", await TextAsync(number, 2), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(null, "english ")]
    [InlineData("es-MX", "mexicano ")]
    [InlineData("es_mx", "mexicano ")]
    [InlineData("sw-KE", "kiswahili ")]
    [InlineData("fr", "english ")]
    [InlineData("xx-YY", "english ")]
    public async Task The_language_is_one_of_the_templates_own_else_its_default(string? locale, string start)
    {
        var sid = await server.Api.NewTemplateAsync("languages", "\"sms\"", ("en", "english {{code}}"), ("es-MX", "mexicano {{code}}"), ("sw", "kiswahili {{code}}"));
        var number = server.NewNumber();

        (await server.Api.StartAsync(number, [("TemplateSid", sid), .. locale is null ? [] : new[] { ("Locale", locale) }])).AssertStatus(201);

        Assert.StartsWith(start, await TextAsync(number), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_locale_that_is_none_is_refused_with_a_template_too()
    {
        var sid = await server.Api.NewTemplateAsync();

        (await server.Api.StartAsync(server.NewNumber(), ("TemplateSid", sid), ("Locale", "english!"))).AssertError(404, 20404, "unsupported_locale");
    }

    [Fact]
    public async Task Gaps_are_named_before_anything_is_sent_in_the_language_that_would_be()
    {
        var sid = await server.Api.NewTemplateAsync("gaps", "\"sms\"", ("en", "{{code}} {{user}} {{place}}"), ("fr", "{{code}} {{lieu}}"));

        var english = (await server.Api.StartAsync(server.NewNumber(), ("TemplateSid", sid), ("TemplateCustomSubstitutions", """{"user":"Ann"}""")))
            .AssertError(400, 60224, "missing_substitutions");
        var french = (await server.Api.StartAsync(server.NewNumber(), ("TemplateSid", sid), ("Locale", "fr"))).AssertError(400, 60224, "missing_substitutions");

        Assert.Equal("""["place"]""", english.At("details.missing").GetRawText());
        Assert.Equal(("""["lieu"]""", "fr"), (french.At("details.missing").GetRawText(), french.Text("details.locale")));
    }

    [Fact]
    public async Task A_template_that_is_no_ones_anothers_or_a_draft_is_refused()
    {
        var others = await (await server.NewAccountAsync()).NewTemplateAsync();
        var draft = (await server.Api.PostJsonAsync("/admin/v1/templates", """{"friendly_name":"x","translations":{"en":"{{code}}"}}""")).Text("sid")!;

        (await server.Api.StartAsync(server.NewNumber(), ("TemplateSid", others))).AssertError(404, 60228, "template_not_found");
        (await server.Api.StartAsync(server.NewNumber(), ("TemplateSid", draft))).AssertError(400, 60201, "template_not_approved");
    }

    [Fact]
    public async Task A_channel_that_the_template_was_not_written_for_is_refused()
    {
        var texts = await server.Api.NewTemplateAsync();
        var calls = await server.Api.NewTemplateAsync(channels: "\"voice\"");

        (await StartAsync("call", texts)).AssertError(400, 60227, "channel_not_in_template");
        (await StartAsync("whatsapp", texts)).AssertError(400, 60227, "channel_not_in_template");
        (await StartAsync("sms", calls)).AssertError(400, 60227, "channel_not_in_template");
        (await StartAsync("call", calls)).AssertStatus(201);

        Task<Answer> StartAsync(string channel, string sid) => server.Api.PostAsync(
            RunningServer.ServicePath + "/Verifications", ("To", server.NewNumber()), ("Channel", channel), ("TemplateSid", sid));
    }

    [Fact]
    public async Task A_call_in_a_language_of_the_template_that_cannot_be_spoken_is_refused()
    {
        var sid = await server.Api.NewTemplateAsync("spoken", "\"voice\"", ("en", "{{code}}"), ("sw", "{{code}}"));

        (await server.Api.PostAsync(RunningServer.ServicePath + "/Verifications", ("To", server.NewNumber()), ("Channel", "call"), ("TemplateSid", sid), ("Locale", "sw")))
            .AssertError(400, 60331, "locale_without_voice");
    }

    [Fact]
    public async Task A_services_own_template_is_sent_and_has_to_be_there_approved_and_for_texts()
    {
        var sid = await server.Api.NewTemplateAsync("own {{code}}");
        var path = await server.NewServiceAsync(("DefaultTemplateSid", sid));
        var number = server.NewNumber();
        (await server.Api.PostAsync(path + "/Verifications", ("To", number), ("Channel", "sms"))).AssertStatus(201);

        Assert.StartsWith("own ", await TextAsync(number), StringComparison.Ordinal);
        var others = await (await server.NewAccountAsync()).NewTemplateAsync();
        (await server.Api.PostAsync(path, ("DefaultTemplateSid", others))).AssertError(404, 60228, "template_not_found");
        (await server.Api.PostAsync("/v2/Services", ("FriendlyName", "x"), ("DefaultTemplateSid", others))).AssertError(404, 60228, "template_not_found");
        (await server.Api.PostAsync(path, ("DefaultTemplateSid", await server.Api.NewTemplateAsync(channels: "\"voice\"")))).AssertError(400, 60227, "channel_not_in_template");
        Assert.Equal(sid, (await server.Api.GetAsync(path)).Text("default_template_sid"));
    }

    [Fact]
    public async Task A_payment_is_named_by_the_template_or_the_template_is_refused()
    {
        var path = await server.NewServiceAsync(("Psd2Enabled", "true"));
        var number = server.NewNumber();
        var payment = await server.Api.NewTemplateAsync("{{code}} pays {{amount}} to {{payee}}");
        var plain = await server.Api.NewTemplateAsync();

        (await server.Api.PostAsync(path + "/Verifications", ("To", number), ("Channel", "sms"), ("Amount", "EUR 12"), ("Payee", "Corner Shop"), ("TemplateSid", payment))).AssertStatus(201);
        Assert.EndsWith(" pays EUR 12 to Corner Shop", await TextAsync(number), StringComparison.Ordinal);
        (await server.Api.PostAsync(path + "/Verifications", ("To", number), ("Channel", "sms"), ("Amount", "EUR 12"), ("Payee", "Corner Shop"), ("TemplateSid", plain)))
            .AssertInvalid("TemplateSid", "payment_not_named");
    }

    [Fact]
    public async Task A_message_of_ones_own_that_reads_as_an_approved_text_counts_as_that_template()
    {
        await server.Api.NewTemplateAsync("own words", "\"sms\"", ("en", "Ahoy {{user}}, {{friendly_name}} says {{code}}!"), ("de", "Ahoi {{user}}, {{friendly_name}} sagt {{code}}!"));
        var number = server.NewNumber();

        (await server.Api.StartAsync(number, ("CustomMessage", "Ahoi Ann, Acme sagt {{code}}!"), ("CustomFriendlyName", "Acme"))).AssertStatus(201);

        Assert.Equal($"Ahoi Ann, Acme sagt {await server.CodeAsync(number)}!", await TextAsync(number));
        (await server.Api.StartAsync(number, ("CustomMessage", "Ahoi Ann, Other sagt {{code}}!"), ("CustomFriendlyName", "Acme"))).AssertError(400, 60409, "custom_message_not_approved");
    }

    [Fact]
    public async Task A_template_and_a_message_exclude_each_other()
    {
        var sid = await server.Api.NewTemplateAsync();

        (await server.Api.StartAsync(server.NewNumber(), ("TemplateSid", sid), ("CustomMessage", "x"))).AssertInvalid("CustomMessage", "template_and_message");
    }

    [Fact]
    public async Task A_template_that_is_deleted_gives_way_to_the_standard_words_at_the_next_send()
    {
        var sid = await server.Api.NewTemplateAsync("gone {{code}}");
        var path = await server.NewServiceAsync(("DefaultTemplateSid", sid));
        var number = server.NewNumber();
        (await server.Api.PostAsync(path + "/Verifications", ("To", number), ("Channel", "sms"))).AssertStatus(201);
        Assert.StartsWith("gone ", await TextAsync(number), StringComparison.Ordinal);

        (await server.Api.PostAsync(path, ("DefaultTemplateSid", ""))).AssertStatus(200);
        (await server.Api.DeleteAsync($"/admin/v1/templates/{sid}")).AssertStatus(204);
        (await server.Api.PostAsync(path + "/Verifications", ("To", number), ("Channel", "sms"))).AssertStatus(201);

        Assert.StartsWith("Your Test verification code is", await TextAsync(number, 2), StringComparison.Ordinal);
    }

    async Task<string> TextAsync(string number, int messages = 1) => (await server.MessagesAsync(number, messages))[0].Body;
}
