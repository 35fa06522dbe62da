using System.Net;
using System.Text;
using System.Text.RegularExpressions;
using Countersign.Core.Codes;
using Countersign.Core.Messages;
using CsCheck;

namespace Countersign.Core.Tests.Messages;

public sealed class EmailWriterTests
{
    public static TheoryData<string> Everywhere => [.. Locales.Tags];

    [Fact]
    public void The_English_text_part_says_who_asks_the_code_and_how_long_it_is_good_for()
    {
        var mail = EmailWriter.Write(Request(doNotShare: true));

        Assert.Equal("Your Acme verification code", mail.Subject);
        Assert.Equal(
            """
            Acme

            Your verification code

            Enter this code to continue:

            482915

            The code is good for 10 minutes.
            Do not share this code with anyone.
            If you did not ask for it, ignore this message.

            """,
            mail.Text,
            ignoreLineEndingDifferences: true);
    }

    [Fact]
    public void Every_language_of_the_texts_has_its_own_words() =>
        Assert.Equal(Locales.Tags.Order(StringComparer.Ordinal), EmailWords.Tags.Order(StringComparer.Ordinal));

    [Theory]
    [MemberData(nameof(Everywhere))]
    public void Both_parts_hold_the_code_once_and_the_subject_never(string locale)
    {
        var mail = EmailWriter.Write(Request(locale: locale));

        Assert.Equal(locale, mail.Locale);
        Assert.Contains("Acme", mail.Subject, StringComparison.Ordinal);
        Assert.DoesNotContain("482915", mail.Subject, StringComparison.Ordinal);
        Assert.Single(mail.Text.Split('\n'), "482915");
        Assert.Single(Regex.Matches(mail.Html, "482915"));
    }

    [Theory]
    [MemberData(nameof(Everywhere))]
    public void Words_are_composed_complete_and_without_control_characters(string locale)
    {
        var mail = EmailWriter.Write(Request(locale: locale, doNotShare: true));

        Assert.True(mail.Text.IsNormalized(NormalizationForm.FormC));
        Assert.DoesNotContain("{{", mail.Subject + mail.Text + mail.Html, StringComparison.Ordinal);
        Assert.DoesNotContain(mail.Subject + mail.Text, c => (char.IsControl(c) && c != '\n') || char.GetUnicodeCategory(c) == System.Globalization.UnicodeCategory.Format);
        Assert.Equal(3, mail.Text.TrimEnd().Split("\n\n")[^1].Split('\n').Length);
        Assert.Contains("10", mail.Text, StringComparison.Ordinal);
    }

    [Theory]
    [MemberData(nameof(Everywhere))]
    public void A_payment_names_amount_and_payee_before_the_code(string locale)
    {
        var mail = EmailWriter.Write(Request(locale: locale, amount: "€39.99", payee: "Shop & Co"));

        var line = mail.Text.Split("\n\n")[2];
        Assert.Contains("€39.99", line, StringComparison.Ordinal);
        Assert.Contains("Shop & Co", line, StringComparison.Ordinal);
        Assert.True(line[^1] is ':' or '：', line);
        Assert.Single(mail.Text.Split('\n'), "482915");
        Assert.Contains("Shop &amp; Co", mail.Html, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(null, "en")]
    [InlineData("de-AT", "de")]
    [InlineData("PT-BR", "pt-BR")]
    [InlineData("sw", "en")]
    public void The_language_is_the_one_asked_for_then_English(string? asked, string used) =>
        Assert.Equal(used, EmailWriter.Write(Request(locale: asked)).Locale);

    [Theory]
    [InlineData("en", "ltr")]
    [InlineData("zh-HK", "ltr")]
    [InlineData("ar", "rtl")]
    [InlineData("he", "rtl")]
    public void The_HTML_says_its_language_and_direction_and_the_code_runs_left_to_right(string locale, string direction)
    {
        var html = EmailWriter.Write(Request(locale: locale)).Html;

        Assert.Contains($"<html lang=\"{locale}\" dir=\"{direction}\">", html, StringComparison.Ordinal);
        Assert.Matches("<span dir=\"ltr\"[^>]*>482915</span>", html);
    }

    [Fact]
    public void The_HTML_fetches_nothing_leads_nowhere_and_sets_no_colour()
    {
        var html = EmailWriter.Write(Request(doNotShare: true)).Html;

        Assert.DoesNotMatch("(?i)<(img|a|link|script|style|iframe|form|object)\\b|https?:|url\\(|[^-\"]color:|background", html);
    }

    [Theory]
    [MemberData(nameof(Everywhere))]
    public void The_HTML_closes_what_it_opens(string locale)
    {
        var open = new Stack<string>();

        foreach (Match tag in Regex.Matches(EmailWriter.Write(Request(locale: locale, doNotShare: true)).Html, "<(/?)([a-z0-9]+)[^>]*>"))
        {
            if (tag.Groups[1].Length > 0)
                Assert.Equal(open.Pop(), tag.Groups[2].Value);
            else if (tag.Groups[2].Value != "meta")
                open.Push(tag.Groups[2].Value);
        }

        Assert.Empty(open);
    }

    [Fact]
    public void Whatever_the_names_are_they_cannot_become_markup_or_a_header()
    {
        var plainTags = EmailWriter.Write(Request(amount: "€1", payee: "Shop")).Html.Count(c => c is '<');

        Gen.Select(Gen.String, Gen.String, Gen.String).Sample((name, amount, payee) =>
        {
            var mail = EmailWriter.Write(Request(friendlyName: name + "<b>\r\nBcc: x", amount: amount + "<i>", payee: payee + "\"'"));

            Assert.DoesNotContain(mail.Subject, c => char.IsControl(c) || c is '\u2028' or '\u2029');
            Assert.Equal(plainTags, mail.Html.Count(c => c is '<'));
        });
    }

    [Fact]
    public void A_name_reads_the_same_in_HTML_as_in_text()
    {
        var html = EmailWriter.Write(Request(friendlyName: "Bücher & <Söhne> 日本")).Html;

        Assert.Equal("Bücher & <Söhne> 日本", WebUtility.HtmlDecode(Regex.Match(html, "<bdi>(.*)</bdi>").Groups[1].Value));
    }

    [Theory]
    [InlineData(0, "The code is good for 1 minute.")]
    [InlineData(119, "The code is good for 1 minute.")]
    [InlineData(120, "The code is good for 2 minutes.")]
    [InlineData(599, "The code is good for 9 minutes.")]
    public void The_lifetime_is_never_promised_longer_than_it_is_but_for_the_last_minute(int seconds, string line) =>
        Assert.Contains(line, EmailWriter.Write(Request(seconds: seconds)).Text, StringComparison.Ordinal);

    [Fact]
    public void An_e_mail_and_its_request_print_nothing_secret()
    {
        var request = Request(amount: "€39.99", payee: "Shop");

        Assert.Equal("en", EmailWriter.Write(request).ToString());
        Assert.DoesNotContain("482915", request.ToString(), StringComparison.Ordinal);
    }

    static EmailRequest Request(
        string friendlyName = "Acme",
        string? locale = null,
        bool doNotShare = false,
        string? amount = null,
        string? payee = null,
        int seconds = 600) => new()
        {
            FriendlyName = friendlyName,
            Code = new OneTimeCode("482915"),
            Locale = locale,
            Lifetime = TimeSpan.FromSeconds(seconds),
            DoNotShare = doNotShare,
            Amount = amount,
            Payee = payee,
        };
}
