namespace Countersign.Core.Guard.Remembering;

/// <summary>A part of what Guard has learned that is worth keeping over a restart. It fades by itself and is worth little in parts: nobody waits for it to be kept.</summary>
public interface IGuardMemory
{
    /// <summary>Finds it again; never changes.</summary>
    string Name { get; }

    /// <summary>Writes what it knows. Requests go on meanwhile.</summary>
    void Save(BinaryWriter to);

    /// <summary>Takes what <see cref="Save"/> wrote, before the first request.</summary>
    /// <exception cref="InvalidDataException">Another version wrote it, in a way that this one does not read. What was taken until then is kept.</exception>
    void Load(BinaryReader from, DateTimeOffset now);
}
