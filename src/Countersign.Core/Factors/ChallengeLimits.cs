namespace Countersign.Core.Factors;

/// <summary>What bounds challenges.</summary>
public static class ChallengeLimits
{
    /// <summary>How long one may be answered, unless its maker says otherwise.</summary>
    public static readonly TimeSpan DefaultLife = TimeSpan.FromMinutes(5);

    /// <summary>How long one may be answered at most.</summary>
    public static readonly TimeSpan LongestLife = TimeSpan.FromMinutes(60);

    /// <summary>Wrong codes with which somebody may try to answer a challenge of a TOTP factor.</summary>
    public const int MaxTries = 5;

    /// <summary>Push messages about one challenge that a caller may ask for, beside the first.</summary>
    public const int MaxNotifications = 3;

    /// <summary>Characters of a message, of a field's label and value, of hidden details, and fields.</summary>
    public const int MaxMessage = 256, MaxLabel = 36, MaxValue = 128, MaxHiddenDetails = 1024, MaxFields = 20;

    /// <summary>Characters of a code, and of a signed answer.</summary>
    public const int MinCode = 3, MaxSignedAnswer = 5456;

    /// <summary>How many challenges a factor may have in which time: few where its codes have so few digits that they could be guessed.</summary>
    public static IReadOnlyList<(int Max, TimeSpan In)> MadeOf(Factor factor) => factor.Totp is { CodeLength: <= 4 }
        ? [(10, TimeSpan.FromHours(24))]
        : [(50, TimeSpan.FromHours(1)), (100, TimeSpan.FromHours(24))];

    /// <summary>How long to wait before a factor may have one more; null for none.</summary>
    public static TimeSpan? WaitFor(Factor factor, DateTimeOffset now)
    {
        TimeSpan? wait = null;
        foreach (var (max, within) in MadeOf(factor))
        {
            var made = factor.ChallengesMade.Where(at => at > now - within).Order().ToList();
            if (made.Count >= max && made[^max] + within - now is var until && (wait is null || until > wait))
            {
                wait = until;
            }
        }

        return wait;
    }

    /// <summary>By how much the clocks of two servers may differ without it being noticed.</summary>
    public static readonly TimeSpan ClockMargin = TimeSpan.FromMinutes(5);
}
