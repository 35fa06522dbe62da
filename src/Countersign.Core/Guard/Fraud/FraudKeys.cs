using System.Buffers.Binary;
using Countersign.Core.Numbers;

namespace Countersign.Core.Guard.Fraud;

/// <summary>
/// What a start is counted under, as 64-bit hashes that are never 0. They depend on a number that nobody outside knows, so that nobody can choose numbers that push others out of
/// a table.
/// </summary>
readonly struct FraudKeys
{
    /// <summary>Blocks of a hundred to a million numbers: <see cref="Prefix"/> 0 to 4 leaves out the last 2 to 6 digits.</summary>
    public const int Prefixes = 5;

    /// <summary>Bytes of <see cref="WriteTo"/>.</summary>
    public const int Bytes = (9 + Prefixes) * sizeof(ulong);

    // Apart from the kinds of Hash, of which there are no more than sixteen.
    const ulong OfDevices = 0xD6E8FEB86659FD93;

    readonly ulong _seed;
    readonly PrefixKeys _prefixes;

    public FraudKeys(ulong seed, Sid service, PhoneNumber number, UInt128 destination, IpAddress? address, ulong device)
    {
        _seed = Mix(seed ^ (ulong)service.Value) ^ (ulong)(service.Value >> 64);
        var digits = 0UL;
        foreach (var digit in number.Reveal().AsSpan(1))
        {
            digits = (digits * 10) + (uint)(digit - '0');
        }

        digits /= 10;
        for (var level = 0; level < Prefixes; level++)
        {
            _prefixes[level] = Hash((ulong)level, digits /= 10);
        }

        var country = number.Country;
        var code = ((ulong)country[0] << 16) | country[1];
        Country = Hash(8, code);
        Strays = Hash(5, code);
        Fresh = Hash(6, code);
        Service = Hash(9, 0);
        Number = Hash(10, (ulong)destination);
        (Address, Network) = address is null ? default : Networks(address);
        Device = device == 0 ? 0 : Mix(_seed ^ Mix(device ^ OfDevices)) | 1;
    }

    public ulong Country { get; }

    /// <summary>What is sent to the country's ranges without people of the service, together, but for <see cref="Fresh"/>.</summary>
    public ulong Strays { get; }

    /// <summary>The first start to each block of them.</summary>
    public ulong Fresh { get; }

    /// <summary><see cref="Strays"/> of all countries.</summary>
    public ulong Everywhere => Hash(7, 0);

    public ulong Service { get; }

    public ulong Number { get; }

    /// <summary>The device's address (of IPv6 the first 64 bits); 0 where it is not known.</summary>
    public ulong Address { get; }

    /// <summary>The network around it: /24, of IPv6 /48.</summary>
    public ulong Network { get; }

    /// <summary>The device by its fingerprint, wherever it is; 0 where it is not known.</summary>
    public ulong Device { get; }

    public ulong Prefix(int level) => _prefixes[level];

    /// <summary>The service in one hour of the day, 0 to 23 by UTC.</summary>
    public ulong Hour(int hour) => Hash(11, (ulong)hour);

    /// <summary>All of them, for another node.</summary>
    public void WriteTo(Span<byte> bytes)
    {
        ReadOnlySpan<ulong> others = [_seed, Country, Strays, Fresh, Service, Number, Address, Network, Device];
        for (var i = 0; i < others.Length + Prefixes; i++)
        {
            BinaryPrimitives.WriteUInt64BigEndian(bytes[(i * sizeof(ulong))..], i < others.Length ? others[i] : _prefixes[i - others.Length]);
        }
    }

    /// <summary>What <see cref="WriteTo"/> wrote.</summary>
    public static FraudKeys Read(ReadOnlySpan<byte> bytes) => new(bytes);

    FraudKeys(ReadOnlySpan<byte> bytes)
    {
        _seed = At(bytes, 0);
        (Country, Strays, Fresh) = (At(bytes, 1), At(bytes, 2), At(bytes, 3));
        (Service, Number) = (At(bytes, 4), At(bytes, 5));
        (Address, Network, Device) = (At(bytes, 6), At(bytes, 7), At(bytes, 8));
        for (var level = 0; level < Prefixes; level++)
        {
            _prefixes[level] = At(bytes, 9 + level);
        }

        static ulong At(ReadOnlySpan<byte> bytes, int index) => BinaryPrimitives.ReadUInt64BigEndian(bytes[(index * sizeof(ulong))..]);
    }

    (ulong Address, ulong Network) Networks(IpAddress address)
    {
        Span<byte> bytes = stackalloc byte[16];
        return address.WriteBytes(bytes) == 4
            ? (Hash(12, BinaryPrimitives.ReadUInt32BigEndian(bytes)), Hash(13, BinaryPrimitives.ReadUInt32BigEndian(bytes) >> 8))
            : (Hash(14, BinaryPrimitives.ReadUInt64BigEndian(bytes)), Hash(15, BinaryPrimitives.ReadUInt64BigEndian(bytes) >> 16));
    }

    ulong Hash(ulong kind, ulong value) => Mix(_seed ^ Mix(value + (kind << 60))) | 1;

    /// <summary>SplitMix64's finisher.</summary>
    public static ulong Mix(ulong x)
    {
        x += 0x9E3779B97F4A7C15;
        x = (x ^ (x >> 30)) * 0xBF58476D1CE4E5B9;
        x = (x ^ (x >> 27)) * 0x94D049BB133111EB;
        return x ^ (x >> 31);
    }

    [System.Runtime.CompilerServices.InlineArray(Prefixes)]
    struct PrefixKeys
    {
        ulong _first;
    }
}
