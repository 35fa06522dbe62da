using System.Text.Json;
using Countersign.Core;
using Countersign.Core.Channels;
using Countersign.Core.Delivery.Tries;

namespace Countersign.Storage;

/// <summary>One test of carriers as JSON.</summary>
sealed record TryRunDocument
{
    public string MaskedTo { get; set; } = "";

    public int Channel { get; set; }

    public List<string> Attempts { get; set; } = [];
}

/// <summary>Tests of carriers in a registry.</summary>
sealed class TryRunDocuments : RegistryDocument<TryRun>
{
    public override string Kind => "try";

    public override string Write(TryRun entry) => JsonSerializer.Serialize(
        new TryRunDocument { MaskedTo = entry.MaskedTo, Channel = (int)entry.Channel, Attempts = [.. entry.Attempts.Select(sid => sid.ToString())] },
        StorageJson.Default.TryRunDocument);

    public override TryRun Read(RegistryRow row)
    {
        var document = JsonSerializer.Deserialize(row.Body, StorageJson.Default.TryRunDocument)!;
        return new TryRun
        {
            AccountSid = row.AccountSid,
            Name = row.Name,
            MaskedTo = document.MaskedTo,
            Channel = (Channel)document.Channel,
            Attempts = document.Attempts.ConvertAll(text => Sid.Parse(text, "VL")),
            CreatedAt = row.CreatedAt,
        };
    }

    public override (DateTimeOffset CreatedAt, DateTimeOffset UpdatedAt) Moments(TryRun entry) => (entry.CreatedAt, entry.CreatedAt);
}
