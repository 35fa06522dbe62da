using Countersign.Core.Messages;
using CsCheck;

namespace Countersign.Core.Tests.Messages;

public sealed class MessageWriterTests
{
    const string Warning = "Do not share this code with anyone.";

    static readonly Gen<string> Anything = Gen.OneOf(
        Gen.OneOf("{{code}}", "{{friendly_name}}", "{{x}}", "{{", "}}", "\n", "€", "ж"),
        Gen.Char.Select(c => c.ToString())).Array[0, 20].Select(string.Concat);

    [Fact]
    public void The_English_text_is_Twilios() =>
        Assert.Equal("Your Acme verification code is: 123456", Text(Requests.New(code: "123456")));

    [Fact]
    public void A_written_message_counts_its_segments_and_hides_its_text()
    {
        var message = MessageWriter.Write(Requests.New());

        Assert.Equal(Segments.Count(message.Text), message.Segments);
        Assert.DoesNotContain("482915", message.ToString(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(null, "+33639980000", "fr")]
    [InlineData(null, "+447700900123", "en")]
    [InlineData(null, "+14155550100", "en")]
    [InlineData("es", "+33639980000", "es")]
    [InlineData("es-MX", "+33639980000", "es")]
    [InlineData("sw", "+33639980000", "en")]
    [InlineData("af", "+33639980000", "af")]
    public void The_language_is_the_one_asked_for_then_the_countrys_then_English(string? locale, string to, string used) =>
        Assert.Equal(used, MessageWriter.Write(Requests.New(locale: locale, to: to)).Locale);

    [Theory]
    [InlineData(null, "+447700900123", "en-GB")]
    [InlineData(null, "+33639980000", "sw")]
    [InlineData("sw", "+447700900123", "sw")]
    [InlineData("en", "+447700900123", "sw")]
    public void A_template_falls_back_to_its_own_default(string? locale, string to, string used)
    {
        var template = Requests.Template("sw", ("sw", "Nambari: {{code}}"), ("en-GB", "Code: {{code}}"));

        Assert.Equal(used, MessageWriter.Write(Requests.New(locale: locale, to: to, template: template)).Locale);
    }

    [Fact]
    public void The_warning_is_added_as_a_sentence_of_its_own()
    {
        Assert.Equal($"Your Acme verification code is: 482915. {Warning}", Text(Requests.New(doNotShare: true)));
        Assert.Equal($"It is 482915! {Warning}", Text(Requests.New(doNotShare: true, template: Requests.Template("It is {{code}}!"))));
    }

    [Theory]
    [InlineData(160, true)]
    [InlineData(161, false)]
    [InlineData(306, true)]
    [InlineData(307, false)]
    public void The_warning_is_dropped_exactly_where_it_would_need_another_segment(int lengthWithWarning, bool kept)
    {
        var filler = lengthWithWarning - "482915".Length - ". ".Length - Warning.Length;
        var template = Requests.Template("{{filler}}{{code}}");

        var message = MessageWriter.Write(Requests.New(
            doNotShare: true, template: template, substitutions: new() { ["filler"] = new string('a', filler) }));

        Assert.Equal(kept, message.Text.EndsWith(Warning, StringComparison.Ordinal));
        Assert.Equal(kept ? lengthWithWarning : filler + 6, message.Text.Length);
        Assert.Equal(lengthWithWarning <= 161 ? 1 : 2, message.Segments.Segments);
    }

    [Fact]
    public void A_warning_that_costs_nothing_in_a_text_of_two_segments_stays()
    {
        var template = Requests.Template("{{filler}}{{code}}");

        var message = MessageWriter.Write(Requests.New(
            doNotShare: true, template: template, substitutions: new() { ["filler"] = new string('a', 200) }));

        Assert.EndsWith(Warning, message.Text, StringComparison.Ordinal);
        Assert.Equal(2, message.Segments.Segments);
    }

    [Theory]
    [InlineData(160, true)]
    [InlineData(161, false)]
    public void What_autofill_needs_counts_before_the_warning_does(int lengthWithWarning, bool kept)
    {
        var rest = $"<#> 482915. {Warning}\n@example.com #482915 FA+9qCX9VSu".Length;
        var template = Requests.Template("{{filler}}{{code}}");

        var text = Text(Requests.New(
            doNotShare: true,
            appHash: "FA+9qCX9VSu",
            webOtpHost: "example.com",
            template: template,
            substitutions: new() { ["filler"] = new string('a', lengthWithWarning - rest) }));

        Assert.Equal(kept, text.Contains(Warning, StringComparison.Ordinal));
        Assert.EndsWith("\n@example.com #482915 FA+9qCX9VSu", text, StringComparison.Ordinal);
    }

    [Fact]
    public void A_warning_in_another_language_than_the_text_is_never_added()
    {
        var template = Requests.Template("sw", ("sw", "Nambari: {{code}}"));

        Assert.Equal("Nambari: 482915", Text(Requests.New(doNotShare: true, template: template)));
    }

    [Fact]
    public void A_payment_names_amount_and_payee_and_may_take_two_segments()
    {
        Assert.Equal("Your Acme code to pay €39.99 to Shop is: 482915", Text(Requests.New(amount: "€39.99", payee: "Shop")));
        Assert.Equal(2, MessageWriter.Write(Requests.New(amount: "€39.99", payee: new string('P', 120))).Segments.Segments);
    }

    [Fact]
    public void An_amount_without_a_payee_is_no_payment() =>
        Assert.Equal("Your Acme verification code is: 482915", Text(Requests.New(amount: "€39.99")));

    [Fact]
    public void A_template_that_hides_the_payment_gives_way_and_one_that_names_it_is_used()
    {
        var hides = Requests.New(amount: "€1", payee: "Shop", template: Requests.Template("{{code}} pays {{amount}}"));
        var names = Requests.New(amount: "€1", payee: "Shop", template: Requests.Template("{{code}} pays {{payee}} {{amount}}"));

        Assert.Equal("Your Acme code to pay €1 to Shop is: 482915", Text(hides));
        Assert.Equal("482915 pays Shop €1", Text(names));
    }

    [Fact]
    public void A_template_that_names_the_service_gives_way_in_a_brandless_message_and_one_that_does_not_is_used()
    {
        var names = Requests.New(brandless: true, template: Requests.Template("{{friendly_name}}: {{code}}"));
        var hides = Requests.New(brandless: true, template: Requests.Template("It is {{code}}"));

        Assert.Equal("Your verification code is: 482915", Text(names));
        Assert.Equal("It is 482915", Text(hides));
    }

    [Fact]
    public void Missing_substitutions_are_reported_and_a_promised_message_goes_out_in_the_built_in_words()
    {
        var request = Requests.New(template: Requests.Template("{{user}}: {{code}} {{day}}"), substitutions: new() { ["day"] = "Monday" });

        var result = MessageWriter.TryWrite(request);

        Assert.Equal(["user"], Assert.IsType<WriteMessageResult.MissingSubstitutions>(result).Variables);
        Assert.Equal("Your Acme verification code is: 482915", Text(request));
    }

    [Fact]
    public void Substitutions_that_a_template_does_not_have_are_ignored()
    {
        var request = Requests.New(
            template: Requests.Template("{{friendly_name}}: {{code}}"),
            substitutions: new() { ["more"] = "x", ["code"] = "000000", ["friendly_name"] = "Evil" });

        var result = MessageWriter.TryWrite(request);

        Assert.Equal("Acme: 482915", Assert.IsType<WriteMessageResult.Written>(result).Message.Text);
    }

    [Fact]
    public void Values_are_inserted_as_they_are_whatever_they_contain() => Gen.Select(Anything, Anything).Sample((x, y) =>
        Text(Requests.New(template: Requests.Template("<{{x}}|{{code}}|{{y}}>"), substitutions: new() { ["x"] = x, ["y"] = y }))
            == "<" + x + "|482915|" + y + ">");

    [Fact]
    public void Text_without_placeholders_is_kept_to_the_letter() => Anything.Where(text => !text.Contains("{{", StringComparison.Ordinal)).Sample(text =>
        Text(Requests.New(template: Requests.Template("{{code}} " + text))) == "482915 " + text);

    [Fact]
    public void A_text_longer_than_any_buffer_is_written_whole()
    {
        var name = new string('n', 5000);

        Assert.Equal($"Your {name} verification code is: 482915", Text(Requests.New(friendlyName: name)));
    }

    [Fact]
    public void Little_more_than_the_text_is_allocated()
    {
        var request = Requests.New(doNotShare: true, appHash: "FA+9qCX9VSu", webOtpHost: "example.com");
        var message = MessageWriter.Write(request);

        Assert.InRange(Allocated.By(() => MessageWriter.Write(request)), 0, message.Text.Length * sizeof(char) + 128);
    }

    static string Text(MessageRequest request) => MessageWriter.Write(request).Text;
}
