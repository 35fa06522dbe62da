using System.Diagnostics.CodeAnalysis;
using System.Runtime.InteropServices;

namespace Countersign.Core.Guard.Windows;

/// <summary>The events of one window, oldest first: at most 32 moments, or 65 parts of an interval with their counts. Not safe to share; whoever holds it locks.</summary>
struct WindowLog
{
    // Most windows are of one destination and hold one event: it lies here, and the collector has nothing to carry along.
    Mark _only;
    Mark[]? _marks;
    int _count;
    long _interval;

    /// <summary>Nothing is counted any more.</summary>
    public readonly bool IsEmpty => _count == 0;

    /// <summary>When all that was counted will have run out, by the interval of the rule that counted last; 0 where there is nothing.</summary>
    public readonly long EndsAt => _count == 0 ? 0 : (_marks is null ? _only : _marks[_count - 1]).At + _interval;

    /// <summary>Whether it has.</summary>
    public readonly bool HasRunOut(long now) => now >= EndsAt;

    /// <summary>How long to wait until one more event is allowed; zero or less for now.</summary>
    public long Wait(in WindowRule rule, long now)
    {
        Trim(rule, now);
        if (_count == 0)
        {
            return 0;
        }

        // Several have to go where the rule was tightened meanwhile.
        var marks = Marks;
        var total = Total();
        var wait = 0L;
        for (var i = 0; i < marks.Length && total >= rule.Max; i++)
        {
            total -= marks[i].Events;
            wait = marks[i].At + rule.Interval.Ticks - now;
        }

        return rule.FirstPause == TimeSpan.Zero ? wait : Math.Max(wait, marks[^1].At + rule.PauseAfter(Total()) - now);
    }

    /// <summary>Counts one event.</summary>
    public void Add(in WindowRule rule, long now)
    {
        _interval = rule.Interval.Ticks;
        var at = rule.Rounded(now);
        if (_count > 0 && Marks[^1].At == at)
        {
            Marks[^1].Events++;
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
        var marks = Marks;
        var place = _count;
        while (place > 0 && marks[place - 1].At > at)
        {
            place--;
        }

        if (place > 0 && marks[place - 1].At == at)
        {
            marks[place - 1].Events++;
        }
        else
        {
            Insert(place, at);
        }

        if (rule.Max <= WindowRule.MaxExact && Total() > rule.Max && --Marks[0].Events == 0)
        {
            Take(0, 1);
        }
    }

    /// <summary>Takes back an event that was counted at a moment; nothing where it is not remembered any more.</summary>
    public void Remove(in WindowRule rule, long takenAt)
    {
        var at = rule.Rounded(takenAt);
        var marks = Marks;
        for (var i = marks.Length - 1; i >= 0; i--)
        {
            if (marks[i].At == at)
            {
                if (--marks[i].Events == 0)
                {
                    Take(i, 1);
                }

                return;
            }
        }
    }

    /// <summary>Writes what is counted: 17 bytes for the first moment, some 7 for each that follows.</summary>
    public void Save(BinaryWriter to)
    {
        to.Write7BitEncodedInt64(_interval);
        to.Write7BitEncodedInt(_count);
        var before = 0L;
        foreach (ref var mark in Marks)
        {
            to.Write7BitEncodedInt64(mark.At - before);
            to.Write7BitEncodedInt(mark.Events);
            before = mark.At;
        }
    }

    /// <summary>What <see cref="Save"/> wrote.</summary>
    /// <exception cref="InvalidDataException">It is not that.</exception>
    public static WindowLog Load(BinaryReader from)
    {
        try
        {
            var log = new WindowLog { _interval = from.Read7BitEncodedInt64() };
            var before = 0L;
            for (var count = from.Read7BitEncodedInt(); count > 0; count--)
            {
                before += from.Read7BitEncodedInt64();
                log.Insert(log._count, before);
                log.Marks[^1].Events = from.Read7BitEncodedInt();
            }

            return log;
        }
        catch (FormatException problem)
        {
            throw new InvalidDataException("This is no window.", problem);
        }
    }

    void Insert(int place, long at)
    {
        var room = _marks?.Length ?? 1;
        if (_count == room)
        {
            var larger = new Mark[room * 2];
            Marks.CopyTo(larger);
            _marks = larger;
        }

        _count++;
        var marks = Marks;
        marks[place..^1].CopyTo(marks[(place + 1)..]);
        marks[place] = new Mark { At = at, Events = 1 };
    }

    /// <summary>Takes some marks out; the later ones move up.</summary>
    void Take(int place, int count)
    {
        var marks = Marks;
        marks[(place + count)..].CopyTo(marks[place..]);
        _count -= count;
    }

    [UnscopedRef]
    Span<Mark> Marks => _marks is null ? MemoryMarshal.CreateSpan(ref _only, _count) : _marks.AsSpan(0, _count);

    int Total()
    {
        var total = 0;
        foreach (ref var mark in Marks)
        {
            total += mark.Events;
        }

        return total;
    }

    void Trim(in WindowRule rule, long now)
    {
        // What lies ahead of now was counted before the clock was set back. It did happen, by now at the latest: so it counts from now on, and no longer than an interval.
        var latest = rule.Rounded(now);
        var marks = Marks;
        while (_count > 0 && marks[_count - 1].At > latest)
        {
            if (_count > 1 && marks[_count - 2].At >= latest)
            {
                marks[_count - 2].Events += marks[_count - 1].Events;
                _count--;
            }
            else
            {
                marks[_count - 1].At = latest;
            }
        }

        var gone = 0;
        while (gone < _count && now - marks[gone].At >= rule.Interval.Ticks)
        {
            gone++;
        }

        if (gone > 0)
        {
            Take(0, gone);
        }
    }

    struct Mark
    {
        public long At;
        public int Events;
    }
}
