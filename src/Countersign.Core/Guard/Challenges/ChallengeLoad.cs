using System.Buffers.Binary;
using System.Numerics;

namespace Countersign.Core.Guard.Challenges;

/// <summary>
/// What a challenge costs beyond the effort that was asked for: a level more for each doubling of those lately asked for and solved from the same network, and of those lately
/// solved for the same service. Solving counts as one, asking as a quarter, and for the network only: whoever asks and does not work must not make it dearer for everybody.
/// Counts halve in five minutes. A fixed table of decayed counts by keyed hash, in two rows of which the smaller count holds; 128 KiB. Of this process alone. Safe to call from many threads.
/// </summary>
public sealed class ChallengeLoad
{
    const int Cells = 4096;
    const float HalfLifeSeconds = 300;
    const float AskedWeight = 0.25f;

    // What is free: a household, an office or a carrier's NAT in which several people are asked; a service with a busy hour.
    const float NetworkFree = 8, ServiceFree = 256;
    const int MostOfNetwork = 4, MostOfService = 2;

    readonly Cell[] _cells = new Cell[2 * Cells];
    readonly Lock _gate = new();
    readonly ulong _seed;

    /// <summary>Nothing was asked for yet.</summary>
    public ChallengeLoad(RandomSource random)
    {
        Span<byte> seed = stackalloc byte[8];
        random.Fill(seed);
        _seed = BinaryPrimitives.ReadUInt64LittleEndian(seed);
    }

    /// <summary>Counts a challenge that is given out, and says how many levels it costs more, 0 to 6.</summary>
    /// <param name="service">A key of the service.</param>
    /// <param name="network">A key of the device's network within it; null where that is not known.</param>
    /// <param name="now">Unix seconds.</param>
    public int Asked(UInt128 service, UInt128? network, long now)
    {
        lock (_gate)
        {
            var levels = LevelsOf(Read(service, now), ServiceFree, MostOfService);
            if (network is { } known)
            {
                levels += LevelsOf(Read(known, now), NetworkFree, MostOfNetwork);
                Add(known, AskedWeight, now);
            }

            return levels;
        }
    }

    /// <summary>Counts a solution that let a start through.</summary>
    public void Solved(UInt128 service, UInt128? network, long now)
    {
        lock (_gate)
        {
            Add(service, 1, now);
            if (network is { } known)
            {
                Add(known, 1, now);
            }
        }
    }

    static int LevelsOf(float count, float free, int most) => count < free ? 0 : Math.Min(most, BitOperations.Log2((uint)(count / free)) + 1);

    float Read(UInt128 key, long now)
    {
        var (first, second) = PlacesOf(key);
        return Math.Min(_cells[first].At(now), _cells[second].At(now));
    }

    void Add(UInt128 key, float weight, long now)
    {
        var (first, second) = PlacesOf(key);
        _cells[first] = new Cell(_cells[first].At(now) + weight, now);
        _cells[second] = new Cell(_cells[second].At(now) + weight, now);
    }

    // The seed keeps anybody from choosing keys that share a place.
    (int First, int Second) PlacesOf(UInt128 key)
    {
        var mixed = Mix(_seed ^ (ulong)key) ^ Mix(_seed + (ulong)(key >> 64));
        return ((int)(mixed % Cells), Cells + (int)((mixed >> 32) % Cells));
    }

    static ulong Mix(ulong value)
    {
        value = (value ^ (value >> 30)) * 0xbf58476d1ce4e5b9;
        value = (value ^ (value >> 27)) * 0x94d049bb133111eb;
        return value ^ (value >> 31);
    }

    readonly record struct Cell(float Count, long Second)
    {
        public float At(long now) => Count == 0 ? 0 : Count * float.Exp2(-Math.Max(0, now - Second) / HalfLifeSeconds);
    }
}
