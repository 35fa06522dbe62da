using Countersign.Core.Channels;
using Countersign.Core.Messages;

namespace Countersign.Core.Tests.Messages;

public sealed class MessageTemplateTests
{
    [Theory]
    [InlineData("en", "en")]
    [InlineData("EN", "en")]
    [InlineData("sw", "sw")]
    [InlineData("es_mx", "es-MX")]
    [InlineData("zh-TW", "zh-TW")]
    public void A_locale_of_two_letters_or_two_and_two_is_taken_and_spelled_canonically(string locale, string canonical)
    {
        var template = Requests.Template(locale, (locale, "{{code}}"));

        Assert.Equal(canonical, Assert.Single(template.Translations).Locale);
        Assert.Equal(canonical, template.Default.Locale);
    }

    [Theory]
    [InlineData("")]
    [InlineData("e")]
    [InlineData("fil")]
    [InlineData("zh-Hant")]
    [InlineData("en-1B")]
    [InlineData("en.GB")]
    public void Any_other_locale_is_refused(string locale) =>
        Assert.Equal(new MessageTemplateResult.Invalid(locale, TemplateProblem.BadLocale), Create(locale, (locale, "{{code}}")));

    [Theory]
    [InlineData("{{code}} {{")]
    [InlineData("{{code}} {{}}")]
    [InlineData("{{code}} {{ }}")]
    [InlineData("{{code}} {{first name}}")]
    [InlineData("{{code}} {{naïve}}")]
    [InlineData("{{{{code}}}}")]
    public void A_broken_placeholder_is_refused(string text) =>
        Assert.Equal(new MessageTemplateResult.Invalid("en", TemplateProblem.BadPlaceholder), Create("en", ("en", text)));

    [Theory]
    [InlineData("Hello {{friendly_name}}")]
    [InlineData("{{code}} I repeat {{ code }}")]
    [InlineData("")]
    public void A_text_must_have_the_code_exactly_once(string text) =>
        Assert.Equal(new MessageTemplateResult.Invalid("en", TemplateProblem.CodeNotOnce), Create("en", ("en", text)));

    [Fact]
    public void Two_texts_for_one_locale_are_refused() =>
        Assert.Equal(
            new MessageTemplateResult.Invalid("EN", TemplateProblem.LocaleRepeated),
            Create("en", ("en", "{{code}}"), ("EN", "{{code}}!")));

    [Fact]
    public void The_default_locale_must_have_a_text() =>
        Assert.Equal(new MessageTemplateResult.Invalid("fr", TemplateProblem.NoDefaultText), Create("fr", ("en", "{{code}}")));

    [Theory]
    [InlineData("es-MX", "es-MX")]
    [InlineData("es-mx", "es-MX")]
    [InlineData("es-AR", "es")]
    [InlineData("es", "es")]
    [InlineData("pt-BR", "fr")]
    public void A_translation_is_found_by_tag_then_by_language_then_the_default(string wanted, string found)
    {
        var template = Requests.Template("fr", ("es", "{{code}}"), ("es-MX", "{{code}}"), ("fr", "{{code}}"));

        Assert.Equal(found, template.For(wanted).Locale);
    }

    [Fact]
    public void A_language_does_not_fall_back_to_a_region_of_it() =>
        Assert.Equal("fr", Requests.Template("fr", ("pt-BR", "{{code}}"), ("fr", "{{code}}")).For("pt").Locale);

    [Fact]
    public void It_knows_its_channels_and_keeps_its_texts()
    {
        var template = Requests.Template("Hi, {{ code }} is it");

        Assert.Equal([Channel.Sms], template.Channels);
        Assert.Equal("Hi, {{ code }} is it", template.Default.Text);
    }

    [Fact]
    public void Missing_variables_are_named_once_each_in_order()
    {
        var text = Requests.Template("{{user}}, {{friendly_name}} says {{code}} on {{day}}, {{user}}, at {{place}}").Default;

        Assert.Equal(["user", "day", "place"], text.MissingFrom(null, confirmsPayment: false));
        Assert.Equal(["day"], text.MissingFrom(new Dictionary<string, string> { ["user"] = "Ann", ["place"] = "", ["more"] = "x" }, false));
    }

    [Fact]
    public void Amount_and_payee_come_from_the_payment_if_there_is_one()
    {
        var text = Requests.Template("{{code}} pays {{payee}} {{amount}}").Default;

        Assert.Equal(["payee", "amount"], text.MissingFrom(null, confirmsPayment: false));
        Assert.Empty(text.MissingFrom(null, confirmsPayment: true));
    }

    static MessageTemplateResult Create(string defaultLocale, params (string Locale, string Text)[] texts) =>
        MessageTemplate.Create("Test", texts.Select(t => KeyValuePair.Create(t.Locale, t.Text)), defaultLocale, [Channel.Sms]);
}
