using System.Text.Json;
using Countersign.Core.Delivery;

namespace Countersign.Storage;

/// <summary>A carrier's settings as JSON.</summary>
sealed record CarrierDocument
{
    public string Kind { get; set; } = "";

    public bool Enabled { get; set; } = true;

    public Dictionary<string, string> Settings { get; set; } = [];

    public List<string> Senders { get; set; } = [];

    public Dictionary<string, decimal> Prices { get; set; } = [];

    public int MaxInFlight { get; set; } = 100;
}

/// <summary>Carriers in a registry.</summary>
sealed class CarrierDocuments : RegistryDocument<CarrierDefinition>
{
    public override string Kind => "carrier";

    public override string Write(CarrierDefinition entry) => JsonSerializer.Serialize(
        new CarrierDocument
        {
            Kind = entry.Kind,
            Enabled = entry.Enabled,
            Settings = entry.Settings.ToDictionary(),
            Senders = [.. entry.Senders],
            Prices = entry.Prices.ToDictionary(),
            MaxInFlight = entry.MaxInFlight,
        },
        StorageJson.Default.CarrierDocument);

    public override byte[]? Secrets(CarrierDefinition entry) =>
        entry.Secrets.Count == 0 ? null : JsonSerializer.SerializeToUtf8Bytes(entry.Secrets.ToDictionary(), StorageJson.Default.DictionaryStringString);

    public override CarrierDefinition Read(RegistryRow row)
    {
        var document = JsonSerializer.Deserialize(row.Body, StorageJson.Default.CarrierDocument)!;
        return new CarrierDefinition
        {
            AccountSid = row.AccountSid,
            Name = row.Name,
            Kind = document.Kind,
            Enabled = document.Enabled,
            Settings = document.Settings,
            Secrets = row.Secrets is null ? new Dictionary<string, string>() : JsonSerializer.Deserialize(row.Secrets, StorageJson.Default.DictionaryStringString)!,
            Senders = document.Senders,
            Prices = document.Prices,
            MaxInFlight = document.MaxInFlight,
            CreatedAt = row.CreatedAt,
            UpdatedAt = row.UpdatedAt,
        };
    }

    public override (DateTimeOffset CreatedAt, DateTimeOffset UpdatedAt) Moments(CarrierDefinition entry) => (entry.CreatedAt, entry.UpdatedAt);
}
