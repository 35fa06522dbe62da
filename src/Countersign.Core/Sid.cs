using System.Buffers;
using System.Buffers.Binary;
using System.Diagnostics.CodeAnalysis;

namespace Countersign.Core;

/// <summary>
/// A resource's identifier: two capital letters that name the kind, then 128 bits in 32 lower-case hex digits,
/// <c>^[A-Z]{2}[0-9a-f]{32}$</c>. Parsing accepts upper-case hex as Twilio's pattern does.
/// </summary>
public readonly struct Sid : IEquatable<Sid>, IComparable<Sid>
{
    /// <summary>Characters in the text form.</summary>
    public const int Length = 34;

    readonly char _first;
    readonly char _second;

    // Two halves and not the whole: a UInt128 is aligned to 16 bytes, and records with several SIDs lie in memory by the thousand.
    readonly ulong _upper;
    readonly ulong _lower;

    Sid(char first, char second, UInt128 value) => (_first, _second, _upper, _lower) = (first, second, (ulong)(value >> 64), (ulong)value);

    /// <summary>The 128 bits behind the prefix; big-endian they sort as the text does.</summary>
    public UInt128 Value => new(_upper, _lower);

    const long LastMillisecond = 253_402_300_799_999;

    /// <summary>The moment that a time-ordered SID was made at; means nothing for another, which may be from after the last day that there is and is then of that day.</summary>
    public DateTimeOffset OrderedAt => DateTimeOffset.FromUnixTimeMilliseconds(Math.Min((long)(ulong)(Value >> 80), LastMillisecond));

    /// <summary>The two letters, for example <c>VE</c>.</summary>
    public string Prefix => string.Create(2, this, static (span, sid) => (span[0], span[1]) = (sid._first, sid._second));

    /// <summary>
    /// A new time-ordered SID: 48 bits of Unix milliseconds, 15 bits of its place among those that were drawn within the same one (<see cref="RandomSource.NextPlace"/>), then 65 random bits.
    /// For rows that grow with traffic (VE, VL): they are appended to the newest page, where random keys would each touch a page of their own.
    /// </summary>
    public static Sid NewOrdered(string prefix, DateTimeOffset now, RandomSource random)
    {
        Span<byte> bytes = stackalloc byte[16];
        random.Fill(bytes[6..]);
        var milliseconds = (ulong)now.ToUnixTimeMilliseconds();
        var drawn = BinaryPrimitives.ReadUInt16BigEndian(bytes[6..]);
        BinaryPrimitives.WriteUInt16BigEndian(bytes[6..], (ushort)((random.NextPlace((long)milliseconds, drawn >> 1) << 1) | (drawn & 1)));
        BinaryPrimitives.WriteUInt16BigEndian(bytes, (ushort)(milliseconds >> 32));
        BinaryPrimitives.WriteUInt32BigEndian(bytes[2..], (uint)milliseconds);
        return new Sid(prefix[0], prefix[1], BinaryPrimitives.ReadUInt128BigEndian(bytes));
    }

    /// <summary>
    /// A new time-ordered SID of a destination's shard: 48 bits of Unix milliseconds, 15 bits of its place within it, 53 random bits, 12 bits of the shard. Whoever has only the SID knows by it where
    /// the destination's things are kept (see <see cref="ShardOf"/>).
    /// </summary>
    public static Sid NewOrdered(string prefix, DateTimeOffset now, RandomSource random, int shard)
    {
        var sid = NewOrdered(prefix, now, random);
        return new Sid(sid._first, sid._second, (sid.Value & ~(UInt128)(Shards - 1)) | (uint)(shard & (Shards - 1)));
    }

    /// <summary>Shards that destinations are spread over, whatever the number of databases or nodes.</summary>
    public const int Shards = 4096;

    /// <summary>The shard of a key or of a SID that carries one: the low 12 bits, 0 to 4,095.</summary>
    public static int ShardOf(UInt128 value) => (int)(uint)value & (Shards - 1);

    /// <summary>A new SID of 128 random bits, for what people configure (AC, SK, VA).</summary>
    public static Sid NewRandom(string prefix, RandomSource random)
    {
        Span<byte> bytes = stackalloc byte[16];
        random.Fill(bytes);
        return new Sid(prefix[0], prefix[1], BinaryPrimitives.ReadUInt128BigEndian(bytes));
    }

    /// <summary>The smallest time-ordered SID of a moment: where a scan of newer rows starts.</summary>
    public static Sid FirstAt(string prefix, DateTimeOffset moment) =>
        new(prefix[0], prefix[1], (UInt128)(ulong)Math.Max(0, moment.ToUnixTimeMilliseconds()) << 80);

    /// <summary>The SID that a store kept as 16 big-endian bytes.</summary>
    public static Sid FromBytes(string prefix, ReadOnlySpan<byte> bytes) =>
        new(prefix[0], prefix[1], BinaryPrimitives.ReadUInt128BigEndian(bytes));

    /// <summary>Reads a SID of the given kind; anything else, another kind's SID included, is refused.</summary>
    public static bool TryParse([NotNullWhen(true)] string? text, string prefix, out Sid sid)
    {
        sid = default;
        if (text is null || text.Length != Length || text[0] != prefix[0] || text[1] != prefix[1])
        {
            return false;
        }

        Span<byte> bytes = stackalloc byte[16];
        if (Convert.FromHexString(text.AsSpan(2), bytes, out _, out _) != OperationStatus.Done)
        {
            return false;
        }

        sid = FromBytes(prefix, bytes);
        return true;
    }

    /// <summary>Reads a SID that is known to be right, such as a constant in a test or a row of our own.</summary>
    /// <exception cref="FormatException">The text is not a SID of that kind.</exception>
    public static Sid Parse(string text, string prefix) =>
        TryParse(text, prefix, out var sid) ? sid : throw new FormatException($"Not a SID of the form {prefix} and 32 hex digits.");

    /// <summary>Writes the 16 big-endian bytes that a store keeps.</summary>
    public void WriteTo(Span<byte> bytes) => BinaryPrimitives.WriteUInt128BigEndian(bytes, Value);

    /// <summary>Writes the text form into <see cref="Length"/> bytes.</summary>
    public void WriteTextTo(Span<byte> ascii)
    {
        ascii[0] = (byte)_first;
        ascii[1] = (byte)_second;
        Span<byte> bytes = stackalloc byte[16];
        WriteTo(bytes);
        Convert.TryToHexStringLower(bytes, ascii[2..], out _);
    }

    public override string ToString() => string.Create(Length, this, static (span, sid) =>
    {
        span[0] = sid._first;
        span[1] = sid._second;
        Span<byte> bytes = stackalloc byte[16];
        sid.WriteTo(bytes);
        Convert.TryToHexStringLower(bytes, span[2..], out _);
    });

    public bool Equals(Sid other) => _lower == other._lower && _upper == other._upper && _first == other._first && _second == other._second;

    public override bool Equals(object? obj) => obj is Sid other && Equals(other);

    public override int GetHashCode() => Value.GetHashCode();

    public int CompareTo(Sid other) => Value.CompareTo(other.Value);

    public static bool operator ==(Sid left, Sid right) => left.Equals(right);

    public static bool operator !=(Sid left, Sid right) => !left.Equals(right);

    public static bool operator <(Sid left, Sid right) => left.CompareTo(right) < 0;

    public static bool operator >(Sid left, Sid right) => left.CompareTo(right) > 0;

    public static bool operator <=(Sid left, Sid right) => left.CompareTo(right) <= 0;

    public static bool operator >=(Sid left, Sid right) => left.CompareTo(right) >= 0;
}
