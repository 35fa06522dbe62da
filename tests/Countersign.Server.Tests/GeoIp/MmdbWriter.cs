using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Countersign.Server.Tests.GeoIp;

/// <summary>Writes small databases in MaxMind's format (version 2.0): a binary tree over address bits, rows of typed values, and a map that describes the file.</summary>
sealed class MmdbWriter(string type)
{
    const int Empty = -1;

    static readonly byte[] Marker = [0xAB, 0xCD, 0xEF, .. "MaxMind.com"u8];

    // A child is another node, Empty, or a row: -2 less its place in the data.
    readonly List<int[]> _nodes = [[Empty, Empty]];
    readonly List<byte> _rows = [];

    /// <summary>The row of a network such as <c>203.0.113.0/24</c>: values are texts, doubles, whole numbers and maps of these.</summary>
    public MmdbWriter Add(string network, Dictionary<string, object> row)
    {
        var net = IPNetwork.Parse(network);
        var bytes = new byte[16];
        var isV4 = net.BaseAddress.AddressFamily == AddressFamily.InterNetwork;
        net.BaseAddress.GetAddressBytes().CopyTo(bytes, isV4 ? 12 : 0);
        var (length, node) = (net.PrefixLength + (isV4 ? 96 : 0), 0);
        for (var i = 0; i < length - 1; i++)
        {
            ref var child = ref _nodes[node][BitAt(bytes, i)];
            if (child == Empty)
            {
                child = _nodes.Count;
                _nodes.Add([Empty, Empty]);
            }

            node = child;
        }

        _nodes[node][BitAt(bytes, length - 1)] = -2 - _rows.Count;
        using var bytesOfRow = new MemoryStream();
        Write(bytesOfRow, row);
        _rows.AddRange(bytesOfRow.ToArray());
        return this;
    }

    /// <summary>The file.</summary>
    public byte[] ToArray()
    {
        using var file = new MemoryStream();
        foreach (var child in _nodes.SelectMany(node => node))
        {
            var value = child == Empty ? _nodes.Count : child >= 0 ? child : _nodes.Count + 16 + (-2 - child);
            file.Write([(byte)(value >> 16), (byte)(value >> 8), (byte)value]);
        }

        file.Write(new byte[16]);
        file.Write(_rows.ToArray());
        file.Write(Marker);
        Write(file, new Dictionary<string, object>
        {
            ["node_count"] = (uint)_nodes.Count,
            ["record_size"] = (ushort)24,
            ["ip_version"] = (ushort)6,
            ["database_type"] = type,
            ["languages"] = new[] { "en" },
            ["binary_format_major_version"] = (ushort)2,
            ["binary_format_minor_version"] = (ushort)0,
            ["build_epoch"] = 1_772_366_400UL,
            ["description"] = new Dictionary<string, object> { ["en"] = "For tests" },
        });
        return file.ToArray();
    }

    static int BitAt(byte[] bytes, int bit) => (bytes[bit / 8] >> (7 - (bit % 8))) & 1;

    static void Write(Stream stream, object value)
    {
        switch (value)
        {
            case string text:
                var utf8 = Encoding.UTF8.GetBytes(text);
                Head(stream, 2, utf8.Length);
                stream.Write(utf8);
                break;
            case double number:
                Head(stream, 3, 8);
                Span<byte> bytes = stackalloc byte[8];
                BinaryPrimitives.WriteDoubleBigEndian(bytes, number);
                stream.Write(bytes);
                break;
            case ushort number:
                Head(stream, 5, 2);
                stream.Write([(byte)(number >> 8), (byte)number]);
                break;
            case uint number:
                Head(stream, 6, 4);
                stream.Write([(byte)(number >> 24), (byte)(number >> 16), (byte)(number >> 8), (byte)number]);
                break;
            case ulong number:
                Head(stream, 9, 8);
                Span<byte> long8 = stackalloc byte[8];
                BinaryPrimitives.WriteUInt64BigEndian(long8, number);
                stream.Write(long8);
                break;
            case string[] list:
                Head(stream, 11, list.Length);
                foreach (var item in list)
                {
                    Write(stream, item);
                }

                break;
            case Dictionary<string, object> map:
                Head(stream, 7, map.Count);
                foreach (var (name, member) in map)
                {
                    Write(stream, name);
                    Write(stream, member);
                }

                break;
            default:
                throw new ArgumentException($"No type for {value.GetType().Name}.", nameof(value));
        }
    }

    /// <summary>Three bits of type and five of size; a type over 7 is in the byte after, and a size over 28 as well.</summary>
    static void Head(Stream stream, int type, int size)
    {
        stream.WriteByte((byte)(((type > 7 ? 0 : type) << 5) | Math.Min(size, 29)));
        if (type > 7)
        {
            stream.WriteByte((byte)(type - 7));
        }

        if (size >= 29)
        {
            stream.WriteByte((byte)(size - 29));
        }
    }
}
