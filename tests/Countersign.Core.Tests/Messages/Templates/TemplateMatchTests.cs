using Countersign.Core.Codes;
using Countersign.Core.Messages.Templates;
using Countersign.Core.Tests.Registry;
using CsCheck;

namespace Countersign.Core.Tests.Messages.Templates;

public sealed class TemplateMatchTests
{
    const string Text = "Hi {{user}}, {{friendly_name}} says {{code}}. Not for {{user}}? Ignore it (really).";

    [Theory]
    [InlineData("Hi Ann, Acme says {{code}}. Not for Ann? Ignore it (really).", null)]
    [InlineData("Hi Ann, {{friendly_name}} says {{ code }}. Not for Ann? Ignore it (really).", null)]
    [InlineData("Hi Ann, Acme says 246810. Not for Ann? Ignore it (really).", "246810")]
    [InlineData("Hi Ann, Acme says {{code}}. Not for Ann? Ignore it (really).", "246810")]
    public void A_message_that_is_the_text_with_its_values_is_that_template(string message, string? code)
    {
        var match = Find(message, code);

        Assert.Equal((Stored.Sid1, "en"), (match!.TemplateSid, match.Locale));
        Assert.Equal(new Dictionary<string, string> { ["user"] = "Ann" }, match.Substitutions);
    }

    [Theory]
    [InlineData("Hi Ann, Acme says 246810. Not for Ann? Ignore it (really).", null)]
    [InlineData("Hi Ann, Acme says 246811. Not for Ann? Ignore it (really).", "246810")]
    [InlineData("Hi Ann, Other says {{code}}. Not for Ann? Ignore it (really).", null)]
    [InlineData("Hi Ann, Acme says {{code}}. Not for Bob? Ignore it (really).", null)]
    [InlineData("Hi {{user}}, Acme says {{code}}. Not for {{user}}? Ignore it (really).", null)]
    [InlineData("Hi Ann, Acme says {{code}}. Not for Ann? Ignore it really.", null)]
    [InlineData("Hi Ann, Acme says {{code}}. Not for Ann? Ignore it (really). http://example.com", null)]
    [InlineData("Hi Ann, Acme says {{code}}. Not for Ann? Ignore it (really).\n", null)]
    [InlineData("Hi , Acme says {{code}}. Not for ? Ignore it (really).", null)]
    [InlineData("", null)]
    public void Any_other_message_is_none(string message, string? code) => Assert.Null(Find(message, code));

    [Fact]
    public void A_text_with_nothing_to_fill_in_is_found_in_its_language()
    {
        var match = TemplateMatch.Find(Templates(("en", "Code {{code}}"), ("de", "Kode {{code}}")), "Kode {{code}}", "Acme", null);

        Assert.Equal("de", match!.Locale);
        Assert.Empty(match.Substitutions);
    }

    static readonly string[] Pieces = ["{{a}}", "{{b}}", "{{ c }}", "{{friendly_name}}", "y", "x", ". ", "!"];

    [Fact]
    public void Whatever_fills_the_gaps_is_read_back() => Gen.Select(
        Gen.Int[0, Pieces.Length - 1].Select(i => Pieces[i]).Array[1, 12], Gen.String[Gen.Char["klmn xé"], 1, 8].Array[3])
        .Sample((parts, given) =>
        {
            // Gaps side by side, or filled with the text between them, may be read in several ways.
            var text = string.Join("-", parts) + "{{code}}";
            var values = new Dictionary<string, string> { ["a"] = given[0], ["b"] = given[1], ["c"] = given[2] };
            var message = text.Replace("{{friendly_name}}", "Acme");
            foreach (var (name, value) in values)
            {
                message = message.Replace($"{{{{{name}}}}}", value).Replace($"{{{{ {name} }}}}", value);
            }

            var match = TemplateMatch.Find(Templates(("en", text)), message, "Acme", null);
            return match is not null && match.Substitutions.All(pair => values[pair.Key] == pair.Value);
        });

    [Fact]
    public void A_message_made_to_be_slow_is_not() =>
        Assert.Null(TemplateMatch.Find(Templates(("en", "{{a}}{{b}}{{c}}{{d}}{{e}}{{code}}!")), new string('a', 1600), "Acme", null));

    static TemplateMatch? Find(string message, string? code) =>
        TemplateMatch.Find(Templates(("en", Text)), message, "Acme", code is null ? null : new OneTimeCode(code));

    static (Sid, Countersign.Core.Messages.MessageTemplate)[] Templates(params (string, string)[] texts) =>
        [(Stored.Sid1, new TemplateCatalog(new MemoryRegistry<StoredTemplate>()).InUse(Stored.Approved(texts))!)];
}
