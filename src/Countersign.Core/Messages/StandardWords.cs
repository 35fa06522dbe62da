using System.Collections.Frozen;

namespace Countersign.Core.Messages;

/// <summary>The built-in texts of one language, from <c>Words/*.json</c>; a new language is a new file there and nothing else.</summary>
sealed class StandardWords
{
    static readonly Lazy<FrozenDictionary<string, StandardWords>> All = new(Load);

    StandardWords(WordsFile file)
    {
        Locale = file.Locale;
        Default = EmbeddedWords.Parse(file.Locale, file.Default);
        Psd2 = EmbeddedWords.Parse(file.Locale, file.Psd2);
        Brandless = EmbeddedWords.Parse(file.Locale, file.Brandless);
        Psd2Brandless = EmbeddedWords.Parse(file.Locale, file.Psd2Brandless);
        DoNotShare = file.DoNotShare;
        Stop = file.Stop;
    }

    public string Locale { get; }

    public TextPattern Default { get; }

    /// <summary>Names the amount and the payee, as dynamic linking asks (PSD2 RTS, article 5).</summary>
    public TextPattern Psd2 { get; }

    /// <summary><see cref="Default"/> without the name of who asks.</summary>
    public TextPattern Brandless { get; }

    /// <summary><see cref="Psd2"/> without the name of who asks.</summary>
    public TextPattern Psd2Brandless { get; }

    /// <summary>A whole sentence, with its full stop where the language writes one.</summary>
    public string DoNotShare { get; }

    /// <summary>What ends a sentence when another follows, the space between them included.</summary>
    public string Stop { get; }

    /// <summary>The tags that have built-in texts.</summary>
    public static IReadOnlyCollection<string> Tags => All.Value.Keys;

    /// <summary>The texts of a tag, else of its language, else none.</summary>
    public static StandardWords? Find(string tag)
    {
        if (All.Value.TryGetValue(tag, out var words))
            return words;
        return All.Value.GetAlternateLookup<ReadOnlySpan<char>>().TryGetValue(Locales.LanguageOf(tag), out words) ? words : null;
    }

    /// <summary>The texts of a tag, else of its language, else English.</summary>
    public static StandardWords For(string tag) => Find(tag) ?? All.Value[Locales.Fallback];

    /// <summary>The text that the request is for.</summary>
    public TextPattern PatternFor(MessageRequest request) =>
        request.ConfirmsPayment
            ? request.Brandless ? Psd2Brandless : Psd2
            : request.Brandless ? Brandless : Default;

    static FrozenDictionary<string, StandardWords> Load() =>
        EmbeddedWords.Load("words/", WordsJson.Default.WordsFile)
            .Select(file => new StandardWords(file))
            .ToFrozenDictionary(words => words.Locale, StringComparer.OrdinalIgnoreCase);
}

sealed record WordsFile(
    string Locale,
    string Default,
    string DoNotShare,
    string Psd2,
    string Brandless,
    string Psd2Brandless,
    string Stop = ". ");
