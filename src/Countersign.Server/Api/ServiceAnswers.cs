using System.Text.Json;
using Countersign.Core;
using Countersign.Core.Services;

namespace Countersign.Server.Api;

/// <summary>A service as Twilio writes it: what is not set is an object of nulls, not a null.</summary>
sealed class ServiceAnswer(int status, VerifyService service, string address) : JsonAnswer(status)
{
    protected override void Write(Utf8JsonWriter json) => ServiceJson.Write(json, service, address);
}

/// <summary>A page of services.</summary>
sealed class ServiceListAnswer(Page<VerifyService> page, ListQuery list, string address) : JsonAnswer(StatusCodes.Status200OK)
{
    protected override void Write(Utf8JsonWriter json)
    {
        json.WriteStartObject();
        list.WriteMeta(json, $"{address}/v2/Services", "services", page);
        json.WriteStartArray("services"u8);
        foreach (var service in page.Items)
        {
            ServiceJson.Write(json, service, address);
        }

        json.WriteEndArray();
        json.WriteEndObject();
    }
}

static class ServiceJson
{
    public static void Write(Utf8JsonWriter json, VerifyService service, string address)
    {
        json.WriteStartObject();
        json.WriteString("sid"u8, service.Sid.ToString());
        json.WriteString("account_sid"u8, service.AccountSid.ToString());
        json.WriteString("friendly_name"u8, service.FriendlyName);
        json.WriteNumber("code_length"u8, service.CodeLength);
        json.WriteBoolean("lookup_enabled"u8, service.LookupEnabled);
        json.WriteBoolean("psd2_enabled"u8, service.Psd2Enabled);
        json.WriteBoolean("skip_sms_to_landlines"u8, service.SkipSmsToLandlines);
        json.WriteBoolean("dtmf_input_required"u8, service.DtmfInputRequired);
        json.WriteString("tts_name"u8, service.TtsName);
        json.WriteBoolean("do_not_share_warning_enabled"u8, service.DoNotShareWarningEnabled);
        json.WriteBoolean("custom_code_enabled"u8, service.CustomCodeEnabled);
        WriteNested(json, service);
        json.WriteString("default_template_sid"u8, service.DefaultTemplateSid?.ToString());
        json.WriteBoolean("verify_event_subscription_enabled"u8, service.VerifyEventSubscriptionEnabled);
        json.WriteString("date_created"u8, VerificationJson.Date(service.CreatedAt));
        json.WriteString("date_updated"u8, VerificationJson.Date(service.UpdatedAt));
        var url = $"{address}/v2/Services/{service.Sid}";
        json.WriteString("url"u8, url);
        json.WriteStartObject("links"u8);
        json.WriteString("verification_checks"u8, url + "/VerificationCheck");
        json.WriteString("verifications"u8, url + "/Verifications");
        json.WriteString("rate_limits"u8, url + "/RateLimits");
        json.WriteString("messaging_configurations"u8, url + "/MessagingConfigurations");
        json.WriteString("entities"u8, url + "/Entities");
        json.WriteString("webhooks"u8, url + "/Webhooks");
        json.WriteString("access_tokens"u8, url + "/AccessTokens");
        json.WriteEndObject();
        json.WriteEndObject();
    }

    static void WriteNested(Utf8JsonWriter json, VerifyService service)
    {
        json.WriteStartObject("push"u8);
        json.WriteBoolean("include_date"u8, service.Push.IncludeDate);
        json.WriteString("apn_credential_sid"u8, service.Push.ApnCredentialSid);
        json.WriteString("fcm_credential_sid"u8, service.Push.FcmCredentialSid);
        json.WriteEndObject();

        json.WriteStartObject("totp"u8);
        json.WriteString("issuer"u8, service.Totp.Issuer);
        WriteNumber(json, "time_step"u8, service.Totp.TimeStep);
        WriteNumber(json, "code_length"u8, service.Totp.CodeLength);
        WriteNumber(json, "skew"u8, service.Totp.Skew);
        json.WriteEndObject();

        json.WriteStartObject("whatsapp"u8);
        json.WriteString("msg_service_sid"u8, service.WhatsApp.MsgServiceSid);
        json.WriteString("from"u8, service.WhatsApp.From);
        json.WriteEndObject();

        json.WriteStartObject("passkeys"u8);
        json.WriteStartObject("relying_party"u8);
        json.WriteString("id"u8, service.Passkeys.RelyingPartyId);
        json.WriteString("name"u8, service.Passkeys.RelyingPartyName);
        if (service.Passkeys.RelyingPartyOrigins is { } origins)
        {
            json.WriteStartArray("origins"u8);
            foreach (var origin in origins)
            {
                json.WriteStringValue(origin);
            }

            json.WriteEndArray();
        }
        else
        {
            json.WriteNull("origins"u8);
        }

        json.WriteEndObject();
        json.WriteString("authenticator_attachment"u8, service.Passkeys.AuthenticatorAttachment);
        json.WriteString("discoverable_credentials"u8, service.Passkeys.DiscoverableCredentials);
        json.WriteString("user_verification"u8, service.Passkeys.UserVerification);
        json.WriteEndObject();
    }

    static void WriteNumber(Utf8JsonWriter json, ReadOnlySpan<byte> name, int? value)
    {
        if (value is { } number)
        {
            json.WriteNumber(name, number);
        }
        else
        {
            json.WriteNull(name);
        }
    }
}
