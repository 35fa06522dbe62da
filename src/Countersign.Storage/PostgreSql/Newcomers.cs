using Countersign.Storage.Steps;

namespace Countersign.Storage.PostgreSql;

/// <summary>
/// Whether destinations that are verified for the first time may be written without being looked for. Looking costs as much as writing; but where one was there after all, the exchange is rolled
/// back and done again with a look. So it is risked while none was for a hundred exchanges: at signups, where nearly all numbers are new.
/// </summary>
sealed class Newcomers
{
    /// <summary>Fewer are not worth an error in the database's log.</summary>
    const int Least = 8;

    // Of exchanges that found all of theirs new.
    readonly ProvenHabit _habit = new();

    /// <summary>Whether these can go without a look: all that are new are of destinations of which nothing is known.</summary>
    public bool MayBeTrusted(List<StepEntry> writes)
    {
        if (!_habit.Holds)
        {
            return false;
        }

        var count = 0;
        foreach (var entry in writes)
        {
            if (entry.IsNew && entry.Head is not null)
            {
                return false;
            }

            count += entry.IsNew ? 1 : 0;
        }

        return count >= Least;
    }

    /// <summary>One was there.</summary>
    public void Refuted() => _habit.Refute();

    /// <summary>Learns from an exchange that looked, or whose trust was right.</summary>
    public void Learn(List<StepEntry> writes)
    {
        var any = false;
        foreach (var entry in writes)
        {
            if (entry is { IsNew: true, Head: null })
            {
                if (!entry.Kept)
                {
                    Refuted();
                    return;
                }

                any = true;
            }
        }

        if (any)
        {
            _habit.Confirm();
        }
    }
}
