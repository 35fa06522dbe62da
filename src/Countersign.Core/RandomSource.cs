using System.Security.Cryptography;

namespace Countersign.Core;

/// <summary>Where every random byte comes from, so that tests can replay one run. Never a seeded generator in production.</summary>
public abstract class RandomSource
{
    /// <summary>The operating system's cryptographically secure generator.</summary>
    public static RandomSource System { get; } = new SystemRandomSource();

    /// <summary>Fills <paramref name="bytes"/> with random bytes.</summary>
    public abstract void Fill(Span<byte> bytes);

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
