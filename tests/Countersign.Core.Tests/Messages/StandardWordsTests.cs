using Countersign.Core.Messages;

namespace Countersign.Core.Tests.Messages;

public sealed class StandardWordsTests
{
    public static TheoryData<string> Shipped => [.. StandardWords.Tags];

    [Fact]
    public void English_is_there_and_every_language_can_be_asked_for()
    {
        Assert.Contains("en", StandardWords.Tags);
        Assert.Subset(Locales.Tags.ToHashSet(), StandardWords.Tags.ToHashSet());
    }

    [Theory]
    [MemberData(nameof(Shipped))]
    public void The_text_says_who_asks_and_the_code_once(string locale)
    {
        var words = StandardWords.For(locale);

        Assert.Equal((1, 0), (words.Default.CodeCount, words.Default.Names.Length));
        Assert.Contains("Acme", Write(Requests.New(locale: locale)), StringComparison.Ordinal);
    }

    [Theory]
    [MemberData(nameof(Shipped))]
    public void The_payment_text_says_who_asks_the_amount_the_payee_and_the_code_once(string locale)
    {
        var text = Write(Requests.New(locale: locale, amount: "€39.99", payee: "Shop"));

        Assert.Equal(1, StandardWords.For(locale).Psd2.CodeCount);
        Assert.All(["Acme", "€39.99", "Shop", "482915"], part => Assert.Contains(part, text, StringComparison.Ordinal));
    }

    [Theory]
    [MemberData(nameof(Shipped))]
    public void The_warning_is_a_sentence(string locale)
    {
        var sentence = StandardWords.For(locale).DoNotShare;

        Assert.EndsWith(".", sentence, StringComparison.Ordinal);
        Assert.Equal(sentence.Trim(), sentence);
    }

    [Theory]
    [MemberData(nameof(Shipped))]
    public void The_longest_name_and_code_fit_one_segment(string locale)
    {
        var message = MessageWriter.Write(Requests.New(friendlyName: "Northwind Savings Bank-EU_2026", code: "4829150637", locale: locale));

        Assert.Equal((locale, 1), (message.Locale, message.Segments.Segments));
    }

    [Theory]
    [MemberData(nameof(Shipped))]
    public void A_long_name_in_another_script_fits_one_segment_too(string locale)
    {
        var message = MessageWriter.Write(Requests.New(friendlyName: "Северный Сберегательный Банк 1", code: "4829150637", locale: locale));

        Assert.Equal((SmsEncoding.Ucs2, 1), (message.Segments.Encoding, message.Segments.Segments));
    }

    [Theory]
    [InlineData("es-MX", "es")]
    [InlineData("PT-br", "pt-BR")]
    [InlineData("pt-AO", "pt")]
    [InlineData("en-GB", "en")]
    [InlineData("sw", "en")]
    public void What_has_no_text_falls_back_to_its_language_then_to_English(string tag, string found) =>
        Assert.Equal(found, StandardWords.For(tag).Locale);

    static string Write(MessageRequest request) => MessageWriter.Write(request).Text;
}
