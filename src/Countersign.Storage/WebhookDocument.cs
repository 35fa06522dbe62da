using System.Text.Json;
using Countersign.Core;
using Countersign.Core.Events;

namespace Countersign.Storage;

/// <summary>A webhook as JSON; its service and SID are in its name.</summary>
sealed record WebhookDocument
{
    public string FriendlyName { get; set; } = "";

    public List<string> Events { get; set; } = [];

    public bool Enabled { get; set; } = true;

    public string Version { get; set; } = "v2";
}

/// <summary>A sink as JSON; its SID is its name.</summary>
sealed record EventSinkDocument
{
    public string Description { get; set; } = "";

    public List<string> Types { get; set; } = [];

    public bool Enabled { get; set; } = true;
}

/// <summary>What of a receiver is sealed. An address may hold a token of its owner's.</summary>
sealed record ReceiverSecretsDocument
{
    public string Url { get; set; } = "";

    public string Secret { get; set; } = "";

    public string? Retired { get; set; }

    public DateTimeOffset? RetiredUntil { get; set; }

    public static byte[] Write(EventReceiver receiver) => JsonSerializer.SerializeToUtf8Bytes(
        new ReceiverSecretsDocument
        {
            Url = receiver.Url,
            Secret = receiver.Secret.Reveal(),
            Retired = receiver.Retired?.Secret.Reveal(),
            RetiredUntil = receiver.Retired?.Until,
        },
        StorageJson.Default.ReceiverSecretsDocument);

    public static ReceiverSecretsDocument Read(RegistryRow row) => JsonSerializer.Deserialize(row.Secrets, StorageJson.Default.ReceiverSecretsDocument)!;

    public (SigningSecret, DateTimeOffset)? RetiredSecret => Retired is null ? null : (new SigningSecret(Retired), RetiredUntil ?? DateTimeOffset.MinValue);
}

/// <summary>Webhooks in a registry.</summary>
sealed class WebhookDocuments : RegistryDocument<Webhook>
{
    public override string Kind => "webhook";

    public override string Write(Webhook entry) => JsonSerializer.Serialize(
        new WebhookDocument { FriendlyName = entry.FriendlyName, Events = [.. entry.EventNames], Enabled = entry.IsEnabled, Version = entry.Version },
        StorageJson.Default.WebhookDocument);

    public override byte[]? Secrets(Webhook entry) => ReceiverSecretsDocument.Write(entry);

    public override Webhook Read(RegistryRow row)
    {
        var document = JsonSerializer.Deserialize(row.Body, StorageJson.Default.WebhookDocument)!;
        var secrets = ReceiverSecretsDocument.Read(row);
        return new Webhook
        {
            Sid = Sid.Parse(row.Name[(Sid.Length + 1)..], "YW"),
            AccountSid = row.AccountSid,
            ServiceSid = Sid.Parse(row.Name[..Sid.Length], "VA"),
            FriendlyName = document.FriendlyName,
            EventNames = document.Events,
            IsEnabled = document.Enabled,
            Version = document.Version,
            Url = secrets.Url,
            Secret = new SigningSecret(secrets.Secret),
            Retired = secrets.RetiredSecret,
            CreatedAt = row.CreatedAt,
            UpdatedAt = row.UpdatedAt,
        };
    }

    public override (DateTimeOffset CreatedAt, DateTimeOffset UpdatedAt) Moments(Webhook entry) => (entry.CreatedAt, entry.UpdatedAt);
}

/// <summary>Sinks in a registry.</summary>
sealed class EventSinkDocuments : RegistryDocument<EventSink>
{
    public override string Kind => "sink";

    public override string Write(EventSink entry) => JsonSerializer.Serialize(
        new EventSinkDocument { Description = entry.Description, Types = [.. entry.CloudTypes], Enabled = entry.IsEnabled }, StorageJson.Default.EventSinkDocument);

    public override byte[]? Secrets(EventSink entry) => ReceiverSecretsDocument.Write(entry);

    public override EventSink Read(RegistryRow row)
    {
        var document = JsonSerializer.Deserialize(row.Body, StorageJson.Default.EventSinkDocument)!;
        var secrets = ReceiverSecretsDocument.Read(row);
        return new EventSink
        {
            Sid = Sid.Parse(row.Name, "DG"),
            AccountSid = row.AccountSid,
            Description = document.Description,
            CloudTypes = document.Types,
            IsEnabled = document.Enabled,
            Url = secrets.Url,
            Secret = new SigningSecret(secrets.Secret),
            Retired = secrets.RetiredSecret,
            CreatedAt = row.CreatedAt,
            UpdatedAt = row.UpdatedAt,
        };
    }

    public override (DateTimeOffset CreatedAt, DateTimeOffset UpdatedAt) Moments(EventSink entry) => (entry.CreatedAt, entry.UpdatedAt);
}
