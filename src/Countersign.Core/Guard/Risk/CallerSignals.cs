using Countersign.Core.Numbers;

namespace Countersign.Core.Guard.Risk;

/// <summary>
/// What the caller tells of the person, beside the device's address. Personal, so none of it is kept as it came or logged: of the fingerprint a keyed hash stays with
/// the verification, of the rest nothing.
/// </summary>
public sealed record CallerSignals
{
    /// <summary>Nothing was told.</summary>
    public static readonly CallerSignals None = new();

    /// <summary>The browser's or app's <c>User-Agent</c>.</summary>
    public string? UserAgent { get; init; }

    /// <summary>Whatever the caller tells devices apart by.</summary>
    public string? DeviceFingerprint { get; init; }

    /// <summary>When the person's account was made.</summary>
    public DateTimeOffset? AccountCreatedAt { get; init; }

    /// <summary>The number that the account had before this one.</summary>
    public PhoneNumber? PreviousNumber { get; init; }

    public override string ToString() => "signals of the caller";
}
