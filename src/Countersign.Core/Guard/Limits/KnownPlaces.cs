namespace Countersign.Core.Guard.Limits;

/// <summary>
/// Which numbers were approved from which networks, so that whoever asks for a number's codes from elsewhere does not use up what the person may ask for at home. A fixed memory
/// of 2 MB, where a newer pair may take the place of an older one. Safe to call from many threads.
/// </summary>
public sealed class KnownPlaces
{
    const int Size = 1 << 18;

    // A pair has one place, by half of its hash; the other half tells it from others of that place.
    readonly ulong[] _pairs = new ulong[Size];

    /// <summary>Remembers a pair of destination and network, as its hash.</summary>
    public void Learn(UInt128 pair) => Volatile.Write(ref _pairs[PlaceOf(pair)], TagOf(pair));

    /// <summary>Whether the pair is remembered.</summary>
    public bool Knows(UInt128 pair) => Volatile.Read(ref _pairs[PlaceOf(pair)]) == TagOf(pair);

    static int PlaceOf(UInt128 pair) => (int)((ulong)(pair >> 64) % Size);

    // An empty place is 0.
    static ulong TagOf(UInt128 pair) => (ulong)pair | 1;
}
