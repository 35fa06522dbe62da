using System.Buffers.Binary;
using System.Security.Cryptography;
using Countersign.Core.Privacy;

namespace Countersign.Core.Guard.Remembering;

/// <summary>
/// What Guard has learned as one sealed piece, so that a restart does not begin with strangers only. It holds no number and no address, but keyed hashes of them.
/// </summary>
public sealed class GuardMemories(IEnumerable<IGuardMemory> memories, Sealer sealer, TimeProvider time)
{
    static ReadOnlySpan<byte> Context => "guard memory, v1"u8;

    /// <summary>All that is known now, sealed. Some 65 MB at most, as shipped.</summary>
    public byte[] Save()
    {
        using var whole = new MemoryStream();
        using var to = new BinaryWriter(whole);
        foreach (var memory in memories)
        {
            to.Write(memory.Name);
            var length = (int)whole.Position;
            to.Write(0);
            memory.Save(to);
            to.Flush();
            BinaryPrimitives.WriteInt32LittleEndian(whole.GetBuffer().AsSpan(length), (int)whole.Position - length - sizeof(int));
        }

        return sealer.Seal(whole.GetBuffer().AsSpan(0, (int)whole.Length), Context);
    }

    /// <summary>Takes what <see cref="Save"/> gave, before the first request. Parts that this version does not know are left out.</summary>
    /// <exception cref="CryptographicException">It was changed, or sealed with a key that the ring does not have.</exception>
    /// <exception cref="InvalidDataException">A part cannot be read; the others were.</exception>
    public void Load(ReadOnlySpan<byte> kept)
    {
        var plain = sealer.Open(kept, Context);
        using var from = new BinaryReader(new MemoryStream(plain, writable: false));
        var now = time.GetUtcNow();
        var unread = new List<string>();
        while (from.BaseStream.Position < plain.Length)
        {
            var (name, length) = (from.ReadString(), from.ReadInt32());
            var start = (int)from.BaseStream.Position;
            if (length < 0 || length > plain.Length - start)
            {
                throw new InvalidDataException($"The part {name} is longer than the whole.");
            }

            if (memories.FirstOrDefault(memory => memory.Name == name) is { } known && !TryLoad(known, new MemoryStream(plain, start, length, writable: false), now))
            {
                unread.Add(name);
            }

            from.BaseStream.Position = start + length;
        }

        if (unread.Count > 0)
        {
            throw new InvalidDataException($"Not read, as another version wrote it: {string.Join(", ", unread)}.");
        }
    }

    static bool TryLoad(IGuardMemory memory, Stream part, DateTimeOffset now)
    {
        try
        {
            using var reader = new BinaryReader(part);
            memory.Load(reader, now);
            return true;
        }
        catch (Exception problem) when (problem is InvalidDataException or EndOfStreamException)
        {
            return false;
        }
    }
}
