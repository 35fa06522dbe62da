namespace Countersign.Core.Guard.Challenges;

/// <summary>
/// Work to show before a start goes on, as ALTCHA's widget and libraries take it (version 1): find the <c>number</c>, from 0 to <paramref name="MaxNumber"/>, for which the
/// SHA-256 of <paramref name="Salt"/> followed by it is <paramref name="Hash"/>.
/// </summary>
/// <param name="Hash">64 lower-case hex digits: <c>challenge</c>.</param>
/// <param name="MaxNumber">The largest number to try: <c>maxnumber</c>.</param>
/// <param name="Salt">24 hex digits, then the moment of expiry and the effort as parameters: <c>salt</c>.</param>
/// <param name="Signature">64 lower-case hex digits that only we can make: <c>signature</c>.</param>
/// <param name="ExpiresAt">From this moment on a solution is none, to the second.</param>
public sealed record Challenge(string Hash, int MaxNumber, string Salt, string Signature, DateTimeOffset ExpiresAt)
{
    /// <summary>The only algorithm that is used, as ALTCHA names it.</summary>
    public const string Algorithm = "SHA-256";

    /// <summary>How long one can be solved and used.</summary>
    public static readonly TimeSpan Lifetime = TimeSpan.FromMinutes(10);

    /// <summary>The highest effort that a caller asks for.</summary>
    public const int MaxEffort = 6;

    /// <summary>The highest level, which a busy network's or service's challenges reach: see <see cref="ChallengeLoad"/>.</summary>
    public const int MaxLevel = 8;

    /// <summary>
    /// A solution is good for a start that is asked for so many levels more than it was made for: doubt grows a little between two tries, by the asking itself too, and an honest client would
    /// work twice.
    /// </summary>
    public const int Tolerance = 1;

    // See docs/guard-challenge.md for what this was measured with.
    const int LeastNumber = 20_000;

    /// <summary>The largest number to try at a level, 0 to <see cref="MaxLevel"/>: each doubles it.</summary>
    public static int MaxNumberOf(int level) => LeastNumber << level;
}

/// <summary>Why a solution does not count.</summary>
public enum ChallengeProblem
{
    /// <summary>It cannot be read.</summary>
    Malformed = 1,

    /// <summary>It is not ours, was changed, or the number is not the one.</summary>
    Wrong,

    /// <summary>Its time is over.</summary>
    Expired,

    /// <summary>It let a start through already.</summary>
    Used,

    /// <summary>It is for another destination, or another service.</summary>
    OtherDestination,

    /// <summary>Much more work is asked for now than it was made for.</summary>
    TooLittle,
}

/// <summary>The words for problems.</summary>
public static class ChallengeProblems
{
    /// <summary>As in <c>details.problem</c>.</summary>
    public static string Name(ChallengeProblem problem) => problem switch
    {
        ChallengeProblem.Malformed => "malformed",
        ChallengeProblem.Wrong => "wrong",
        ChallengeProblem.Expired => "expired",
        ChallengeProblem.Used => "used",
        ChallengeProblem.OtherDestination => "other_destination",
        ChallengeProblem.TooLittle => "too_little",
        _ => throw new ArgumentOutOfRangeException(nameof(problem)),
    };
}
