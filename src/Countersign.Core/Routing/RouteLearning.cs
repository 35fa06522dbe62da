using Countersign.Core.Channels;
using Countersign.Core.Guard.Sharing;

namespace Countersign.Core.Routing;

/// <summary>
/// Learns which carrier's codes are typed back, from what the dispatcher sends and what comes back. Carriers are judged by a verification's first send alone: who asks again is no fair sample.
/// What a person asked for again counts as not arrived. Resends serve to notice a carrier that swallows them. Reports a carrier from which nothing comes back to <see cref="CarrierHealth"/>. Thread-safe, and bounded in memory.
/// Each node learns from what it sent itself. What becomes of that may come to another node, which tells (<see cref="RouteNews"/>) unless it sent all of it.
/// </summary>
public sealed class RouteLearning : IGuardHearer
{
    readonly Lock _gate = new();
    readonly RouteLearningOptions _options;
    readonly GuardNews? _news;
    readonly RouteCells _cells;
    readonly PendingSends _pending;
    readonly SilenceWatch _silence;
    readonly HandOvers _handOvers = new();
    DateTimeOffset _now;

    // Readings of the clock, one after another, that lie before what it has said already.
    int _behind;
    const int SetBackAfter = 4;
    long _sends;

    public RouteLearning(CarrierHealth health, RouteLearningOptions? options = null, GuardNews? news = null)
    {
        (_options, _news) = (options ?? new RouteLearningOptions(), news);
        _cells = new RouteCells(_options);
        _pending = new PendingSends(_options.MaxPending);
        _silence = new SilenceWatch(health, _cells, _options);
    }

    /// <summary>
    /// A carrier is asked to take a message, until what this returns is disposed of: what happens to the verification meanwhile holds for the message if it is <see cref="Sent">taken</see>.
    /// </summary>
    internal UnderWay HandOver(Sid verification, bool isFirst)
    {
        lock (_gate)
            _handOvers.Begin(verification, isFirst);
        return new UnderWay(this, verification);
    }

    internal readonly struct UnderWay(RouteLearning learning, Sid verification) : IDisposable
    {
        public void Dispose()
        {
            lock (learning._gate)
                learning._handOvers.End(verification);
        }
    }

    /// <summary>A carrier accepted a message. <paramref name="isFirst"/>: the first of its verification; another one settles the first as not arrived.</summary>
    public void Sent(Sid verification, CarrierKey carrier, Channel channel, string country, string digits, bool isFirst, DateTimeOffset at)
    {
        bool isElsewhere;
        lock (_gate)
        {
            Advance(at);
            var handOver = _handOvers.Find(verification);

            // A code that was typed before a resend was taken may be of the message before: it says nothing of this one.
            if (handOver is { IsDropped: true } || (handOver is { IsConverted: true } && !isFirst))
                return;

            var first = _pending.Find(verification, isResend: false);
            var isResend = first is not null || !isFirst;
            isElsewhere = isResend && !IsAllHere(verification);
            var number = _sends++;
            AskedAgain(verification, send => carrier != send.Chain[0].Key.Carrier, number);
            StartWaiting(verification, _cells.Chain(carrier, channel, country, digits, isResend, at), number, at, handOver is { IsElsewhere: true });
            if (handOver is { IsConverted: true })
                Convert(verification, at);
        }

        if (isElsewhere)
            RouteNews.AskedAgain(_news, verification, carrier);
    }

    /// <summary>A receipt came for the verification's first send. That it arrived proves no more than that the carrier lives; that it did not is believed at once.</summary>
    public void Received(Sid verification, bool delivered, DateTimeOffset at)
    {
        lock (_gate)
        {
            Advance(at);
            if (Receive(verification, delivered, at))
                return;
        }

        RouteNews.Received(_news, verification, delivered);
    }

    /// <summary>The code was typed back.</summary>
    public void Converted(Sid verification, DateTimeOffset at)
    {
        lock (_gate)
        {
            Advance(at, isBehind: true);
            var isAllHere = IsAllHere(verification);
            Convert(verification, at);
            if (isAllHere)
                return;
        }

        RouteNews.Converted(_news, verification);
    }

    /// <summary>The verification was cancelled or a test: it says nothing.</summary>
    public void Dropped(Sid verification)
    {
        lock (_gate)
        {
            var isAllHere = IsAllHere(verification);
            Drop(verification);
            if (isAllHere)
                return;
        }

        RouteNews.Dropped(_news, verification);
    }

    /// <summary>What became of a verification at another node. Nothing to most: only the one that sent it learns from it.</summary>
    void IGuardHearer.Hear(byte kind, ReadOnlySpan<byte> told, DateTimeOffset now)
    {
        if (!RouteNews.TryRead(kind, told, out var read))
            return;

        lock (_gate)
        {
            var verification = read.Verification;
            if (!_pending.Has(verification) && _handOvers.Find(verification) is null)
                return;

            Advance(now, isBehind: true);
            switch (kind)
            {
                case NewsWriter.RouteConverted:
                    Convert(verification, now);
                    break;
                case NewsWriter.RouteDropped:
                    Drop(verification);
                    break;
                case NewsWriter.RouteReceived:
                    Receive(verification, delivered: read.Detail != 0, now);
                    break;
                case NewsWriter.RouteAskedAgain:
                    AskedAgainElsewhere(verification, read.Detail);
                    break;
            }
        }
    }

    /// <summary>What an operator may see of an account's carriers, the most used first. Prefixes are the first digits of numbers, too few to name a person.</summary>
    public IReadOnlyList<RouteScore> Scores(Sid account, DateTimeOffset now)
    {
        lock (_gate)
        {
            Advance(now);
            return [.. _cells.All.Where(cell => cell.Key.Carrier.Account == account && !cell.Key.OfResends).Select(cell => Score(cell, now)).OrderByDescending(static score => score.Sends)];
        }
    }

    /// <summary>What was learned, for a store to keep. Sends that wait are not part of it.</summary>
    public RouteScoreSnapshot Snapshot()
    {
        lock (_gate)
            return RouteScoreSnapshot.Of(_cells.All, _now);
    }

    /// <summary>Starts from what a store kept instead of what was learned so far. What is damaged, or more than there is room for, is left out; what is of a moment ahead is of now.</summary>
    public void Restore(RouteScoreSnapshot snapshot, DateTimeOffset now)
    {
        lock (_gate)
        {
            _pending.Clear();
            _cells.Clear();
            foreach (var cell in snapshot.ToCells(now).Take(_options.MaxCells))
                _cells.Put(cell);
        }
    }

    /// <summary>For each carrier the parameters of the Beta distribution of its rate for this number.</summary>
    internal BetaCounts[] Rates(Sid account, IReadOnlyList<string> carriers, Channel channel, string country, string digits, DateTimeOffset now)
    {
        var prefix = RouteCells.PrefixOf(digits);
        var rates = new BetaCounts[carriers.Count];
        lock (_gate)
        {
            Advance(now);
            for (var i = 0; i < rates.Length; i++)
                rates[i] = _cells.Rate(new CarrierKey(account, carriers[i]), channel, country, prefix, now);
        }

        return rates;
    }

    /// <summary>Looks at what has come of an age: whoever plans wants to know of silence, and not only who hears.</summary>
    internal void LookAt(DateTimeOffset now)
    {
        lock (_gate)
            Advance(now);
    }

    internal int HandOverCount
    {
        get
        {
            lock (_gate)
                return _handOvers.Count;
        }
    }

    internal (int Cells, int Pending) Size
    {
        get
        {
            lock (_gate)
                return (_cells.Count, _pending.Count);
        }
    }

    /// <summary>Whether this node sent all there is of the verification, as far as it can know: then no other has anything to learn of it.</summary>
    bool IsAllHere(Sid verification) => _pending.Find(verification, isResend: false) is { IsElsewhere: false } || _handOvers.Find(verification) is { HasFirst: true, IsElsewhere: false };

    void StartWaiting(Sid verification, RouteCell[] chain, long number, DateTimeOffset at, bool isElsewhere)
    {
        var send = new PendingSend(verification, chain, at, number)
        {
            IsElsewhere = isElsewhere,
            UsualRate = SilenceWatch.Careful(_cells.UsualRate(chain, at), 0.9),
            UsualSigns = SilenceWatch.Careful(_cells.UsualSigns(chain, at), 0.95),
        };
        foreach (var cell in chain)
            cell.StartWaiting();
        SilenceWatch.Begin(send);
        if (_pending.Add(send) is { } oldest)
            TimeOut(oldest);
    }

    /// <param name="now">What the clock says, or has said.</param>
    /// <param name="isBehind">It is the moment of something that took its time: no sign that the clock was set back.</param>
    void Advance(DateTimeOffset now, bool isBehind = false)
    {
        if (now > _now || (!isBehind && _now - now <= WaitingTimes.Ages[0]))
        {
            (_now, _behind) = (now > _now ? now : _now, 0);
        }
        else if (!isBehind)
        {
            // A thread that was held up reads no other than one whose clock was set back: until more have read so, nothing ages by it.
            if (++_behind < SetBackAfter)
            {
                return;
            }

            _behind = 0;

            // The clock ran ahead and was set back. What is sent from now on has not waited since; what was sent by the wrong time begins to wait.
            _now = now;
            _pending.SetBack(now);
            foreach (var cell in _cells.All)
                cell.SetBack(now);
        }

        while (_pending.TakeDue(_now) is var (send, age))
        {
            if (age == WaitingTimes.Ages.Count - 1)
            {
                TimeOut(send);
                continue;
            }

            var (everywhere, here) = (send.Chain[0], SilenceWatch.Watched(send)[^1]);
            var codesBy = send.IsSettled ? 1 : Math.Max(send.Overdue, WaitingTimes.ShareBy(here.CodeTimes, everywhere.CodeTimes, age));
            var signsBy = WaitingTimes.ShareBy(here.SignTimes, everywhere.SignTimes, age);
            BecomeOverdue(send, codesBy);
            SilenceWatch.Set(send, codesBy, signsBy);
            _silence.Alarm(send, _now);
        }
    }

    /// <summary>Settles what was sent before; of resends only the newest waits.</summary>
    void AskedAgain(Sid verification, Func<PendingSend, bool> isOtherCarrier, long number)
    {
        if (_pending.Find(verification, isResend: false) is { } first)
            AskedAgain(first, isOtherCarrier(first), number);
        if (_pending.Find(verification, isResend: true) is { } resend)
        {
            AskedAgain(resend, isOtherCarrier(resend), number);
            _pending.Remove(resend);
        }
    }

    void AskedAgainElsewhere(Sid verification, ulong carrier)
    {
        AskedAgain(verification, send => RouteNews.MarkOf(send.Chain[0].Key.Carrier) != carrier, _sends++);
        if (_pending.Find(verification, isResend: false) is { } first)
            first.IsElsewhere = true;
        if (_handOvers.Find(verification) is { } handOver)
            handOver.IsElsewhere = true;
    }

    void AskedAgain(PendingSend send, bool isOtherCarrier, long number)
    {
        send.NewestNumber = number;
        send.HasOtherCarrier |= isOtherCarrier;
        if (!send.IsSettled)
            Settle(send, converted: false, _now);
        SilenceWatch.Set(send, 1, signsBy: null);
        _silence.Alarm(send, _now);
    }

    /// <returns>False where the first send does not wait here.</returns>
    bool Receive(Sid verification, bool delivered, DateTimeOffset at)
    {
        if (_pending.Find(verification, isResend: false) is not { } send)
            return false;

        HeardSign(send, at);
        if (!delivered)
        {
            BecomeOverdue(send, 1);
            SilenceWatch.Set(send, 1, signsBy: null);
            _silence.Alarm(send, _now);
        }

        return true;
    }

    void Drop(Sid verification)
    {
        foreach (var isResend in (ReadOnlySpan<bool>)[false, true])
        {
            if (_pending.Find(verification, isResend) is not { } send)
                continue;

            StopWaiting(send);
            SilenceWatch.Set(send, 0, 0);
            _pending.Remove(send);
        }

        if (_handOvers.Find(verification) is { } handOver)
            handOver.IsDropped = true;
    }

    void Convert(Sid verification, DateTimeOffset at)
    {
        if (_pending.Find(verification, isResend: false) is { } first)
            Converted(first, at);
        if (_pending.Find(verification, isResend: true) is { } resend)
            Converted(resend, at);
        if (_handOvers.Find(verification) is { } handOver)
            handOver.IsConverted = true;
    }

    void Converted(PendingSend send, DateTimeOffset at)
    {
        if (!send.IsSettled)
        {
            Settle(send, converted: true, at);
            foreach (var cell in SilenceWatch.Watched(send))
                cell.CodeTimes.Add(at - send.SentAt);
        }

        if (!send.HasOtherCarrier)
        {
            HeardSign(send, at);
            _silence.HeardCode(send, at);
        }

        _pending.Remove(send);
    }

    void TimeOut(PendingSend send)
    {
        // Nobody may have looked since: it counts from when its time was up.
        var end = send.SentAt + WaitingTimes.Ages[^1];
        var at = end < _now ? end : _now;
        if (!send.IsSettled)
            Settle(send, converted: false, at);
        if (!send.HasSign)
            Observe(send, default, new BetaCounts(0, 1), at);
        SilenceWatch.Set(send, 1, 1);
        _silence.Alarm(send, _now);
        _pending.Remove(send);
    }

    void Settle(PendingSend send, bool converted, DateTimeOffset at)
    {
        StopWaiting(send);
        send.IsSettled = true;
        Observe(send, converted ? new BetaCounts(1, 0) : new BetaCounts(0, 1), default, at);
    }

    void Observe(PendingSend send, BetaCounts codes, BetaCounts signs, DateTimeOffset at)
    {
        foreach (var cell in send.Chain)
            cell.Observe(codes, signs, at, _options.HalfLife);
    }

    static void BecomeOverdue(PendingSend send, double overdue)
    {
        if (send.IsSettled)
            return;

        foreach (var cell in send.Chain)
            cell.ChangeOverdue(overdue - send.Overdue);
        send.Overdue = overdue;
    }

    static void StopWaiting(PendingSend send)
    {
        if (send.IsSettled)
            return;

        foreach (var cell in send.Chain)
            cell.StopWaiting(send.Overdue);
    }

    void HeardSign(PendingSend send, DateTimeOffset at)
    {
        if (!send.HasSign)
        {
            send.HasSign = true;
            Observe(send, default, new BetaCounts(1, 0), at);
            foreach (var cell in SilenceWatch.Watched(send))
                cell.SignTimes.Add(at - send.SentAt);
        }

        SilenceWatch.HeardSign(send);
    }

    RouteScore Score(RouteCell cell, DateTimeOffset now)
    {
        var (carrier, channel, country, prefix, _) = cell.Key;
        var rate = _cells.Rate(carrier, channel, country, prefix, now);
        return new RouteScore
        {
            Carrier = carrier.Name,
            Channel = channel,
            Country = country.Length == 0 ? null : country,
            Prefix = prefix.Length == 0 ? null : prefix,
            Estimate = rate.Mean,
            Uncertainty = rate.Deviation,
            Sends = cell.CountsAt(now, _options.HalfLife).Total,
            Waiting = cell.Waiting,
            UsualWait = cell.CodeTimes.Median(),
        };
    }
}
