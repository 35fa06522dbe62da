using System.Collections.Frozen;

namespace Countersign.Core.Messages;

/// <summary>The built-in words of an e-mail in one language, from <c>EmailWords/*.json</c>. Twilio's e-mails have no translations; ours have the 42 of the texts.</summary>
sealed class EmailWords
{
    static readonly Lazy<FrozenDictionary<string, EmailWords>> All = new(Load);

    readonly TextPattern subject;
    readonly TextPattern expires;
    readonly string? expiresInOne;

    EmailWords(EmailFile file)
    {
        Locale = file.Locale;
        Heading = file.Heading;
        Line = file.Line;
        Ignore = file.Ignore;
        subject = EmbeddedWords.Parse(file.Locale, file.Subject);
        expires = EmbeddedWords.Parse(file.Locale, file.Expires);
        expiresInOne = file.ExpiresOne;
    }

    public string Locale { get; }

    public string Heading { get; }

    /// <summary>Asks to enter the code that follows it.</summary>
    public string Line { get; }

    /// <summary>What to do if one did not ask for the code.</summary>
    public string Ignore { get; }

    public bool IsRightToLeft => Locale is "ar" or "he";

    public static IReadOnlyCollection<string> Tags => All.Value.Keys;

    /// <summary>The words of a tag, else of its language, else English.</summary>
    public static EmailWords For(string tag)
    {
        if (All.Value.TryGetValue(tag, out var words))
            return words;
        var found = All.Value.GetAlternateLookup<ReadOnlySpan<char>>().TryGetValue(Locales.LanguageOf(tag), out words);
        return found ? words! : All.Value[Locales.Fallback];
    }

    public string Subject(string friendlyName) => subject.Fill(_ => friendlyName);

    public string Expires(int minutes) =>
        minutes == 1 && expiresInOne is not null
            ? expiresInOne
            : expires.Fill(_ => minutes.ToString(System.Globalization.CultureInfo.InvariantCulture));

    static FrozenDictionary<string, EmailWords> Load() =>
        EmbeddedWords.Load("email/", WordsJson.Default.EmailFile)
            .Select(file => new EmailWords(file))
            .ToFrozenDictionary(words => words.Locale, StringComparer.OrdinalIgnoreCase);
}

/// <summary>A file of words; <c>expires_one</c> is the expiry of one minute, where the language says it otherwise than of several.</summary>
sealed record EmailFile(
    string Locale,
    string Subject,
    string Heading,
    string Line,
    string Expires,
    string Ignore,
    string? ExpiresOne = null);
