using Countersign.Core;
using Countersign.Core.Guard.Limits;
using Countersign.Core.Guard.Sharing;
using Countersign.Core.Guard.Windows;

namespace Countersign.Adapters.Tests.Stores;

/// <summary>What two nodes tell each other of what they counted, by the wire of a store.</summary>
static class SharedCountsOverStores
{
    static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);

    /// <summary>More than fits into one batch, so that several follow each other.</summary>
    const int Keys = 2_000;

    public static async Task WhatOneCountsTheOtherRefusesAsync(IGuardWire here, IGuardWire there, TimeProvider time)
    {
        using var stop = new CancellationTokenSource();
        var (mine, theirs) = (new SlidingWindows(), new SlidingWindows());
        var (telling, hearing) = (new SharedCounts(mine, new KnownPlaces(), here, RandomSource.System, time), new SharedCounts(theirs, new KnownPlaces(), there, RandomSource.System, time));
        Task[] listening = [telling.ListenAsync(stop.Token), hearing.ListenAsync(stop.Token)];
        await ConnectedAsync(telling, theirs, time);

        for (var key = 1; key <= Keys; key++)
        {
            Assert.True(mine.TryTake([RuleOf(key)], time.GetUtcNow(), out _, out _));
            telling.Counted([RuleOf(key)], time.GetUtcNow());
        }

        await telling.SendAsync(CancellationToken.None);

        await UntilAsync(() => Enumerable.Range(1, Keys).All(key => theirs.Wait([RuleOf(key)], time.GetUtcNow()) == RuleOf(key).Interval));
        // What a node says itself comes back to it, and is not counted twice: one of two is left.
        Assert.True(mine.TryTake([RuleOf(1) with { Max = 2 }], time.GetUtcNow(), out _, out _));

        await stop.CancelAsync();
        foreach (var task in listening)
        {
            await Assert.ThrowsAnyAsync<OperationCanceledException>(() => task);
        }
    }

    /// <summary>Listening begins in its own time, and what was told before is not heard.</summary>
    static async Task ConnectedAsync(SharedCounts telling, SlidingWindows heard, TimeProvider time)
    {
        await UntilAsync(async () =>
        {
            telling.Counted([RuleOf(0)], time.GetUtcNow());
            await telling.SendAsync(CancellationToken.None);
            return heard.Wait([RuleOf(0)], time.GetUtcNow()) > TimeSpan.Zero;
        });
    }

    static WindowRule RuleOf(int key) => new((UInt128)key << 64, 1, TimeSpan.FromMinutes(5));

    static Task UntilAsync(Func<bool> holds) => UntilAsync(() => Task.FromResult(holds()));

    public static async Task UntilAsync(Func<Task<bool>> holds)
    {
        for (var until = DateTime.UtcNow + Patience; !await holds();)
        {
            Assert.True(DateTime.UtcNow < until, "What one node told was not heard by the other.");
            await Task.Delay(20);
        }
    }
}
