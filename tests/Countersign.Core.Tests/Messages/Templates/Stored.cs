using Countersign.Core.Channels;
using Countersign.Core.Messages.Templates;
using Countersign.Core.Tests.Verifications;

namespace Countersign.Core.Tests.Messages.Templates;

/// <summary>Stored templates for tests.</summary>
static class Stored
{
    public static readonly Sid Account = Sid.Parse("AC0123456789abcdef0123456789abcdef", "AC");
    public static readonly Sid Sid1 = Sid.Parse("HJ00000000000000000000000000000001", "HJ");

    /// <summary>A draft whose default language is that of the first text.</summary>
    public static StoredTemplate Draft(params (string Locale, string Text)[] texts) => Draft(Sid1, [Channel.Sms, Channel.Call], texts);

    public static StoredTemplate Draft(Sid sid, IReadOnlyList<Channel> channels, params (string Locale, string Text)[] texts) => Edited(TemplateEdits.Create(
        sid, Account, "Test", channels, texts[0].Locale, [.. texts.Select(text => KeyValuePair.Create(text.Locale, text.Text))], Desk.Opening));

    /// <summary>The same with every text approved.</summary>
    public static StoredTemplate Approved(params (string Locale, string Text)[] texts) => Approve(Draft(texts));

    public static StoredTemplate Approve(StoredTemplate template) => template.Translations.Aggregate(
        template, (before, translation) => Edited(TemplateEdits.Approve(before, translation.Locale, null, Desk.Opening)));

    public static StoredTemplate Edited(TemplateEditResult result) => Assert.IsType<TemplateEditResult.Edited>(result).Template;
}
