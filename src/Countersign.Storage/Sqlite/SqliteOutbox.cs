using System.Text;
using Countersign.Core;
using Countersign.Core.Codes;
using Countersign.Core.Delivery;
using Countersign.Core.Delivery.Receipts;
using Countersign.Core.Events;
using Countersign.Core.Insight;
using Countersign.Core.Privacy;
using Countersign.Core.Verifications;
using Microsoft.Extensions.Logging;

namespace Countersign.Storage.Sqlite;

/// <summary>
/// The outbox of the embedded store. A committed message goes to the dispatcher through memory, without being read again, and shares a row with others (<see cref="OutboxSlots"/>); when
/// more wait than memory should hold, or after a restart, each has a row of its own, and they are read from the file in the order of their positions.
/// </summary>
sealed partial class SqliteOutbox : IOutbox
{
    const int MaxInMemory = 8192;
    const int ReadAhead = 512;

    readonly ILogger<SqliteStore> _logger;
    readonly GroupCommit _writer;
    readonly VerificationRows _verifications;
    readonly AttemptRows _attempts;
    readonly SqliteAttemptStore _history;
    readonly RollupRows _rollups;
    readonly Sealer _sealer;
    readonly EventMaker _maker;
    readonly SqliteEventStore _events;
    readonly int _maxWaiting;
    readonly OutboxSlots _slots;
    readonly Statement _insert;
    readonly Statement _delete;
    readonly Statement _readAfter;
    readonly Statement _oldest;
    readonly Statement _beat;
    readonly System.Threading.Channels.Channel<OutboxItem> _ready = System.Threading.Channels.Channel.CreateUnbounded<OutboxItem>();

    // Of batches that the disk did not keep at first: they go out with the next one that it does, behind which they are on the disk too.
    readonly System.Collections.Concurrent.ConcurrentQueue<List<OutboxItem>> _heldBack = new();

    // Handed over or about to be, and not claimed.
    int _inMemory;

    // From here to _behind: the writer's thread alone writes them.
    readonly List<OutboxItem> _added = [];
    int _room;

    // Of those that an earlier process left in slots: they are older than what has rows, and come first.
    int _leftHandedOver;
    long _lastPosition;
    long _handedOver;
    long _count;

    // True while rows wait in the file that did not go through memory; new ones then join them there, so that none overtakes.
    volatile bool _behind;

    public SqliteOutbox(
        GroupCommit writer, WriteContext context, VerificationRows verifications, AttemptRows attempts, SqliteAttemptStore history, RollupRows rollups, Sealer sealer,
        EventMaker maker, SqliteEventStore events, ILogger<SqliteStore> logger, int maxWaiting = Backlog.MaxMessages)
    {
        (_logger, _maker, _events, _maxWaiting) = (logger, maker, events, maxWaiting);
        (_writer, _verifications, _attempts, _history, _rollups, _sealer) = (writer, verifications, attempts, history, rollups, sealer);
        _insert = context.Prepare("INSERT INTO outbox (position, verification_sid, attempt_sid, asked_at, custom_code) VALUES (?1, ?2, ?3, ?4, ?5)");
        _delete = context.Prepare("DELETE FROM outbox WHERE position = ?1");
        _readAfter = context.Prepare("SELECT position, verification_sid, attempt_sid, custom_code FROM outbox WHERE position > ?1 ORDER BY position LIMIT ?2");
        _oldest = context.Prepare("SELECT asked_at FROM outbox ORDER BY position LIMIT 1");

        writer.BeforeCommit(() =>
        {
            // Whatever is committed next: none may wait for another message, which may be long in coming.
            if (!_heldBack.IsEmpty)
            {
                context.Follow(new Handed(this, []));
            }
        });
        _beat = context.Prepare("INSERT INTO heartbeat (id, at) VALUES (1, ?1) ON CONFLICT (id) DO UPDATE SET at = excluded.at");

        _slots = new OutboxSlots(writer, context, attempts);
        using var rows = context.Prepare("SELECT count(*), coalesce(max(position), 0) FROM outbox");
        rows.Read();
        (_count, _lastPosition) = (rows.Long(0) + _slots.Left.Count, rows.Long(1));
        _behind = _count > 0;
    }

    public long Known => Interlocked.Read(ref _count);

    /// <summary>Too many messages wait to take another that a caller asks for. On the writer's thread.</summary>
    public bool IsFull => Interlocked.Read(ref _count) + _added.Count >= _maxWaiting;

    /// <summary>Puts an attempt into the outbox, within the writer's batch.</summary>
    public void Add(Verification verification, SendAttempt attempt, OneTimeCode? customCode, WriteContext context)
    {
        if (_added.Count == 0)
        {
            Begin(context);
        }

        // A code that the caller chose is not to lie there any longer than its own message waits.
        if (_added.Count >= _room || customCode is not null || !_slots.TryAdd(verification.Sid, attempt, out var position))
        {
            position = ++_lastPosition;
            _insert.Bind(position).Bind(verification.Sid).Bind(attempt.Sid).Bind(attempt.At).Bind(Seal(customCode, attempt.Sid)).Run();
        }

        _added.Add(new OutboxItem { Position = position, Verification = verification, Attempt = attempt, CustomCode = customCode });
    }

    void Begin(WriteContext context)
    {
        var before = _lastPosition;
        _room = _behind ? 0 : Math.Clamp(MaxInMemory - Volatile.Read(ref _inMemory), 0, MaxInMemory);
        context.OnCommit(() => HandOver(context));
        context.OnUndo(() =>
        {
            _added.Clear();
            _lastPosition = before;
        });
    }

    public async ValueTask<IReadOnlyList<OutboxItem>> ClaimAsync(int max, CancellationToken ct)
    {
        while (true)
        {
            ct.ThrowIfCancellationRequested();
            var items = new List<OutboxItem>();
            while (items.Count < max && _ready.Reader.TryRead(out var item))
            {
                items.Add(item);
            }

            Interlocked.Add(ref _inMemory, -items.Count);
            if (items.Count > 0)
            {
                return items;
            }

            if (_behind && Volatile.Read(ref _inMemory) == 0)
            {
                await _writer.RunAsync(context => ReadNext(Math.Min(max, ReadAhead), context));
            }
            else
            {
                await _ready.Reader.WaitToReadAsync(ct);
            }
        }
    }

    public Task<ReceivedReceipts> RecordAsync(IReadOnlyList<SendRecord> records, CancellationToken ct) => _writer.RunAsync(context =>
    {
        var recorded = new List<SendRecord>(records.Count);
        var overtaken = new List<EarlyMove>();
        try
        {
            Record(records, recorded, overtaken, context);
        }
        catch (Exception problem) when (problem is not SqliteFailure)
        {
            // Of this step alone nothing is kept: its messages wait as before.
            foreach (var record in recorded.Where(static record => OutboxSlots.Has(record.Item.Position)))
            {
                _slots.Unsettle(record.Item.Position);
            }

            throw;
        }

        foreach (var record in recorded)
        {
            Rollup.CountSend(_rollups.OfBatch, record);
        }

        foreach (var move in overtaken.Where(move => move.IsChange))
        {
            Rollup.CountReceipt(_rollups.OfBatch, move.Before, move.After);
        }

        context.OnCommit(() => Interlocked.Add(ref _count, -recorded.Count));
        return EarlyMove.Told(overtaken);
    });

    void Record(IReadOnlyList<SendRecord> records, List<SendRecord> recorded, List<EarlyMove> overtaken, WriteContext context)
    {
        foreach (var record in records)
        {
            // A message that is no longer in the outbox was recorded before.
            if (TryTakeOut(record.Item.Position, record.Item.Attempt.Sid, context))
            {
                recorded.Add(record);
                var sent = RecordedAttempt.Of(record);
                _attempts.Insert(sent);
                _events.Keep(_maker.OfSend(sent, record.Item.Verification), context);
                if (_history.ApplyEarly(record.Item.Attempt.Sid, record.Carrier, context) is { } move)
                {
                    overtaken.Add(move);
                }
            }
        }
    }

    bool TryTakeOut(long position, Sid attempt, WriteContext context)
    {
        if (OutboxSlots.Has(position))
        {
            return _slots.TrySettle(position, attempt);
        }

        _delete.Bind(position).Run();
        return context.Changes == 1;
    }

    public async ValueTask<OutboxDepth> DepthAsync(CancellationToken ct)
    {
        var age = await _writer.RunAsync(context =>
        {
            // Written, not only read: that a full disk can still be read is no comfort.
            _beat.Bind(context.Now).Run();
            _slots.EmptyStale();
            return OldestAsked is { } asked && context.Now > asked ? context.Now - asked : TimeSpan.Zero;
        });
        return new OutboxDepth(Known, age);
    }

    /// <summary>When the oldest message was asked for that has no outcome; null where none waits. On the writer's thread.</summary>
    public DateTimeOffset? OldestAsked
    {
        get
        {
            var inSlots = _slots.OldestAsked;
            if (!_oldest.Read())
            {
                return inSlots;
            }

            // Of a row that may be damaged, which must not hide how the others are.
            var asked = DateTimeOffset.FromUnixTimeMilliseconds(Math.Clamp(_oldest.Long(0), 0, DateTimeOffset.MaxValue.ToUnixTimeMilliseconds()));
            _oldest.Reset();
            return asked < inSlots || inSlots is null ? asked : inSlots;
        }
    }

    /// <summary>Decides on the writer's thread which messages go through memory; they get there once they are on the disk.</summary>
    void HandOver(WriteContext context)
    {
        Interlocked.Add(ref _count, _added.Count);
        var taken = Math.Min(_room, _added.Count);
        _behind |= taken < _added.Count;
        if (taken > 0)
        {
            Interlocked.Add(ref _inMemory, taken);
            if (_added.FindLastIndex(taken - 1, static item => !OutboxSlots.Has(item.Position)) is >= 0 and var last)
            {
                _handedOver = _added[last].Position;
            }

            context.Follow(new Handed(this, _added.GetRange(0, taken)));
        }

        _added.Clear();
    }

    void Release(List<OutboxItem> items)
    {
        foreach (var item in items)
        {
            _ready.Writer.TryWrite(item);
        }
    }

    /// <summary>Has the next messages of the file follow those of memory, once the disk has all that was read with them. Returns how many.</summary>
    int ReadNext(int max, WriteContext context)
    {
        // Another dispatcher read them; what has rows now comes through memory.
        if (!_behind)
        {
            return 0;
        }

        // Moved at once, so that another dispatcher's read in this same batch goes on from here.
        var before = (_handedOver, _leftHandedOver);
        context.OnUndo(() => (_handedOver, _leftHandedOver) = before);
        var rows = TakeNext(max, context);

        var items = new List<OutboxItem>();
        foreach (var row in rows)
        {
            if (Restore(row) is { } item)
            {
                items.Add(item);
            }
            else
            {
                TryTakeOut(row.Position, row.Attempt, context);
                context.OnCommit(() => Interlocked.Decrement(ref _count));
            }
        }

        context.OnCommit(() =>
        {
            // Rows that this same batch adds after us are not handed over by it: they are still to be read.
            _behind = _leftHandedOver < _slots.Left.Count || _handedOver < _lastPosition;
            if (items.Count > 0)
            {
                Interlocked.Add(ref _inMemory, items.Count);
                context.Follow(new Handed(this, items));
            }
        });
        return items.Count;
    }

    List<WaitingRow> TakeNext(int max, WriteContext context)
    {
        List<WaitingRow> rows = [.. _slots.Left.Skip(_leftHandedOver).Take(max).Select(static message => new WaitingRow(message.Position, message.Verification, message.Attempt, null))];
        _leftHandedOver += rows.Count;

        _readAfter.Bind(_handedOver).Bind((long)max - rows.Count);
        rows.AddRange(context.ReadWaiting(
            "message",
            _readAfter,
            row =>
            {
                _handedOver = row.Long(0);
                return new WaitingRow(_handedOver, row.Sid(1, "VE"), row.Sid(2, "VL"), row.BytesOrNull(3));
            },
            position =>
            {
                _delete.Bind(position).Run();
                context.OnCommit(() => Interlocked.Decrement(ref _count));
            }));
        return rows;
    }

    /// <summary>The message of a row; null for one that can never be sent, because its verification was erased or its seal does not open.</summary>
    OutboxItem? Restore(WaitingRow row)
    {
        try
        {
            return _verifications.Find(row.Verification) is not { } found ? null : new OutboxItem
            {
                Position = row.Position,
                Verification = found.Verification,
                Attempt = found.Verification.Attempts.First(sent => sent.Sid == row.Attempt),
                CustomCode = Open(row.Code, row.Attempt),
            };
        }
        catch (Exception problem) when (problem is not SqliteFailure)
        {
            // The keys are right, or the store would not have opened: the row itself was damaged, and must not hold up those behind it.
            LogUnreadable(row.Attempt, problem.GetType().Name);
            return null;
        }
    }

    byte[]? Seal(OneTimeCode? code, Sid attempt) =>
        code is null ? null : _sealer.Seal(Encoding.UTF8.GetBytes(code.Reveal()), Encoding.ASCII.GetBytes(attempt.ToString()));

    OneTimeCode? Open(byte[]? sealedCode, Sid attempt) =>
        sealedCode is null ? null : new OneTimeCode(Encoding.UTF8.GetString(_sealer.Open(sealedCode, Encoding.ASCII.GetBytes(attempt.ToString()))));

    /// <summary>What the file says of a message that waits; its code only where the caller chose it.</summary>
    readonly record struct WaitingRow(long Position, Sid Verification, Sid Attempt, byte[]? Code);

    /// <summary>Messages of a batch on their way to the dispatcher.</summary>
    sealed class Handed(SqliteOutbox outbox, List<OutboxItem> items) : Follower
    {
        public override void Complete()
        {
            while (outbox._heldBack.TryDequeue(out var earlier))
            {
                outbox.Release(earlier);
            }

            outbox.Release(items);
        }

        public override void Fail(Exception problem) => outbox._heldBack.Enqueue(items);
    }

    [LoggerMessage(3103, LogLevel.Error, "{Attempt} is dropped from the outbox: its row is damaged ({Problem})")]
    partial void LogUnreadable(Sid attempt, string problem);
}
