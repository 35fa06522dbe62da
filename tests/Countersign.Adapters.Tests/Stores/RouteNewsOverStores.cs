using Countersign.Core;
using Countersign.Core.Channels;
using Countersign.Core.Guard.Limits;
using Countersign.Core.Guard.Sharing;
using Countersign.Core.Guard.Windows;
using Countersign.Core.Routing;

namespace Countersign.Adapters.Tests.Stores;

/// <summary>What one node hears of messages that another sent, by the wire of a store.</summary>
static class RouteNewsOverStores
{
    static readonly CarrierKey Acme = new(Given.Account, "acme");

    public static async Task WhatOneHearsOfTheOthersMessagesTheOtherLearnsAsync(IGuardWire here, IGuardWire there, TimeProvider time)
    {
        using var stop = new CancellationTokenSource();
        var (sender, hearer) = (new Node(here, time, stop.Token), new Node(there, time, stop.Token));
        var converted = sender.Sent();
        await HeardAsync(hearer, learning => learning.Converted(converted, time.GetUtcNow()), () => Counted(sender) == (1, 0));

        var asked = sender.Sent();
        await HeardAsync(hearer, learning => learning.Sent(asked, Acme, Channel.Sms, "", "", isFirst: false, time.GetUtcNow()), () => Counted(sender) == (1, 1));

        var undelivered = sender.Sent();
        var before = Estimate(sender);
        await HeardAsync(hearer, learning => learning.Received(undelivered, delivered: false, time.GetUtcNow()), () => Estimate(sender) < before);
        var failed = Estimate(sender);
        await HeardAsync(hearer, learning => learning.Dropped(undelivered), () => Estimate(sender) > failed);
        Assert.Equal((1, 1), Counted(sender));

        await stop.CancelAsync();
        foreach (var task in (Task[])[sender.Listening, hearer.Listening])
        {
            await Assert.ThrowsAnyAsync<OperationCanceledException>(() => task);
        }

        double Estimate(Node node) => node.Learning.Scores(Given.Account, time.GetUtcNow())[0].Estimate;
        (double, double) Counted(Node node) => node.Learning.Snapshot().Cells.Where(cell => !cell.OfResends).Select(cell => (cell.Converted, cell.NotConverted)).FirstOrDefault();
    }

    /// <summary>Listening begins in its own time, and what was told before is not heard.</summary>
    static Task HeardAsync(Node hearer, Action<RouteLearning> happens, Func<bool> isHeard) => SharedCountsOverStores.UntilAsync(async () =>
    {
        happens(hearer.Learning);
        await hearer.Counts.SendAsync(CancellationToken.None);
        return isHeard();
    });

    sealed class Node
    {
        readonly TimeProvider _time;

        public Node(IGuardWire wire, TimeProvider time, CancellationToken stop)
        {
            var news = new GuardNews(wire, time);
            _time = time;
            Learning = new RouteLearning(new CarrierHealth(), news: news);
            Counts = new SharedCounts(new SlidingWindows(64), new KnownPlaces(), wire, RandomSource.System, time, news, [Learning]);
            Listening = Counts.ListenAsync(stop);
        }

        public RouteLearning Learning { get; }

        public SharedCounts Counts { get; }

        public Task Listening { get; }

        public Sid Sent()
        {
            var verification = Sid.NewOrdered("VE", _time.GetUtcNow(), RandomSource.System);
            Learning.Sent(verification, Acme, Channel.Sms, "", "", isFirst: true, _time.GetUtcNow());
            return verification;
        }
    }
}
