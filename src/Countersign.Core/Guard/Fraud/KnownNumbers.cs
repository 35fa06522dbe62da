using Countersign.Core.Guard.Remembering;

namespace Countersign.Core.Guard.Fraud;

/// <summary>
/// Numbers that a service sent to or whose code was typed back, by key: whether a send is a repetition, and whether a number has proven itself. Of fixed size like
/// <see cref="FraudTable"/>; numbers that proved themselves stay longest.
/// </summary>
sealed class KnownNumbers
{
    const int Ways = 8;
    const int Stripes = 256;

    /// <summary>Sends without an answer after which a number that once proved itself has to do so again.</summary>
    const int MostUnanswered = 3;

    const uint Ticks = 16;
    const uint ResendTicks = 10 * 60 * Ticks;
    const uint LatelyTicks = 3 * 24 * 3600 * Ticks;
    const uint TrustTicks = 60 * 24 * 3600 * Ticks;

    readonly Entry[] _entries;
    readonly Lock[] _locks;
    readonly int _setMask;

    public KnownNumbers(int bits)
    {
        _entries = new Entry[1 << bits];
        _setMask = (_entries.Length / Ways) - 1;
        _locks = new Lock[Stripes];
        for (var i = 0; i < Stripes; i++)
        {
            _locks[i] = new Lock();
        }
    }

    public long Bytes => (long)_entries.Length * System.Runtime.CompilerServices.Unsafe.SizeOf<Entry>();

    /// <summary>The code was typed back at this number before, and not too many have been sent to it since.</summary>
    public bool IsTrusted(ulong key, uint now)
    {
        var set = SetOf(key);
        lock (_locks[set & (Stripes - 1)])
        {
            var at = Find(set, key);
            return at >= 0 && _entries[at].ApprovedAt != 0 && now - _entries[at].ApprovedAt < TrustTicks && _entries[at].Unanswered < MostUnanswered;
        }
    }

    /// <summary>Something was sent to this number within three days.</summary>
    public bool WasSentLately(ulong key, uint now)
    {
        var set = SetOf(key);
        lock (_locks[set & (Stripes - 1)])
        {
            var at = Find(set, key);
            return at >= 0 && _entries[at].SentAt != 0 && now - _entries[at].SentAt < LatelyTicks;
        }
    }

    /// <summary>Notes a send, and says whether it repeats one.</summary>
    public Repetition Sent(ulong key, uint now)
    {
        var set = SetOf(key);
        lock (_locks[set & (Stripes - 1)])
        {
            ref var entry = ref FindOrMake(set, key);
            var repetition = entry.SentAt == 0 || now - entry.SentAt >= LatelyTicks ? Repetition.None
                : now - entry.SentAt < ResendTicks ? Repetition.Resend : Repetition.Lately;
            entry.SentAt = now;
            entry.Unanswered = (byte)Math.Min(byte.MaxValue, entry.Unanswered + 1);
            return repetition;
        }
    }

    public void Approved(ulong key, uint now)
    {
        var set = SetOf(key);
        lock (_locks[set & (Stripes - 1)])
        {
            ref var entry = ref FindOrMake(set, key);
            (entry.ApprovedAt, entry.Unanswered) = (now, 0);
        }
    }

    /// <summary>Asks memory for the numbers among which one is looked for soon.</summary>
    public void Ahead(ulong key) => MemoryHint.For(_entries.AsSpan(SetOf(key) * Ways, Ways));

    /// <summary>Writes the numbers that are known.</summary>
    public void Save(BinaryWriter to) => KeptEntries.Save(to, _entries, _locks, Ways);

    /// <summary>Takes numbers that were written, whose times are counted from so much earlier. A set that is full takes no more.</summary>
    public void Load(BinaryReader from, uint earlier) => KeptEntries.Load<Entry>(from, entry =>
    {
        var set = SetOf(entry.Key);
        lock (_locks[set & (Stripes - 1)])
        {
            if (Find(set, 0) is >= 0 and var place && Math.Max(entry.SentAt, entry.ApprovedAt) > earlier)
            {
                entry.SentAt = entry.SentAt > earlier ? entry.SentAt - earlier : 0;
                entry.ApprovedAt = entry.ApprovedAt > earlier ? entry.ApprovedAt - earlier : 0;
                _entries[place] = entry;
            }
        }
    });

    int SetOf(ulong key) => (int)(key >> 32) & _setMask;

    int Find(int set, ulong key)
    {
        for (var i = set * Ways; i < (set + 1) * Ways; i++)
        {
            if (_entries[i].Key == key)
            {
                return i;
            }
        }

        return -1;
    }

    ref Entry FindOrMake(int set, ulong key)
    {
        var found = Find(set, key);
        if (found < 0)
        {
            found = set * Ways;
            for (var i = found + 1; i < (set + 1) * Ways; i++)
            {
                if (_entries[i].Rank < _entries[found].Rank)
                {
                    found = i;
                }
            }

            _entries[found] = new Entry { Key = key };
        }

        return ref _entries[found];
    }

    struct Entry
    {
        public ulong Key;
        public uint SentAt;
        public uint ApprovedAt;
        public byte Unanswered;

        /// <summary>The lowest makes room. An answer is worth a month of being newer.</summary>
        public readonly long Rank => Key == 0 ? -1 : Math.Max(SentAt, ApprovedAt) + (ApprovedAt != 0 ? 30L * 24 * 3600 * Ticks : 0);
    }
}

/// <summary>Whether a number was sent to before.</summary>
enum Repetition
{
    /// <summary>Not within three days.</summary>
    None,

    /// <summary>Within three days.</summary>
    Lately,

    /// <summary>Within ten minutes.</summary>
    Resend,
}
