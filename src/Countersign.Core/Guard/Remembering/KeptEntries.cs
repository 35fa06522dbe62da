using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Countersign.Core.Guard.Remembering;

/// <summary>
/// Writes the entries of a table of sets, and reads them. An entry begins with its key of eight bytes, 0 where there is none. Entries are written as they lie in memory, so only by
/// a process of the same layout are they read; which layout it was is written first.
/// </summary>
static class KeptEntries
{
    public static void Save<T>(BinaryWriter to, T[] entries, Lock[] stripes, int ways)
        where T : unmanaged
    {
        to.Write(Unsafe.SizeOf<T>());
        to.Write(BitConverter.IsLittleEndian);
        var set = new T[ways];
        for (var first = 0; first < entries.Length; first += ways)
        {
            lock (stripes[(first / ways) & (stripes.Length - 1)])
            {
                entries.AsSpan(first, ways).CopyTo(set);
            }

            foreach (ref var entry in set.AsSpan())
            {
                if (KeyOf(ref entry) != 0)
                {
                    to.Write(BytesOf(ref entry));
                }
            }
        }

        T end = default;
        to.Write(BytesOf(ref end));
    }

    /// <summary>One after the other, each to <paramref name="take"/>.</summary>
    /// <exception cref="InvalidDataException">They were written in another layout.</exception>
    public static void Load<T>(BinaryReader from, Action<T> take)
        where T : unmanaged
    {
        if (from.ReadInt32() != Unsafe.SizeOf<T>() || from.ReadBoolean() != BitConverter.IsLittleEndian)
        {
            throw new InvalidDataException("The entries have another layout.");
        }

        while (true)
        {
            T entry = default;
            from.BaseStream.ReadExactly(BytesOf(ref entry));
            if (KeyOf(ref entry) == 0)
            {
                return;
            }

            take(entry);
        }
    }

    static Span<byte> BytesOf<T>(ref T entry)
        where T : unmanaged => MemoryMarshal.AsBytes(new Span<T>(ref entry));

    static ulong KeyOf<T>(ref T entry)
        where T : unmanaged => Unsafe.As<T, ulong>(ref entry);
}
