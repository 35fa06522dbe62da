using System.Buffers;
using System.Diagnostics.CodeAnalysis;
using System.Net;
using System.Net.Sockets;

namespace Countersign.Core.Numbers;

/// <summary>
/// The address of the device that asks for a code. Personal data: it prints as its network.
/// Equal addresses have one text: IPv6 as RFC 5952 writes it, and an IPv4 address mapped into IPv6 is the IPv4 address.
/// </summary>
public sealed class IpAddress : IEquatable<IpAddress>
{
    const int LongestText = 45;

    static readonly SearchValues<char> V6Characters = SearchValues.Create("0123456789abcdefABCDEF:.");

    readonly IPAddress _value;
    readonly string _text;

    IpAddress(IPAddress value) => (_value, _text) = (value, value.ToString());

    public bool IsV6 => _value.AddressFamily == AddressFamily.InterNetworkV6;

    /// <summary>
    /// Reads a bare IPv4 or IPv6 address. Refused: ports, brackets, prefixes, scope ids, spaces, and IPv4 in fewer than four parts, hex or with
    /// leading zeros, which some programs take for octal.
    /// </summary>
    public static bool TryParse(string? text, [NotNullWhen(true)] out IpAddress? address)
    {
        address = null;
        if (text is null || text.Length > LongestText)
            return false;

        var tail = text.AsSpan(text.LastIndexOf(':') + 1);
        var isV6 = tail.Length < text.Length;
        if (isV6 && text.AsSpan().ContainsAnyExcept(V6Characters))
            return false;
        if ((!isV6 || tail.Contains('.')) && !IsDottedQuad(tail))
            return false;
        if (!IPAddress.TryParse(text, out var value))
            return false;

        address = Of(value);
        return true;
    }

    /// <summary>An address that came from elsewhere, such as a connection's.</summary>
    public static IpAddress Of(IPAddress value) => new(value.IsIPv4MappedToIPv6 ? value.MapToIPv4() : value);

    /// <summary>The whole address: for geo-IP, limits, sealing and the caller's own answer, nothing else.</summary>
    public string Reveal() => _text;

    /// <summary>The whole address as .NET has it, which prints unmasked: for looking it up in a database of places, nothing else.</summary>
    public IPAddress RevealAddress() => _value;

    /// <summary>Writes its bytes in network order and says how many there are: 4 of IPv4, 16 of IPv6. The span has room for 16.</summary>
    public int WriteBytes(Span<byte> bytes)
    {
        _value.TryWriteBytes(bytes, out var written);
        return written;
    }

    /// <summary>The network it is in, a /24 of IPv4 or a /48 of IPv6: <c>203.0.113.0/24</c>, <c>2001:db8:7::/48</c>.</summary>
    public override string ToString()
    {
        var bytes = _value.GetAddressBytes();
        bytes.AsSpan(IsV6 ? 6 : 3).Clear();
        return $"{new IPAddress(bytes)}/{(IsV6 ? 48 : 24)}";
    }

    public bool Equals(IpAddress? other) => other is not null && _text == other._text;

    public override bool Equals(object? obj) => Equals(obj as IpAddress);

    public override int GetHashCode() => _text.GetHashCode(StringComparison.Ordinal);

    public static bool operator ==(IpAddress? left, IpAddress? right) => left is null ? right is null : left.Equals(right);

    public static bool operator !=(IpAddress? left, IpAddress? right) => !(left == right);

    static bool IsDottedQuad(ReadOnlySpan<char> text)
    {
        var parts = 0;
        foreach (var range in text.Split('.'))
        {
            var part = text[range];
            if (++parts > 4 || part.Length is 0 or > 3 || (part.Length > 1 && part[0] == '0') || part.ContainsAnyExceptInRange('0', '9') || int.Parse(part) > 255)
                return false;
        }

        return parts == 4;
    }
}
