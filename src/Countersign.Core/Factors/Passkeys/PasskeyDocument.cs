using System.Text.Json;
using System.Text.Json.Serialization;

namespace Countersign.Core.Factors.Passkeys;

/// <summary>What a passkey factor keeps beside what every factor has: its <see cref="Factor.Document"/>.</summary>
public sealed record PasskeyDocument
{
    public required PasskeyConfig Config { get; init; }

    /// <summary>What the browser is to sign to register; null once it has.</summary>
    public byte[]? Challenge { get; init; }

    /// <summary>Cannot be registered from then on, in Unix milliseconds.</summary>
    public long Until { get; init; }

    /// <summary>The passkey, once it is registered.</summary>
    public PasskeyCredential? Credential { get; init; }

    /// <summary>Challenges that are kept nowhere and that this passkey has answered, as far as they could be answered again.</summary>
    public IReadOnlyList<SpentChallenge> Spent { get; init; } = [];

    public static PasskeyDocument Of(Factor factor) => JsonSerializer.Deserialize(factor.Document!, PasskeyJson.Default.PasskeyDocument)!;

    public string Write() => JsonSerializer.Serialize(this, PasskeyJson.Default.PasskeyDocument);
}

/// <summary>A challenge that was answered.</summary>
/// <param name="Sid">The challenge.</param>
/// <param name="Until">When it cannot be answered anyhow, in Unix milliseconds.</param>
public sealed record SpentChallenge(string Sid, long Until);

/// <summary>What a passkey challenge keeps: its <see cref="Challenge.Document"/>.</summary>
public sealed record PasskeyChallengeDocument
{
    public required PasskeyConfig Config { get; init; }

    /// <summary>What the browser is to sign.</summary>
    public required byte[] Challenge { get; init; }

    public static PasskeyChallengeDocument Of(Challenge challenge) => JsonSerializer.Deserialize(challenge.Document!, PasskeyJson.Default.PasskeyChallengeDocument)!;

    public string Write() => JsonSerializer.Serialize(this, PasskeyJson.Default.PasskeyChallengeDocument);
}

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower)]
[JsonSerializable(typeof(PasskeyDocument))]
[JsonSerializable(typeof(PasskeyChallengeDocument))]
sealed partial class PasskeyJson : JsonSerializerContext;
