using System.Text.Json.Serialization;

namespace Countersign.Core.Factors;

/// <summary>What an access token says, to this server alone.</summary>
sealed record AccessTokenClaims
{
    [JsonPropertyName("jti")]
    public string Id { get; set; } = "";

    [JsonPropertyName("sub")]
    public string Account { get; set; } = "";

    [JsonPropertyName("service_sid")]
    public string Service { get; set; } = "";

    [JsonPropertyName("identity")]
    public string Identity { get; set; } = "";

    [JsonPropertyName("factor")]
    public int Type { get; set; }

    [JsonPropertyName("name")]
    public string? Name { get; set; }

    /// <summary>Unix milliseconds.</summary>
    [JsonPropertyName("from")]
    public long From { get; set; }

    [JsonPropertyName("seconds")]
    public int Seconds { get; set; }
}

[JsonSourceGenerationOptions(DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(AccessTokenClaims))]
sealed partial class AccessTokenJson : JsonSerializerContext;
