using System.Text.Json;
using Countersign.Core.Factors;
using Countersign.Server.Api;

namespace Countersign.Server.Admin;

/// <summary>One push credential, without its private key.</summary>
sealed class PushCredentialAnswer(int status, PushCredential credential) : JsonAnswer(status)
{
    protected override void Write(Utf8JsonWriter json) => PushCredentialJson.Write(json, credential);
}

/// <summary>How a push credential is written.</summary>
static class PushCredentialJson
{
    public static void Write(Utf8JsonWriter json, PushCredential credential)
    {
        json.WriteStartObject();
        json.WriteString("sid"u8, credential.Sid.ToString());
        json.WriteString("type"u8, credential.Fcm is not null ? "fcm" : "apn");
        json.WriteString("friendly_name"u8, credential.FriendlyName);
        json.WriteString("host"u8, credential.Host);
        if (credential.Fcm is { } fcm)
        {
            json.WriteString("project_id"u8, fcm.ProjectId);
            json.WriteString("client_email"u8, fcm.ClientEmail);
            json.WriteString("token_uri"u8, fcm.TokenUri);
        }
        else if (credential.Apn is { } apn)
        {
            json.WriteString("team_id"u8, apn.TeamId);
            json.WriteString("key_id"u8, apn.KeyId);
            json.WriteString("bundle_id"u8, apn.BundleId);
            json.WriteBoolean("sandbox"u8, apn.Sandbox);
        }

        json.WriteString("date_created"u8, VerificationJson.Date(credential.CreatedAt));
        json.WriteEndObject();
    }
}
