using System.Text;
using Countersign.Core.Messages;

namespace Countersign.Core.Tests.Messages;

public sealed class StandardWordsTests
{
    const string LongName = "Northwind Savings Bank-EU_2026";
    const string Host = "login.example.com";
    const string Hash = "FA+9qCX9VSu";

    public static TheoryData<string> Everywhere => [.. Locales.Tags];

    [Fact]
    public void Every_language_that_can_be_asked_for_has_its_own_words_and_no_other_does() =>
        Assert.Equal(Locales.Tags.Order(StringComparer.Ordinal), StandardWords.Tags.Order(StringComparer.Ordinal));

    [Theory]
    [MemberData(nameof(Everywhere))]
    public void The_default_says_who_asks_once_and_the_code_once(string locale)
    {
        var words = StandardWords.For(locale);

        Assert.Equal(locale, words.Locale);
        Assert.Equal((1, 1), (words.Default.FriendlyNameCount, words.Default.CodeCount));
        Assert.Empty(words.Default.Names);
    }

    [Theory]
    [MemberData(nameof(Everywhere))]
    public void The_brandless_text_says_the_code_once_and_never_who_asks(string locale)
    {
        var words = StandardWords.For(locale);

        Assert.Equal((0, 1), (words.Brandless.FriendlyNameCount, words.Brandless.CodeCount));
        Assert.Empty(words.Brandless.Names);
    }

    [Theory]
    [MemberData(nameof(Everywhere))]
    public void A_payment_says_amount_payee_and_code_once_and_who_asks_unless_brandless(string locale)
    {
        var words = StandardWords.For(locale);

        Assert.Equal((1, 1), (words.Psd2.FriendlyNameCount, words.Psd2.CodeCount));
        Assert.Equal((0, 1), (words.Psd2Brandless.FriendlyNameCount, words.Psd2Brandless.CodeCount));
        Assert.Equal(["amount", "payee"], words.Psd2.Names.Order(StringComparer.Ordinal));
        Assert.Equal(["amount", "payee"], words.Psd2Brandless.Names.Order(StringComparer.Ordinal));
    }

    [Theory]
    [MemberData(nameof(Everywhere))]
    public void A_payment_text_holds_the_values_as_they_were_given(string locale)
    {
        var text = Write(Requests.New(locale: locale, amount: "€39.99", payee: "Shop")).Text;

        Assert.All(["Acme", "€39.99", "Shop", "482915"], part => Assert.Single(Occurrences(text, part)));
    }

    [Theory]
    [MemberData(nameof(Everywhere))]
    public void A_usual_name_and_code_fit_one_segment(string locale) =>
        Assert.Equal(1, Write(Requests.New(friendlyName: "Acme Grocery", locale: locale)).Segments.Segments);

    // The facts except pt, pt-BR, cs and el. Ours are short enough to need no exception.
    [Theory]
    [MemberData(nameof(Everywhere))]
    public void The_longest_name_and_code_fit_one_segment(string locale)
    {
        var message = Write(Requests.New(friendlyName: LongName, code: "4829150637", locale: locale));

        Assert.Equal((locale, 1), (message.Locale, message.Segments.Segments));
    }

    [Theory]
    [MemberData(nameof(Everywhere))]
    public void A_long_name_in_another_script_fits_one_segment_too(string locale)
    {
        var message = Write(Requests.New(friendlyName: "Северный Сберегательный Банк 1", code: "4829150637", locale: locale));

        Assert.Equal((SmsEncoding.Ucs2, 1), (message.Segments.Encoding, message.Segments.Segments));
    }

    [Theory]
    [MemberData(nameof(Everywhere))]
    public void A_usual_name_and_code_leave_room_for_the_warning(string locale)
    {
        var message = Write(Requests.New(friendlyName: "Acme Grocery", locale: locale, doNotShare: true));

        Assert.EndsWith(StandardWords.For(locale).DoNotShare, message.Text, StringComparison.Ordinal);
        Assert.Equal(1, message.Segments.Segments);
    }

    [Theory]
    [MemberData(nameof(Everywhere))]
    public void The_warning_never_costs_a_segment_or_the_narrow_alphabet(string locale) => Assert.All(
        [("Acme", "482915", "Shop"), (LongName, "4829150637", "Shop"), (LongName, "4829150637", new string('P', 60))],
        sample =>
        {
            var (name, code, payee) = sample;

            Assert.All([null, "€39.99"], amount =>
            {
                var without = Write(Requests.New(name, code, locale: locale, amount: amount, payee: payee));
                var with = Write(Requests.New(name, code, locale: locale, amount: amount, payee: payee, doNotShare: true));
                Assert.Equal(without.Segments.Segments, with.Segments.Segments);
                Assert.Equal(without.Segments.Encoding, with.Segments.Encoding);
                Assert.StartsWith(without.Text, with.Text, StringComparison.Ordinal);
            });
        });

    [Theory]
    [MemberData(nameof(Everywhere))]
    public void The_warning_is_a_sentence_of_its_own(string locale)
    {
        var words = StandardWords.For(locale);

        Assert.Equal(words.DoNotShare.Trim(), words.DoNotShare);
        // Thai writes no full stop: a space parts its sentences.
        Assert.True(locale == "th" ? words.Stop == " " : words.DoNotShare[^1] == words.Stop.Trim()[0]);
        Assert.EndsWith($"482915{words.Stop}{words.DoNotShare}", Write(Requests.New(locale: locale, doNotShare: true)).Text, StringComparison.Ordinal);
    }

    [Theory]
    [MemberData(nameof(Everywhere))]
    public void A_brandless_message_hides_who_asks(string locale)
    {
        var message = Write(Requests.New(locale: locale, brandless: true));
        var payment = Write(Requests.New(locale: locale, brandless: true, amount: "€39.99", payee: "Shop"));

        Assert.DoesNotContain("Acme", message.Text + payment.Text, StringComparison.Ordinal);
        Assert.EndsWith("482915", message.Text, StringComparison.Ordinal);
        Assert.All(["€39.99", "Shop", "482915"], part => Assert.Contains(part, payment.Text, StringComparison.Ordinal));
    }

    [Theory]
    [MemberData(nameof(Everywhere))]
    public void An_Android_app_finds_its_mark_and_hash_within_140_bytes(string locale)
    {
        var message = Write(Requests.New(friendlyName: "Acme", locale: locale, appHash: Hash, doNotShare: true));

        Assert.StartsWith("<#> ", message.Text, StringComparison.Ordinal);
        Assert.EndsWith(' ' + Hash, message.Text, StringComparison.Ordinal);
        Assert.Equal(1, message.Segments.Segments);
    }

    [Theory]
    [MemberData(nameof(Everywhere))]
    public void A_browser_finds_host_and_code_in_the_last_line(string locale)
    {
        var lines = Write(Requests.New(locale: locale, webOtpHost: Host, doNotShare: true)).Text.Split('\n');

        Assert.Equal(2, lines.Length);
        Assert.Contains("482915", lines[0], StringComparison.Ordinal);
        Assert.Equal($"@{Host} #482915", lines[1]);
    }

    [Theory]
    [MemberData(nameof(Everywhere))]
    public void Words_are_composed_text_without_control_characters(string locale)
    {
        var text = Write(Requests.New(locale: locale, doNotShare: true, amount: "5 EUR", payee: "Shop")).Text
            + Write(Requests.New(locale: locale, doNotShare: true)).Text
            + Write(Requests.New(locale: locale, brandless: true)).Text;

        Assert.True(text.IsNormalized(NormalizationForm.FormC));
        Assert.DoesNotContain(text, c => char.IsControl(c) || char.GetUnicodeCategory(c) == System.Globalization.UnicodeCategory.Format);
    }

    [Theory]
    [InlineData("ar")]
    [InlineData("he")]
    public void Right_to_left_text_starts_so_and_keeps_its_own_words_between_foreign_ones(string locale) => Assert.All(
        [
            Write(Requests.New(locale: locale, appHash: Hash)).Text,
            Write(Requests.New(locale: locale, amount: "39.99 EUR", payee: "Shop")).Text,
            Write(Requests.New(locale: locale, amount: "39.99 EUR", payee: "Shop", brandless: true)).Text,
        ],
        text =>
        {
            // The first letter gives a paragraph its direction; two foreign runs side by side would be read in the wrong order.
            Assert.True(IsRightToLeft(text.First(char.IsLetter)));
            string[] foreign = ["Acme", "39.99 EUR", "Shop", "482915"];
            var runs = foreign.Where(run => text.Contains(run, StringComparison.Ordinal)).OrderBy(run => text.IndexOf(run, StringComparison.Ordinal)).ToArray();
            Assert.All(runs.Zip(runs.Skip(1)), pair =>
            {
                var from = text.IndexOf(pair.First, StringComparison.Ordinal) + pair.First.Length;
                Assert.Contains(text[from..text.IndexOf(pair.Second, StringComparison.Ordinal)], IsRightToLeft);
            });
        });

    [Theory]
    [InlineData("es-MX", "es")]
    [InlineData("PT-br", "pt-BR")]
    [InlineData("pt-AO", "pt")]
    [InlineData("en-GB", "en")]
    [InlineData("zh-XX", "zh")]
    [InlineData("sw", "en")]
    public void What_has_no_text_falls_back_to_its_language_then_to_English(string tag, string found) =>
        Assert.Equal(found, StandardWords.For(tag).Locale);

    [Fact]
    public void Hong_Kong_reads_traditional_characters_and_China_simplified_ones()
    {
        Assert.Contains("驗證碼", Write(Requests.New(locale: "zh-HK")).Text, StringComparison.Ordinal);
        Assert.All(["zh", "zh-CN"], locale => Assert.Contains("验证码", Write(Requests.New(locale: locale)).Text, StringComparison.Ordinal));
    }

    static RenderedMessage Write(MessageRequest request) => MessageWriter.Write(request);

    static bool IsRightToLeft(char c) => c is >= '\u0590' and <= '\u07ff';

    static IEnumerable<int> Occurrences(string text, string part)
    {
        for (var at = text.IndexOf(part, StringComparison.Ordinal); at >= 0; at = text.IndexOf(part, at + 1, StringComparison.Ordinal))
            yield return at;
    }
}
