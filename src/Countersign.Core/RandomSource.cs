using System.Security.Cryptography;

namespace Countersign.Core;

/// <summary>Where every random byte comes from, so that tests can replay one run. Never a seeded generator in production.</summary>
public abstract class RandomSource
{
    const int PlaceBits = 15, MaxPlace = (1 << PlaceBits) - 1, MaxFirst = (1 << 12) - 1, MaxStep = 7;

    // Of the last time-ordered SID: its millisecond, and its place in that.
    long _last;

    /// <summary>The operating system's cryptographically secure generator.</summary>
    public static RandomSource System { get; } = new SystemRandomSource();

    /// <summary>Fills <paramref name="bytes"/> with random bytes.</summary>
    public abstract void Fill(Span<byte> bytes);

    /// <summary>
    /// The place of a time-ordered SID among those that were drawn within the same millisecond: behind the last, by as much as chance says, so that rows which are keyed by SIDs are appended one after another.
    /// With more than there are places for, some thousands, or for a moment before the last one, it is anywhere.
    /// </summary>
    /// <param name="millisecond">Since 1970, 48 bits.</param>
    /// <param name="drawn">15 random bits.</param>
    /// <returns>0 to 32,767.</returns>
    public virtual int NextPlace(long millisecond, int drawn)
    {
        while (true)
        {
            var last = Volatile.Read(ref _last);
            var place = last >> PlaceBits == millisecond ? (last & MaxPlace) + 1 + (drawn & MaxStep) : drawn & MaxFirst;
            if (place > MaxPlace || millisecond < last >> PlaceBits)
            {
                return drawn;
            }

            if (Interlocked.CompareExchange(ref _last, (millisecond << PlaceBits) | place, last) == last)
            {
                return (int)place;
            }
        }
    }

    sealed class SystemRandomSource : RandomSource
    {
        const int BufferBytes = 4096;

        // A draw costs a microsecond however small it is, and a start makes five: they are taken from a draw of many.
        [ThreadStatic]
        static byte[]? _buffer;

        [ThreadStatic]
        static int _left;

        public override void Fill(Span<byte> bytes)
        {
            if (bytes.Length > BufferBytes / 8)
            {
                RandomNumberGenerator.Fill(bytes);
                return;
            }

            _buffer ??= new byte[BufferBytes];
            if (_left < bytes.Length)
            {
                RandomNumberGenerator.Fill(_buffer);
                _left = BufferBytes;
            }

            // What was given out is wiped: a byte is secret to whoever drew it.
            var drawn = _buffer.AsSpan(BufferBytes - _left, bytes.Length);
            drawn.CopyTo(bytes);
            drawn.Clear();
            _left -= bytes.Length;
        }
    }
}
