using System.Text;
using Countersign.Core.Codes;
using Countersign.Core.Messages;

namespace Countersign.Core.Tests.Messages;

public sealed class VoiceScriptsTests
{
    const string Twilio21 = "ca zh zh-CN zh-HK da nl en en-GB fi fr de it ja ko nb pl pt pt-BR ru es sv";

    public static TheoryData<string> Everywhere => [.. Twilio21.Split(' ')];

    [Fact]
    public void There_are_the_21_tags_of_Twilio() =>
        Assert.Equal(Twilio21.Split(' ').Order(StringComparer.Ordinal), VoiceScripts.Locales.Order(StringComparer.Ordinal));

    [Theory]
    [MemberData(nameof(Everywhere))]
    public void A_call_says_who_calls_before_anything_else_and_has_words_for_every_step(string locale)
    {
        var script = Script(locale);

        Assert.Contains("Acme", script.Greeting, StringComparison.Ordinal);
        string[] words = [script.Greeting, script.Announce, script.Again, script.PressKey, script.NoKey, script.Goodbye];
        Assert.All(words, word =>
        {
            Assert.Equal(word.Trim(), word);
            Assert.True(word.IsNormalized(NormalizationForm.FormC));
            Assert.DoesNotContain("{{", word, StringComparison.Ordinal);
            Assert.True(char.IsPunctuation(word[^1]), word);
        });
        Assert.Equal(words.Length, words.Distinct(StringComparer.Ordinal).Count());
        Assert.EndsWith(script.Goodbye, script.NoKey, StringComparison.OrdinalIgnoreCase);
    }

    [Theory]
    [MemberData(nameof(Everywhere))]
    public void A_speech_engine_is_given_the_language_with_a_region(string locale)
    {
        var speech = Script(locale).Locale;

        Assert.Matches("^[a-z]{2}-[A-Z]{2}$", speech);
        Assert.StartsWith(locale, speech, StringComparison.Ordinal);
    }

    [Fact]
    public void The_code_is_read_a_character_at_a_time_and_letters_are_capital()
    {
        Assert.True(VoiceScripts.TryFor("en", "Acme", new OneTimeCode("40a7Z0"), out var script));

        Assert.Equal(["4", "0", "A", "7", "Z", "0"], script.Digits);
        Assert.Equal(3, script.Repeats);
    }

    [Theory]
    [InlineData("en", "en-US")]
    [InlineData("EN_gb", "en-GB")]
    [InlineData("en-AU", "en-US")]
    [InlineData("es-MX", "es-ES")]
    [InlineData("pt", "pt-PT")]
    [InlineData("pt-br", "pt-BR")]
    [InlineData("no", "nb-NO")]
    [InlineData("nn-NO", "nb-NO")]
    [InlineData("zh", "zh-CN")]
    [InlineData("zh-SG", "zh-CN")]
    [InlineData("zh-TW", "zh-CN")]
    [InlineData("zh-Hant", "zh-CN")]
    [InlineData("zh-MO", "zh-HK")]
    [InlineData("zh-Hant-HK", "zh-HK")]
    public void A_language_that_was_asked_for_is_found_by_its_tag_then_by_what_is_spoken(string asked, string speech)
    {
        Assert.True(VoiceScripts.Supports(asked));
        Assert.Equal(speech, Script(asked).Locale);
    }

    [Theory]
    [InlineData("ar")]
    [InlineData("tr")]
    [InlineData("hi")]
    [InlineData("sw")]
    [InlineData("en--GB")]
    [InlineData("")]
    public void A_language_without_a_voice_is_reported_and_not_replaced(string asked)
    {
        Assert.False(VoiceScripts.Supports(asked));
        Assert.False(VoiceScripts.TryFor(asked, "Acme", new OneTimeCode("482915"), out _));
    }

    [Theory]
    [InlineData("+447700900123", "en-GB")]
    [InlineData("+14155550100", "en-US")]
    [InlineData("+33639980000", "fr-FR")]
    [InlineData("+5511912345678", "pt-PT")]
    [InlineData("+8613000000000", "zh-CN")]
    [InlineData("+27821234567", "en-US")]
    [InlineData("+380501234567", "en-US")]
    [InlineData("+971501234567", "en-US")]
    public void A_country_whose_language_has_no_voice_hears_English(string to, string speech) =>
        Assert.Equal(speech, VoiceScripts.ForNumber(to, "Acme", new OneTimeCode("482915")).Locale);

    [Fact]
    public void A_script_prints_as_its_language_only() => Assert.Equal("sv-SE", Script("sv").ToString());

    [Fact]
    public void A_name_that_looks_like_a_placeholder_is_said_as_it_is()
    {
        Assert.True(VoiceScripts.TryFor("en", "{{friendly_name}} & <Sons>", new OneTimeCode("482915"), out var script));

        Assert.Equal("Hello. This is {{friendly_name}} & <Sons> calling with your verification code.", script.Greeting);
    }

    static VoiceScript Script(string locale)
    {
        Assert.True(VoiceScripts.TryFor(locale, "Acme", new OneTimeCode("482915"), out var script));
        return script;
    }
}
