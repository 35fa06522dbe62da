using System.Text.Json;
using System.Text.Json.Serialization;
using Countersign.Core;
using Countersign.Core.Numbers;
using Countersign.Core.Privacy;
using Countersign.Core.Verifications;

namespace Countersign.Storage;

/// <summary>The personal part of a verification as it is sealed: short names, because one lies in every row, and nothing for what is not set.</summary>
sealed record PersonalDocument
{
    [JsonPropertyName("to")]
    public required string To { get; init; }

    [JsonPropertyName("l")]
    public string? Locale { get; init; }

    [JsonPropertyName("n")]
    public string? FriendlyName { get; init; }

    [JsonPropertyName("h")]
    public string? AppHash { get; init; }

    [JsonPropertyName("a")]
    public string? Amount { get; init; }

    [JsonPropertyName("p")]
    public string? Payee { get; init; }

    [JsonPropertyName("s")]
    public Dictionary<string, string>? Substitutions { get; init; }

    [JsonPropertyName("g")]
    public Dictionary<string, string>? Tags { get; init; }

    [JsonPropertyName("i")]
    public string? DeviceIp { get; init; }

    [JsonPropertyName("t")]
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public bool IsTest { get; init; }

    /// <summary>Seals destination and details, bound to the verification's SID.</summary>
    public static byte[] Seal(Sealer sealer, Sid verification, Destination to, VerificationDetails details)
    {
        var document = new PersonalDocument
        {
            To = to.Reveal(),
            Locale = details.Locale,
            FriendlyName = details.CustomFriendlyName,
            AppHash = details.AppHash,
            Amount = details.Amount,
            Payee = details.Payee,
            Substitutions = details.Substitutions?.ToDictionary(),
            Tags = details.Tags?.ToDictionary(),
            DeviceIp = details.DeviceIp,
            IsTest = details.IsTest,
        };
        Span<byte> context = stackalloc byte[16];
        verification.WriteTo(context);
        return sealer.Seal(JsonSerializer.SerializeToUtf8Bytes(document, StorageJson.Default.PersonalDocument), context);
    }

    /// <summary>Opens what <see cref="Seal"/> made.</summary>
    public static (Destination To, VerificationDetails Details) Open(Sealer sealer, Sid verification, ReadOnlySpan<byte> sealedBytes)
    {
        Span<byte> context = stackalloc byte[16];
        verification.WriteTo(context);
        var document = JsonSerializer.Deserialize(sealer.Open(sealedBytes, context), StorageJson.Default.PersonalDocument)!;
        return (Destination.Restore(document.To), new VerificationDetails
        {
            Locale = document.Locale,
            CustomFriendlyName = document.FriendlyName,
            AppHash = document.AppHash,
            Amount = document.Amount,
            Payee = document.Payee,
            Substitutions = document.Substitutions,
            Tags = document.Tags,
            DeviceIp = document.DeviceIp,
            IsTest = document.IsTest,
        });
    }
}
