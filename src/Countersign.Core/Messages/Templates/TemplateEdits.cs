using Countersign.Core.Channels;

namespace Countersign.Core.Messages.Templates;

/// <summary>
/// What operators do to templates. Pure: a template and a moment in, the next template out, or why not. A changed text is a draft again, and what was approved
/// before goes on being sent until the draft is.
/// </summary>
public static class TemplateEdits
{
    /// <summary>A new template, all drafts: the texts are by locale, the default one among them, and at most <see cref="StoredTemplate.MaxTranslations"/>.</summary>
    public static TemplateEditResult Create(
        Sid sid, Sid account, string friendlyName, IReadOnlyList<Channel> channels, string defaultLocale, IReadOnlyList<KeyValuePair<string, string>> texts, DateTimeOffset now)
    {
        if (texts.Count > StoredTemplate.MaxTranslations)
            return new TemplateEditResult.TooManyTranslations();

        switch (MessageTemplate.Create(friendlyName, texts, defaultLocale, channels))
        {
            case MessageTemplateResult.Invalid { Problem: TemplateProblem.LocaleRepeated } repeated:
                return new TemplateEditResult.TranslationExists(repeated.Locale);
            case MessageTemplateResult.Invalid invalid:
                return new TemplateEditResult.Invalid(invalid.Locale, invalid.Problem);
            case MessageTemplateResult.Valid { Template: var template }:
                return new TemplateEditResult.Edited(
                    new StoredTemplate
                    {
                        Sid = sid,
                        AccountSid = account,
                        FriendlyName = friendlyName,
                        Channels = channels,
                        DefaultLocale = template.Default.Locale,
                        Translations = [.. template.Translations.Select(translation => First(translation.Locale, translation.Text, now))],
                        CreatedAt = now,
                        UpdatedAt = now,
                    },
                    Added: true);
            case var other:
                throw new InvalidOperationException($"Unknown {other.GetType().Name}.");
        }
    }

    /// <summary>
    /// A new version of a text, as a draft; or a new language. The text that was written last, written again, changes nothing. Where <paramref name="onlyNew"/>, a language
    /// that the template has already is refused.
    /// </summary>
    public static TemplateEditResult Write(StoredTemplate template, string locale, string text, bool onlyNew, DateTimeOffset now)
    {
        if (MessageTemplate.Create("", [KeyValuePair.Create(locale, text)], locale, template.Channels) is MessageTemplateResult.Invalid invalid)
            return new TemplateEditResult.Invalid(invalid.Locale, invalid.Problem);
        if (template.Find(locale) is not { } before)
        {
            return template.Translations.Count >= StoredTemplate.MaxTranslations
                ? new TemplateEditResult.TooManyTranslations()
                : new TemplateEditResult.Edited(template with { Translations = [.. template.Translations, First(Canonical(locale), text, now)], UpdatedAt = now }, Added: true);
        }

        if (onlyNew)
            return new TemplateEditResult.TranslationExists(before.Locale);
        if (before.Newest.Text == text)
            return new TemplateEditResult.Edited(template, Added: false);
        var draft = new TextVersion(before.Newest.Number + 1, text, TextStatus.Draft, now);
        return Replace(template, before, [.. before.Versions.Select(version => Retire(version, TextStatus.Draft, now)), draft], now);
    }

    /// <summary>
    /// Lets the newest text of a language be sent, instead of the one before it. What is approved already stays so. <paramref name="version"/> is what the operator saw; null
    /// for whichever is the newest.
    /// </summary>
    public static TemplateEditResult Approve(StoredTemplate template, string locale, int? version, DateTimeOffset now)
    {
        if (template.Find(locale) is not { } before)
            return new TemplateEditResult.NoTranslation(locale);
        if (version is { } seen && seen != before.Newest.Number)
            return new TemplateEditResult.OtherVersion(before.Newest.Number);
        if (before.Newest.Status == TextStatus.Approved)
            return new TemplateEditResult.Edited(template, Added: false);
        if (before.Locale != template.DefaultLocale && !template.IsApproved)
            return new TemplateEditResult.DefaultIsDraft(template.DefaultLocale);
        var approved = before.Newest with { Status = TextStatus.Approved, ApprovedAt = now };
        return Replace(template, before, [.. before.Versions.SkipLast(1).Select(old => Retire(old, TextStatus.Approved, now)), approved], now);
    }

    /// <summary>Takes a language away. The default one stays as long as the template does.</summary>
    public static TemplateEditResult Remove(StoredTemplate template, string locale, DateTimeOffset now)
    {
        if (template.Find(locale) is not { } before)
            return new TemplateEditResult.NoTranslation(locale);
        return before.Locale == template.DefaultLocale
            ? new TemplateEditResult.IsDefault(before.Locale)
            : new TemplateEditResult.Edited(template with { Translations = [.. template.Translations.Where(other => other != before)], UpdatedAt = now }, Added: false);
    }

    static TemplateEditResult.Edited Replace(StoredTemplate template, StoredTranslation before, List<TextVersion> versions, DateTimeOffset now)
    {
        while (versions.Count > StoredTranslation.MaxVersions)
            versions.Remove(versions.First(version => version.Status == TextStatus.Retired));
        var after = before with { Versions = versions };
        return new TemplateEditResult.Edited(
            template with { Translations = [.. template.Translations.Select(translation => translation == before ? after : translation)], UpdatedAt = now }, Added: false);
    }

    static TextVersion Retire(TextVersion version, TextStatus status, DateTimeOffset now) =>
        version.Status == status ? version with { Status = TextStatus.Retired, RetiredAt = now } : version;

    static StoredTranslation First(string locale, string text, DateTimeOffset now) =>
        new() { Locale = locale, Versions = [new TextVersion(1, text, TextStatus.Draft, now)], CreatedAt = now };

    static string Canonical(string locale) => MessageTemplate.Canonicalize(locale)!;
}

/// <summary>How an edit ended.</summary>
public abstract record TemplateEditResult
{
    /// <summary>The template as it is now. <paramref name="Added"/> says whether the edit made something that was not there.</summary>
    public sealed record Edited(StoredTemplate Template, bool Added) : TemplateEditResult;

    /// <summary>The text cannot be a template's (60200).</summary>
    public sealed record Invalid(string Locale, TemplateProblem Problem) : TemplateEditResult;

    /// <summary>The language has a text already (60225).</summary>
    public sealed record TranslationExists(string Locale) : TemplateEditResult;

    /// <summary>The template has no text in that language (60229).</summary>
    public sealed record NoTranslation(string Locale) : TemplateEditResult;

    /// <summary>The default language is not taken away (60332).</summary>
    public sealed record IsDefault(string Locale) : TemplateEditResult;

    /// <summary>What is sent where a language is missing has to be approved first (60201).</summary>
    public sealed record DefaultIsDraft(string DefaultLocale) : TemplateEditResult;

    /// <summary>Somebody wrote another text meanwhile.</summary>
    public sealed record OtherVersion(int Newest) : TemplateEditResult;

    /// <summary>More languages than <see cref="StoredTemplate.MaxTranslations"/>.</summary>
    public sealed record TooManyTranslations : TemplateEditResult;

    TemplateEditResult()
    {
    }
}
