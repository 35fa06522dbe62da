namespace Countersign.Core.Guard.Windows;

/// <summary>The events of one window, oldest first: at most 32 moments, or 65 parts of an interval with their counts. Not safe to share; whoever holds it locks.</summary>
struct WindowLog
{
    Mark[]? _marks;
    int _count;
    long _interval;

    /// <summary>Nothing is counted any more.</summary>
    public readonly bool IsEmpty => _count == 0;

    /// <summary>Whether all that was counted has run out, by the interval of the rule that counted last.</summary>
    public readonly bool HasRunOut(long now) => _count == 0 || now - _marks![_count - 1].At >= _interval;

    /// <summary>How long to wait until one more event is allowed; zero or less for now.</summary>
    public long Wait(in WindowRule rule, long now)
    {
        Trim(rule, now);
        if (_count == 0)
        {
            return 0;
        }

        // Several have to go where the rule was tightened meanwhile.
        var total = Total();
        var wait = 0L;
        for (var i = 0; i < _count && total >= rule.Max; i++)
        {
            total -= _marks![i].Events;
            wait = _marks[i].At + rule.Interval.Ticks - now;
        }

        return rule.FirstPause == TimeSpan.Zero ? wait : Math.Max(wait, _marks![_count - 1].At + rule.PauseAfter(Total()) - now);
    }

    /// <summary>Counts one event.</summary>
    public void Add(in WindowRule rule, long now)
    {
        _interval = rule.Interval.Ticks;
        var at = rule.Rounded(now);
        if (_count > 0 && _marks![_count - 1].At == at)
        {
            _marks[_count - 1].Events++;
            return;
        }

        Insert(_count, at);
    }

    /// <summary>
    /// Counts one event of an earlier moment, even if it is one too many. Of a rule that is counted exactly no more than its last <see cref="WindowRule.Max"/> events are kept,
    /// which are those that decide.
    /// </summary>
    public void Insert(in WindowRule rule, long takenAt, long now)
    {
        Trim(rule, now);
        _interval = rule.Interval.Ticks;
        var at = rule.Rounded(takenAt);
        var place = _count;
        while (place > 0 && _marks![place - 1].At > at)
        {
            place--;
        }

        if (place > 0 && _marks![place - 1].At == at)
        {
            _marks[place - 1].Events++;
        }
        else
        {
            Insert(place, at);
        }

        if (rule.Max <= WindowRule.MaxExact && Total() > rule.Max && --_marks![0].Events == 0)
        {
            Array.Copy(_marks, 1, _marks, 0, --_count);
        }
    }

    /// <summary>Takes back an event that was counted at a moment; nothing where it is not remembered any more.</summary>
    public void Remove(in WindowRule rule, long takenAt)
    {
        var at = rule.Rounded(takenAt);
        for (var i = _count - 1; i >= 0; i--)
        {
            if (_marks![i].At == at)
            {
                if (--_marks[i].Events == 0)
                {
                    Array.Copy(_marks, i + 1, _marks, i, _count - i - 1);
                    _count--;
                }

                return;
            }
        }
    }

    void Insert(int place, long at)
    {
        if (_marks is null)
        {
            _marks = new Mark[1];
        }
        else if (_count == _marks.Length)
        {
            Array.Resize(ref _marks, _count * 2);
        }

        Array.Copy(_marks, place, _marks, place + 1, _count - place);
        _marks[place] = new Mark { At = at, Events = 1 };
        _count++;
    }

    readonly int Total()
    {
        var total = 0;
        for (var i = 0; i < _count; i++)
        {
            total += _marks![i].Events;
        }

        return total;
    }

    void Trim(in WindowRule rule, long now)
    {
        // What lies ahead of now was counted before the clock was set back. It did happen, by now at the latest: so it counts from now on, and no longer than an interval.
        var latest = rule.Rounded(now);
        while (_count > 0 && _marks![_count - 1].At > latest)
        {
            if (_count > 1 && _marks[_count - 2].At >= latest)
            {
                _marks[_count - 2].Events += _marks[_count - 1].Events;
                _count--;
            }
            else
            {
                _marks[_count - 1].At = latest;
            }
        }

        var gone = 0;
        while (gone < _count && now - _marks![gone].At >= rule.Interval.Ticks)
        {
            gone++;
        }

        if (gone > 0)
        {
            _count -= gone;
            Array.Copy(_marks!, gone, _marks!, 0, _count);
        }
    }

    struct Mark
    {
        public long At;
        public int Events;
    }
}
