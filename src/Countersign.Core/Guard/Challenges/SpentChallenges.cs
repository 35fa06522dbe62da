namespace Countersign.Core.Guard.Challenges;

/// <summary>
/// The solved challenges of which nothing more may be bought, each until it expires. Holds a fixed number, 65,536 unless told otherwise. Beyond it those that expire first are
/// forgotten, and with them every challenge that expires no later counts as expired: so a full memory shortens the life of challenges, and lets none through twice.
/// Of this process alone; the verification itself keeps what was spent on it for the others. Safe to call from many threads.
/// </summary>
public sealed class SpentChallenges(int capacity = SpentChallenges.DefaultCapacity)
{
    /// <summary>Ids that are kept when nothing else is said.</summary>
    public const int DefaultCapacity = 1 << 16;

    readonly Lock _gate = new();
    readonly SortedDictionary<long, HashSet<ulong>> _bySecond = [];
    long _floor;
    int _count;

    /// <summary>Ids that are kept now.</summary>
    public int Count
    {
        get
        {
            lock (_gate)
            {
                return _count;
            }
        }
    }

    /// <summary>What expires at this second or before is expired, whatever the clock says; Unix seconds.</summary>
    public long Floor => Volatile.Read(ref _floor);

    /// <summary>Spends a challenge. Null when it was not spent before.</summary>
    /// <param name="solved">The challenge.</param>
    /// <param name="now">Unix seconds.</param>
    public ChallengeProblem? TrySpend(in SolvedChallenge solved, long now)
    {
        lock (_gate)
        {
            Forget(now);
            if (solved.Expires <= Math.Max(now, _floor))
            {
                return ChallengeProblem.Expired;
            }

            if (!_bySecond.TryGetValue(solved.Expires, out var ids))
            {
                _bySecond.Add(solved.Expires, ids = []);
            }

            if (!ids.Add(solved.Id))
            {
                return ChallengeProblem.Used;
            }

            _count++;
            while (_count > capacity)
            {
                ForgetFirst();
            }

            return null;
        }
    }

    /// <summary>What keeps it from being spent now, without spending it; null for nothing.</summary>
    public ChallengeProblem? Look(in SolvedChallenge solved, long now)
    {
        lock (_gate)
        {
            return solved.Expires <= Math.Max(now, _floor) ? ChallengeProblem.Expired
                : _bySecond.TryGetValue(solved.Expires, out var ids) && ids.Contains(solved.Id) ? ChallengeProblem.Used
                : null;
        }
    }

    /// <summary>Makes a challenge good again whose start came to nothing.</summary>
    public void GiveBack(in SolvedChallenge solved)
    {
        lock (_gate)
        {
            if (_bySecond.TryGetValue(solved.Expires, out var ids) && ids.Remove(solved.Id))
            {
                _count--;
                if (ids.Count == 0)
                {
                    _bySecond.Remove(solved.Expires);
                }
            }
        }
    }

    void Forget(long now)
    {
        while (_count > 0 && FirstSecond() <= now)
        {
            ForgetFirst();
        }
    }

    void ForgetFirst()
    {
        var first = FirstSecond();
        _count -= _bySecond[first].Count;
        _bySecond.Remove(first);

        // Never lowered: what was forgotten stays spent.
        Volatile.Write(ref _floor, Math.Max(_floor, first));
    }

    long FirstSecond()
    {
        using var all = _bySecond.GetEnumerator();
        all.MoveNext();
        return all.Current.Key;
    }
}
