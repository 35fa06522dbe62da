namespace Countersign.Server.Api.Errors;

/// <summary>What goes wrong with templates, their translations and custom messages.</summary>
public static class TemplateErrors
{
    /// <summary>400/60224: the template has placeholders that <c>TemplateCustomSubstitutions</c> does not fill.</summary>
    public static ApiError MissingSubstitutions(params string[] placeholders) => new(400, 60224, "Missing substitutions for template")
    {
        Details = ApiErrors.Explained("missing_substitutions", "The template has gaps that missing names. Send a value for each as TemplateCustomSubstitutions, one JSON text such as {\"name\":\"value\"}.")
            .With("parameter", "TemplateCustomSubstitutions").With("missing", placeholders),
    };

    /// <summary>404/60228.</summary>
    public static ApiError TemplateNotFound(string templateSid) => new(404, 60228, "Template not found")
    {
        Details = ErrorDetails.For("template_not_found").With("template_sid", EchoedText.Of(templateSid, ApiErrors.MaxEchoedValue)),
    };

    /// <summary>400/60201: what can be sent of the template is nothing yet.</summary>
    public static ApiError TemplateNotApproved(string explanation) => new(400, 60201, "Template translation is not approved")
    {
        Details = ApiErrors.Explained("template_not_approved", explanation),
    };

    /// <summary>409/60225.</summary>
    public static ApiError TranslationExists(string locale) => new(409, 60225, "Translation already exists")
    {
        Details = ApiErrors.Explained("translation_exists", "The template has a text in this locale. Change it with PUT /admin/v1/templates/{HJ…}/translations/{locale}.").With("locale", EchoedText.Of(locale, ApiErrors.MaxEchoedValue)),
    };

    /// <summary>400/60227; <paramref name="supported"/> are the template's channels.</summary>
    public static ApiError ChannelNotInTemplate(string channel, params string[] supported) => new(400, 60227, "Channel not supported by template")
    {
        Details = ErrorDetails.For("channel_not_in_template").With("channel", channel).With("channels", supported),
    };

    /// <summary>404/60229.</summary>
    public static ApiError TranslationNotFound(string locale) => new(404, 60229, "Template translation not found")
    {
        Details = ErrorDetails.For("translation_not_found").With("locale", EchoedText.Of(locale, ApiErrors.MaxEchoedValue)),
    };

    /// <summary>400/60332: the default translation lives as long as its template.</summary>
    public static ApiError TranslationNotDeletable() => new(400, 60332, "The default translation cannot be deleted")
    {
        Details = ApiErrors.Explained("default_translation", "It is what is sent where a language is missing. Change its text, or delete the whole template."),
    };

    /// <summary>400/60409. The message itself is not repeated: it may hold a code.</summary>
    public static ApiError CustomMessageNotApproved() => new(400, 60409, "CustomMessage does not match an approved template")
    {
        Details = ApiErrors.Explained("custom_message_not_approved", "Use a TemplateSid, or have this text approved as a template first."),
    };
}
