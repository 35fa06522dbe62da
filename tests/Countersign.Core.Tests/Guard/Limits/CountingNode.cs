using Countersign.Core.Guard.Limits;
using Countersign.Core.Guard.Sharing;
using Countersign.Core.Guard.Windows;
using Countersign.Core.Tests.Guard.Sharing;

namespace Countersign.Core.Tests.Guard.Limits;

/// <summary>The windows of one node, which tells others what they count when it is asked to.</summary>
sealed class CountingNode
{
    CountingNode(LocalWire wire, TimeProvider time)
    {
        Shared = new SharedCounts(Windows, new KnownPlaces(), wire, RandomSource.System, time);
        _ = Shared.ListenAsync(CancellationToken.None);
    }

    public SlidingWindows Windows { get; } = new(64 * 16);

    public SharedCounts Shared { get; }

    /// <summary>Nodes that hear each other.</summary>
    public static CountingNode[] Several(int count, TimeProvider time)
    {
        var wire = new LocalWire();
        return [.. Enumerable.Range(0, count).Select(_ => new CountingNode(wire, time))];
    }

    public void Tell() => Assert.True(Shared.SendAsync(CancellationToken.None).IsCompletedSuccessfully);
}
