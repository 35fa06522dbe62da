using Countersign.Core.Guard;
using Countersign.Core.Guard.Fraud;
using Countersign.Core.Guard.Limits;
using Countersign.Core.Guard.Sharing;
using Countersign.Core.Guard.Windows;
using Countersign.Core.Numbers;
using Countersign.Core.Privacy;
using Countersign.Core.Tests.Guard.Fraud;
using Countersign.Core.Tests.Privacy;
using CsCheck;

namespace Countersign.Core.Tests.Guard.Sharing;

/// <summary>Fraud Guard on two nodes between which a load balancer shares the requests.</summary>
public sealed class FraudNewsTests
{
    static readonly KeyRing Ring = Rings.WithKeys(1);

    [Fact]
    public void Two_nodes_that_hear_of_each_other_judge_as_one_that_saw_everything()
    {
        Gen.Select(Gen.Bool, Gen.Select(Gen.Int[0, 1], Gen.Int[0, 3], Gen.Bool).Array[1, 200]).Sample((asks, history) =>
        {
            var wire = new LocalWire();
            Node[] nodes = [new(wire, asks), new(wire, asks)];
            var alone = new Pump(Options(), gate: asks ? Pump.NewGate() : null);
            foreach (var (node, block, types) in history)
            {
                var number = Pump.French((block * 100) + (int)(alone.Now.Ticks % 97));
                Assert.Equal(Do(alone, number, types), Do(nodes[node].Pump, number, types));
                nodes[node].Tell();
                nodes[1 - node].Pump.Now = nodes[node].Pump.Now;
                foreach (var asked in nodes)
                {
                    var (one, two) = (alone.Guard.Look(alone.Facts(number), alone.Now), asked.Pump.Guard.Look(asked.Pump.Facts(number), alone.Now));
                    Assert.Equal((one.Score, one.IsProven), (two.Score, two.IsProven));
                }
            }
        }, iter: 30);

        static GuardRefusalKind? Do(Pump pump, PhoneNumber number, bool types) => (types ? pump.Person(number, "203.0.113.7") : pump.Start(pump.Facts(number, "203.0.113.8")))?.Kind;
    }

    [Fact]
    public void An_attack_that_is_shared_between_nodes_is_stopped_as_soon_as_on_one()
    {
        var wire = new LocalWire();
        Node[] nodes = [new(wire), new(wire)];
        var passed = 0;
        for (; passed < 200; passed++)
        {
            var node = nodes[passed % 2];
            var refusal = node.Pump.Start(node.Pump.Facts(Pump.British(passed)));
            node.Tell();
            nodes[(passed + 1) % 2].Pump.Now = node.Pump.Now;
            if (refusal is not null)
            {
                break;
            }
        }

        Assert.Equal(new Pump(Options()).UntilRefused(Pump.British, 200, out _), passed);
    }

    [Theory]
    [InlineData(NewsWriter.FraudSent, 0)]
    [InlineData(NewsWriter.FraudSent, 117)]
    [InlineData(NewsWriter.FraudApproved, 119)]
    [InlineData(NewsWriter.RiskApproved, 118)]
    [InlineData(NewsWriter.RouteConverted, 118)]
    [InlineData((byte)99, 118)]
    public void News_of_another_shape_change_nothing(byte kind, int length)
    {
        var pump = new Pump(Options());
        pump.Person(Pump.British(1));
        var before = pump.Guard.Look(pump.Facts(Pump.British(2)), pump.Now);

        pump.Guard.Hear(kind, Enumerable.Repeat((byte)0xFF, length).ToArray(), pump.Now);

        Assert.Equal(before.Score, pump.Guard.Look(pump.Facts(Pump.British(2)), pump.Now).Score);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void What_nodes_of_other_versions_tell_counts_as_well(bool later)
    {
        var wire = new LocalWire();
        var ear = new Ear();
        _ = new SharedCounts(new SlidingWindows(64), new KnownPlaces(), wire, RandomSource.System, TimeProvider.System, hearers: [ear]).ListenAsync(CancellationToken.None);
        var teller = new Node(wire);
        for (var number = 0; number < 5; number++)
        {
            teller.Pump.Start(teller.Pump.Facts(Pump.British(number), "203.0.113.8"));
        }

        teller.Tell();
        var (same, other, stranger) = (new Pump(Options(), ring: Ring), new Pump(Options(), ring: Ring), new Pump(Options(), ring: Ring));
        same.Now = other.Now = stranger.Now = teller.Pump.Now;
        foreach (var (kind, news) in ear.Heard)
        {
            same.Guard.Hear(kind, news, same.Now);

            // One has something more at the end; builds that knew no devices lack the ninth key.
            other.Guard.Hear(kind, later ? [.. news, 1, 2, 3] : [.. news[..64], .. news[72..]], other.Now);
        }

        Assert.Equal(5, ear.Heard.Count);
        Assert.Equal(Score(same), Score(other));
        Assert.True(Score(other) > Score(stranger));

        static double Score(Pump pump) => pump.Guard.Look(pump.Facts(Pump.British(9), "203.0.113.8"), pump.Now).Score;
    }

    [Fact]
    public void A_number_that_is_no_number_is_not_counted()
    {
        var pump = new Pump(Options());
        var news = Enumerable.Repeat((byte)0xFF, 118).ToArray();

        pump.Guard.Hear(NewsWriter.FraudSent, news, pump.Now);
        pump.Guard.Hear(NewsWriter.FraudApproved, news, pump.Now);

        Assert.True(float.IsFinite(pump.Guard.Look(pump.Facts(Pump.British(2)), pump.Now).Score));
    }

    static FraudOptions Options() => new() { JudgesFictional = true, ProbeEvery = 0 };

    sealed class Node
    {
        readonly SharedCounts _counts;

        public Node(LocalWire wire, bool asks = false)
        {
            var news = new GuardNews(wire);
            Pump = new Pump(Options(), ring: Ring, news: news, gate: asks ? Fraud.Pump.NewGate() : null);
            _counts = new SharedCounts(new SlidingWindows(64), new KnownPlaces(), wire, RandomSource.System, new PumpClock(Pump), news, [Pump.Guard]);
            _ = _counts.ListenAsync(CancellationToken.None);
        }

        public Pump Pump { get; }

        public void Tell() => Assert.True(_counts.SendAsync(CancellationToken.None).IsCompletedSuccessfully);
    }

    sealed class Ear : IGuardHearer
    {
        public List<(byte Kind, byte[] News)> Heard { get; } = [];

        public void Hear(byte kind, ReadOnlySpan<byte> news, DateTimeOffset now) => Heard.Add((kind, news.ToArray()));
    }

    sealed class PumpClock(Pump pump) : TimeProvider
    {
        // What one node tells is heard by the other at once, whose clock the test sets only afterwards.
        public override DateTimeOffset GetUtcNow() => pump.Now.AddMinutes(5);
    }
}
