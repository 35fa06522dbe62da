namespace Countersign.Carriers.Smpp;

/// <summary>Packs septets into octets, the first in the lowest bits (3GPP TS 23.038, 6.1.2.1).</summary>
public static class Septets
{
    const byte CarriageReturn = 0x0D;

    /// <summary>
    /// Packs behind a header of <paramref name="headerOctets"/>, so that the first septet begins at a septet's border of the whole (3GPP TS 23.040, 9.2.3.24); the
    /// header is not in what is returned. Where seven bits are left, a carriage return fills them: zeroes would read as another @ (6.1.2.3.1).
    /// </summary>
    public static byte[] Pack(ReadOnlySpan<byte> septets, int headerOctets)
    {
        var fill = FillBits(headerOctets);
        var bits = fill + (septets.Length * 7);
        var packed = new byte[(bits + 7) / 8];
        for (var i = 0; i < septets.Length; i++)
        {
            Put(packed, fill + (i * 7), septets[i]);
        }

        if ((packed.Length * 8) - bits == 7)
        {
            Put(packed, bits, CarriageReturn);
        }

        return packed;
    }

    /// <summary>The septets of what <see cref="Pack"/> returned. A carriage return that fills the last septet is left out.</summary>
    public static byte[] Unpack(ReadOnlySpan<byte> packed, int headerOctets)
    {
        var fill = FillBits(headerOctets);
        var septets = new byte[Math.Max(0, ((packed.Length * 8) - fill) / 7)];
        for (var i = 0; i < septets.Length; i++)
        {
            var bit = fill + (i * 7);
            var both = packed[bit / 8] | (bit / 8 + 1 < packed.Length ? packed[(bit / 8) + 1] << 8 : 0);
            septets[i] = (byte)((both >> (bit % 8)) & 0x7F);
        }

        var endsAtBorder = (packed.Length * 8) - fill - (septets.Length * 7) == 0;
        return endsAtBorder && septets is [.., CarriageReturn] ? septets[..^1] : septets;
    }

    static int FillBits(int headerOctets) => (7 - (headerOctets * 8 % 7)) % 7;

    static void Put(byte[] packed, int bit, byte septet)
    {
        var both = septet << (bit % 8);
        packed[bit / 8] |= (byte)both;
        if (both > 0xFF)
        {
            packed[(bit / 8) + 1] |= (byte)(both >> 8);
        }
    }
}
