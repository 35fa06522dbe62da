using System.Runtime.InteropServices;

namespace Countersign.Core.Guard.Remembering;

/// <summary>
/// The keys of a table of sets of eight, apart from what is kept under them: the eight of a set lie in one cache line, so that to look for a key, or find that there is none, costs
/// one access to memory and not one for each. 0 is no key. Whoever uses it locks.
/// </summary>
sealed class SetKeys
{
    /// <summary>Places in a set.</summary>
    public const int Ways = 8;

    const int LineBytes = 64;

    readonly ulong[] _keys;
    readonly int _start;

    /// <param name="places">Places in all sets, a multiple of eight.</param>
    public SetKeys(int places)
    {
        // Where it lies in memory it stays: the first set begins where a cache line does.
        _keys = GC.AllocateArray<ulong>(places + Ways, pinned: true);
        var past = (int)(Marshal.UnsafeAddrOfPinnedArrayElement(_keys, 0) % LineBytes);
        _start = (LineBytes - past) % LineBytes / sizeof(ulong);
    }

    /// <summary>Bytes that they take.</summary>
    public long Bytes => (long)_keys.Length * sizeof(ulong);

    /// <summary>The key at a place.</summary>
    public ulong this[int place]
    {
        get => _keys[_start + place];
        set => _keys[_start + place] = value;
    }

    /// <summary>Asks memory for a set that is looked into soon.</summary>
    public void Ahead(int set) => MemoryHint.For(_keys.AsSpan(_start + (set * Ways), Ways));

    /// <summary>The place that has the key, in its set; -1 where none has. With key 0, one that is free.</summary>
    public int Find(int set, ulong key)
    {
        var first = set * Ways;
        var way = _keys.AsSpan(_start + first, Ways).IndexOf(key);
        return way < 0 ? -1 : first + way;
    }
}
