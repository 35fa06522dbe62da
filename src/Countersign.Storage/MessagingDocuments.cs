using System.Text.Json;
using Countersign.Core;
using Countersign.Core.Messages.Senders;

namespace Countersign.Storage;

/// <summary>A pool of senders as JSON.</summary>
sealed record MessagingServiceDocument
{
    public List<string> Senders { get; set; } = [];

    public bool? Brandless { get; set; }

    public List<string>? Carriers { get; set; }
}

/// <summary>A messaging configuration as JSON; its service and country are in its name.</summary>
sealed record MessagingConfigurationDocument
{
    public string MessagingServiceSid { get; set; } = "";
}

/// <summary>Pools of senders in a registry.</summary>
sealed class MessagingServiceDocuments : RegistryDocument<MessagingService>
{
    public override string Kind => "messaging_service";

    public override string Write(MessagingService entry) => JsonSerializer.Serialize(
        new MessagingServiceDocument { Senders = [.. entry.Senders], Brandless = entry.Brandless, Carriers = entry.Carriers?.ToList() },
        StorageJson.Default.MessagingServiceDocument);

    public override MessagingService Read(RegistryRow row)
    {
        var document = JsonSerializer.Deserialize(row.Body, StorageJson.Default.MessagingServiceDocument)!;
        return new MessagingService
        {
            Sid = Sid.Parse(row.Name, "MG"),
            AccountSid = row.AccountSid,
            Senders = document.Senders,
            Brandless = document.Brandless,
            Carriers = document.Carriers,
            CreatedAt = row.CreatedAt,
            UpdatedAt = row.UpdatedAt,
        };
    }

    public override (DateTimeOffset CreatedAt, DateTimeOffset UpdatedAt) Moments(MessagingService entry) => (entry.CreatedAt, entry.UpdatedAt);
}

/// <summary>Messaging configurations in a registry.</summary>
sealed class MessagingConfigurationDocuments : RegistryDocument<MessagingConfiguration>
{
    public override string Kind => "messaging_configuration";

    public override string Write(MessagingConfiguration entry) => JsonSerializer.Serialize(
        new MessagingConfigurationDocument { MessagingServiceSid = entry.MessagingServiceSid.ToString() },
        StorageJson.Default.MessagingConfigurationDocument);

    public override MessagingConfiguration Read(RegistryRow row)
    {
        var document = JsonSerializer.Deserialize(row.Body, StorageJson.Default.MessagingConfigurationDocument)!;
        return new MessagingConfiguration
        {
            AccountSid = row.AccountSid,
            ServiceSid = Sid.Parse(row.Name[..Sid.Length], "VA"),
            Country = row.Name[(Sid.Length + 1)..],
            MessagingServiceSid = Sid.Parse(document.MessagingServiceSid, "MG"),
            CreatedAt = row.CreatedAt,
            UpdatedAt = row.UpdatedAt,
        };
    }

    public override (DateTimeOffset CreatedAt, DateTimeOffset UpdatedAt) Moments(MessagingConfiguration entry) => (entry.CreatedAt, entry.UpdatedAt);
}
