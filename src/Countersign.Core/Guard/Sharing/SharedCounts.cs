using System.Buffers.Binary;
using Countersign.Core.Guard.Limits;
using Countersign.Core.Guard.Windows;
using Countersign.Core.Verifications;

namespace Countersign.Core.Guard.Sharing;

/// <summary>
/// Tells the other nodes what was counted here, and counts what they tell. Requests never wait for it: news lie in a bounded buffer until somebody sends them, a few times a second.
/// So a limit holds over all nodes but for what they let through in that moment.
/// </summary>
public sealed class SharedCounts(
    SlidingWindows windows, KnownPlaces places, IGuardWire wire, RandomSource random, TimeProvider time, GuardNews? news = null, IEnumerable<IGuardHearer>? hearers = null)
{
    /// <summary>News that may wait, in bytes. Some 7,000 starts with <c>DeviceIp</c>.</summary>
    public const int Capacity = 1 << 20;

    // The layout of what follows, and who tells it: a node need not hear what it said itself.
    const byte Layout = 1;
    const int HeaderBytes = 9;

    readonly GuardNews _all = news ?? new GuardNews(wire, time);
    readonly IGuardHearer[] _hearers = [.. hearers ?? []];
    readonly ulong _self = Draw(random);
    long? _saidAt;

    /// <summary>False where there is never anybody to tell.</summary>
    public bool HasOthers => wire.HasOthers;

    /// <summary>News that were not told since too many waited.</summary>
    public long Dropped => _all.Waiting.Dropped;

    /// <summary>One event was counted here by all these rules, and stays counted.</summary>
    public void Counted(ReadOnlySpan<WindowRule> rules, DateTimeOffset at)
    {
        if (_all.HasOthers)
        {
            _all.Waiting.AddCounted(rules, at);
        }
    }

    /// <summary>A key is counted by no more.</summary>
    public void Forgotten(UInt128 key)
    {
        if (_all.HasOthers)
        {
            _all.Waiting.AddKey(NewsWriter.Forgotten, key);
        }
    }

    /// <summary>A destination was approved from a network (<see cref="KnownPlaces"/>).</summary>
    public void Learned(UInt128 place)
    {
        if (_all.HasOthers)
        {
            _all.Waiting.AddKey(NewsWriter.Learned, place);
        }
    }

    /// <summary>Sends one piece of news by itself and at once, before what waits: for what somebody may go to another node with.</summary>
    /// <exception cref="StoreUnavailableException">It could not be sent.</exception>
    public Task TellAsync(byte kind, ReadOnlySpan<byte> news, CancellationToken ct)
    {
        if (!_all.HasOthers)
        {
            return Task.CompletedTask;
        }

        var batch = new byte[HeaderBytes + 2 + news.Length];
        WriteHeader(batch);
        (batch[HeaderBytes], batch[HeaderBytes + 1]) = (kind, (byte)news.Length);
        news.CopyTo(batch.AsSpan(HeaderBytes + 2));
        return wire.SendAsync(batch, ct);
    }

    /// <summary>Sends all that waits; now and then it says at least that this node is here. To be called a few times a second.</summary>
    /// <exception cref="StoreUnavailableException">Something could not be sent, and is lost; the rest waits on.</exception>
    public async Task SendAsync(CancellationToken ct)
    {
        var batch = new byte[wire.MaxBatchBytes];
        WriteHeader(batch);
        while (_all.Waiting.Take(batch.AsSpan(HeaderBytes)) is > 0 and var length)
        {
            await wire.SendAsync(batch.AsMemory(0, HeaderBytes + length), ct);
            _saidAt = time.GetTimestamp();
        }

        if (_saidAt is not { } said || time.GetElapsedTime(said) >= Neighbours.HelloEvery)
        {
            await wire.SendAsync(batch.AsMemory(0, HeaderBytes), ct);
            _saidAt = time.GetTimestamp();
        }

        _all.Neighbours.Look();
    }

    /// <summary>Counts what others tell, until it is cancelled.</summary>
    /// <exception cref="StoreUnavailableException">Nothing can be heard now.</exception>
    public Task ListenAsync(CancellationToken ct) => wire.ListenAsync(batch => Hear(batch.Span), ct);

    void WriteHeader(Span<byte> batch)
    {
        batch[0] = Layout;
        BinaryPrimitives.WriteUInt64BigEndian(batch[1..], _self);
    }

    void Hear(ReadOnlySpan<byte> batch)
    {
        if (batch.Length < HeaderBytes)
        {
            return;
        }

        if (BinaryPrimitives.ReadUInt64BigEndian(batch[1..]) == _self)
        {
            _all.Neighbours.HeardSelf();
            return;
        }

        _all.Neighbours.HeardOther();
        if (batch[0] != Layout)
        {
            return;
        }

        var now = time.GetUtcNow();
        for (var rest = batch[HeaderBytes..]; rest.Length >= 2 && rest.Length >= 2 + rest[1]; rest = rest[(2 + rest[1])..])
        {
            Apply(rest[0], rest.Slice(2, rest[1]), now);
        }
    }

    /// <summary>A newer version may tell of kinds that this one does not know.</summary>
    void Apply(byte kind, ReadOnlySpan<byte> news, DateTimeOffset now)
    {
        switch (kind, news.Length)
        {
            case (NewsWriter.Counted, NewsWriter.CountedBytes):
                var max = BinaryPrimitives.ReadInt32BigEndian(news[16..]);
                var interval = BinaryPrimitives.ReadInt32BigEndian(news[20..]);
                var pause = BinaryPrimitives.ReadInt32BigEndian(news[24..]);
                var at = BinaryPrimitives.ReadInt64BigEndian(news[28..]);
                if (max > 0 && interval > 0 && pause >= 0)
                {
                    var isMadeUp = pause == NewsWriter.MadeUp;
                    var rule = new WindowRule(BinaryPrimitives.ReadUInt128BigEndian(news), max, TimeSpan.FromMilliseconds(interval))
                    {
                        FirstPause = TimeSpan.FromMilliseconds(isMadeUp ? 0 : pause),
                        IsMadeUp = isMadeUp,
                    };
                    windows.Heard(rule, at, now);
                }

                break;
            case (NewsWriter.Forgotten, NewsWriter.KeyBytes):
                windows.Forget(BinaryPrimitives.ReadUInt128BigEndian(news));
                break;
            case (NewsWriter.Learned, NewsWriter.KeyBytes):
                places.Learn(BinaryPrimitives.ReadUInt128BigEndian(news));
                break;
            default:
                foreach (var hearer in _hearers)
                {
                    hearer.Hear(kind, news, now);
                }

                break;
        }
    }

    static ulong Draw(RandomSource random)
    {
        Span<byte> bytes = stackalloc byte[8];
        random.Fill(bytes);
        return BinaryPrimitives.ReadUInt64BigEndian(bytes);
    }
}
