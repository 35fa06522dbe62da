using System.Text.Json;
using Countersign.Core;
using Countersign.Core.Factors;
using Countersign.Core.Factors.Passkeys;

namespace Countersign.Server.Api;

/// <summary>One factor.</summary>
sealed class FactorAnswer(Factor factor, string address) : JsonAnswer(StatusCodes.Status200OK)
{
    protected override void Write(Utf8JsonWriter json)
    {
        json.WriteStartObject();
        FactorJson.WriteMembers(json, factor, address, null);
        json.WriteEndObject();
    }
}

/// <summary>A factor that was just made: the one answer that shows a TOTP factor's secret, with a picture of it for an app's camera.</summary>
sealed class NewFactorAnswer(Factor factor, string issuer, string address) : JsonAnswer(StatusCodes.Status201Created)
{
    protected override void Write(Utf8JsonWriter json)
    {
        json.WriteStartObject();
        var uri = factor.Totp is { } totp ? TotpCodes.UriOf(totp, issuer, factor.FriendlyName) : null;
        FactorJson.WriteMembers(json, factor, address, uri ?? "");
        if (uri is not null)
        {
            json.WriteStartObject("countersign"u8);
            json.WriteString("qr_code"u8, QrPicture.DataUriOf(uri));
            json.WriteEndObject();
        }

        json.WriteEndObject();
    }
}

/// <summary>A page of factors.</summary>
sealed class FactorListAnswer(Page<Factor> page, ListQuery list, string url, string address) : JsonAnswer(StatusCodes.Status200OK)
{
    protected override void Write(Utf8JsonWriter json)
    {
        json.WriteStartObject();
        json.WriteStartArray("factors"u8);
        foreach (var factor in page.Items)
        {
            json.WriteStartObject();
            FactorJson.WriteMembers(json, factor, address, null);
            json.WriteEndObject();
        }

        json.WriteEndArray();
        list.WriteMeta(json, url + "/Factors", "factors", page);
        json.WriteEndObject();
    }
}

/// <summary>Factors as Twilio writes them.</summary>
static class FactorJson
{
    /// <summary>Twilio's API knows these types; others have paths of their own.</summary>
    public static bool IsListed(FactorType type) => type is FactorType.Totp or FactorType.Push or FactorType.Passkey;

    /// <summary>The members of a factor; <paramref name="uri"/> is what an app reads of a new one, null for one that is not new.</summary>
    public static void WriteMembers(Utf8JsonWriter json, Factor factor, string address, string? uri)
    {
        json.WriteString("sid"u8, factor.Sid.ToString());
        json.WriteString("account_sid"u8, factor.AccountSid.ToString());
        json.WriteString("service_sid"u8, factor.ServiceSid.ToString());
        json.WriteString("entity_sid"u8, factor.EntitySid.ToString());
        json.WriteString("identity"u8, factor.Identity.Reveal());
        if (uri is not null)
        {
            WriteBinding(json, factor, uri);
            json.WriteNull("options"u8);
        }

        VerificationJson.WriteDate(json, "date_created"u8, factor.CreatedAt);
        VerificationJson.WriteDate(json, "date_updated"u8, factor.UpdatedAt);
        json.WriteString("friendly_name"u8, factor.FriendlyName);
        json.WriteString("status"u8, factor.Status == FactorStatus.Verified ? "verified"u8 : "unverified"u8);
        json.WriteString("factor_type"u8, FactorTypes.NameOf(factor.Type));
        WriteConfig(json, factor);
        WriteRaw(json, "metadata"u8, factor.Metadata);
        json.WriteString("url"u8, $"{EntityJson.UrlOf(factor.ServiceSid, factor.Identity, address)}/Factors/{factor.Sid}");
    }

    /// <summary>JSON that is kept as JSON, or null.</summary>
    public static void WriteRaw(Utf8JsonWriter json, ReadOnlySpan<byte> name, string? value)
    {
        json.WritePropertyName(name);
        if (value is null)
        {
            json.WriteNullValue();
        }
        else
        {
            json.WriteRawValue(value);
        }
    }

    static void WriteBinding(Utf8JsonWriter json, Factor factor, string uri)
    {
        json.WriteStartObject("binding"u8);
        if (factor.Totp is { } totp)
        {
            json.WriteString("secret"u8, TotpCodes.Base32Of(totp.Secret));
            json.WriteString("uri"u8, uri);
        }
        else if (factor.Push is { } push)
        {
            json.WriteString("alg"u8, "ES256"u8);
            json.WriteString("public_key"u8, Convert.ToBase64String(push.PublicKey));
        }

        json.WriteEndObject();
    }

    static void WriteConfig(Utf8JsonWriter json, Factor factor)
    {
        if (factor.Type == FactorType.Passkey)
        {
            json.WritePropertyName("config"u8);
            PasskeyJson.WriteConfig(json, PasskeyDocument.Of(factor).Config);
            return;
        }

        json.WriteStartObject("config"u8);
        if (factor.Totp is { } totp)
        {
            json.WriteString("alg"u8, FactorForms.NameOf(totp.Algorithm));
            json.WriteNumber("skew"u8, totp.Skew);
            json.WriteNumber("code_length"u8, totp.CodeLength);
            json.WriteNumber("time_step"u8, totp.TimeStep);
        }
        else if (factor.Push is { } push)
        {
            json.WriteString("sdk_version"u8, push.SdkVersion);
            json.WriteString("app_id"u8, push.AppId);
            json.WriteString("notification_platform"u8, FactorForms.NameOf(push.Platform));
            json.WriteString("notification_token"u8, push.Token?.Reveal());

            // Not in Twilio's examples, but in what its service sends: the SDKs name their key by it.
            json.WriteString("credential_sid"u8, push.CredentialSid.ToString());
        }

        json.WriteEndObject();
    }
}
