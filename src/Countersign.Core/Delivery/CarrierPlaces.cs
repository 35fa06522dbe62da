namespace Countersign.Core.Delivery;

/// <summary>
/// The places of a carrier. One that is given back goes to whoever has waited longest since its message was asked for: a message that gave up for a moment and comes back is not behind those that
/// came meanwhile. Thread-safe.
/// </summary>
/// <param name="count">How many there are.</param>
sealed class CarrierPlaces(int count)
{
    readonly Lock _gate = new();
    readonly SortedSet<Waiter> _line = new(Comparer<Waiter>.Create(static (left, right) => left.Since != right.Since ? left.Since.CompareTo(right.Since) : left.Turn.CompareTo(right.Turn)));
    int _free = count;
    long _turn;

    /// <summary>Takes one that is free; false when there is none.</summary>
    public bool TryEnter()
    {
        lock (_gate)
        {
            if (_free == 0)
            {
                return false;
            }

            _free--;
            return true;
        }
    }

    /// <summary>Waits for one; false when <paramref name="ct"/> ends the waiting first.</summary>
    /// <param name="since">Since when the message waits.</param>
    /// <param name="ct">Ends the waiting.</param>
    public async Task<bool> EnterAsync(DateTimeOffset since, CancellationToken ct)
    {
        Waiter waiter;
        lock (_gate)
        {
            if (_free > 0)
            {
                _free--;
                return true;
            }

            waiter = new Waiter(since.UtcTicks, _turn++);
            _line.Add(waiter);
        }

        await using (ct.Register(() => GiveUp(waiter)))
        {
            return await waiter.Entered.Task;
        }
    }

    /// <summary>Gives one back.</summary>
    public void Leave()
    {
        Waiter? next;
        lock (_gate)
        {
            next = _line.Min;
            if (next is null)
            {
                _free++;
                return;
            }

            _line.Remove(next);
        }

        next.Entered.SetResult(true);
    }

    /// <summary>Who is in line no more has a place already.</summary>
    void GiveUp(Waiter waiter)
    {
        lock (_gate)
        {
            if (!_line.Remove(waiter))
            {
                return;
            }
        }

        waiter.Entered.SetResult(false);
    }

    sealed class Waiter(long since, long turn)
    {
        public long Since => since;

        public long Turn => turn;

        public TaskCompletionSource<bool> Entered { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);
    }
}
