using System.Buffers.Binary;
using Countersign.Core;
using Countersign.Core.Verifications;

namespace Countersign.Storage.Sqlite;

/// <summary>
/// The messages that go to the dispatcher through memory: their rows are only read after a restart. So many share a row, which fills its page, and is written over once all of them have their outcome. A
/// message waits as long as there is no attempt of its SID, which the same transaction writes that would delete a row of its own: that row, inserted and deleted, cost each commit half a dozen pages.
/// </summary>
/// <remarks>Only the writer's thread uses it.</remarks>
sealed class OutboxSlots
{
    /// <summary>Messages in one slot: as many as fit a page of 4 KiB, so that a slot is written over where it is.</summary>
    public const int Messages = 96;

    /// <summary>Slots at most. With more than these wait, which carriers that take seconds bring about, each further message gets a row of its own.</summary>
    public const int MaxSlots = 512;

    const int MessageBytes = 40, SlotBytes = Messages * MessageBytes;

    // Of a message's position, which no row of its own has: rows count up from what was there.
    const long First = long.MinValue;
    const int PositionBits = 7;

    /// <summary>Slots that are emptied in one transaction, of those that nothing was written into since their last message had its outcome.</summary>
    const int EmptiedAtOnce = 16;

    static readonly TimeSpan MaxStale = TimeSpan.FromSeconds(1);
    static readonly byte[] Empty = new byte[SlotBytes];

    readonly WriteContext _context;
    readonly Statement _write;
    readonly List<Slot> _slots = [];
    readonly List<(Slot Slot, UInt128 Waiting, bool IsFilled)> _before = [];
    readonly Action _undo;
    readonly Action _keep;
    readonly byte[] _body = new byte[SlotBytes];
    Slot? _open;
    bool _isUnwritten;
    int _filled;
    DateTimeOffset _emptied;

    public OutboxSlots(GroupCommit writer, WriteContext context, AttemptRows attempts)
    {
        (_context, _undo, _keep) = (context, Undo, Forget);
        _write = context.Prepare("INSERT INTO outbox_slot (id, messages) VALUES (?1, ?2) ON CONFLICT (id) DO UPDATE SET messages = excluded.messages");
        Left = ReadLeft(attempts);
        writer.BeforeCommit(WriteBatch);
    }

    /// <summary>The messages without an outcome that an earlier process left in slots, the oldest first.</summary>
    public IReadOnlyList<LeftMessage> Left { get; }

    /// <summary>That a position is of a message in a slot.</summary>
    public static bool Has(long position) => position < long.MinValue / 2;

    /// <summary>When the oldest message was asked for that has no outcome; null where none waits.</summary>
    public DateTimeOffset? OldestAsked
    {
        get
        {
            var oldest = long.MaxValue;
            foreach (var slot in _slots)
            {
                if (slot.Waiting != 0)
                {
                    oldest = Math.Min(oldest, slot.AskedAt[(int)UInt128.TrailingZeroCount(slot.Waiting)]);
                }
            }

            return oldest == long.MaxValue ? null : DateTimeOffset.FromUnixTimeMilliseconds(oldest);
        }
    }

    /// <summary>Puts a message into a slot, within the writer's batch. False where all are full of messages that wait.</summary>
    public bool TryAdd(Sid verification, SendAttempt attempt, out long position)
    {
        position = 0;
        if ((_open is null || _open.Count == Messages || _open.Waiting == 0) && !TryOpen())
        {
            return false;
        }

        var slot = _open!;
        Remember(slot);
        var index = slot.Count++;
        Note(slot, index, attempt.Sid, attempt.At.ToUnixTimeMilliseconds());
        var message = _body.AsSpan(index * MessageBytes, MessageBytes);
        verification.WriteTo(message);
        attempt.Sid.WriteTo(message[16..]);
        BinaryPrimitives.WriteInt64BigEndian(message[32..], slot.AskedAt[index]);
        _isUnwritten = true;
        position = PositionOf(slot, index);
        return true;
    }

    /// <summary>A message has its outcome, which is written in the same batch. False where it had one before.</summary>
    public bool TrySettle(long position, Sid attempt)
    {
        var (slot, index) = At(position);
        if ((slot.Waiting >> index & 1) == 0 || slot.Attempts[index] != attempt.Value)
        {
            return false;
        }

        Remember(slot);
        slot.Waiting &= ~(UInt128.One << index);
        return true;
    }

    /// <summary>What wrote a message's outcome was taken back, and the batch goes on.</summary>
    public void Unsettle(long position)
    {
        var (slot, index) = At(position);
        slot.Waiting |= UInt128.One << index;
    }

    LeftMessage[] ReadLeft(AttemptRows attempts)
    {
        var left = new List<(long AskedAt, LeftMessage Message)>();
        using var read = _context.Prepare("SELECT id, messages FROM outbox_slot WHERE id BETWEEN 0 AND ?1 ORDER BY id");
        read.Bind(MaxSlots - 1L);
        while (read.Read())
        {
            while (_slots.Count <= read.Int(0))
            {
                _slots.Add(new Slot(_slots.Count));
            }

            var slot = _slots[^1];
            var messages = read.Bytes(1);
            for (var index = 0; index < Math.Min(Messages, messages.Length / MessageBytes); index++)
            {
                var message = messages.Slice(index * MessageBytes, MessageBytes);
                if (message.ContainsAnyExcept((byte)0))
                {
                    Mark(slot, isFilled: true);
                    var attempt = Sid.FromBytes("VL", message[16..32]);
                    if (!attempts.Has(attempt))
                    {
                        Note(slot, index, attempt, Moment(message[32..]));
                        left.Add((slot.AskedAt[index], new LeftMessage(PositionOf(slot, index), Sid.FromBytes("VE", message[..16]), attempt)));
                    }
                }
            }
        }

        return [.. left.OrderBy(static one => one.AskedAt).Select(static one => one.Message)];
    }

    /// <summary>Of a row that may be damaged, which must not stop the start.</summary>
    static long Moment(ReadOnlySpan<byte> bytes) => Math.Clamp(BinaryPrimitives.ReadInt64BigEndian(bytes), 0, DateTimeOffset.MaxValue.ToUnixTimeMilliseconds());

    static void Note(Slot slot, int index, Sid attempt, long askedAt)
    {
        slot.Waiting |= UInt128.One << index;
        (slot.Attempts[index], slot.AskedAt[index]) = (attempt.Value, askedAt);
    }

    static long PositionOf(Slot slot, int index) => First + ((long)slot.Id << PositionBits) + index;

    (Slot Slot, int Index) At(long position)
    {
        var place = position - First;
        return (_slots[(int)(place >> PositionBits)], (int)(place & ((1 << PositionBits) - 1)));
    }

    /// <summary>The lowest that nothing waits in, so that few pages are written over again and again.</summary>
    bool TryOpen()
    {
        if (_isUnwritten)
        {
            WriteOpen();
        }

        // Not one that the batch has emptied, or should it be undone, its messages would not be known any more.
        var free = _slots.Find(static slot => slot is { Waiting: var waiting, IsRemembered: false } && waiting == 0);
        if (free is null)
        {
            if (_slots.Count == MaxSlots)
            {
                return false;
            }

            _slots.Add(free = new Slot(_slots.Count));
        }

        free.Count = 0;
        _open = free;
        _body.AsSpan().Clear();
        return true;
    }

    /// <summary>Before the commit: what the batch added, or else what may be emptied.</summary>
    void WriteBatch()
    {
        var hasAdded = _isUnwritten;
        if (hasAdded)
        {
            WriteOpen();
        }

        // Slots that are used again soon need not be emptied first. And a batch that is none of the outbox's must not fail by it where the disk is full.
        if (_before.Count > 0 && (!hasAdded || (_context.Now - _emptied).Duration() >= MaxStale))
        {
            EmptyStale();
        }
    }

    /// <summary>Within the writer's batch. A slot that stayed as it is would outlive the attempts that say that its messages have gone out.</summary>
    public void EmptyStale()
    {
        _emptied = _context.Now;
        if (_filled == 0)
        {
            return;
        }

        var left = EmptiedAtOnce;
        foreach (var slot in _slots)
        {
            if (slot is { IsFilled: true, Waiting: var waiting } && waiting == 0 && left-- > 0)
            {
                Remember(slot);
                _write.Bind((long)slot.Id).Bind(Empty).Run();
                Mark(slot, isFilled: false);
            }
        }
    }

    void WriteOpen()
    {
        _write.Bind((long)_open!.Id).Bind(_body).Run();
        Mark(_open, isFilled: true);
        _isUnwritten = false;
    }

    void Mark(Slot slot, bool isFilled)
    {
        _filled += (isFilled ? 1 : 0) - (slot.IsFilled ? 1 : 0);
        slot.IsFilled = isFilled;
    }

    /// <summary>Keeps how a slot was before the batch, should that be undone.</summary>
    void Remember(Slot slot)
    {
        if (slot.IsRemembered)
        {
            return;
        }

        if (_before.Count == 0)
        {
            _context.OnUndo(_undo);
            _context.OnCommit(_keep);
        }

        slot.IsRemembered = true;
        _before.Add((slot, slot.Waiting, slot.IsFilled));
    }

    void Forget()
    {
        foreach (var (slot, _, _) in _before)
        {
            slot.IsRemembered = false;
        }

        _before.Clear();
    }

    void Undo()
    {
        foreach (var (slot, waiting, isFilled) in _before)
        {
            slot.Waiting = waiting;
            Mark(slot, isFilled);
        }

        // What it held is in the file; what is added next goes into another.
        Forget();
        _open = null;
        _isUnwritten = false;
    }

    /// <summary>A message that has no outcome yet.</summary>
    public readonly record struct LeftMessage(long Position, Sid Verification, Sid Attempt);

    sealed class Slot(int id)
    {
        public int Id => id;

        /// <summary>Messages that were put into it.</summary>
        public int Count { get; set; }

        /// <summary>Of which so many bits say that they have no outcome.</summary>
        public UInt128 Waiting { get; set; }

        /// <summary>Its row holds messages, with an outcome or without.</summary>
        public bool IsFilled { get; set; }

        public bool IsRemembered { get; set; }

        public UInt128[] Attempts { get; } = new UInt128[Messages];

        public long[] AskedAt { get; } = new long[Messages];
    }
}
