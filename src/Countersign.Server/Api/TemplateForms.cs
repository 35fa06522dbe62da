using System.Text.RegularExpressions;
using Countersign.Core;
using Countersign.Core.Channels;
using Countersign.Core.Codes;
using Countersign.Core.Messages;
using Countersign.Core.Messages.Templates;
using Countersign.Core.Numbers;
using Countersign.Core.Services;
using Countersign.Core.Verifications;
using Countersign.Server.Api.Errors;
using Countersign.Server.Api.Forms;

namespace Countersign.Server.Api;

/// <summary>Reads which template a message is to be written in, and refuses what could not be written: by the time of sending it would be too late.</summary>
static partial class TemplateForms
{
    const int MaxSubstitutions = 50;

    /// <summary>The template of a start, by <c>TemplateSid</c>, by the deprecated <c>CustomMessage</c>, or the service's own.</summary>
    public static BoundTemplate Bind(
        FormBinder binder, VerifyService service, TemplateCatalog templates, Channel channel, bool isAuto, string friendlyName, OneTimeCode? customCode)
    {
        var asked = binder.Sid("TemplateSid", "HJ");
        var message = binder.Text("CustomMessage", 1, 1600);
        var substitutions = binder.JsonMap("TemplateCustomSubstitutions", MaxSubstitutions, 64, 500);
        if (asked is not null && message is not null)
        {
            binder.Invalid("CustomMessage", null, "template_and_message", "Send TemplateSid or CustomMessage, not both.");
        }

        if (binder.Error is not null)
        {
            return new BoundTemplate(null, null, substitutions, null);
        }

        CheckSubstitutions(binder, "TemplateCustomSubstitutions", substitutions);
        if (message is not null)
        {
            if (TemplateMatch.Find(Candidates(templates, service.AccountSid, isAuto ? null : channel), message, friendlyName, customCode) is not { } match)
            {
                binder.Fail(TemplateErrors.CustomMessageNotApproved());
                return default;
            }

            CheckSubstitutions(binder, "CustomMessage", match.Substitutions);
            return new BoundTemplate(match.TemplateSid, templates.InUse(templates.Find(service.AccountSid, match.TemplateSid)!), match.Substitutions, match.Locale);
        }

        if (asked is not { } sid)
        {
            return new BoundTemplate(null, templates.For(service.AccountSid, channel, null, service.DefaultTemplateSid), substitutions, null);
        }

        var (template, error) = Find(templates, service.AccountSid, sid, isAuto ? null : channel);
        if (error is not null)
        {
            binder.Fail(error);
        }

        return new BoundTemplate(sid, template, substitutions, null);
    }

    /// <summary>A text was approved as it is: what fills its gaps must not add lines to it, or hide some of it.</summary>
    static void CheckSubstitutions(FormBinder binder, string parameter, IReadOnlyDictionary<string, string>? substitutions)
    {
        if (substitutions?.Values.All(VisibleText.IsOneLine) == false)
        {
            binder.Invalid(parameter, null, "invalid_characters", "What fills a template's gaps must be one line of visible text.");
        }
    }

    static IEnumerable<(Sid Sid, MessageTemplate Template)> Candidates(TemplateCatalog templates, Sid account, Channel? channel) =>
        templates.AllInUse(account).Where(candidate => channel is not { } one || candidate.Template.Channels.Contains(one));

    /// <summary>Refuses a start whose template leaves gaps, or does not say what a payment's message has to.</summary>
    public static void Check(FormBinder binder, BoundTemplate bound, Channel channel, Destination? to, VerificationDetails details)
    {
        if (binder.Error is not null || bound.Template is not { } template || to is not PhoneNumber)
        {
            return;
        }

        var translation = TemplateCatalog.Translation(template, channel, details.Locale, to);
        var confirmsPayment = details.Amount is not null && details.Payee is not null;
        if (confirmsPayment && !translation.NamesPayment)
        {
            if (bound.Asked is not null)
            {
                binder.Invalid("TemplateSid", null, "payment_not_named", $"A message for a payment must say what is paid to whom: the text ({translation.Locale}) lacks {{{{amount}}}} or {{{{payee}}}}.");
            }

            return; // The service's own gives way to the standard words.
        }

        var missing = translation.MissingFrom(details.Substitutions, confirmsPayment);
        if (missing.Count > 0)
        {
            binder.Fail(TemplateErrors.MissingSubstitutions([.. missing]).With("locale", translation.Locale));
        }
    }

    /// <summary>A service's <c>DefaultTemplateSid</c>, which is for text messages, must be one that can be sent; null where it can, or none was given.</summary>
    public static ApiError? CheckDefault(Form form, Sid account, TemplateCatalog templates) =>
        Sid.TryParse(form["DefaultTemplateSid"], "HJ", out var sid) ? Find(templates, account, sid, Channel.Sms).Error : null;

    /// <summary>The template's own spelling of a locale that it has a text for; null where it has none.</summary>
    public static string? LocaleOf(MessageTemplate template, string locale)
    {
        var tag = locale.Replace('_', '-');
        var found = template.For(tag).Locale;
        return found.Equals(tag, StringComparison.OrdinalIgnoreCase) || tag.StartsWith($"{found}-", StringComparison.OrdinalIgnoreCase) ? found : null;
    }

    /// <summary>Whether a locale may be asked for although nothing here speaks it: a template then sends its default, as Twilio's do (its warning 60325).</summary>
    public static bool MayDefault(string locale) => Tag().IsMatch(locale);

    static (MessageTemplate? Template, ApiError? Error) Find(TemplateCatalog templates, Sid account, Sid sid, Channel? channel)
    {
        if (templates.Find(account, sid) is not { } stored)
        {
            return (null, TemplateErrors.TemplateNotFound(sid.ToString()));
        }

        if (templates.InUse(stored) is not { } template)
        {
            return (null, TemplateErrors.TemplateNotApproved("No text of the template is approved yet: POST /admin/v1/templates/{HJ…}/translations/{locale}/approve."));
        }

        return channel is { } wanted && !template.Channels.Contains(wanted)
            ? (null, TemplateErrors.ChannelNotInTemplate(Wire.Channel(wanted), [.. stored.Channels.Select(TemplateJson.Channel)]))
            : (template, null);
    }

    [GeneratedRegex(@"\A[A-Za-z]{2,3}([-_][A-Za-z0-9]{2,8}){0,3}\z")]
    private static partial Regex Tag();
}

/// <summary>What a start is written in.</summary>
/// <param name="Asked">The template that the caller named, or whose text it sent; null for none.</param>
/// <param name="Template">The template that is used: that one, else the service's own, else null.</param>
/// <param name="Substitutions">The values for its variables.</param>
/// <param name="Locale">The language of the text that the caller sent; null where it sent none.</param>
readonly record struct BoundTemplate(Sid? Asked, MessageTemplate? Template, IReadOnlyDictionary<string, string>? Substitutions, string? Locale);
