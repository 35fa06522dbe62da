using Countersign.Core.Verifications;

namespace Countersign.Storage.PostgreSql;

/// <summary>
/// Counts the messages without an outcome that this node may have to send: its own, and those that nobody has. Its own it knows; of what nobody has it knows what it left and took itself. What other nodes did to
/// that it asks the database, once a second at most and only from half the limit on: below that it need not be exact.
/// </summary>
/// <param name="limit">So many are too many.</param>
/// <param name="countFree">Asks the database how many messages nobody has.</param>
sealed class OutboxPressure(int limit, Func<Task<long>> countFree)
{
    static readonly TimeSpan AskEvery = TimeSpan.FromSeconds(1);

    readonly Lock _gate = new();

    // Written under the gate.
    long _own;
    long _free;
    long _leaving;
    long _left;

    // In ticks of a clock that nobody can set.
    long _askedAt = TimeProvider.System.GetTimestamp();

    /// <summary>How many there are, as far as this node knows.</summary>
    public long Known => Volatile.Read(ref _own) + Volatile.Read(ref _free);

    /// <summary>Whether there are too many to start anything new. What waits for the store or is on its way there when it gets full still goes in: some thousand. Costs a look at two numbers.</summary>
    public bool IsFull
    {
        get
        {
            var known = Known;
            if (known >= limit / 2)
            {
                AskNowAndThen();
            }

            return known >= limit;
        }
    }

    /// <summary>This node has more messages, or fewer.</summary>
    public void Have(int more)
    {
        lock (_gate)
        {
            _own += more;
        }
    }

    /// <summary>An exchange begins to leave messages in the database.</summary>
    public void Leave(int messages)
    {
        lock (_gate)
        {
            _free += messages;
            _leaving += messages;
        }
    }

    /// <summary>It has ended. If it failed they stay counted, until the database is asked or nothing is found there.</summary>
    public void EndLeaving(int messages)
    {
        lock (_gate)
        {
            _leaving -= messages;
            _left += messages;
        }
    }

    /// <summary>This node took messages that nobody had.</summary>
    public void Take(int messages)
    {
        lock (_gate)
        {
            _own += messages;
            _free = Math.Max(0, _free - messages);
        }
    }

    /// <summary>There are none that nobody has.</summary>
    public void FindNone()
    {
        lock (_gate)
        {
            _free = 0;
        }
    }

    /// <summary>Asks the database. If it does not answer all stays as it is.</summary>
    public async Task AskAsync()
    {
        long before;
        lock (_gate)
        {
            before = _left;
        }

        long free;
        try
        {
            free = await countFree();
        }
        catch (StoreUnavailableException)
        {
            return;
        }

        lock (_gate)
        {
            // Of what was under way meanwhile it may have counted a part: better twice than not at all.
            _free = free + _left - before + _leaving;
        }
    }

    void AskNowAndThen()
    {
        var (now, last) = (TimeProvider.System.GetTimestamp(), Volatile.Read(ref _askedAt));
        if (TimeProvider.System.GetElapsedTime(last, now) >= AskEvery && Interlocked.CompareExchange(ref _askedAt, now, last) == last)
        {
            _ = AskAsync();
        }
    }
}
