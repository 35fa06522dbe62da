using Countersign.Core.Messages;
using Countersign.Core.Messages.Senders;

namespace Countersign.Core.Tests.Messages;

/// <summary>Keeps the tables of docs/words.md true. A failure prints the lines that have to be there.</summary>
public sealed class WordsDocumentTests
{
    [Fact]
    public void Every_language_is_listed_with_the_size_of_its_default()
    {
        var document = File.ReadAllText(Document()).ReplaceLineEndings("\n");

        var rows = Locales.Tags.Order(StringComparer.Ordinal).Select(Row);

        Assert.Contains(string.Join('\n', rows), document, StringComparison.Ordinal);
    }

    [Fact]
    public void Every_language_of_calls_is_listed() =>
        Assert.Contains(
            string.Join(' ', VoiceScripts.Locales.Order(StringComparer.Ordinal).Select(tag => $"`{tag}`")),
            File.ReadAllText(Document()),
            StringComparison.Ordinal);

    [Theory]
    [InlineData("Allowed", SenderSupport.Allowed)]
    [InlineData("Only if registered", SenderSupport.RegistrationNeeded)]
    [InlineData("Not allowed", SenderSupport.NotAllowed)]
    public void Every_country_is_listed_by_whether_a_name_may_be_the_sender(string heading, SenderSupport support)
    {
        var countries = SenderRules.Known.Where(rule => rule.Alphanumeric == support).Select(rule => rule.Country).Order(StringComparer.Ordinal);

        Assert.Contains($"| {heading} | {string.Join(' ', countries)} |", File.ReadAllText(Document()), StringComparison.Ordinal);
    }

    static string Row(string locale)
    {
        var usual = MessageWriter.Write(Requests.New(friendlyName: "Acme Grocery", locale: locale));
        var longest = MessageWriter.Write(Requests.New(friendlyName: "Northwind Savings Bank-EU_2026", code: "4829150637", locale: locale)).Segments;
        var encoding = usual.Segments.Encoding == SmsEncoding.Gsm7 ? "GSM-7" : "UCS-2";
        var room = usual.Segments.Encoding == SmsEncoding.Gsm7 ? 160 : 70;
        return $"| `{locale}` | {usual.Text} | {encoding} | {usual.Segments.Units} of {room}, {usual.Segments.Segments} | {longest.Units} of {room}, {longest.Segments} |";
    }

    static string Document()
    {
        var folder = new DirectoryInfo(AppContext.BaseDirectory);
        while (!File.Exists(Path.Combine(folder.FullName, "Countersign.slnx")))
            folder = folder.Parent ?? throw new InvalidOperationException("The tests do not run inside the repository.");
        return Path.Combine(folder.FullName, "docs", "words.md");
    }
}
