using Countersign.Core.Channels;
using Countersign.Core.Registry;

namespace Countersign.Core.Messages.Templates;

/// <summary>
/// An operator's template (HJ…) as it is kept: its texts by language, each with its versions. What is sent is always an approved text (<see cref="TemplateCatalog"/>).
/// Immutable; <see cref="TemplateEdits"/> makes the next one.
/// </summary>
public sealed record StoredTemplate : IRegistered
{
    /// <summary>Characters of a friendly name.</summary>
    public const int MaxFriendlyName = 32;

    /// <summary>UTF-16 units of a text: about seven segments, beyond which nobody reads a code.</summary>
    public const int MaxText = 1000;

    /// <summary>Languages of one template.</summary>
    public const int MaxTranslations = 100;

    /// <summary>Random, like everything that people configure.</summary>
    public required Sid Sid
    {
        get;
        init
        {
            field = value;
            Name = value.ToString();
        }
    }

    public required Sid AccountSid { get; init; }

    /// <summary>The SID as text.</summary>
    public string Name { get; private init; } = "";

    /// <summary>1 to 32 characters: what operators call it.</summary>
    public required string FriendlyName { get; init; }

    /// <summary>The channels that it was written for: text message, call, or both.</summary>
    public required IReadOnlyList<Channel> Channels { get; init; }

    /// <summary>The language that is sent where the wanted one is missing. It always has a translation, and once that is approved it stays so.</summary>
    public required string DefaultLocale { get; init; }

    /// <summary>Each language once, in the order in which they were added.</summary>
    public required IReadOnlyList<StoredTranslation> Translations { get; init; }

    /// <summary>When it was made; no two templates of an account share the millisecond.</summary>
    public required DateTimeOffset CreatedAt { get; init; }

    public required DateTimeOffset UpdatedAt { get; init; }

    /// <summary>Services that are about to have it for their own (<see cref="TemplateClaims"/>).</summary>
    public IReadOnlyList<TemplateClaim> Claims { get; init; } = [];

    /// <summary>Since when it is being deleted (<see cref="TemplateClaims"/>); null where it is not.</summary>
    public DateTimeOffset? LeavingSince { get; init; }

    /// <summary>Whether it can be sent at all: its default text is approved.</summary>
    public bool IsApproved => Find(DefaultLocale)?.InUse is not null;

    /// <summary>The translation of a tag, in any case and with <c>_</c> for <c>-</c>; null where there is none.</summary>
    public StoredTranslation? Find(string locale)
    {
        var tag = locale.Replace('_', '-');
        return Translations.FirstOrDefault(translation => translation.Locale.Equals(tag, StringComparison.OrdinalIgnoreCase));
    }
}

/// <summary>A template's text in one language, with its history.</summary>
public sealed record StoredTranslation
{
    /// <summary>Versions that are kept; the oldest go first, the one in use never.</summary>
    public const int MaxVersions = 20;

    /// <summary><c>xx</c> or <c>xx-XX</c>.</summary>
    public required string Locale { get; init; }

    /// <summary>Oldest first, at least one; the last is a draft or in use, and at most one is in use.</summary>
    public required IReadOnlyList<TextVersion> Versions { get; init; }

    /// <summary>When the language was added.</summary>
    public required DateTimeOffset CreatedAt { get; init; }

    /// <summary>The text that is sent: the one approved last; null while none was.</summary>
    public TextVersion? InUse => Versions.LastOrDefault(version => version.Status == TextStatus.Approved);

    /// <summary>What was written last.</summary>
    public TextVersion Newest => Versions[^1];
}

/// <summary>A text as it was written once.</summary>
/// <param name="Number">1 for the first of its language, and never used again.</param>
/// <param name="Text">With its placeholders.</param>
/// <param name="Status">How far it has come.</param>
/// <param name="CreatedAt">When it was written.</param>
/// <param name="ApprovedAt">When an operator let it be sent; null for never.</param>
/// <param name="RetiredAt">When a newer one took its place; null while it has it.</param>
public sealed record TextVersion(
    int Number, string Text, TextStatus Status, DateTimeOffset CreatedAt, DateTimeOffset? ApprovedAt = null, DateTimeOffset? RetiredAt = null);

/// <summary>How far a text has come. The numbers are stored: add, never renumber.</summary>
public enum TextStatus
{
    /// <summary>Written, and not to be sent.</summary>
    Draft = 1,

    /// <summary>The one that is sent.</summary>
    Approved = 2,

    /// <summary>A newer one took its place, whether it was ever sent or not.</summary>
    Retired = 3,
}
