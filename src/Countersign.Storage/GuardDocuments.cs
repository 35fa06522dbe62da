using System.Globalization;
using System.Text.Json;
using Countersign.Core;
using Countersign.Core.Guard.Geo;
using Countersign.Core.Guard.Lists;

namespace Countersign.Storage;

/// <summary>An entry of a list in the sealed document of its part; short names, because there may be a hundred thousand.</summary>
sealed record ListedNumberDocument
{
    /// <summary>The 128 bits of its SID in hex.</summary>
    public string S { get; set; } = "";

    /// <summary>The number or prefix.</summary>
    public string V { get; set; } = "";

    /// <summary>The note.</summary>
    public string? N { get; set; }

    public DateTimeOffset C { get; set; }

    /// <summary>The end.</summary>
    public DateTimeOffset? E { get; set; }
}

/// <summary>Parts of lists of numbers in a registry. Nothing of them lies in clear but which list and which part it is.</summary>
sealed class NumberListDocuments : RegistryDocument<NumberListPart>
{
    public override string Kind => "number_list";

    public override string Write(NumberListPart entry) => "{}";

    public override byte[]? Secrets(NumberListPart entry) => entry.Entries.Count == 0 ? null : JsonSerializer.SerializeToUtf8Bytes(
        entry.Entries.ToDictionary(
            listed => listed.Key.ToString("x32", CultureInfo.InvariantCulture),
            listed => new ListedNumberDocument
            {
                S = listed.Value.Sid.ToString()[2..],
                V = listed.Value.Value,
                N = listed.Value.Note,
                C = listed.Value.CreatedAt,
                E = listed.Value.ExpiresAt,
            }),
        StorageJson.Default.DictionaryStringListedNumberDocument);

    public override NumberListPart Read(RegistryRow row)
    {
        var (kind, part) = NumberListPart.ReadName(row.Name);
        return new NumberListPart
        {
            AccountSid = row.AccountSid,
            Kind = kind,
            Part = part,
            Entries = row.Secrets is null ? new Dictionary<UInt128, ListedNumber>() : ReadEntries(row.Secrets, part == NumberListPart.Prefixes),
            CreatedAt = row.CreatedAt,
            UpdatedAt = row.UpdatedAt,
        };
    }

    public override (DateTimeOffset CreatedAt, DateTimeOffset UpdatedAt) Moments(NumberListPart entry) => (entry.CreatedAt, entry.UpdatedAt);

    static Dictionary<UInt128, ListedNumber> ReadEntries(byte[] plain, bool arePrefixes) =>
        JsonSerializer.Deserialize(plain, StorageJson.Default.DictionaryStringListedNumberDocument)!.ToDictionary(
            listed => UInt128.Parse(listed.Key, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture),
            listed => new ListedNumber
            {
                Sid = Sid.Parse("GN" + listed.Value.S, "GN"),
                Value = listed.Value.V,
                IsPrefix = arePrefixes,
                Note = listed.Value.N,
                CreatedAt = listed.Value.C,
                ExpiresAt = listed.Value.E,
            });
}

/// <summary>Accounts' geo permissions in a registry.</summary>
sealed class GeoPermissionsDocuments : RegistryDocument<AccountGeoPermissions>
{
    public override string Kind => "geo_permissions";

    public override string Write(AccountGeoPermissions entry) => JsonSerializer.Serialize(entry.Table, StorageJson.Default.GeoTable);

    public override AccountGeoPermissions Read(RegistryRow row) => new()
    {
        AccountSid = row.AccountSid,
        Table = JsonSerializer.Deserialize(row.Body, StorageJson.Default.GeoTable)!,
        CreatedAt = row.CreatedAt,
        UpdatedAt = row.UpdatedAt,
    };

    public override (DateTimeOffset CreatedAt, DateTimeOffset UpdatedAt) Moments(AccountGeoPermissions entry) => (entry.CreatedAt, entry.UpdatedAt);
}
