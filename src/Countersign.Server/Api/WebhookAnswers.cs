using System.Text.Json;
using Countersign.Core;
using Countersign.Core.Events;

namespace Countersign.Server.Api;

/// <summary>One webhook.</summary>
sealed class WebhookAnswer(int status, Webhook webhook, string address) : JsonAnswer(status)
{
    protected override void Write(Utf8JsonWriter json) => WebhookJson.Write(json, webhook, address);
}

/// <summary>A page of webhooks.</summary>
sealed class WebhookListAnswer(Page<Webhook> page, ListQuery list, Sid service, string address) : JsonAnswer(StatusCodes.Status200OK)
{
    protected override void Write(Utf8JsonWriter json)
    {
        json.WriteStartObject();
        json.WriteStartArray("webhooks"u8);
        foreach (var webhook in page.Items)
        {
            WebhookJson.Write(json, webhook, address);
        }

        json.WriteEndArray();
        list.WriteMeta(json, $"{address}/v2/Services/{service}/Webhooks", "webhooks", page);
        json.WriteEndObject();
    }
}

/// <summary>Webhooks as Twilio writes them.</summary>
static class WebhookJson
{
    public static void Write(Utf8JsonWriter json, Webhook webhook, string address)
    {
        json.WriteStartObject();
        json.WriteString("url"u8, $"{address}/v2/Services/{webhook.ServiceSid}/Webhooks/{webhook.Sid}");
        json.WriteString("sid"u8, webhook.Sid.ToString());
        json.WriteString("account_sid"u8, webhook.AccountSid.ToString());
        json.WriteString("service_sid"u8, webhook.ServiceSid.ToString());
        json.WriteString("friendly_name"u8, webhook.FriendlyName);
        json.WriteStartArray("event_types"u8);
        foreach (var name in webhook.EventNames)
        {
            json.WriteStringValue(name);
        }

        json.WriteEndArray();
        json.WriteString("webhook_method"u8, "POST"u8);
        json.WriteString("webhook_url"u8, webhook.Url);
        json.WriteString("status"u8, webhook.IsEnabled ? "enabled"u8 : "disabled"u8);
        json.WriteString("version"u8, webhook.Version);
        json.WriteString("date_created"u8, VerificationJson.Date(webhook.CreatedAt));
        json.WriteString("date_updated"u8, VerificationJson.Date(webhook.UpdatedAt));
        json.WriteEndObject();
    }
}
