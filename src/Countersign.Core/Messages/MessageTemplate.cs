using System.Collections.Frozen;
using Countersign.Core.Channels;

namespace Countersign.Core.Messages;

/// <summary>
/// An operator's own text (HJ…) in one or more languages. <c>{{friendly_name}}</c> and <c>{{code}}</c> are filled in by us,
/// <c>{{amount}}</c> and <c>{{payee}}</c> too where a payment is confirmed, anything else from the caller's substitutions.
/// Immutable, and parsed once: keep it.
/// </summary>
public sealed class MessageTemplate
{
    readonly FrozenDictionary<string, TemplateTranslation> byLocale;

    MessageTemplate(string friendlyName, IReadOnlyList<TemplateTranslation> translations, string defaultLocale, IEnumerable<Channel> channels)
    {
        FriendlyName = friendlyName;
        Translations = translations;
        Channels = channels.ToFrozenSet();
        byLocale = translations.ToFrozenDictionary(translation => translation.Locale, StringComparer.OrdinalIgnoreCase);
        Default = byLocale[defaultLocale];
    }

    /// <summary>What operators call it.</summary>
    public string FriendlyName { get; }

    /// <summary>Each language once, in the order given.</summary>
    public IReadOnlyList<TemplateTranslation> Translations { get; }

    /// <summary>What is sent where the wanted language is missing.</summary>
    public TemplateTranslation Default { get; }

    /// <summary>The channels that it was written for.</summary>
    public IReadOnlySet<Channel> Channels { get; }

    /// <summary>Makes a template of texts by locale (<c>xx</c> or <c>xx-XX</c>, any case), or says which text is wrong and why.</summary>
    public static MessageTemplateResult Create(
        string friendlyName,
        IEnumerable<KeyValuePair<string, string>> texts,
        string defaultLocale,
        IEnumerable<Channel> channels)
    {
        var translations = new List<TemplateTranslation>();
        foreach (var (locale, text) in texts)
        {
            if (Canonicalize(locale) is not { } canonical)
                return new MessageTemplateResult.Invalid(locale, TemplateProblem.BadLocale);
            if (translations.Exists(other => other.Locale == canonical))
                return new MessageTemplateResult.Invalid(locale, TemplateProblem.LocaleRepeated);
            if (TextPattern.TryParse(text) is not { } pattern)
                return new MessageTemplateResult.Invalid(locale, TemplateProblem.BadPlaceholder);
            if (pattern.CodeCount != 1)
                return new MessageTemplateResult.Invalid(locale, TemplateProblem.CodeNotOnce);
            translations.Add(new TemplateTranslation(canonical, text, pattern));
        }

        var wanted = Canonicalize(defaultLocale);
        return wanted is not null && translations.Exists(translation => translation.Locale == wanted)
            ? new MessageTemplateResult.Valid(new MessageTemplate(friendlyName, translations, wanted, channels))
            : new MessageTemplateResult.Invalid(defaultLocale, TemplateProblem.NoDefaultText);
    }

    /// <summary>The translation for a tag, else for its language, else <see cref="Default"/>.</summary>
    public TemplateTranslation For(string locale)
    {
        if (byLocale.TryGetValue(locale, out var translation))
            return translation;
        var found = byLocale.GetAlternateLookup<ReadOnlySpan<char>>().TryGetValue(Locales.LanguageOf(locale), out translation);
        return found ? translation! : Default;
    }

    /// <summary>Two letters, or two and two: what Twilio allows a template.</summary>
    internal static string? Canonicalize(string locale)
    {
        var isTag = locale.Length switch
        {
            2 => true,
            5 => locale[2] is '-' or '_' && char.IsAsciiLetter(locale[3]) && char.IsAsciiLetter(locale[4]),
            _ => false,
        };
        if (!isTag || !char.IsAsciiLetter(locale[0]) || !char.IsAsciiLetter(locale[1]))
            return null;
        var language = locale[..2].ToLowerInvariant();
        return locale.Length == 2 ? language : $"{language}-{locale[3..].ToUpperInvariant()}";
    }
}

/// <summary>The text of a template in one language.</summary>
public sealed class TemplateTranslation
{
    internal TemplateTranslation(string locale, string text, TextPattern pattern)
    {
        Locale = locale;
        Text = text;
        Pattern = pattern;
    }

    /// <summary><c>xx</c> or <c>xx-XX</c>.</summary>
    public string Locale { get; }

    /// <summary>As it was written, placeholders and all.</summary>
    public string Text { get; }

    internal TextPattern Pattern { get; }

    /// <summary>The variables of the text other than the name and the code, each once.</summary>
    public IReadOnlyList<string> Variables => Pattern.Names;

    /// <summary>Whether it says how much is paid to whom, without which it is not sent for a payment.</summary>
    public bool NamesPayment => Pattern.Names.Contains(MessageRequest.AmountName) && Pattern.Names.Contains(MessageRequest.PayeeName);

    /// <summary>The variables of this text that have no value: none means that it can be sent. Never an error for one too many.</summary>
    /// <param name="substitutions">The caller's values by name, case-sensitive unless the dictionary says otherwise.</param>
    /// <param name="confirmsPayment">Whether amount and payee will be known.</param>
    public IReadOnlyList<string> MissingFrom(IReadOnlyDictionary<string, string>? substitutions, bool confirmsPayment)
    {
        return
        [
            .. Pattern.Names.Where(name =>
                substitutions?.ContainsKey(name) != true
                && !(confirmsPayment && name is MessageRequest.AmountName or MessageRequest.PayeeName)),
        ];
    }
}

/// <summary>How <see cref="MessageTemplate.Create"/> ended.</summary>
public abstract record MessageTemplateResult
{
    public sealed record Valid(MessageTemplate Template) : MessageTemplateResult;

    /// <summary>Nothing was made. <paramref name="Locale"/> is as the caller wrote it.</summary>
    public sealed record Invalid(string Locale, TemplateProblem Problem) : MessageTemplateResult;

    MessageTemplateResult()
    {
    }
}

/// <summary>Why a text cannot be a template's.</summary>
public enum TemplateProblem
{
    /// <summary>The locale is not <c>xx</c> or <c>xx-XX</c>.</summary>
    BadLocale = 1,

    /// <summary>Two texts for one locale.</summary>
    LocaleRepeated = 2,

    /// <summary>A <c>{{</c> without its <c>}}</c>, or without a name of letters, digits and <c>_</c> in between.</summary>
    BadPlaceholder = 3,

    /// <summary><c>{{code}}</c> is missing, or there twice: phones that fill it in take the first they see.</summary>
    CodeNotOnce = 4,

    /// <summary>The default locale has no text.</summary>
    NoDefaultText = 5,
}
