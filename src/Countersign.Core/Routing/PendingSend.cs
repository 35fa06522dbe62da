namespace Countersign.Core.Routing;

/// <summary>A send that waits for its code: the first of its verification, or the newest.</summary>
sealed class PendingSend(Sid verification, RouteCell[] chain, DateTimeOffset sentAt, long number)
{
    public Sid Verification { get; } = verification;

    public bool IsResend => Chain[0].Key.OfResends;

    /// <summary>Its cells: the carrier's, the country's, the prefix's.</summary>
    public RouteCell[] Chain { get; } = chain;

    /// <summary>When it was sent; later set back with the clock.</summary>
    public DateTimeOffset SentAt { get; set; } = sentAt;

    /// <summary>The carrier's own rate of codes at the time of the send, on the careful side.</summary>
    public required double UsualRate { get; init; }

    /// <summary>The carrier's own rate of codes and receipts at the time of the send, on the careful side.</summary>
    public required double UsualSigns { get; init; }

    public Silence NoCode { get; } = new(number);

    public Silence NoSign { get; } = new(number);

    /// <summary>Number of the newest send of the verification: a code that is typed back after it proves that it arrived, if all went through one carrier.</summary>
    public long NewestNumber { get; set; } = number;

    /// <summary>In how far it should have converted by now: 0 to 1.</summary>
    public double Overdue { get; set; }

    /// <summary>It counts as converted, or not, already.</summary>
    public bool IsSettled { get; set; }

    public bool HasSign { get; set; }

    /// <summary>The person asked again and got a message from another carrier: a code says no longer whose it was.</summary>
    public bool HasOtherCarrier { get; set; }

    /// <summary>Another node sent for its verification later, and has something to learn from what becomes of it.</summary>
    public bool IsElsewhere { get; set; }

    /// <summary>Nothing is learned from it any more.</summary>
    public bool IsGone { get; set; }
}

/// <summary>
/// The sends that wait, in a queue for each age that they are looked at: what is due stands at the front, however many wait. Bounded; not thread-safe.
/// </summary>
sealed class PendingSends(int most)
{
    readonly Dictionary<(Sid Verification, bool IsResend), PendingSend> _byVerification = [];
    readonly Queue<PendingSend>[] _byAge = [.. WaitingTimes.Ages.Select(static _ => new Queue<PendingSend>())];
    int _queued;

    /// <summary>How many are held in memory, those included that nobody waits for any more.</summary>
    public int Count => _queued;

    public PendingSend? Find(Sid verification, bool isResend) => _byVerification.GetValueOrDefault((verification, isResend));

    public bool Has(Sid verification) => Find(verification, isResend: false) is not null || Find(verification, isResend: true) is not null;

    /// <summary>Adds one, and gives one that there is no room for any longer: the oldest.</summary>
    public PendingSend? Add(PendingSend send)
    {
        _byVerification.Add((send.Verification, send.IsResend), send);
        _byAge[0].Enqueue(send);
        return ++_queued > most ? TakeOldest() : null;
    }

    public void Remove(PendingSend send)
    {
        send.IsGone = true;
        _byVerification.Remove((send.Verification, send.IsResend));
    }

    /// <summary>The next send that has come of an age, and which; null when all have been looked at. The last age takes it out.</summary>
    public (PendingSend Send, int Age)? TakeDue(DateTimeOffset now)
    {
        for (var age = 0; age < _byAge.Length; age++)
        {
            while (_byAge[age].TryPeek(out var send) && (send.IsGone || now - send.SentAt >= WaitingTimes.Ages[age]))
            {
                _byAge[age].Dequeue();
                if (send.IsGone)
                {
                    _queued--;
                    continue;
                }

                if (age + 1 < _byAge.Length)
                    _byAge[age + 1].Enqueue(send);
                else
                    _queued--;
                return (send, age);
            }
        }

        return null;
    }

    /// <summary>The clock was set back: nothing was sent later than now. The order stays.</summary>
    public void SetBack(DateTimeOffset now)
    {
        foreach (var send in _byVerification.Values)
        {
            if (send.SentAt > now)
                send.SentAt = now;
        }
    }

    public void Clear()
    {
        foreach (var queue in _byAge)
            queue.Clear();
        _byVerification.Clear();
        _queued = 0;
    }

    PendingSend? TakeOldest()
    {
        for (var age = _byAge.Length - 1; age >= 0; age--)
        {
            if (_byAge[age].TryDequeue(out var oldest))
            {
                _queued--;
                return oldest.IsGone ? null : oldest;
            }
        }

        return null;
    }
}
