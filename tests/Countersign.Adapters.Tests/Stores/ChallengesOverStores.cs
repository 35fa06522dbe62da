using Countersign.Core.Guard.Sharing;
using Countersign.Core.Numbers;
using Countersign.Core.Tests.Guard.Challenges;
using Countersign.Core.Verifications;

namespace Countersign.Adapters.Tests.Stores;

/// <summary>A solution that is handed in at one of two nodes, by the wire and the verifications of a store.</summary>
static class ChallengesOverStores
{
    static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);

    public static async Task WhatIsHandedInAtOneIsGoodOnceAtTheOtherAsync((IVerificationStore Store, IGuardWire Wire) here, (IVerificationStore Store, IGuardWire Wire) there, TimeProvider time)
    {
        using var stop = new CancellationTokenSource();
        var (mine, theirs) = (new ChallengedNode(here.Store, time, 1, here.Wire, stop.Token), new ChallengedNode(there.Store, time, 2, there.Wire, stop.Token));

        // Listening begins in its own time, and what was told before is not heard: another destination each time.
        var to = Numbers().GetEnumerator();
        for (var until = DateTime.UtcNow + Patience; theirs.Passes.Count == 0;)
        {
            Assert.True(DateTime.UtcNow < until && to.MoveNext(), "What was handed in at one node the other did not hear of.");
            Assert.Null((await mine.HandInAsync(Work.Payload(await theirs.AskedAsync(to.Current)))).Problem);
            await Task.Delay(100);
        }

        await theirs.SentAsync(to.Current);

        await mine.AskedAsync(to.Current, problem: "used");
        await theirs.SentAsync(to.Current);
        await theirs.AskedAsync(to.Current);

        await stop.CancelAsync();
        foreach (var node in (ChallengedNode[])[mine, theirs])
        {
            await Assert.ThrowsAnyAsync<OperationCanceledException>(() => node.Listening);
        }
    }

    static IEnumerable<PhoneNumber> Numbers() => Enumerable.Range(100, 100).Select(last => PhoneNumber.Restore($"+14155550{last}"));
}
