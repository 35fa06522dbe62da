namespace Countersign.Core.Events;

/// <summary>How one receiver does, as this node sees it: how many requests it may have at a time. One that fails gets one at a time, with growing pauses, so that it costs next to nothing.</summary>
sealed class ReceiverHealth
{
    const int AtATime = 8, PausesAfter = 3;

    /// <summary>Batches that are taken one after the other before a larger one is tried: where there is a limit, one of so many finds it again.</summary>
    const int GrowsAfter = 16;

    static readonly TimeSpan LongestPause = TimeSpan.FromMinutes(1);

    readonly Lock _gate = new();
    int _underWay;
    int _failures;
    int _batch = EventSink.MaxBatch;
    int _takenSince;
    DateTimeOffset _pausedUntil;

    /// <summary>Events that a batch for it may have now.</summary>
    public int Batch
    {
        get
        {
            lock (_gate)
            {
                return _batch;
            }
        }
    }

    /// <summary>Requests that may be sent now.</summary>
    public int Free(DateTimeOffset now)
    {
        lock (_gate)
        {
            return IsPaused(now) ? 0 : Math.Max(0, (_failures >= PausesAfter ? 1 : AtATime) - _underWay);
        }
    }

    /// <summary>Until when it is left alone; null where it is not.</summary>
    public DateTimeOffset? PausedUntil(DateTimeOffset now)
    {
        lock (_gate)
        {
            return IsPaused(now) ? _pausedUntil : null;
        }
    }

    /// <summary>Ends its pause: the next request goes out at once, still one at a time until one is taken.</summary>
    public void Resume()
    {
        lock (_gate)
        {
            _pausedUntil = default;
        }
    }

    public void Begin()
    {
        lock (_gate)
        {
            _underWay++;
        }
    }

    public void End(bool taken, DateTimeOffset now)
    {
        lock (_gate)
        {
            _underWay--;
            _failures = taken ? 0 : _failures + 1;
            if (_failures >= PausesAfter)
            {
                var pause = TimeSpan.FromSeconds(Math.Pow(2, Math.Min(_failures - PausesAfter, 6)));
                _pausedUntil = now + (pause > LongestPause ? LongestPause : pause);
            }
        }
    }

    /// <summary>Of a batch of so many: half as many are sent from now on where it was refused for what it is, unless it was one event alone, twice as many where such batches were taken for a while.</summary>
    public void EndBatch(int sent, bool taken, bool refused)
    {
        lock (_gate)
        {
            if (refused && sent > 1)
            {
                // By what was sent: of several that were under way at once, each says the same.
                (_batch, _takenSince) = (Math.Min(_batch, Math.Max(1, sent / 2)), 0);
            }
            else if (taken && _batch < EventSink.MaxBatch && ++_takenSince >= GrowsAfter)
            {
                (_batch, _takenSince) = (Math.Min(_batch * 2, EventSink.MaxBatch), 0);
            }
        }
    }

    /// <summary>An end that is twice as far off as any pause lasts was set by a clock that has been set back since.</summary>
    bool IsPaused(DateTimeOffset now) => now < _pausedUntil && _pausedUntil - now <= LongestPause * 2;
}
