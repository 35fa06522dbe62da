namespace Countersign.Core.Events;

/// <summary>When an event is tried again. Pure, chance is passed in.</summary>
public static class RetrySchedule
{
    /// <summary>
    /// Tries that an event has at least, however old it is: one that waited while this server or its receiver was off, or that a clock which ran behind has dated, is not dead after
    /// the first. They take some ten minutes.
    /// </summary>
    public const int LeastTries = 8;

    static readonly TimeSpan First = TimeSpan.FromSeconds(5), Longest = TimeSpan.FromHours(1);

    /// <summary>
    /// The pause after so many tries, 1 or more: 5 seconds, doubled with each, an hour at most; a fifth less or more by <paramref name="chance"/> (0 to 1), so that those that
    /// failed together do not come back together. A receiver that asked for more gets it, up to the longest.
    /// </summary>
    public static TimeSpan PauseAfter(int tries, double chance, TimeSpan? asked = null)
    {
        var pause = tries > 12 ? Longest : First * Math.Pow(2, tries - 1);
        pause = pause > Longest ? Longest : pause;
        pause *= 0.8 + (0.4 * chance);
        return asked is { } wanted && wanted > pause ? (wanted > Longest ? Longest : wanted) : pause;
    }
}
