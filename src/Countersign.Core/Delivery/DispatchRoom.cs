using System.Collections.Concurrent;
using Countersign.Core.Routing;

namespace Countersign.Core.Delivery;

/// <summary>
/// The room that messages under way share: places for those that are worked on, and pauses for those that wait without one, for their next round, for a place of their carrier or for their account's
/// turn. Each account and carrier may have a multiple of what is free at that moment. So one that is alone gets nearly all, several get less each, and some stays free for whoever comes next,
/// however many messages one has. Thread-safe.
/// </summary>
/// <param name="places">Messages that are worked on.</param>
/// <param name="pauses">Messages that wait without a place. Beyond them the places stay taken, so that memory has a bound.</param>
/// <param name="time">By whose timestamps.</param>
#pragma warning disable CA1001 // A semaphore whose wait handle is never asked for holds nothing, and one that is disposed would fail who is still at work when the server stops.
sealed class DispatchRoom(int places, int pauses, TimeProvider time)
{
#pragma warning restore CA1001
    /// <summary>Three quarters of the places for an account that is alone, half for messages that keep theirs while they wait for one carrier.</summary>
    const int PlacesOfAccount = 3, PlacesOfCarrier = 1;

    /// <summary>Four fifths of the pauses for an account that is alone, two thirds for one carrier.</summary>
    const int PausesOfAccount = 4, PausesOfCarrier = 2;

    readonly SemaphoreSlim _places = new(places);
    readonly SemaphoreSlim _pauses = new(pauses);

    // Places that were taken beyond those that there are: those that come free next are these.
    int _owed;

    // Kept for each account and carrier whose messages ever took longer: they are few.
    readonly ConcurrentDictionary<Sid, OfAccount> _accounts = new();
    readonly ConcurrentDictionary<CarrierKey, OfCarrier> _carriers = new();

    /// <summary>Who sends, and how many wait for a carrier that does not work: a third of the pauses at most.</summary>
    public WaitingByCarrier Waiting { get; } = new(Math.Max(1, pauses / 3), time);

    /// <summary>No pause is free.</summary>
    public bool IsFull => _pauses.CurrentCount == 0;

    /// <summary>Waits for a place and takes up to <paramref name="max"/>.</summary>
    public async ValueTask<int> TakePlacesAsync(int max, CancellationToken ct)
    {
        await _places.WaitAsync(ct);
        var taken = 1;
        while (taken < max && _places.Wait(0, ct))
        {
            taken++;
        }

        return taken;
    }

    /// <summary>Gives back places that nobody <see cref="Enter">entered</see> with.</summary>
    public void Release(int count)
    {
        var owed = Volatile.Read(ref _owed);
        while (owed > 0)
        {
            var paid = Math.Min(owed, count);
            if (Interlocked.CompareExchange(ref _owed, owed - paid, owed) == owed)
            {
                count -= paid;
                break;
            }

            owed = Volatile.Read(ref _owed);
        }

        if (count > 0)
        {
            _places.Release(count);
        }
    }

    /// <summary>Whether the account's next message may be worked on. As long as all together have no more than one may, nobody is looked up.</summary>
    public bool HasPlaceFor(Sid account)
    {
        var free = _places.CurrentCount;
        return places - free <= PlacesOfAccount * free || !_accounts.TryGetValue(account, out var known) || IsWithinShare(known) && Volatile.Read(ref known.InLine) == 0;
    }

    /// <summary>The place of a message that takes longer than its batch, and that is taken already.</summary>
    public Place Enter(Sid account)
    {
        var known = AccountOf(account);
        Interlocked.Increment(ref known.Places);
        return new Place(this, account, known);
    }

    /// <summary>
    /// A message that is in a place begins to wait for a place of its carrier, and leaves its own meanwhile if there is a pause for it. Null where it may not wait: it is new, as many wait for this
    /// carrier as may, and messages go out by another.
    /// </summary>
    public CarrierWait? WaitFor(CarrierKey carrier, bool isNew)
    {
        var (account, known) = (AccountOf(carrier.Account), _carriers.GetOrAdd(carrier, static _ => new OfCarrier()));
        if (Volatile.Read(ref known.Pauses) < PausesOfCarrier * _pauses.CurrentCount && TryPause(account))
        {
            Interlocked.Increment(ref known.Pauses);
            GiveBack(account);
            return new CarrierWait(this, account, known, hasLeft: true);
        }

        if (isNew && Volatile.Read(ref known.Places) >= PlacesOfCarrier * _places.CurrentCount && Waiting.IsAnotherSending(carrier))
        {
            return null;
        }

        Interlocked.Increment(ref known.Places);
        return new CarrierWait(this, account, known, hasLeft: false);
    }

    OfAccount AccountOf(Sid account) => _accounts.GetOrAdd(account, static _ => new OfAccount());

    bool IsWithinShare(OfAccount account) => Volatile.Read(ref account.Places) is var taken && (taken <= 0 || taken <= PlacesOfAccount * _places.CurrentCount);

    bool TryPause(OfAccount account)
    {
        if (Volatile.Read(ref account.Pauses) >= PausesOfAccount * _pauses.CurrentCount || !_pauses.Wait(0, CancellationToken.None))
        {
            return false;
        }

        Interlocked.Increment(ref account.Pauses);
        return true;
    }

    void EndPause(OfAccount account)
    {
        Interlocked.Decrement(ref account.Pauses);
        _pauses.Release();
    }

    /// <summary>
    /// Takes a place for one whose carrier has answered: nobody is to wait for places, all of which may be with those that wait for that carrier, before what it said is kept. Where none is free one
    /// is owed.
    /// </summary>
    void TakeAtOnce(OfAccount account)
    {
        if (!_places.Wait(0, CancellationToken.None))
        {
            Interlocked.Increment(ref _owed);
        }

        Interlocked.Increment(ref account.Places);
    }

    /// <summary>Waits for a place for one that has none.</summary>
    async Task TakeAsync(OfAccount account, CancellationToken ct)
    {
        await _places.WaitAsync(ct);
        Interlocked.Increment(ref account.Places);
    }

    void GiveBack(OfAccount account)
    {
        Release(1);
        GiveTurn(account);
    }

    /// <summary>One of the account's places was left: those go on that have waited longest for it.</summary>
    void GiveTurn(OfAccount account)
    {
        Interlocked.Decrement(ref account.Places);
        if (Volatile.Read(ref account.InLine) == 0)
        {
            return;
        }

        lock (account.Line)
        {
            while (account.Line.Count > 0 && IsWithinShare(account))
            {
                Interlocked.Increment(ref account.Places);
                Interlocked.Decrement(ref account.InLine);
                account.Line.Dequeue().SetResult();
            }
        }
    }

    /// <summary>Waits until the account's share has a place for one more, which is counted then and yet to be taken.</summary>
    async Task TakeTurnAsync(OfAccount account, CancellationToken ct)
    {
        TaskCompletionSource turn;
        lock (account.Line)
        {
            // In this order: whoever leaves a place now sees that somebody is in line, or is seen.
            Interlocked.Increment(ref account.InLine);
            if (account.Line.Count == 0 && IsWithinShare(account))
            {
                Interlocked.Decrement(ref account.InLine);
                Interlocked.Increment(ref account.Places);
                return;
            }

            turn = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            account.Line.Enqueue(turn);
        }

        // One that is given up, as the server stops, keeps its turn: nobody is to go on then.
        await turn.Task.WaitAsync(ct);
    }

    /// <summary>What messages of an account have, and those that wait for a place of its share.</summary>
    public sealed class OfAccount
    {
        public readonly Queue<TaskCompletionSource> Line = new();
        public int Places, Pauses, InLine;
    }

    /// <summary>Pauses and places of messages that wait for a carrier, or are in its hands since they did.</summary>
    public sealed class OfCarrier
    {
        public int Places, Pauses;
    }

    /// <summary>A message that waits for its carrier.</summary>
    /// <param name="room">Where.</param>
    /// <param name="account">Of whom.</param>
    /// <param name="carrier">For what.</param>
    /// <param name="hasLeft">It has a pause instead of a place.</param>
    public sealed class CarrierWait(DispatchRoom room, OfAccount account, OfCarrier carrier, bool hasLeft)
    {
        /// <summary>It has a pause instead of its place.</summary>
        public bool HasLeft => hasLeft;

        /// <summary>Once the carrier's place is given back, or was not to be had: the message has its own again.</summary>
        public void End()
        {
            if (!hasLeft)
            {
                Interlocked.Decrement(ref carrier.Places);
                return;
            }

            room.TakeAtOnce(account);
            Interlocked.Decrement(ref carrier.Pauses);
            room.EndPause(account);
        }
    }

    /// <summary>A message's place, which others have while it waits: one carrier that is down, or one account's crowd, must not hold up the messages of all.</summary>
    /// <param name="room">Where.</param>
    /// <param name="account">Whose the message is.</param>
    /// <param name="known">What that has.</param>
    public sealed class Place(DispatchRoom room, Sid account, OfAccount known)
    {
        bool _isTaken = true;

        /// <summary>Waits until it is the account's turn; false where as many of its messages wait as may, and those of others go out.</summary>
        public async Task<bool> WaitForTurnAsync(CancellationToken ct)
        {
            if (!room.TryPause(known))
            {
                return !room.Waiting.IsAnotherSending(account);
            }

            try
            {
                Release();
                await room.TakeTurnAsync(known, ct);
                await room._places.WaitAsync(ct);
                _isTaken = true;
            }
            finally
            {
                room.EndPause(known);
            }

            return true;
        }

        /// <summary>Waits for so long, and then until there is a place again.</summary>
        public async Task LeaveForAsync(TimeSpan pause, TimeProvider time, CancellationToken ct)
        {
            if (!room._pauses.Wait(0, CancellationToken.None))
            {
                await Task.Delay(pause, time, ct);
                return;
            }

            Interlocked.Increment(ref known.Pauses);
            try
            {
                Release();
                await Task.Delay(pause, time, ct);
                await room.TakeAsync(known, ct);
                _isTaken = true;
            }
            finally
            {
                room.EndPause(known);
            }
        }

        /// <summary>Gives the place back, if it has one.</summary>
        public void Release()
        {
            if (_isTaken)
            {
                _isTaken = false;
                room.GiveBack(known);
            }
        }
    }
}
