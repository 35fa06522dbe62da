namespace Countersign.Core.Routing;

/// <summary>A send that nothing has come back of, and how unlikely that is. One object, in the runs of its country and of its carrier.</summary>
sealed class Silence(long number)
{
    /// <summary>Position among all sends.</summary>
    public long Number { get; } = number;

    /// <summary>Natural logarithm of the probability to be silent by now, under the carrier's usual rate; 0 or less.</summary>
    public double LogProbability { get; set; }
}

/// <summary>
/// The sends since the newest one that gave a sign of life, and how unlikely it is that all of them are silent. Not thread-safe.
/// </summary>
sealed class SilenceRun
{
    // What is older adds little that the newest do not say, and memory is not to grow while nothing comes back.
    const int Longest = 256;

    readonly Queue<Silence> _sends = [];
    long _before = -1;

    /// <summary>Natural logarithm of the probability of the whole silence, 0 or less.</summary>
    public double LogProbability { get; private set; }

    public int Count => _sends.Count;

    public void Add(Silence send)
    {
        if (send.Number <= _before)
            return;

        _sends.Enqueue(send);
        LogProbability += send.LogProbability;
        if (_sends.Count > Longest)
            Forget(_sends.Peek().Number);
    }

    /// <summary>The silence of a send has changed by this much, added to its logarithm.</summary>
    public void Change(Silence send, double by)
    {
        if (send.Number > _before)
            LogProbability = Math.Min(0, LogProbability + by);
    }

    /// <summary>The send with this number gave a sign of life: it and what was sent before it are no silence.</summary>
    /// <returns>False if a later send had given one before.</returns>
    public bool Heard(long number)
    {
        if (number <= _before)
            return false;

        Forget(number);
        return true;
    }

    void Forget(long number)
    {
        _before = number;
        while (_sends.TryPeek(out var first) && first.Number <= number)
            LogProbability = Math.Min(0, LogProbability - _sends.Dequeue().LogProbability);

        // Sums of rounded numbers leave a rest.
        if (_sends.Count == 0)
            LogProbability = 0;
    }
}
