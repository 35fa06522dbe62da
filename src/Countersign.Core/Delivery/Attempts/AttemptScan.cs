using Countersign.Core.Channels;

namespace Countersign.Core.Delivery.Attempts;

/// <summary>One bounded look at the history of sends.</summary>
public sealed record AttemptScan
{
    public required Sid Account { get; init; }

    /// <summary>Attempts that were asked for at this moment or later.</summary>
    public required DateTimeOffset From { get; init; }

    /// <summary>Attempts that were asked for before this moment; null for no end.</summary>
    public DateTimeOffset? To { get; init; }

    public Sid? Service { get; init; }

    public Sid? Verification { get; init; }

    /// <summary>ISO 3166-1 alpha-2.</summary>
    public string? Country { get; init; }

    public Channel? Channel { get; init; }

    /// <summary>
    /// An index value: leaves out attempts that by their SID's shard cannot be of this destination. One in 4,096 of the others remains too, so whoever asks compares their
    /// verifications' destinations.
    /// </summary>
    public UInt128? MaybeOf { get; init; }

    /// <summary>Where the look before ended (<see cref="AttemptSlice.Next"/>); null to begin with the newest.</summary>
    public UInt128? Before { get; init; }

    /// <summary>Attempts to give, at most.</summary>
    public required int Size { get; init; }

    /// <summary>Rows to look at, at most.</summary>
    public int Examine { get; init; } = 20_000;

    /// <summary>Whether an attempt is what the scan asks for, apart from where it begins.</summary>
    public bool Wants(AttemptRecord attempt) =>
        attempt.AccountSid == Account && attempt.Country is { } country
        && (Service is null || attempt.ServiceSid == Service)
        && (Verification is null || attempt.VerificationSid == Verification)
        && (Country is null || country == Country)
        && (Channel is null || attempt.Channel == Channel)
        && attempt.CreatedAt >= From && (To is null || attempt.CreatedAt < To)
        && (MaybeOf is not { } destination || Sid.ShardOf(attempt.Sid.Value) == Verifications.VerificationStep.ShardOf(attempt.ServiceSid, destination));
}

/// <summary>What a scan found, newest first.</summary>
/// <param name="Found">Each with its place in the store's own order: a look that begins before it gives what follows.</param>
/// <param name="Next">Where the next look begins; null at the end of what there is.</param>
public sealed record AttemptSlice(IReadOnlyList<(AttemptRecord Attempt, UInt128 Place)> Found, UInt128? Next);
