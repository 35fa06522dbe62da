namespace Countersign.Core.Tests.Verifications;

/// <summary>
/// What the service must answer to every move, written from the documented rules and from nothing of the code: five sends, each of which restarts ten
/// minutes of validity; five guesses, after which a destination waits ten minutes or until the code would have run out; one live verification per
/// destination; what ended says how.
/// </summary>
sealed class ReferenceModel
{
    const int Sends = 5, Guesses = 5, Lifetime = 600_000, ExhaustedWait = 600_000;

    readonly List<Entry> _all = [];
    readonly Entry?[] _newest = new Entry?[3];
    long _now;

    public string Play(Move move)
    {
        _now += Move.Moment;
        switch (move.Kind)
        {
            case MoveKind.Start: return Start(move);
            case MoveKind.CheckByPhone: return Check(move, _newest[move.Phone]);
            case MoveKind.CheckBySid: return Check(move, Numbered(move.Which));
            case MoveKind.CheckByBoth: return Check(move, Numbered(move.Which) is { } named && named.Phone == move.Phone ? named : null);
            case MoveKind.EndByPhone: return End(move, _newest[move.Phone]);
            case MoveKind.EndBySid: return End(move, Numbered(move.Which));
            case MoveKind.FetchByPhone: return _newest[move.Phone] is { } newest && StatusOf(newest) == "pending" ? $"found {Describe(newest)}" : Missing(_newest[move.Phone]);
            case MoveKind.FetchBySid: return Numbered(move.Which) is { } any ? $"found {Describe(any)}" : Missing(null);
            case MoveKind.Wait: _now += move.Milliseconds; return "";
            default: return "";
        }
    }

    string Start(Move move)
    {
        var newest = _newest[move.Phone];
        if (newest is not null && StatusOf(newest) == "pending")
        {
            if (newest.Sends == Sends)
                return $"sends exhausted {Seconds(newest.Expires - _now)}";
            if (newest.Custom != move.Custom)
                return $"other code pending #{newest.Number}";

            newest.Sends++;
            newest.Expires = _now + Lifetime;
            return $"sent {Describe(newest)}";
        }

        if (newest is not null && WaitOf(newest) is > 0 and var wait)
            return $"checks exhausted {Seconds(wait)}";

        newest = new Entry { Number = _all.Count, Phone = move.Phone, Custom = move.Custom, Sends = 1, Expires = _now + Lifetime };
        _all.Add(newest);
        _newest[move.Phone] = newest;
        return $"sent {Describe(newest)}";
    }

    string Check(Move move, Entry? entry)
    {
        if (entry is not null && WaitOf(entry) is > 0 and var wait)
            return $"checks exhausted {Seconds(wait)}";
        if (entry is null || StatusOf(entry) != "pending")
            return Missing(entry);

        entry.Checks++;
        if (IsRight(move, entry))
            (entry.Ending, entry.Ended) = ("approved", _now);
        else if (entry.Checks == Guesses)
            (entry.Ending, entry.Ended) = ("max_attempts_reached", _now);
        return $"checked {Describe(entry)}";
    }

    bool IsRight(Move move, Entry entry)
    {
        if (move.Typed == Typed.AWrongOne)
            return false;
        var source = move.Typed == Typed.ThatOfAnother ? Numbered(move.Other)! : entry;
        return source == entry || (source.Custom is not null && source.Custom == entry.Custom);
    }

    string End(Move move, Entry? entry)
    {
        if (entry is null || StatusOf(entry) != "pending")
            return Missing(entry);
        (entry.Ending, entry.Ended) = (move.Approve ? "approved" : "canceled", _now);
        return $"ended {Describe(entry)}";
    }

    Entry? Numbered(int which) => _all.Count == 0 ? null : _all[which % _all.Count];

    string StatusOf(Entry entry) => entry.Ending ?? (_now < entry.Expires ? "pending" : "expired");

    /// <summary>Milliseconds that an exhausted destination has to wait.</summary>
    long WaitOf(Entry entry) => entry.Ending == "max_attempts_reached" ? Math.Min(entry.Ended + ExhaustedWait, entry.Expires) - _now : 0;

    string Missing(Entry? entry) => $"not found: {(entry is null ? "never_existed" : StatusOf(entry))}";

    string Describe(Entry entry)
    {
        var status = StatusOf(entry);
        var head = $"#{entry.Number} {status}, {entry.Sends} sends, {entry.Checks} checks";
        return status == "pending"
            ? $"{head}, next send {(entry.Sends < Sends ? 0 : Seconds(entry.Expires - _now))}, next check 0, expires {Seconds(entry.Expires - _now)}, left {Sends - entry.Sends} and {Guesses - entry.Checks}"
            : $"{head}, next send {Seconds(Math.Max(0, WaitOf(entry)))}, next check never, expires 0, left 0 and 0";
    }

    static long Seconds(long milliseconds) => (milliseconds + 999) / 1000;

    sealed class Entry
    {
        public required int Number { get; init; }

        public required int Phone { get; init; }

        public required string? Custom { get; init; }

        public int Sends { get; set; }

        public int Checks { get; set; }

        public long Expires { get; set; }

        public string? Ending { get; set; }

        public long Ended { get; set; }
    }
}
