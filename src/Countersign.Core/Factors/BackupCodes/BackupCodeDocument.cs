using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization;
using Countersign.Core.Privacy;

namespace Countersign.Core.Factors.BackupCodes;

/// <summary>What bounds backup codes.</summary>
public static class BackupCodeLimits
{
    /// <summary>Codes of a set.</summary>
    public const int PerSet = 10;

    /// <summary>Wrong codes of one person within <see cref="Window"/>; the next try waits.</summary>
    public const int WrongPerWindow = 5;

    public static readonly TimeSpan Window = TimeSpan.FromMinutes(15);
}

/// <summary>
/// A person's set of codes, as it is kept in the <see cref="Factor.Document"/> of a factor of its own: keyed hashes of those that are left, and when wrong ones were tried. With the
/// right key and the store somebody could try 45 bits through; without the key nothing can be tried.
/// </summary>
public sealed record BackupCodeDocument
{
    /// <summary>The ring key that the hashes were made with.</summary>
    public int Key { get; init; }

    /// <summary>Those that were not used, in no order that says anything.</summary>
    public IReadOnlyList<byte[]> Left { get; init; } = [];

    /// <summary>When wrong codes were tried, in Unix milliseconds, as far as it counts.</summary>
    public IReadOnlyList<long> Wrong { get; init; } = [];

    public static BackupCodeDocument Of(Factor factor) => JsonSerializer.Deserialize(factor.Document!, BackupCodeJson.Default.BackupCodeDocument)!;

    public string Write() => JsonSerializer.Serialize(this, BackupCodeJson.Default.BackupCodeDocument);

    /// <summary>The hash of a code of one set: the same code of another set has another.</summary>
    internal static byte[] Hash(RingKey key, Sid set, BackupCode code)
    {
        Span<byte> plain = stackalloc byte[17 + BackupCode.Length];
        set.WriteTo(plain);
        plain[16] = (byte)'b';
        Encoding.ASCII.GetBytes(code.Reveal(), plain[17..]);
        var hash = new byte[KeyedHash.Bytes];
        key.EntityHash.Hash(plain, hash);
        return hash;
    }
}

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower)]
[JsonSerializable(typeof(BackupCodeDocument))]
sealed partial class BackupCodeJson : JsonSerializerContext;
