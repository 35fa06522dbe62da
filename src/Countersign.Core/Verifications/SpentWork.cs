using Countersign.Core.Guard.Challenges;

namespace Countersign.Core.Verifications;

/// <summary>
/// The solved challenges that let starts of a destination through, kept with its newest verification until they expire: so one cannot be spent a second time at another node.
/// At most <see cref="Most"/>; beyond that what would have to be forgotten, and whatever expires no later than all that is kept, counts as spent. Pure.
/// </summary>
public static class SpentWork
{
    /// <summary>How many are kept.</summary>
    public const int Most = 8;

    /// <summary>Whether a challenge was spent on the destination before, or may have been.</summary>
    public static bool Knows(Verification? newest, in SolvedChallenge solved)
    {
        if (newest?.Details.Spent is not { } spent)
        {
            return false;
        }

        var (earliest, found) = (long.MaxValue, false);
        foreach (var one in spent)
        {
            earliest = Math.Min(earliest, one.Expires);
            found |= one.Id == solved.Id;
        }

        return found || (spent.Count >= Most && solved.Expires <= earliest);
    }

    /// <summary>The details of a destination's next state: what was spent before and could still be tried again, and what is spent now.</summary>
    public static VerificationDetails Keep(Verification? newest, VerificationDetails next, SolvedChallenge? now, DateTimeOffset at)
    {
        var before = newest?.Details.Spent;
        if (before is null && now is null)
        {
            return next;
        }

        var kept = new List<SpentId>(before?.Count + 1 ?? 1);
        foreach (var one in before ?? [])
        {
            if (one.Expires > at.ToUnixTimeSeconds())
            {
                kept.Add(one);
            }
        }

        if (now is { } solved)
        {
            kept.Add(new SpentId(solved.Id, solved.Expires));
        }

        if (kept.Count > Most)
        {
            kept.Remove(kept.MinBy(one => one.Expires));
        }

        return next with { Spent = kept.Count == 0 ? null : kept };
    }

    /// <summary>Until when a verification has to be found for what was spent on it; long ago for no such reason.</summary>
    public static DateTimeOffset RememberUntil(Verification verification) =>
        verification.Details.Spent is { } spent ? DateTimeOffset.FromUnixTimeSeconds(spent.Max(one => one.Expires)) : DateTimeOffset.UnixEpoch;
}

/// <summary>A solved challenge, and until when it could be tried again (Unix seconds).</summary>
public readonly record struct SpentId(ulong Id, long Expires);
