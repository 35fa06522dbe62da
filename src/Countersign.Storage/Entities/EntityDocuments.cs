using System.Text.Json.Serialization;

namespace Countersign.Storage.Entities;

/// <summary>The sealed part of an entity.</summary>
sealed record EntityDocument
{
    [JsonPropertyName("i")]
    public string Identity { get; set; } = "";

    /// <summary>Unix milliseconds.</summary>
    [JsonPropertyName("f")]
    public List<long>? FactorsMade { get; set; }

    [JsonPropertyName("c")]
    public long? NewestChallengeAt { get; set; }
}

/// <summary>The sealed part of a factor.</summary>
sealed record FactorDocument
{
    [JsonPropertyName("i")]
    public string Identity { get; set; } = "";

    [JsonPropertyName("n")]
    public string FriendlyName { get; set; } = "";

    [JsonPropertyName("m")]
    public string? Metadata { get; set; }

    [JsonPropertyName("t")]
    public int Tries { get; set; }

    /// <summary>Unix milliseconds.</summary>
    [JsonPropertyName("c")]
    public List<long>? ChallengesMade { get; set; }

    [JsonPropertyName("totp")]
    public TotpDocument? Totp { get; set; }

    [JsonPropertyName("push")]
    public PushDocument? Push { get; set; }

    [JsonPropertyName("d")]
    public string? Document { get; set; }
}

/// <summary>What a TOTP factor has.</summary>
sealed record TotpDocument
{
    [JsonPropertyName("k")]
    public byte[] Secret { get; set; } = [];

    [JsonPropertyName("a")]
    public int Algorithm { get; set; }

    [JsonPropertyName("l")]
    public int CodeLength { get; set; }

    [JsonPropertyName("s")]
    public int TimeStep { get; set; }

    [JsonPropertyName("w")]
    public int Skew { get; set; }

    [JsonPropertyName("u")]
    public long LastStep { get; set; } = -1;
}

/// <summary>What a push factor has.</summary>
sealed record PushDocument
{
    [JsonPropertyName("k")]
    public byte[] PublicKey { get; set; } = [];

    [JsonPropertyName("a")]
    public string AppId { get; set; } = "";

    [JsonPropertyName("p")]
    public int Platform { get; set; }

    [JsonPropertyName("t")]
    public string? Token { get; set; }

    [JsonPropertyName("v")]
    public string? SdkVersion { get; set; }

    [JsonPropertyName("c")]
    public string CredentialSid { get; set; } = "";
}

/// <summary>The sealed part of a challenge.</summary>
sealed record ChallengeDocument
{
    [JsonPropertyName("i")]
    public string Identity { get; set; } = "";

    /// <summary>Unix milliseconds.</summary>
    [JsonPropertyName("r")]
    public long? RespondedAt { get; set; }

    [JsonPropertyName("t")]
    public int Tries { get; set; }

    [JsonPropertyName("p")]
    public int Notifications { get; set; }

    [JsonPropertyName("q")]
    public string? Message { get; set; }

    /// <summary>Label, value, label, value…</summary>
    [JsonPropertyName("f")]
    public List<string>? Fields { get; set; }

    [JsonPropertyName("w")]
    public long? Date { get; set; }

    [JsonPropertyName("h")]
    public string? HiddenDetails { get; set; }

    [JsonPropertyName("m")]
    public string? Metadata { get; set; }

    [JsonPropertyName("d")]
    public string? Document { get; set; }
}

/// <summary>The sealed part of an access token.</summary>
sealed record AccessTokenDocument
{
    [JsonPropertyName("i")]
    public string Identity { get; set; } = "";

    [JsonPropertyName("t")]
    public int FactorType { get; set; }

    [JsonPropertyName("n")]
    public string? FactorFriendlyName { get; set; }

    [JsonPropertyName("l")]
    public int Seconds { get; set; }
}
