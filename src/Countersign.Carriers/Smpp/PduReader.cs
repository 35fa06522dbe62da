using System.Buffers.Binary;
using System.Text;

namespace Countersign.Carriers.Smpp;

/// <summary>Reads the fields of one PDU's body, never beyond it. Each failure is an <see cref="SmppProtocolException"/>.</summary>
ref struct PduReader(ReadOnlySpan<byte> body, uint commandId, uint sequence)
{
    ReadOnlySpan<byte> _rest = body;

    public readonly bool IsAtEnd => _rest.IsEmpty;

    public byte Octet() => Take(1)[0];

    /// <summary>Latin-1 up to a zero, which <paramref name="max"/> counts too.</summary>
    public string Text(int max)
    {
        var length = _rest[..Math.Min(max, _rest.Length)].IndexOf((byte)0);
        if (length < 0)
        {
            throw Wrong(CommandStatus.InvalidCommandLength, $"A text of at most {max} octets does not end.");
        }

        var text = Encoding.Latin1.GetString(_rest[..length]);
        _rest = _rest[(length + 1)..];
        return text;
    }

    /// <summary>A time: nothing, or 16 characters (7.1.1).</summary>
    public string Time()
    {
        var text = Text(17);
        return text.Length is 0 or 16 ? text : throw Wrong(CommandStatus.InvalidParameterLength, "A time has neither 0 nor 16 characters.");
    }

    /// <summary>Octets of a copy: what was read into is used again.</summary>
    public ReadOnlyMemory<byte> Octets(int count) => Take(count).ToArray();

    public ReadOnlyMemory<byte> Rest() => Octets(_rest.Length);

    public IReadOnlyList<Tlv> Tlvs()
    {
        if (_rest.IsEmpty)
        {
            return [];
        }

        var tlvs = new List<Tlv>();
        while (!_rest.IsEmpty)
        {
            if (_rest.Length < 4 || BinaryPrimitives.ReadUInt16BigEndian(_rest[2..]) > _rest.Length - 4)
            {
                throw Wrong(CommandStatus.InvalidOptionalParameters, "An optional parameter is longer than its PDU.");
            }

            var tag = BinaryPrimitives.ReadUInt16BigEndian(Take(2));
            tlvs.Add(new Tlv(tag, Octets(BinaryPrimitives.ReadUInt16BigEndian(Take(2)))));
        }

        return tlvs;
    }

    public readonly SmppProtocolException Wrong(uint status, string message) => new(status, message) { CommandId = commandId, Sequence = sequence };

    ReadOnlySpan<byte> Take(int count)
    {
        if (count > _rest.Length)
        {
            throw Wrong(CommandStatus.InvalidCommandLength, "The PDU is shorter than its fields.");
        }

        var taken = _rest[..count];
        _rest = _rest[count..];
        return taken;
    }
}
