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

    /// <summary>Latin-1 up to a zero or the end of the PDU, of which centres leave the zero out at times. Longer than allowed is still wrong.</summary>
    public string TextToEnd(int max)
    {
        if (_rest.Length < max && !_rest.Contains((byte)0))
        {
            var text = Encoding.Latin1.GetString(_rest);
            _rest = [];
            return text;
        }

        return Text(max);
    }

    /// <summary>A time: nothing, or 16 characters (7.1.1); where <paramref name="isLenient"/>, nothing for anything else.</summary>
    public string Time(bool isLenient)
    {
        var text = Text(17);
        return text.Length is 0 or 16 ? text : isLenient ? "" : throw Wrong(CommandStatus.InvalidParameterLength, "A time has neither 0 nor 16 characters.");
    }

    /// <summary>Octets of a copy: what was read into is used again.</summary>
    public ReadOnlyMemory<byte> Octets(int count) => Take(count).ToArray();

    public ReadOnlyMemory<byte> Rest() => Octets(_rest.Length);

    /// <summary>The optional parameters; where <paramref name="isLenient"/>, what follows the last whole one is left out.</summary>
    public IReadOnlyList<Tlv> Tlvs(bool isLenient)
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
                if (isLenient)
                {
                    return tlvs;
                }

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
