using System.Buffers.Binary;
using Countersign.Core.Guard.Windows;

namespace Countersign.Core.Guard.Sharing;

/// <summary>
/// News that wait to be told, as bytes: each is its kind, its length, and what it says. A bounded number of them; what does not fit is not told. Safe to call from many threads.
/// </summary>
sealed class NewsWriter(int capacity)
{
    /// <summary>The kind of an event that was counted: key (16 bytes), max, interval in ms and first pause in ms (4 each), moment (8, ticks of UTC).</summary>
    public const byte Counted = 1;

    /// <summary>The kind of a key that is counted by no more: key (16 bytes).</summary>
    public const byte Forgotten = 2;

    /// <summary>The kind of a pair of destination and network that was approved: its hash (16 bytes).</summary>
    public const byte Learned = 3;

    /// <summary>The kinds that Fraud Guard tells of: a send, a code typed back, and a start that was refused (<c>FraudNews</c>).</summary>
    public const byte FraudSent = 4, FraudApproved = 5, FraudRefused = 7;

    /// <summary>The kind that the risk score tells of: a destination that was approved (<c>RiskNews</c>).</summary>
    public const byte RiskApproved = 6;

    /// <summary>The kinds that challenges tell of: a solution that was handed in, and one that let a start through (<c>ChallengeNews</c>).</summary>
    public const byte ChallengeHandedIn = 8, ChallengeSpent = 9;

    /// <summary>The kinds that Fraud Guard tells of besides: a start that was asked to work first, and one that did.</summary>
    public const byte FraudAsked = 10, FraudWorked = 11;

    /// <summary>The kinds that routes tell of: a code typed back, a verification that says nothing, a receipt, and a message that was asked for again (<c>RouteNews</c>).</summary>
    public const byte RouteConverted = 12, RouteDropped = 13, RouteReceived = 14, RouteAskedAgain = 15;

    /// <summary>The kind that it tells of besides: a code typed back that had been asked for again from elsewhere.</summary>
    public const byte FraudApprovedAgain = 16;

    public const int CountedBytes = 36, KeyBytes = 16;

    /// <summary>In the place of the first pause, of which a rule of made up values has none. Pauses are whole seconds; a version that does not know of it takes it for one of a millisecond, which nobody waits for.</summary>
    public const int MadeUp = 1;

    public static bool IsOfFraud(byte kind) => kind is FraudSent or FraudApproved or FraudRefused or FraudAsked or FraudWorked or FraudApprovedAgain;

    readonly Lock _gate = new();
    byte[] _waiting = new byte[Math.Min(capacity, 4096)];
    int _length;
    long _dropped;

    /// <summary>News that did not fit, since the start.</summary>
    public long Dropped => Volatile.Read(ref _dropped);

    public void AddCounted(ReadOnlySpan<WindowRule> rules, DateTimeOffset at)
    {
        lock (_gate)
        {
            foreach (ref readonly var rule in rules)
            {
                if (Room(Counted, CountedBytes) is not { IsEmpty: false } room)
                {
                    return;
                }

                BinaryPrimitives.WriteUInt128BigEndian(room, rule.Key);
                BinaryPrimitives.WriteInt32BigEndian(room[16..], rule.Max);
                BinaryPrimitives.WriteInt32BigEndian(room[20..], (int)rule.Interval.TotalMilliseconds);
                BinaryPrimitives.WriteInt32BigEndian(room[24..], rule.IsMadeUp ? MadeUp : (int)rule.FirstPause.TotalMilliseconds);
                BinaryPrimitives.WriteInt64BigEndian(room[28..], at.UtcTicks);
            }
        }
    }

    public void AddKey(byte kind, UInt128 key)
    {
        lock (_gate)
        {
            if (Room(kind, KeyBytes) is { IsEmpty: false } room)
            {
                BinaryPrimitives.WriteUInt128BigEndian(room, key);
            }
        }
    }

    /// <summary>News of some kind, at most 255 bytes.</summary>
    public void Add(byte kind, ReadOnlySpan<byte> news)
    {
        lock (_gate)
        {
            if (Room(kind, news.Length) is { IsEmpty: false } room)
            {
                news.CopyTo(room);
            }
        }
    }

    /// <summary>News that make room for what limits are laxer without: while half of the room is taken they are not told, and are no <see cref="Dropped"/> ones.</summary>
    public void AddIfHalfFree(byte kind, ReadOnlySpan<byte> news)
    {
        lock (_gate)
        {
            if (_length < capacity / 2 && Room(kind, news.Length) is { IsEmpty: false } room)
            {
                news.CopyTo(room);
            }
        }
    }

    /// <summary>Takes what waits, whole news and at most so many bytes of them; 0 for nothing.</summary>
    public int Take(Span<byte> into)
    {
        lock (_gate)
        {
            var taken = 0;
            while (taken < _length && taken + 2 + _waiting[taken + 1] <= into.Length)
            {
                taken += 2 + _waiting[taken + 1];
            }

            _waiting.AsSpan(0, taken).CopyTo(into);
            _waiting.AsSpan(taken, _length - taken).CopyTo(_waiting);
            _length -= taken;
            return taken;
        }
    }

    Span<byte> Room(byte kind, int bytes)
    {
        var needed = _length + 2 + bytes;
        if (needed > capacity)
        {
            _dropped++;
            return [];
        }

        if (needed > _waiting.Length)
        {
            Array.Resize(ref _waiting, Math.Min(capacity, Math.Max(needed, _waiting.Length * 2)));
        }

        (_waiting[_length], _waiting[_length + 1]) = (kind, (byte)bytes);
        var room = _waiting.AsSpan(_length + 2, bytes);
        _length = needed;
        return room;
    }
}
