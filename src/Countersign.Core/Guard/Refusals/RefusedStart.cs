using Countersign.Core.Channels;

namespace Countersign.Core.Guard.Refusals;

/// <summary>A start that was refused, as it is kept for whoever asks why no code came. It names nobody: the destination is masked, and can only be found by who knows it.</summary>
public sealed record RefusedStart
{
    public required Sid AccountSid { get; init; }

    public required Sid ServiceSid { get; init; }

    public required DateTimeOffset At { get; init; }

    /// <summary>The index value of the destination: a keyed hash (<see cref="Privacy.DestinationIndex"/>).</summary>
    public required UInt128 Destination { get; init; }

    /// <summary>The destination as logs have it, such as <c>+1********23</c>.</summary>
    public required string MaskedTo { get; init; }

    /// <summary>ISO 3166-1 alpha-2; empty where the destination has none.</summary>
    public required string Country { get; init; }

    /// <summary>By which the code was to go; null where that was left to the server.</summary>
    public required Channel? Channel { get; init; }

    /// <summary>The error's number, such as 60410.</summary>
    public required int Code { get; init; }

    /// <summary><c>details.reason</c>: lower case with underscores.</summary>
    public required string Reason { get; init; }

    /// <summary><c>details</c> as the caller had them, a JSON object without personal data; what was to be solved first is left out.</summary>
    public required string Details { get; init; }
}
