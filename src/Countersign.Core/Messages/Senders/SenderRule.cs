using System.Text.Json.Serialization;

namespace Countersign.Core.Messages.Senders;

/// <summary>
/// What a country lets stand as the sender of a text message. Public knowledge of 2026, to start from: rules change often and differ by carrier,
/// so check with yours.
/// </summary>
/// <param name="Country">ISO 3166-1 alpha-2, upper case.</param>
/// <param name="Alphanumeric">A name of up to 11 characters.</param>
/// <param name="Numeric">A phone number.</param>
/// <param name="ShortCode">A short number that the country's carriers hand out.</param>
/// <param name="Brandless">Whether the built-in text leaves out who asks (<see cref="MessageRequest.Brandless"/>), as Twilio's does where it sends from shared numbers.</param>
/// <param name="TwoWayOnly">Whether the sender has to be one that a person can reply to, with STOP for one.</param>
/// <param name="Registration">What has to be registered, in a sentence; null where nothing has to be, as far as is known.</param>
/// <param name="Note">What else is worth knowing, in a sentence, or null.</param>
public sealed record SenderRule(
    string Country,
    SenderSupport Alphanumeric = SenderSupport.Unknown,
    SenderSupport Numeric = SenderSupport.Unknown,
    SenderSupport ShortCode = SenderSupport.Unknown,
    bool Brandless = false,
    bool TwoWayOnly = false,
    string? Registration = null,
    string? Note = null)
{
    /// <summary>What is known of senders of this kind.</summary>
    public SenderSupport Of(SenderKind kind) => kind switch
    {
        SenderKind.Alphanumeric => Alphanumeric,
        SenderKind.Number => Numeric,
        SenderKind.ShortCode => ShortCode,
        _ => throw new ArgumentOutOfRangeException(nameof(kind), kind, null),
    };
}

/// <summary>Whether a country lets a kind of sender through.</summary>
public enum SenderSupport
{
    /// <summary>Nothing reliable is known.</summary>
    Unknown = 0,

    /// <summary>Shown as it is sent, without asking anyone first.</summary>
    [JsonStringEnumMemberName("allowed")]
    Allowed = 1,

    /// <summary>Blocked, or replaced by a sender of the carrier's.</summary>
    [JsonStringEnumMemberName("not_allowed")]
    NotAllowed = 2,

    /// <summary>Only what was registered beforehand: <see cref="SenderRule.Registration"/> says with whom.</summary>
    [JsonStringEnumMemberName("registration_needed")]
    RegistrationNeeded = 3,
}

/// <summary>A country file's shape.</summary>
sealed record SendersFile(string AsKnown, IReadOnlyList<SenderRule> Rules);

[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower,
    UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
    RespectNullableAnnotations = true,
    RespectRequiredConstructorParameters = true,
    UseStringEnumConverter = true)]
[JsonSerializable(typeof(SendersFile))]
sealed partial class SendersJson : JsonSerializerContext;
