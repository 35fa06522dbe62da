namespace Countersign.Core.Guard.Sharing;

/// <summary>What Guard, and routes, learned on this node and the others have not been told yet. <see cref="SharedCounts"/> tells them.</summary>
public sealed class GuardNews(IGuardWire wire, TimeProvider? time = null)
{
    /// <summary>False where there is nobody to tell now: then nothing needs to be added.</summary>
    public bool HasOthers => wire.HasOthers && (Neighbours.Any || wire.SeesOthers);

    internal Neighbours Neighbours { get; } = new(time ?? TimeProvider.System);

    internal NewsWriter Waiting { get; } = new(SharedCounts.Capacity);
}

/// <summary>A part of Guard that other nodes have something to tell, or what learns with it.</summary>
public interface IGuardHearer
{
    /// <summary>Takes news of a kind that is its own; others are passed over. Called by one thread at a time, beside requests.</summary>
    void Hear(byte kind, ReadOnlySpan<byte> news, DateTimeOffset now);
}
