using System.Buffers;
using System.Buffers.Text;
using System.Text;

namespace Countersign.Storage.Redis;

/// <summary>What Redis answered in place of a value.</summary>
sealed record RespError(string Text);

/// <summary>Writes commands as Redis reads them.</summary>
sealed class RespWriter
{
    readonly ArrayBufferWriter<byte> _buffer = new(16 * 1024);

    public ReadOnlyMemory<byte> Written => _buffer.WrittenMemory;

    public void Clear() => _buffer.ResetWrittenCount();

    /// <summary>Begins a command of so many arguments, its name included.</summary>
    public void Command(int arguments) => Length((byte)'*', arguments);

    public void Bulk(ReadOnlySpan<byte> value)
    {
        Length((byte)'$', value.Length);
        var span = _buffer.GetSpan(value.Length + 2);
        value.CopyTo(span);
        "\r\n"u8.CopyTo(span[value.Length..]);
        _buffer.Advance(value.Length + 2);
    }

    public void Bulk(long value)
    {
        Span<byte> digits = stackalloc byte[20];
        Utf8Formatter.TryFormat(value, digits, out var length);
        Bulk(digits[..length]);
    }

    public void Bulk(string value) => Bulk(Encoding.UTF8.GetBytes(value));

    void Length(byte kind, int length)
    {
        var span = _buffer.GetSpan(13);
        span[0] = kind;
        Utf8Formatter.TryFormat(length, span[1..], out var digits);
        "\r\n"u8.CopyTo(span[(1 + digits)..]);
        _buffer.Advance(digits + 3);
    }
}

/// <summary>Reads replies: byte[] or null, long, string (status), object?[] or <see cref="RespError"/>.</summary>
static class RespReader
{
    static readonly object Zero = 0L, One = 1L;

    /// <summary>Reads one reply; false when it is not all there, and <paramref name="at"/> then means nothing.</summary>
    public static bool TryRead(ReadOnlySpan<byte> bytes, ref int at, out object? value)
    {
        value = null;
        var line = bytes[at..];
        var end = line.IndexOf("\r\n"u8);
        if (end < 1)
        {
            return false;
        }

        var kind = line[0];
        line = line[1..end];
        at += end + 2;
        switch (kind)
        {
            case (byte)'+':
                value = Encoding.UTF8.GetString(line);
                return true;
            case (byte)'-':
                value = new RespError(Encoding.UTF8.GetString(line));
                return true;
            case (byte)':':
                var number = Number(line);
                value = number switch { 0 => Zero, 1 => One, _ => number };
                return true;
            case (byte)'$':
                var length = (int)Number(line);
                if (length < 0)
                {
                    return true;
                }

                if (bytes.Length - at < length + 2)
                {
                    return false;
                }

                value = bytes.Slice(at, length).ToArray();
                at += length + 2;
                return true;
            case (byte)'*':
                return TryReadArray(bytes, ref at, (int)Number(line), out value);
            case (byte)'_':
                return true;
            default:
                throw new InvalidDataException("Redis answered in a way that is no RESP2.");
        }
    }

    static bool TryReadArray(ReadOnlySpan<byte> bytes, ref int at, int count, out object? value)
    {
        value = null;
        if (count < 0)
        {
            return true;
        }

        var items = new object?[count];
        for (var i = 0; i < count; i++)
        {
            if (!TryRead(bytes, ref at, out items[i]))
            {
                return false;
            }
        }

        value = items;
        return true;
    }

    static long Number(ReadOnlySpan<byte> line) =>
        Utf8Parser.TryParse(line, out long number, out var used) && used == line.Length ? number : throw new InvalidDataException("Redis answered a number that is none.");
}
