using Countersign.Core.Guard.Remembering;

namespace Countersign.Core.Guard.Windows;

/// <summary>
/// What limits have counted, over a restart: so a process that is killed or replaced does not give everybody the whole of their limits anew. The windows that still count, those that
/// were asked for last first, as many as fit into <see cref="MostBytes"/>: a million of one event each. Those of made up values come behind all others, in what these leave of that.
/// </summary>
public sealed class KeptWindows(SlidingWindows windows, TimeProvider time, int mostBytes = KeptWindows.MostBytes) : IGuardMemory
{
    /// <summary>What is written at most when nothing else is said, give or take some windows for each of 64 parts.</summary>
    public const int MostBytes = 32 << 20;

    // Of what is written to keep.
    const byte Layout = 1;

    // A key, and one event.
    const int LeastBytes = 32;

    // So many are written while nobody else can count by their shard.
    const int AtOnce = 64;

    /// <inheritdoc/>
    string IGuardMemory.Name => "windows";

    /// <inheritdoc/>
    void IGuardMemory.Save(BinaryWriter to)
    {
        to.Write(Layout);
        var left = (long)mostBytes;
        left -= Save(to, left, areMadeUp: false);

        // As many parts again: a version that does not know of them takes them for more of the others.
        Save(to, left, areMadeUp: true);
        to.Write(-1);
    }

    /// <inheritdoc/>
    void IGuardMemory.Load(BinaryReader from, DateTimeOffset now)
    {
        if (from.ReadByte() != Layout)
        {
            throw new InvalidDataException("Another version wrote this.");
        }

        var part = 0;
        for (var count = from.ReadInt32(); count >= 0; count = from.ReadInt32(), part++)
        {
            for (; count > 0; count--)
            {
                var key = new UInt128(from.ReadUInt64(), from.ReadUInt64());
                var log = WindowLog.Load(from);
                windows.Restore(key, log, now.UtcTicks, isMadeUp: part >= windows.All.Length);
            }
        }
    }

    /// <summary>Writes the windows of a kind, part by part; how many bytes they are.</summary>
    long Save(BinaryWriter to, long mostBytes, bool areMadeUp)
    {
        var now = time.GetUtcNow().UtcTicks;
        var most = (int)Math.Max(mostBytes, 0) / windows.All.Length;
        var keys = new UInt128[most / LeastBytes];
        using var part = new MemoryStream();
        using var writer = new BinaryWriter(part);
        var written = 0L;
        foreach (var shard in windows.All)
        {
            part.SetLength(0);
            var count = Save(shard, keys, now, part, writer, most, areMadeUp);
            to.Write(count);
            to.Write(part.GetBuffer().AsSpan(0, (int)part.Length));
            written += part.Length;
        }

        return written;
    }

    static int Save(WindowShard shard, Span<UInt128> keys, long now, MemoryStream part, BinaryWriter to, int most, bool areMadeUp)
    {
        lock (shard.Gate)
        {
            keys = keys[..shard.Newest(keys, now, areMadeUp)];
        }

        var count = 0;
        while (!keys.IsEmpty && part.Length < most)
        {
            var some = keys[..Math.Min(AtOnce, keys.Length)];
            keys = keys[some.Length..];
            lock (shard.Gate)
            {
                foreach (var key in some)
                {
                    count += shard.Save(key, to) ? 1 : 0;
                }
            }
        }

        return count;
    }
}
