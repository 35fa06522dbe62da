using Countersign.Core.Messages;
using CsCheck;

namespace Countersign.Core.Tests.Messages;

public sealed class LocalesTests
{
    const string Twilio42 =
        "af ar ca zh zh-CN zh-HK hr cs da nl en et fi fr de el he hi hu id it ja kn ko lt ms mr nb pl pt pt-BR ro ru sk es sv tl te th tr uk vi";

    [Fact]
    public void There_are_the_42_tags_of_Twilio() =>
        Assert.Equal(Twilio42.Split(' ').Order(), Locales.Tags.Order());

    [Fact]
    public void A_supported_tag_is_itself_in_any_case_and_with_either_separator() =>
        Assert.All(Twilio42.Split(' '), tag =>
        {
            AssertNormal(tag, tag);
            AssertNormal(tag, tag.ToUpperInvariant());
            AssertNormal(tag, tag.ToLowerInvariant().Replace('-', '_'));
        });

    [Theory]
    [InlineData("es-MX", "es")]
    [InlineData("es_419", "es")]
    [InlineData("en-GB", "en")]
    [InlineData("de-Latn-CH-1996", "de")]
    [InlineData("pt-PT", "pt")]
    [InlineData("pt-BR-abl1943", "pt-BR")]
    [InlineData("zh-TW", "zh-HK")]
    [InlineData("zh-Hant", "zh-HK")]
    [InlineData("zh_hant_tw", "zh-HK")]
    [InlineData("zh-MO", "zh-HK")]
    [InlineData("zh-Hans-HK", "zh-CN")]
    [InlineData("zh-SG", "zh-CN")]
    [InlineData("zh-Hans", "zh-CN")]
    [InlineData("zh-XX", "zh")]
    [InlineData("no", "nb")]
    [InlineData("nn-NO", "nb")]
    [InlineData("iw-IL", "he")]
    [InlineData("in", "id")]
    [InlineData("fil-PH", "tl")]
    public void An_unsupported_tag_of_a_supported_language_falls_back(string tag, string canonical) => AssertNormal(canonical, tag);

    [Theory]
    [InlineData("xx")]
    [InlineData("sw-KE")]
    [InlineData("eng")]
    [InlineData("english")]
    [InlineData("")]
    [InlineData("-")]
    [InlineData("-en")]
    [InlineData("en-")]
    [InlineData("en--GB")]
    [InlineData("en GB")]
    [InlineData(" en")]
    [InlineData("en-toolongapart")]
    [InlineData("en-aaaaaaaa-bbbbbbbb-cccccccc-dddddddd")]
    [InlineData("zh-")]
    [InlineData("ｅｎ")]
    public void An_unknown_language_or_a_malformed_tag_is_refused(string tag) =>
        Assert.False(Locales.TryNormalize(tag, out _));

    [Fact]
    public void What_is_normal_stays_so() => Gen.Char["aehnortzBHKTW-_"].Array[0, 8].Select(chars => new string(chars)).Sample(tag =>
        !Locales.TryNormalize(tag, out var canonical)
        || (Locales.TryNormalize(canonical, out var again) && again == canonical && Locales.Tags.Contains(canonical)));

    [Theory]
    [InlineData("+14155550100", "en")]
    [InlineData("+18095550100", "es")]
    [InlineData("+18295550100", "es")]
    [InlineData("+18085550100", "en")]
    [InlineData("+447700900123", "en-GB")]
    [InlineData("+33639980000", "fr")]
    [InlineData("+37712345678", "fr")]
    [InlineData("+37112345678", "en")]
    [InlineData("+37312345678", "en")]
    [InlineData("+49301234567", "de")]
    [InlineData("+35212345678", "de")]
    [InlineData("+35112345678", "pt")]
    [InlineData("+35012345678", "en")]
    [InlineData("+551123456789", "pt")]
    [InlineData("+40212345678", "ro")]
    [InlineData("+22612345678", "en")]
    [InlineData("+59112345678", "es")]
    [InlineData("+59212345678", "en")]
    [InlineData("+8613000000000", "zh-CN")]
    [InlineData("+852123456789", "en")]
    [InlineData("+919000000000", "en")]
    [InlineData("+1", "en")]
    [InlineData("+34", "es")]
    [InlineData("+", "en")]
    [InlineData("", "en")]
    [InlineData("someone@example.com", "en")]
    [InlineData("34 is no number", "en")]
    public void A_number_gets_the_language_of_its_calling_code(string to, string locale) =>
        Assert.Equal(locale, Locales.DefaultFor(to));

    // Twilio's table row by row, but for Romania, which it gives Burkina Faso's 226.
    [Theory]
    [InlineData("es", "54 591 56 57 506 53 1809 593 503 502 504 52 505 507 595 51 34 598 58")]
    [InlineData("de", "43 49 352 41")]
    [InlineData("fr", "32 33 377")]
    [InlineData("it", "39 378 379")]
    [InlineData("pt", "55 351")]
    [InlineData("ar", "20 965 968 966 971")]
    [InlineData("el", "357")]
    [InlineData("et", "372")]
    [InlineData("lt", "370")]
    [InlineData("pl", "48")]
    [InlineData("ro", "40")]
    [InlineData("sk", "421")]
    [InlineData("af", "27")]
    [InlineData("uk", "380")]
    [InlineData("id", "62")]
    [InlineData("ja", "81")]
    [InlineData("zh-CN", "86")]
    [InlineData("vi", "84")]
    [InlineData("en", "1 91 226 7 45 46 47 60 61 64 65 82 90 234 353 358 420 852 886 972")]
    [InlineData("en-GB", "44")]
    public void A_country_has_the_language_of_Twilios_table(string locale, string callingCodes) => Assert.All(
        callingCodes.Split(' '),
        code => Assert.Equal(locale, Locales.DefaultFor($"+{code}5550100")));

    static void AssertNormal(string expected, string tag)
    {
        Assert.True(Locales.TryNormalize(tag, out var canonical), tag);
        Assert.Equal(expected, canonical);
    }
}
