using System.Text;
using System.Text.Json;
using Countersign.Core;
using Countersign.Core.Factors;

namespace Countersign.Storage;

/// <summary>A push credential as JSON; its SID is its name, its private key is sealed.</summary>
sealed record PushCredentialDocument
{
    public string FriendlyName { get; set; } = "";

    public string? Host { get; set; }

    public FcmDocument? Fcm { get; set; }

    public ApnDocument? Apn { get; set; }
}

sealed record FcmDocument
{
    public string ProjectId { get; set; } = "";

    public string ClientEmail { get; set; } = "";

    public string? KeyId { get; set; }

    public string TokenUri { get; set; } = "";
}

sealed record ApnDocument
{
    public string KeyId { get; set; } = "";

    public string TeamId { get; set; } = "";

    public string BundleId { get; set; } = "";

    public bool Sandbox { get; set; }
}

/// <summary>Push credentials in a registry.</summary>
sealed class PushCredentialDocuments : RegistryDocument<PushCredential>
{
    public override string Kind => "push-credential";

    public override string Write(PushCredential entry) => JsonSerializer.Serialize(
        new PushCredentialDocument
        {
            FriendlyName = entry.FriendlyName,
            Host = entry.Host,
            Fcm = entry.Fcm is { } fcm ? new FcmDocument { ProjectId = fcm.ProjectId, ClientEmail = fcm.ClientEmail, KeyId = fcm.KeyId, TokenUri = fcm.TokenUri } : null,
            Apn = entry.Apn is { } apn ? new ApnDocument { KeyId = apn.KeyId, TeamId = apn.TeamId, BundleId = apn.BundleId, Sandbox = apn.Sandbox } : null,
        },
        StorageJson.Default.PushCredentialDocument);

    public override byte[]? Secrets(PushCredential entry) => Encoding.UTF8.GetBytes(entry.PrivateKey.Reveal());

    public override PushCredential Read(RegistryRow row)
    {
        var document = JsonSerializer.Deserialize(row.Body, StorageJson.Default.PushCredentialDocument)!;
        return new PushCredential
        {
            Sid = Sid.Parse(row.Name, "CR"),
            AccountSid = row.AccountSid,
            FriendlyName = document.FriendlyName,
            Host = document.Host,
            PrivateKey = new PushPrivateKey(Encoding.UTF8.GetString(row.Secrets!)),
            Fcm = document.Fcm is { } fcm ? new FcmAccount { ProjectId = fcm.ProjectId, ClientEmail = fcm.ClientEmail, KeyId = fcm.KeyId, TokenUri = fcm.TokenUri } : null,
            Apn = document.Apn is { } apn ? new ApnKey { KeyId = apn.KeyId, TeamId = apn.TeamId, BundleId = apn.BundleId, Sandbox = apn.Sandbox } : null,
            CreatedAt = row.CreatedAt,
        };
    }

    public override (DateTimeOffset CreatedAt, DateTimeOffset UpdatedAt) Moments(PushCredential entry) => (entry.CreatedAt, entry.CreatedAt);
}
