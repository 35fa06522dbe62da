using System.Globalization;
using System.Text.Json;
using Countersign.Core;
using Countersign.Core.Channels;
using Countersign.Core.Messages.Templates;
using Countersign.Core.Registry;
using Countersign.Server.Api.Forms;

namespace Countersign.Server.Api;

/// <summary>The templates that can be sent. Twilio's API only lists them; <c>/admin/v1/templates</c> makes them.</summary>
sealed class TemplateEndpoints(IRegistry<StoredTemplate> templates, PublicAddress address)
{
    public void Map(IEndpointRouteBuilder routes) => routes.MapGet("/v2/Templates", AnswerMapping.Answering(List));

    ValueTask<IResult> List(HttpContext context)
    {
        if (!Form.FromQuery(context.Request).TryGet(out var query, out var error) || !ListQuery.TryBind(context.Request, query, out var list, out error))
        {
            return new(error);
        }

        var binder = new FormBinder(query);
        var name = binder.Text("FriendlyName", 1, 64);
        if (binder.Error is not null)
        {
            return new(binder.Error);
        }

        var found = templates.Of(Caller.Of(context).AccountSid).Where(template => template.IsApproved && (name is null || template.FriendlyName == name));
        var page = RegistryPage.Of(found, template => template.CreatedAt, template => template.Sid.ToString(), list.Request);
        return new(new TemplateListAnswer(page, list, name, address.Of(context.Request)));
    }
}

/// <summary>A page of templates.</summary>
sealed class TemplateListAnswer(Page<StoredTemplate> page, ListQuery list, string? friendlyName, string address) : JsonAnswer(StatusCodes.Status200OK)
{
    protected override void Write(Utf8JsonWriter json)
    {
        json.WriteStartObject();
        json.WriteStartArray("templates"u8);
        foreach (var template in page.Items)
        {
            TemplateJson.Write(json, template);
        }

        json.WriteEndArray();
        var filter = friendlyName is null ? "" : $"FriendlyName={Uri.EscapeDataString(friendlyName)}&";
        list.WriteMeta(json, $"{address}/v2/Templates", "templates", page, filter);
        json.WriteEndObject();
    }
}

/// <summary>A template as Twilio writes it: of each language the text that is sent.</summary>
static class TemplateJson
{
    public static void Write(Utf8JsonWriter json, StoredTemplate template)
    {
        json.WriteStartObject();
        json.WriteString("sid"u8, template.Sid.ToString());
        json.WriteString("account_sid"u8, template.AccountSid.ToString());
        json.WriteString("friendly_name"u8, template.FriendlyName);
        json.WriteStartArray("channels"u8);
        foreach (var channel in template.Channels)
        {
            json.WriteStringValue(Channel(channel));
        }

        json.WriteEndArray();
        json.WriteStartObject("translations"u8);
        foreach (var translation in template.Translations)
        {
            if (translation.InUse is { } text)
            {
                json.WriteStartObject(translation.Locale);
                json.WriteBoolean("is_default_translation"u8, translation.Locale == template.DefaultLocale);
                json.WriteString("status"u8, "approved"u8);
                json.WriteString("locale"u8, translation.Locale);
                json.WriteString("text"u8, text.Text);
                json.WriteString("date_updated"u8, Nanoseconds(text.ApprovedAt ?? text.CreatedAt));
                json.WriteString("date_created"u8, Nanoseconds(translation.CreatedAt));
                json.WriteEndObject();
            }
        }

        json.WriteEndObject();
        json.WriteEndObject();
    }

    /// <summary>A template's channels have names of their own: a call is <c>voice</c>.</summary>
    public static string Channel(Channel channel) => channel == Core.Channels.Channel.Call ? "voice" : Wire.Channel(channel);

    /// <summary>Nine digits of a second, of which a clock here has seven.</summary>
    static string Nanoseconds(DateTimeOffset moment) => moment.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss.fffffff'00Z'", CultureInfo.InvariantCulture);
}
