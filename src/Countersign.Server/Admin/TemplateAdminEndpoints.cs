using Countersign.Core;
using Countersign.Core.Channels;
using Countersign.Core.Messages;
using Countersign.Core.Messages.Templates;
using Countersign.Core.Registry;
using Countersign.Core.Services;
using Countersign.Server.Api;
using Countersign.Server.Api.Errors;

namespace Countersign.Server.Admin;

/// <summary>Message templates: written, approved, changed and taken away. <c>/v2/Templates</c> lists what came of it.</summary>
sealed class TemplateAdminEndpoints(IRegistry<StoredTemplate> templates, TemplateClaims claims, IServiceStore services, TimeProvider time, RandomSource random)
{
    const int MostServices = 10;

    static readonly string[] TemplateNames = ["friendly_name", "channels", "default_locale", "translations"];
    static readonly string[] NewTextNames = ["locale", "text"];
    static readonly string[] TextNames = ["text"];
    static readonly string[] ApprovalNames = ["version"];

    public void Map(IEndpointRouteBuilder endpoints)
    {
        endpoints.MapGet("/admin/v1/templates", AnswerMapping.Answering(List));
        endpoints.MapPost("/admin/v1/templates", AnswerMapping.Answering(CreateAsync));
        endpoints.MapGet("/admin/v1/templates/{template}", AnswerMapping.Answering(Fetch));
        endpoints.MapDelete("/admin/v1/templates/{template}", AnswerMapping.Answering(DeleteAsync));
        endpoints.MapPost("/admin/v1/templates/{template}/translations", AnswerMapping.Answering(AddTextAsync));
        endpoints.MapPut("/admin/v1/templates/{template}/translations/{locale}", AnswerMapping.Answering(PutTextAsync));
        endpoints.MapPost("/admin/v1/templates/{template}/translations/{locale}/approve", AnswerMapping.Answering(ApproveAsync));
        endpoints.MapDelete("/admin/v1/templates/{template}/translations/{locale}", AnswerMapping.Answering(DeleteTextAsync));
    }

    ValueTask<IResult> List(HttpContext context) =>
        new(new ListAnswer<StoredTemplate>("templates", templates.Of(Caller.Of(context).AccountSid), static (json, template) => TemplateAdminJson.Write(json, template, withTexts: false)));

    ValueTask<IResult> Fetch(HttpContext context) => new(
        templates.Find(Caller.Of(context).AccountSid, NameIn(context)) is { } found
            ? new TemplateAdminAnswer(StatusCodes.Status200OK, found)
            : TemplateErrors.TemplateNotFound(NameIn(context)));

    async ValueTask<IResult> CreateAsync(HttpContext context)
    {
        var (body, error) = await AdminBody.ReadAsync(context.Request, TemplateNames, context.RequestAborted);
        if (body is null)
        {
            return error!;
        }

        var friendlyName = body.Text("friendly_name", 1, StoredTemplate.MaxFriendlyName);
        if (string.IsNullOrWhiteSpace(friendlyName))
        {
            body.Invalid("friendly_name", "missing", $"friendly_name is required: a text of 1 to {StoredTemplate.MaxFriendlyName} characters.");
        }

        var channels = ReadChannels(body);
        var texts = ReadTexts(body);
        var defaultLocale = body.Text("default_locale", 2, 5) ?? (texts.Count == 1 ? texts[0].Key : null);
        if (defaultLocale is null)
        {
            body.Invalid("default_locale", "missing", "default_locale is required: which of the translations is sent where the wanted one is missing.");
        }

        if (body.Error is not null)
        {
            return body.Error;
        }

        var account = Caller.Of(context).AccountSid;
        var sid = Sid.NewRandom("HJ", random);
        var now = time.GetUtcNow();
        var result = TemplateEdits.Create(sid, account, friendlyName!, channels, defaultLocale!, texts, now);
        if (result is not TemplateEditResult.Edited { Template: var template })
        {
            return Refusal(result, "translations.");
        }

        template = template with { CreatedAt = RegistryPage.NextMoment(templates.Of(account).Select(other => other.CreatedAt), now) };
        return await templates.PutAsync(account, template.Name, _ => template, context.RequestAborted) is { } kept
            ? new TemplateAdminAnswer(StatusCodes.Status201Created, kept)
            : ApiErrors.TooManyRequests(null, "too_many_templates");
    }

    async ValueTask<IResult> AddTextAsync(HttpContext context)
    {
        var (body, error) = await AdminBody.ReadAsync(context.Request, NewTextNames, context.RequestAborted);
        if (body is null)
        {
            return error!;
        }

        var locale = body.Text("locale", 2, 5);
        if (locale is null)
        {
            body.Invalid("locale", "missing", "locale is required: a language such as de, or one of a country such as pt-BR.");
        }

        var text = ReadText(body);
        return body.Error ?? await EditAsync(context, template => TemplateEdits.Write(template, locale!, text!, onlyNew: true, time.GetUtcNow()));
    }

    async ValueTask<IResult> PutTextAsync(HttpContext context)
    {
        var (body, error) = await AdminBody.ReadAsync(context.Request, TextNames, context.RequestAborted);
        if (body is null)
        {
            return error!;
        }

        var text = ReadText(body);
        return body.Error ?? await EditAsync(context, template => TemplateEdits.Write(template, LocaleIn(context), text!, onlyNew: false, time.GetUtcNow()));
    }

    async ValueTask<IResult> ApproveAsync(HttpContext context)
    {
        var (body, error) = await AdminBody.ReadOptionalAsync(context.Request, ApprovalNames, context.RequestAborted);
        var version = body?.Integer("version", 1, int.MaxValue);
        if ((error ?? body!.Error) is { } refusal)
        {
            return refusal;
        }

        return await EditAsync(context, template => TemplateEdits.Approve(template, LocaleIn(context), version, time.GetUtcNow()));
    }

    async ValueTask<IResult> DeleteTextAsync(HttpContext context)
    {
        var answer = await EditAsync(context, template => TemplateEdits.Remove(template, LocaleIn(context), time.GetUtcNow()));
        return answer is TemplateAdminAnswer ? NoContentAnswer.Instance : answer;
    }

    async ValueTask<IResult> DeleteAsync(HttpContext context)
    {
        var account = Caller.Of(context).AccountSid;
        switch (await claims.AnnounceAsync(account, NameIn(context), context.RequestAborted))
        {
            case TemplateLeave.Claimed claimed:
                return InUse(claimed.Services.Select(static service => service.ToString()));

            case TemplateLeave.Announced announced:
                var isStaying = true;
                try
                {
                    // Looked for after it was announced: whoever gives it to a service from now on is refused.
                    var users = await UsersOfAsync(announced.Template, context.RequestAborted);
                    if (users.Count > 0)
                    {
                        return InUse(users);
                    }

                    isStaying = false;
                    return await templates.DeleteAsync(account, announced.Template.Name, context.RequestAborted)
                        ? NoContentAnswer.Instance
                        : TemplateErrors.TemplateNotFound(announced.Template.Name);
                }
                finally
                {
                    if (isStaying)
                    {
                        await claims.StayAsync(announced);
                    }
                }

            default:
                return TemplateErrors.TemplateNotFound(NameIn(context));
        }
    }

    static ApiError InUse(IEnumerable<string> services) => ApiErrors.StillInUse(
        "template_in_use", "The template is these services' DefaultTemplateSid. Give them another, or none, first.", [.. services.Take(MostServices)]);

    /// <summary>Services that have the template for their own, the first few.</summary>
    async Task<List<string>> UsersOfAsync(StoredTemplate template, CancellationToken ct)
    {
        var users = new List<string>();
        PageCursor? cursor = null;
        do
        {
            var page = await services.ListAsync(template.AccountSid, new PageRequest(1000, cursor), ct);
            users.AddRange(page.Items.Where(service => service.DefaultTemplateSid == template.Sid).Select(service => service.Sid.ToString()));
            cursor = page.Next;
        }
        while (cursor is not null && users.Count < MostServices);
        return [.. users.Take(MostServices)];
    }

    async ValueTask<IResult> EditAsync(HttpContext context, Func<StoredTemplate, TemplateEditResult> edit)
    {
        TemplateEditResult? result = null;
        var after = await templates.PutAsync(
            Caller.Of(context).AccountSid,
            NameIn(context),
            before => before is null ? null : (result = edit(before)) is TemplateEditResult.Edited edited && edited.Template != before ? edited.Template : null,
            context.RequestAborted);
        if (after is null)
        {
            return TemplateErrors.TemplateNotFound(NameIn(context));
        }

        return result is TemplateEditResult.Edited { Added: var added }
            ? new TemplateAdminAnswer(added ? StatusCodes.Status201Created : StatusCodes.Status200OK, after)
            : Refusal(result!, "");
    }

    static ApiError Refusal(TemplateEditResult result, string prefix) => result switch
    {
        TemplateEditResult.TranslationExists exists => TemplateErrors.TranslationExists(exists.Locale),
        TemplateEditResult.NoTranslation none => TemplateErrors.TranslationNotFound(none.Locale),
        TemplateEditResult.IsDefault => TemplateErrors.TranslationNotDeletable(),
        TemplateEditResult.DefaultIsDraft draft => TemplateErrors.TemplateNotApproved($"Approve the default translation ({draft.DefaultLocale}) first: it is sent where a language is missing."),
        TemplateEditResult.OtherVersion other => ApiErrors.InvalidParameter(
            "version", null, "other_version", $"Version {other.Newest} is the newest. Read it, and approve that."),
        TemplateEditResult.TooManyTranslations => ApiErrors.InvalidParameter(
            "translations", null, "too_many_entries", $"A template has {StoredTemplate.MaxTranslations} languages at most."),
        TemplateEditResult.Invalid { Problem: TemplateProblem.BadLocale } invalid => ApiErrors.InvalidParameter(
            $"{prefix}{invalid.Locale}", null, "not_a_locale", "A locale is a language of two letters, such as de, or one of a country, such as pt-BR."),
        TemplateEditResult.Invalid { Problem: TemplateProblem.BadPlaceholder } invalid => ApiErrors.InvalidParameter(
            NameOf(prefix, invalid), null, "bad_placeholder", "A placeholder is {{name}}, its name of letters A to Z, digits and _; every {{ needs its }}."),
        TemplateEditResult.Invalid { Problem: TemplateProblem.CodeNotOnce } invalid => ApiErrors.InvalidParameter(
            NameOf(prefix, invalid), null, "code_not_once", "The text must hold {{code}} exactly once: a phone that fills it in takes the first that it sees."),
        TemplateEditResult.Invalid { Problem: TemplateProblem.NoDefaultText } => ApiErrors.InvalidParameter(
            "default_locale", null, "no_default_text", "The default locale has no text among the translations."),
        _ => throw new InvalidOperationException($"No answer for {result}."),
    };

    static string NameOf(string prefix, TemplateEditResult.Invalid invalid) => prefix.Length == 0 ? "text" : $"{prefix}{invalid.Locale}";

    static List<Channel> ReadChannels(AdminBody body)
    {
        var names = body.Texts("channels", 2, 16) ?? ["sms"];
        var channels = new List<Channel>();
        foreach (var name in names.Distinct())
        {
            switch (name)
            {
                case "sms":
                    channels.Add(Channel.Sms);
                    break;
                case "voice":
                    channels.Add(Channel.Call);
                    break;
                default:
                    body.Invalid("channels", "not_a_choice", "Must be a list out of: sms, voice.");
                    break;
            }
        }

        if (channels.Count == 0)
        {
            body.Invalid("channels", "missing", "A template needs a channel: sms, voice, or both.");
        }

        return channels;
    }

    static List<KeyValuePair<string, string>> ReadTexts(AdminBody body)
    {
        var texts = new List<KeyValuePair<string, string>>();
        foreach (var (locale, text) in body.TextMap("translations", StoredTemplate.MaxTranslations, StoredTemplate.MaxText) ?? new Dictionary<string, string?>())
        {
            if (string.IsNullOrEmpty(text) || text.Any(char.IsControl))
            {
                body.Invalid($"translations.{locale}", "not_text", $"Must be one line of 1 to {StoredTemplate.MaxText} characters.");
            }

            texts.Add(KeyValuePair.Create(locale, text ?? ""));
        }

        if (texts.Count == 0)
        {
            body.Invalid("translations", "missing", "translations is required: texts by locale, such as {\"en\":\"Your code for {{friendly_name}} is {{code}}.\"}.");
        }

        return texts;
    }

    static string? ReadText(AdminBody body)
    {
        var text = body.Text("text", 1, StoredTemplate.MaxText);
        if (text is null)
        {
            body.Invalid("text", "missing", $"text is required: one line of 1 to {StoredTemplate.MaxText} characters with {{{{code}}}} in it.");
        }

        return text;
    }

    static string NameIn(HttpContext context) => (string)context.Request.RouteValues["template"]!;

    static string LocaleIn(HttpContext context) => (string)context.Request.RouteValues["locale"]!;
}
