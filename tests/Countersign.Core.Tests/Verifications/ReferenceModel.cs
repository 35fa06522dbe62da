namespace Countersign.Core.Tests.Verifications;

/// <summary>
/// What the service must answer to every move, written from the documented rules and from nothing of the code: five sends, each of which restarts ten
/// minutes of validity; five guesses; one live verification per destination; what ended says how. After five wrong guesses in a row, over however many verifications, a
/// destination waits ten minutes or until the code would have run out, and each five more double that, up to a day; the hundredth makes it a week. A right one forgets them, but no more
/// than fifteen a day; and a week without any forgets all.
/// </summary>
sealed class ReferenceModel
{
    const int Sends = 5, MostGuesses = 5, Lifetime = 600_000, ExhaustedWait = 600_000, Day = 86_400_000, DayOfOneForgotten = Day / 15;

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
            case MoveKind.FetchByPhone: return Find(move.Phone);
            case MoveKind.FetchBySid: return Numbered(move.Which) is { } any ? $"found {Describe(any)}" : Missing(null);
            case MoveKind.Wait: _now += move.Milliseconds; return "";
            default: return "";
        }
    }

    /// <summary>What is to be found of every phone and of every verification, in no time.</summary>
    public IReadOnlyList<string> Look() => [.. Enumerable.Range(0, _newest.Length).Select(Find), .. _all.Select(entry => $"found {Describe(entry)}")];

    /// <summary>Another model that goes on from here by itself.</summary>
    public ReferenceModel Copy()
    {
        var copy = new ReferenceModel { _now = _now };
        copy._all.AddRange(_all.Select(entry => entry.Copy()));
        for (var phone = 0; phone < _newest.Length; phone++)
            copy._newest[phone] = _newest[phone] is { } newest ? copy._all[newest.Number] : null;
        return copy;
    }

    string Find(int phone) => _newest[phone] is { } newest && StatusOf(newest) == "pending" ? $"found {Describe(newest)}" : Missing(_newest[phone]);

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
            newest.Touched = _now;
            newest.Expires = _now + Lifetime;
            return $"sent {Describe(newest)}";
        }

        if (newest is not null && WaitOf(newest) is > 0 and var wait)
            return $"checks exhausted {Seconds(wait)}";

        var (failed, forgotten) = newest is null || _now - newest.Touched >= 7L * Day ? (0, 0) : LeftBy(newest);
        newest = new Entry { FailedBefore = failed, ForgottenBefore = forgotten, Number = _all.Count, Phone = move.Phone, Custom = move.Custom, Sends = 1, Expires = _now + Lifetime, Touched = _now };
        _all.Add(newest);
        _newest[move.Phone] = newest;
        return $"sent {Describe(newest)}";
    }

    string Check(Move move, Entry? entry)
    {
        if (entry is { Ending: "max_attempts_reached" } && WaitOf(entry) is > 0 and var wait)
            return $"checks exhausted {Seconds(wait)}";
        if (entry is null || StatusOf(entry) != "pending")
            return Missing(entry);

        entry.Checks++;
        entry.Touched = _now;
        if (IsRight(move, entry))
            entry.Ending = "approved";
        else if (entry.Checks == entry.Guesses)
            entry.Ending = "max_attempts_reached";
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
        (entry.Ending, entry.Touched) = (move.Approve ? "approved" : "canceled", _now);
        return $"ended {Describe(entry)}";
    }

    Entry? Numbered(int which) => _all.Count == 0 ? null : _all[which % _all.Count];

    string StatusOf(Entry entry) => entry.Ending ?? (_now < entry.Expires ? "pending" : "expired");

    /// <summary>Milliseconds that a destination has to wait after its last verification.</summary>
    long WaitOf(Entry entry)
    {
        var (failed, _) = LeftBy(entry);
        if (StatusOf(entry) == "pending" || failed < 5)
            return 0;
        if (failed < 10)
            return Math.Min(entry.Touched + ExhaustedWait, entry.Expires) - _now;

        var wait = (long)ExhaustedWait;
        for (var five = 10; five <= failed && wait < Day; five += 5)
            wait *= 2;
        return entry.Touched + (failed >= 100 ? 7L * Day : Math.Min(wait, Day)) - _now;
    }

    /// <summary>Wrong guesses after a verification, and the moment until which those forgotten fill the allowance of a day.</summary>
    static (int Failed, long Forgotten) LeftBy(Entry entry)
    {
        if (entry.Ending != "approved")
            return (entry.FailedBefore + entry.Checks, entry.ForgottenBefore);

        var wrong = entry.FailedBefore + Math.Max(0, entry.Checks - 1);
        var from = Math.Max(entry.Touched, entry.ForgottenBefore);
        var forgotten = Math.Min(wrong, (entry.Touched + Day - from) / DayOfOneForgotten);
        return (wrong - (int)forgotten, from + (forgotten * DayOfOneForgotten));
    }

    string Missing(Entry? entry) => $"not found: {(entry is null ? "never_existed" : StatusOf(entry))}";

    string Describe(Entry entry)
    {
        var status = StatusOf(entry);
        var head = $"#{entry.Number} {status}, {entry.Sends} sends, {entry.Checks} checks";
        return status == "pending"
            ? $"{head}, next send {(entry.Sends < Sends ? 0 : Seconds(entry.Expires - _now))}, next check 0, expires {Seconds(entry.Expires - _now)}, left {Sends - entry.Sends} and {entry.Guesses - entry.Checks}"
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

        /// <summary>Of its last send, guess or end.</summary>
        public required long Touched { get; set; }

        public required int FailedBefore { get; init; }

        public required long ForgottenBefore { get; init; }

        public int Guesses => Math.Min(MostGuesses, 100 - FailedBefore);

        public Entry Copy() => (Entry)MemberwiseClone();
    }
}
