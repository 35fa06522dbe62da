using System.Buffers.Text;
using System.Text;
using System.Text.Json;
using Countersign.Core.Factors;
using Countersign.Core.Factors.Passkeys;

namespace Countersign.Server.Api;

/// <summary>A passkey factor; with what the browser is asked (the factors that it is not to make again), or without once it was registered.</summary>
sealed class PasskeyFactorAnswer(int status, Factor factor, PasskeyDocument passkey, IReadOnlyList<PasskeyCredential>? others, string address) : JsonAnswer(status)
{
    protected override void Write(Utf8JsonWriter json)
    {
        json.WriteStartObject();
        json.WriteString("sid"u8, factor.Sid.ToString());
        json.WriteString("account_sid"u8, factor.AccountSid.ToString());
        json.WriteString("service_sid"u8, factor.ServiceSid.ToString());
        json.WriteString("entity_sid"u8, factor.EntitySid.ToString());
        json.WriteString("identity"u8, factor.Identity.Reveal());
        if (others is not null)
        {
            json.WriteNull("binding"u8);
        }

        json.WriteString("date_created"u8, VerificationJson.Date(factor.CreatedAt));
        json.WriteString("date_updated"u8, VerificationJson.Date(factor.UpdatedAt));
        json.WriteString("friendly_name"u8, factor.FriendlyName);
        json.WriteString("status"u8, factor.Status == FactorStatus.Verified ? "verified" : "unverified");
        json.WriteString("factor_type"u8, "passkeys");
        json.WritePropertyName("config"u8);
        PasskeyJson.WriteConfig(json, passkey.Config);
        if (others is not null)
        {
            json.WriteStartObject("options"u8);
            json.WriteStartObject("publicKey"u8);
            PasskeyJson.WriteOptions(json, passkey.Config, factor.EntitySid.ToString(), factor.FriendlyName, passkey.Challenge!, others);
            json.WriteEndObject();
            json.WriteEndObject();
        }

        json.WriteNull("metadata"u8);
        json.WriteString("url"u8, $"{address}/v2/Services/{factor.ServiceSid}/Entities/{factor.Identity.Reveal()}/Factors/{factor.Sid}");
        json.WriteEndObject();
    }
}

/// <summary>A passkey challenge with what the browser is asked.</summary>
sealed class PasskeyChallengeAnswer(int status, PasskeyQuestion question, string url) : JsonAnswer(status)
{
    protected override void Write(Utf8JsonWriter json)
    {
        json.WriteStartObject();
        json.WriteString("sid"u8, question.Sid.ToString());
        json.WriteString("account_sid"u8, question.AccountSid.ToString());
        json.WriteString("service_sid"u8, question.ServiceSid.ToString());
        json.WriteString("entity_sid"u8, question.Entity?.Sid.ToString() ?? "");
        json.WriteString("identity"u8, question.Entity?.Identity.Reveal() ?? "");
        json.WriteString("factor_sid"u8, question.Factor?.Sid.ToString() ?? "");
        json.WriteString("factor_type"u8, "passkeys");
        json.WriteString("status"u8, question.Status == ChallengeStatus.Approved ? "approved" : "pending");
        json.WriteString("date_created"u8, VerificationJson.Date(question.CreatedAt));
        json.WriteString("date_updated"u8, VerificationJson.Date(question.UpdatedAt));
        json.WriteNull("date_responded"u8);
        json.WriteNull("details"u8);
        json.WriteNull("expiration_date"u8);
        json.WriteNull("hidden_details"u8);
        json.WriteNull("links"u8);
        json.WriteNull("metadata"u8);
        json.WriteString("responded_reason"u8, "none");
        json.WriteString("url"u8, url);
        json.WriteStartObject("options"u8);
        json.WriteStartObject("publicKey"u8);

        // What a browser needs to sign in; Twilio's example has what it needs to register, which it passes over here.
        json.WriteString("rpId"u8, question.Config.RelyingPartyId);
        PasskeyJson.WriteCredentials(json, "allowCredentials"u8, question.Allowed);
        json.WriteString("userVerification"u8, question.Config.UserVerification);
        PasskeyJson.WriteOptions(json, question.Config, question.Entity?.Sid.ToString() ?? "", question.Factor?.FriendlyName ?? "", question.Challenge, []);
        json.WriteEndObject();
        json.WriteEndObject();
        json.WriteEndObject();
    }
}

/// <summary>Parts that both have.</summary>
static class PasskeyJson
{
    public static void WriteConfig(Utf8JsonWriter json, PasskeyConfig config)
    {
        json.WriteStartObject();
        json.WriteStartObject("relying_party"u8);
        json.WriteString("id"u8, config.RelyingPartyId);
        json.WriteString("name"u8, config.RelyingPartyName);
        json.WriteStartArray("origins"u8);
        foreach (var origin in config.Origins)
        {
            json.WriteStringValue(origin);
        }

        json.WriteEndArray();
        json.WriteEndObject();
        json.WriteString("authenticator_attachment"u8, config.Attachment);
        json.WriteString("discoverable_credentials"u8, config.Discoverable);
        json.WriteString("user_verification"u8, config.UserVerification);
        json.WriteEndObject();
    }

    /// <summary>The members of <c>PublicKeyCredentialCreationOptionsJSON</c>.</summary>
    public static void WriteOptions(Utf8JsonWriter json, PasskeyConfig config, string handle, string name, byte[] challenge, IReadOnlyList<PasskeyCredential> excluded)
    {
        json.WriteStartObject("rp"u8);
        json.WriteString("id"u8, config.RelyingPartyId);
        json.WriteString("name"u8, config.RelyingPartyName);
        json.WriteEndObject();
        json.WriteStartObject("user"u8);
        json.WriteString("id"u8, Base64Url.EncodeToString(Encoding.ASCII.GetBytes(handle)));
        json.WriteString("name"u8, name);
        json.WriteString("displayName"u8, name);
        json.WriteEndObject();
        json.WriteString("challenge"u8, Base64Url.EncodeToString(challenge));

        // Twilio's example has one object here, for which a browser throws: it wants a list.
        json.WriteStartArray("pubKeyCredParams"u8);
        foreach (var algorithm in PasskeyAlgorithms.All)
        {
            json.WriteStartObject();
            json.WriteString("type"u8, "public-key");
            json.WriteNumber("alg"u8, algorithm);
            json.WriteEndObject();
        }

        json.WriteEndArray();
        json.WriteNumber("timeout"u8, (int)CeremonyChallenge.Life.TotalMilliseconds);
        WriteCredentials(json, "excludeCredentials"u8, excluded);
        json.WriteStartObject("authenticatorSelection"u8);
        if (config.Attachment != "any")
        {
            // A browser passes over a word that it does not know; there is none for any.
            json.WriteString("authenticatorAttachment"u8, config.Attachment);
        }

        json.WriteBoolean("requireResidentKey"u8, config.Discoverable == "required");
        json.WriteString("residentKey"u8, config.Discoverable);
        json.WriteString("userVerification"u8, config.UserVerification);
        json.WriteEndObject();
        json.WriteString("attestation"u8, "none");
    }

    public static void WriteCredentials(Utf8JsonWriter json, ReadOnlySpan<byte> name, IReadOnlyList<PasskeyCredential> credentials)
    {
        json.WriteStartArray(name);
        foreach (var credential in credentials)
        {
            json.WriteStartObject();
            json.WriteString("type"u8, "public-key");
            json.WriteString("id"u8, Base64Url.EncodeToString(credential.Id));
            json.WriteStartArray("transports"u8);
            foreach (var transport in credential.Transports)
            {
                json.WriteStringValue(transport);
            }

            json.WriteEndArray();
            json.WriteEndObject();
        }

        json.WriteEndArray();
    }
}
