namespace Countersign.Storage.PostgreSql;

/// <summary>
/// Whether what is nearly always so may be taken for so without a look, which costs as much as what is done. Where it was not, all is done again with a look, and so are the next hundred: at most one in a
/// hundred is done in vain. Safe to use from many threads.
/// </summary>
sealed class ProvenHabit
{
    const int Proven = 100;

    int _inARow = Proven;

    /// <summary>It was so as often as that, one after the other.</summary>
    public bool Holds => Volatile.Read(ref _inARow) >= Proven;

    /// <summary>It was not so.</summary>
    public void Refute() => Volatile.Write(ref _inARow, 0);

    /// <summary>It was so, or was looked for.</summary>
    public void Confirm()
    {
        if (!Holds)
        {
            Interlocked.Increment(ref _inARow);
        }
    }
}
