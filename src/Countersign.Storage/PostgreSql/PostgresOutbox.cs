using System.Runtime.CompilerServices;
using Countersign.Core;
using Countersign.Core.Delivery;
using Countersign.Core.Delivery.Receipts;
using Countersign.Core.Privacy;
using Countersign.Core.Verifications;
using Countersign.Storage.Steps;
using Microsoft.Extensions.Logging;

namespace Countersign.Storage.PostgreSql;

/// <summary>
/// The outbox in PostgreSQL. The messages of one exchange are one row, which the node that wrote it owns and hands to its dispatcher through memory. When more wait than memory should
/// hold, rows are written without an owner, and whoever has room claims them, oldest first; so are the rows of nodes that died. A row goes when all of its messages have their outcome.
/// </summary>
#pragma warning disable CA1001 // Semaphores whose wait handles are never asked for hold nothing, and one that is disposed would fail who still waits when the server stops.
sealed partial class PostgresOutbox : IOutbox
#pragma warning restore CA1001
{
    const int MaxInMemory = 8192;

    /// <summary>How often a node that has nothing to do looks for what others left behind.</summary>
    static readonly TimeSpan LookEvery = TimeSpan.FromSeconds(1);

    readonly PostgresNode _node;
    readonly OutboxClaims _claims;
    readonly OutboxPressure _pressure;
    readonly AttemptWriter _attempts;
    readonly Sealer _sealer;
    readonly TimeProvider _time;
    readonly ILogger _logger;
    readonly Gathered<SendRecord, ReceivedReceipts> _recorder;
    readonly SemaphoreSlim _signal = new(0, 1);
    readonly SemaphoreSlim _claiming = new(1, 1);
    readonly SemaphoreSlim _asking = new(1, 1);
    readonly ConditionalWeakTable<IReadOnlyList<StepEntry>, Reservation> _reserved = [];
    readonly Lock _gate = new();

    // All of these under the gate.
    readonly Queue<OutboxItem> _ready = new();
    readonly Queue<OutboxItem> _held = new();
    readonly OpenOutboxRows _open = new();
    long _lastId;

    // Rows of this node up to here have been handed over: a later one that the database has already must not be claimed past one that is still on its way to memory.
    long _handedOver;
    int _inMemory;
    int _unownedUnderWay;

    // New rows are written without an owner.
    bool _spilling = true;

    // Rows may wait in the database that have not gone through memory: what is handed over meanwhile is held, so that it does not overtake them.
    bool _behind = true;

    // Behind rows that this node could not read there may be others. What is handed over meanwhile is not held for them.
    bool _beyond;

    // In ticks of a clock that nobody can set: one that is set back must not keep this from looking.
    long _looked = TimeProvider.System.GetTimestamp();
    bool _lookFailed;

    public PostgresOutbox(PostgresNode node, long firstId, OutboxClaims claims, AttemptWriter attempts, Sealer sealer, int maxWaiting, TimeProvider time, ILogger logger)
    {
        _pressure = new OutboxPressure(maxWaiting, claims.CountFreeAsync);
        (_node, _lastId, _handedOver, _claims, _attempts, _sealer, _time, _logger) = (node, firstId, firstId, claims, attempts, sealer, time, logger);
        _recorder = new Gathered<SendRecord, ReceivedReceipts>(KeepAsync);
    }

    /// <summary>Looks for what earlier nodes left, so that a node that finds nothing uses memory from its first message on.</summary>
    public async Task StartAsync(CancellationToken ct)
    {
        await LookAsync(ct);
        await _pressure.AskAsync();
    }

    public long Known => _pressure.Known;

    /// <summary>Too many messages wait to take another that a caller asks for.</summary>
    public bool IsFull => _pressure.IsFull;

    /// <summary>Before an exchange, in the order of the batches: numbers the row for its messages, if it has any, and finds whether memory has room for them.</summary>
    public void Reserve(IReadOnlyList<StepEntry> entries)
    {
        var sends = new List<StepEntry>(entries.Count);
        foreach (var entry in entries)
        {
            if (entry.Phase == StepPhase.Write && entry.Decision.Send is not null)
            {
                sends.Add(entry);
            }
        }

        if (sends.Count == 0)
        {
            return;
        }

        Reservation reservation;
        lock (_gate)
        {
            // Once one goes without an owner, those after it do too, so that none overtakes.
            _spilling |= _inMemory + sends.Count > MaxInMemory;
            reservation = new Reservation(++_lastId, sends, Owned: !_spilling);
            _inMemory += _spilling ? 0 : sends.Count;
            _unownedUnderWay += _spilling ? 1 : 0;
        }

        if (!reservation.Owned)
        {
            _pressure.Leave(sends.Count);
        }

        _reserved.Add(entries, reservation);
    }

    /// <summary>The row that was reserved; null where an exchange has no messages.</summary>
    public OutboxRow? RowOf(IReadOnlyList<StepEntry> entries)
    {
        if (!_reserved.TryGetValue(entries, out var reservation))
        {
            return null;
        }

        var sends = reservation.Sends;
        var askedAt = sends.Min(entry => entry.Decision.Send!.Value.At).ToUnixTimeMilliseconds();
        return new OutboxRow(reservation.Id, reservation.Owned ? _node.Id : null, askedAt, sends.Count, Pack(sends));
    }

    byte[] Pack(List<StepEntry> sends)
    {
        using var bytes = new MemoryStream(sends.Count * OutboxEntries.Fixed);
        foreach (var entry in sends)
        {
            OutboxEntries.Write(bytes, entry.Decision.Save!.Sid, entry.Decision.Send!.Value.Sid, entry.Decision.CustomCode, _sealer);
        }

        return bytes.ToArray();
    }

    /// <summary>The exchange failed. If it was kept all the same, the row is this node's until its lease runs out with it: it is looked for.</summary>
    public void GiveUp(IReadOnlyList<StepEntry> entries)
    {
        if (!_reserved.TryGetValue(entries, out var reservation))
        {
            return;
        }

        _reserved.Remove(entries);
        lock (_gate)
        {
            _handedOver = Math.Max(_handedOver, reservation.Id);
            _inMemory -= reservation.Owned ? reservation.Sends.Count : 0;
            _unownedUnderWay -= reservation.Owned ? 0 : 1;
        }

        EndLeaving(reservation);
        _claims.Doubt(reservation.Id);
        LookAgain();
    }

    /// <summary>After an exchange: what was kept goes to the dispatcher.</summary>
    public void HandOver(IReadOnlyList<StepEntry> entries)
    {
        if (!_reserved.TryGetValue(entries, out var reservation))
        {
            return;
        }

        _reserved.Remove(entries);
        var lost = reservation.Sends.Count(entry => !entry.Kept);
        lock (_gate)
        {
            _handedOver = Math.Max(_handedOver, reservation.Id);
            if (!reservation.Owned)
            {
                _unownedUnderWay--;
                _behind = true;
            }
            else
            {
                var waiting = new HashSet<Sid>(reservation.Sends.Count);
                foreach (var entry in reservation.Sends)
                {
                    if (!entry.Kept)
                    {
                        continue;
                    }

                    var attempt = entry.Decision.Send!.Value;
                    waiting.Add(attempt.Sid);
                    (_behind ? _held : _ready).Enqueue(new OutboxItem { Position = reservation.Id, Verification = entry.Decision.Save!, Attempt = attempt, CustomCode = entry.Decision.CustomCode });
                }

                _inMemory -= lost;
                if (waiting.Count > 0)
                {
                    _open.Put(reservation.Id, waiting);
                    _pressure.Have(waiting.Count);
                }
            }
        }

        EndLeaving(reservation);
        Signal();
        if (lost > 0 && reservation.Owned)
        {
            // The row holds messages of steps that came too late: nobody sends those. Whoever claims one without an owner finds that out by itself.
            List<StepEntry> kept = [.. reservation.Sends.Where(entry => entry.Kept)];
            _ = _claims.ForgetAsync(reservation.Id, kept.Count, Pack(kept));
        }
    }

    public async ValueTask<IReadOnlyList<OutboxItem>> ClaimAsync(int max, CancellationToken ct)
    {
        while (true)
        {
            ct.ThrowIfCancellationRequested();
            var items = Take(max);
            if (items.Count > 0)
            {
                return items;
            }

            if (await LookAsync(ct))
            {
                continue;
            }

            await _signal.WaitAsync(LookEvery, ct);
        }
    }

    public async Task<ReceivedReceipts> RecordAsync(IReadOnlyList<SendRecord> records, CancellationToken ct) => Own(await _recorder.RunAsync(records), records);

    /// <summary>Of what many calls were told together, what is one call's own: what follows from it is to happen once.</summary>
    public static ReceivedReceipts Own(ReceivedReceipts overtaken, IReadOnlyList<SendRecord> records) =>
        new(Own(overtaken.Changed, records), Own(overtaken.SaidAgain, records))
        {
            Kept = overtaken.Kept.Count == 0 ? overtaken.Kept : [.. overtaken.Kept.Where(receipt => records.Any(record => record.Item.Attempt.Sid == receipt.Attempt))],
        };

    static IReadOnlyList<AttemptRecord> Own(IReadOnlyList<AttemptRecord> attempts, IReadOnlyList<SendRecord> records) =>
        attempts.Count == 0 ? attempts : [.. attempts.Where(attempt => records.Any(record => record.Item.Attempt.Sid == attempt.Sid))];

    public async ValueTask<OutboxDepth> DepthAsync(CancellationToken ct)
    {
        // One at a time: a question that hangs must not leave the next sign of life without a connection.
        await _asking.WaitAsync(ct);
        try
        {
            // Written, not only read: that a full disk can still be read is no comfort.
            await _node.BeatAsync(ct);
            return await _claims.DepthAsync(_time.GetUtcNow(), ct);
        }
        finally
        {
            _asking.Release();
        }
    }

    /// <summary>The outcomes of many calls in one commit. One runs at a time, so that what is left of a row is known.</summary>
    async Task<ReceivedReceipts> KeepAsync(IReadOnlyList<SendRecord> records)
    {
        List<SettledRow> rows;
        lock (_gate)
        {
            rows = _open.Settled(records);
        }

        var overtaken = await _attempts.WriteAsync(records, rows);
        int done;
        lock (_gate)
        {
            done = _open.Settle(records);
        }

        _pressure.Have(-done);
        return overtaken;
    }

    List<OutboxItem> Take(int max)
    {
        var items = new List<OutboxItem>();
        lock (_gate)
        {
            while (items.Count < max && _ready.TryDequeue(out var item))
            {
                items.Add(item);
            }

            _inMemory -= items.Count;
        }

        return items;
    }

    /// <summary>Claims rows that nobody has, if there may be any. True when there is something to take now, or more to look for.</summary>
    async Task<bool> LookAsync(CancellationToken ct)
    {
        await _claiming.WaitAsync(ct);
        try
        {
            int underWay;
            long handedOver;
            lock (_gate)
            {
                if (_ready.Count > 0)
                {
                    return true;
                }

                // After a look that failed none for a while, however many exchanges fail meanwhile and ask for one: each would fail again, and say so.
                if ((_lookFailed || (!_behind && !_beyond)) && TimeProvider.System.GetElapsedTime(_looked) < LookEvery)
                {
                    return false;
                }

                _looked = TimeProvider.System.GetTimestamp();
                underWay = _unownedUnderWay;
                handedOver = _handedOver;
            }

            var claimed = await _claims.ClaimAsync(handedOver, Rows, ct);
            lock (_gate)
            {
                _lookFailed = false;
                foreach (var (id, items) in claimed.Rows)
                {
                    if (_held.TryPeek(out var held) && id > held.Position && IsOfThisNode(id))
                    {
                        Release();
                    }

                    // A row of its own that it had lost sight of may be one that it has.
                    HashSet<Sid> waiting = [.. items.Select(item => item.Attempt.Sid)];
                    _pressure.Have(-_open.Put(id, waiting));
                    _pressure.Take(waiting.Count);
                    _inMemory += items.Count;
                    items.ForEach(_ready.Enqueue);
                }

                // Nearly caught up: what comes now goes through memory again.
                _spilling &= (claimed is { IsFull: true, MayHaveMore: true }) || _inMemory >= MaxInMemory;
                _beyond = claimed is { IsFull: true, HasUnread: true, MayHaveMore: true };
                if (!claimed.MayHaveMore && underWay == 0 && _unownedUnderWay == 0)
                {
                    _behind = false;
                    _pressure.FindNone();
                    Release();
                }

                return _ready.Count > 0 || _behind || _beyond;
            }
        }
        catch (StoreUnavailableException problem)
        {
            lock (_gate)
            {
                _lookFailed = true;
            }

            LogNotClaimed(problem.Message);
            return false;
        }
        finally
        {
            _claiming.Release();
        }
    }

    long[] Rows()
    {
        lock (_gate)
        {
            return _open.Ids;
        }
    }

    bool IsOfThisNode(long row) => row >> PostgresStore.IdBits == _lastId >> PostgresStore.IdBits;

    /// <summary>What was held is next.</summary>
    void Release()
    {
        while (_held.TryDequeue(out var item))
        {
            _ready.Enqueue(item);
        }
    }

    void EndLeaving(Reservation reservation)
    {
        if (!reservation.Owned)
        {
            _pressure.EndLeaving(reservation.Sends.Count);
        }
    }

    void LookAgain()
    {
        lock (_gate)
        {
            _behind = true;
        }

        Signal();
    }

    void Signal()
    {
        try
        {
            if (_signal.CurrentCount == 0)
            {
                _signal.Release();
            }
        }
        catch (SemaphoreFullException)
        {
            // Somebody else has woken the dispatcher.
        }
    }

    sealed record Reservation(long Id, List<StepEntry> Sends, bool Owned);

    [LoggerMessage(3201, LogLevel.Warning, "Messages that wait in the database cannot be looked for; trying again in a second: {Problem}")]
    partial void LogNotClaimed(string problem);
}
