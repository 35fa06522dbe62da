using System.Text.Json;
using Countersign.Core.Accounts;

namespace Countersign.Storage;

/// <summary>The permissions of a restricted key as JSON.</summary>
sealed record KeyPolicyDocument
{
    public List<string> Allow { get; set; } = [];

    /// <summary>Null for a key that is not restricted.</summary>
    public static string? Write(ApiKey key) => key.Kind == ApiKeyKind.Restricted ? Write(key.Allow) : null;

    public static string Write(IReadOnlyList<string> allow) => JsonSerializer.Serialize(new KeyPolicyDocument { Allow = [.. allow] }, StorageJson.Default.KeyPolicyDocument);

    public static IReadOnlyList<string> Read(string json) => JsonSerializer.Deserialize(json, StorageJson.Default.KeyPolicyDocument)!.Allow;
}
