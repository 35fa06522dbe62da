using System.Runtime.CompilerServices;
using Countersign.Core.Channels;
using Countersign.Core.Numbers;
using Countersign.Core.Registry;

namespace Countersign.Core.Messages.Templates;

/// <summary>The templates that can be sent, parsed once: of each language the text that was approved last, and nothing of what was not.</summary>
public sealed class TemplateCatalog(IRegistry<StoredTemplate> templates)
{
    // An entry of the registry is never changed, so what was made of it holds as long as it is there.
    readonly ConditionalWeakTable<StoredTemplate, MessageTemplate> parsed = [];

    /// <summary>The template as it is kept, approved or not; null where the account has none of that SID.</summary>
    public StoredTemplate? Find(Sid account, Sid template) => templates.Find(account, template.ToString());

    /// <summary>What can be sent of a template; null while its default text is not approved.</summary>
    public MessageTemplate? InUse(StoredTemplate template) => template.IsApproved ? parsed.GetValue(template, Parse) : null;

    /// <summary>An account's templates that can be sent.</summary>
    public IEnumerable<(Sid Sid, MessageTemplate Template)> AllInUse(Sid account) =>
        from stored in templates.Of(account)
        where stored.IsApproved
        select (stored.Sid, InUse(stored)!);

    /// <summary>
    /// The template of a message: the one that was asked for, else the service's own, which is for text messages only. Null for the standard words: also where the template
    /// is gone meanwhile, or was not written for the channel.
    /// </summary>
    public MessageTemplate? For(Sid account, Channel channel, Sid? asked, Sid? serviceDefault)
    {
        var sid = asked ?? (channel == Channel.Sms ? serviceDefault : null);
        return sid is { } wanted && Find(account, wanted) is { } stored && InUse(stored) is { } template && template.Channels.Contains(channel) ? template : null;
    }

    /// <summary>
    /// The text of a template that a message is written in: that of the language asked for, else of the number's country, else the default. A call takes one that can be
    /// spoken; where the default cannot either, it is given nevertheless.
    /// </summary>
    public static TemplateTranslation Translation(MessageTemplate template, Channel channel, string? locale, Destination to)
    {
        var found = template.For(locale ?? Locales.DefaultFor(to.Reveal()));
        return channel != Channel.Call || VoiceScripts.Supports(found.Locale) ? found : template.Default;
    }

    static MessageTemplate Parse(StoredTemplate stored)
    {
        var texts = from translation in stored.Translations
                    where translation.InUse is not null
                    select KeyValuePair.Create(translation.Locale, translation.InUse!.Text);
        return MessageTemplate.Create(stored.FriendlyName, texts, stored.DefaultLocale, stored.Channels) is MessageTemplateResult.Valid valid
            ? valid.Template
            : throw new InvalidOperationException($"{stored.Sid} holds a text that is none.");
    }
}
