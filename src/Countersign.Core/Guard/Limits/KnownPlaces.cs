using Countersign.Core.Guard.Remembering;

namespace Countersign.Core.Guard.Limits;

/// <summary>
/// Which numbers were approved from which networks, so that whoever asks for a number's codes from elsewhere does not use up what the person may ask for at home. A fixed memory
/// of 2 MB, where a newer pair may take the place of an older one. Safe to call from many threads.
/// </summary>
public sealed class KnownPlaces : IGuardMemory
{
    // Of what is written to keep.
    const byte Layout = 1;

    const int Size = 1 << 18;

    // A pair has one place, by half of its hash; the other half tells it from others of that place.
    readonly ulong[] _pairs = new ulong[Size];

    /// <summary>Remembers a pair of destination and network, as its hash.</summary>
    public void Learn(UInt128 pair) => Volatile.Write(ref _pairs[PlaceOf(pair)], TagOf(pair));

    /// <summary>Whether the pair is remembered.</summary>
    public bool Knows(UInt128 pair) => Volatile.Read(ref _pairs[PlaceOf(pair)]) == TagOf(pair);

    /// <inheritdoc/>
    string IGuardMemory.Name => "places";

    /// <inheritdoc/>
    void IGuardMemory.Save(BinaryWriter to)
    {
        to.Write(Layout);
        for (var place = 0; place < Size; place++)
        {
            if (Volatile.Read(ref _pairs[place]) is not 0 and var tag)
            {
                to.Write(place);
                to.Write(tag);
            }
        }

        to.Write(-1);
    }

    /// <inheritdoc/>
    void IGuardMemory.Load(BinaryReader from, DateTimeOffset now)
    {
        if (from.ReadByte() != Layout)
        {
            throw new InvalidDataException("Another version wrote this.");
        }

        for (var place = from.ReadInt32(); place >= 0; place = from.ReadInt32())
        {
            if (place >= Size)
            {
                throw new InvalidDataException("Another version wrote this.");
            }

            Volatile.Write(ref _pairs[place], from.ReadUInt64());
        }
    }

    static int PlaceOf(UInt128 pair) => (int)((ulong)(pair >> 64) % Size);

    // An empty place is 0.
    static ulong TagOf(UInt128 pair) => (ulong)pair | 1;
}
