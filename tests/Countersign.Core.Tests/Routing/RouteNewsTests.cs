using Countersign.Core.Channels;
using Countersign.Core.Guard.Limits;
using Countersign.Core.Guard.Sharing;
using Countersign.Core.Guard.Windows;
using Countersign.Core.Routing;
using Countersign.Core.Tests.Guard.Sharing;
using Microsoft.Extensions.Time.Testing;

namespace Countersign.Core.Tests.Routing;

/// <summary>Nodes between which a load balancer shares the requests: what becomes of a message comes to any of them, and the one that sent it learns.</summary>
public sealed class RouteNewsTests
{
    readonly FakeTimeProvider _clock = new(Desk.Start);
    readonly LocalWire _wire = new();
    readonly Node _one, _two, _three;

    /// <summary>One that everything comes to.</summary>
    readonly Desk _alone;

    public RouteNewsTests()
    {
        _alone = new Desk(clock: _clock);
        (_one, _two, _three) = (new Node(_wire, _clock, 11), new Node(_wire, _clock, 12), new Node(_wire, _clock, 13));
    }

    [Fact]
    public void Codes_that_are_typed_back_at_either_node_count_as_at_one_and_no_carrier_is_held_for_dark()
    {
        var waiting = new Queue<(DateTimeOffset At, Sid Verification, int Number)>();
        for (var i = 0; i < 300; i++)
        {
            var verification = _one.Desk.Send("north");
            _alone.Learning.Sent(verification, Desk.Key("north"), Channel.Sms, "SE", "46701740605", isFirst: true, _clock.GetUtcNow());
            if (i % 10 < 9)
            {
                waiting.Enqueue((_clock.GetUtcNow().AddSeconds(15), verification, i));
            }

            _clock.Advance(TimeSpan.FromSeconds(5));
            while (waiting.TryPeek(out var next) && next.At <= _clock.GetUtcNow())
            {
                waiting.Dequeue();
                _alone.Learning.Converted(next.Verification, next.At);
                var node = next.Number % 2 == 0 ? _one : _two;
                node.Desk.Learning.Converted(next.Verification, next.At);
                node.Tell();
            }

            Assert.False(_one.Desk.IsDark("north") || _one.Desk.IsDark("north", "SE"));
        }

        Assert.Equal(_alone.Rate("north"), _one.Desk.Rate("north"), 6);
        Assert.InRange(_one.Desk.Rate("north"), 0.85, 0.95);
    }

    [Fact]
    public void A_cancellation_at_another_node_says_nothing()
    {
        _one.Desk.Live("north", 50);
        _one.Desk.Wait(TimeSpan.FromMinutes(15));
        var before = _one.Desk.Rate("north");
        var verification = _one.Desk.Send("north");
        _one.Desk.Wait(TimeSpan.FromMinutes(1));
        Assert.NotEqual(before, _one.Desk.Rate("north"), 3);

        _two.Desk.Learning.Dropped(verification);
        _two.Tell();

        Assert.Equal(before, _one.Desk.Rate("north"), 3);
        Assert.All(_one.Desk.Learning.Scores(Desk.Account, _clock.GetUtcNow()), score => Assert.Equal(0, score.Waiting));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void A_receipt_at_another_node_is_believed_as_at_the_one_that_sent(bool delivered)
    {
        var verification = _one.Desk.Send("north");
        _alone.Learning.Sent(verification, Desk.Key("north"), Channel.Sms, "SE", "46701740605", isFirst: true, _clock.GetUtcNow());
        _clock.Advance(TimeSpan.FromSeconds(2));

        _alone.Learning.Received(verification, delivered, _clock.GetUtcNow());
        _two.Desk.Learning.Received(verification, delivered, _clock.GetUtcNow());
        _two.Tell();

        Assert.Equal(_alone.Rate("north"), _one.Desk.Rate("north"), 9);
        Assert.Equal(Cells(_alone, ofResends: false), Cells(_one.Desk, ofResends: false));
        Assert.NotEmpty(Cells(_one.Desk, ofResends: false));
    }

    [Theory]
    [InlineData("north", 1)]
    [InlineData("north", 2)]
    [InlineData("north", 3)]
    [InlineData("south", 1)]
    [InlineData("south", 2)]
    [InlineData("south", 3)]
    public void What_is_asked_for_again_at_another_node_has_not_arrived_wherever_the_code_is_typed_back(string second, int typedAt)
    {
        var verification = _one.Desk.Send("north");
        Sent(_alone, verification, "north", isFirst: true);
        _clock.Advance(TimeSpan.FromSeconds(30));
        Sent(_two.Desk, verification, second, isFirst: false);
        Sent(_alone, verification, second, isFirst: false);
        _two.Tell();
        Assert.Equal(_alone.Rate("north"), _one.Desk.Rate("north"), 9);

        _clock.Advance(TimeSpan.FromSeconds(15));
        Node[] nodes = [_one, _two, _three];
        nodes[typedAt - 1].Desk.Learning.Converted(verification, _clock.GetUtcNow());
        nodes[typedAt - 1].Tell();
        _alone.Learning.Converted(verification, _clock.GetUtcNow());

        Assert.Equal(Cells(_alone, ofResends: false), Cells(_one.Desk, ofResends: false));
        Assert.Equal(Cells(_alone, ofResends: true), Cells(_two.Desk, ofResends: true));
        Assert.NotEmpty(Cells(_two.Desk, ofResends: true));
        Assert.Empty(_three.Desk.Learning.Snapshot().Cells);
    }

    [Fact]
    public void Of_messages_that_were_asked_for_again_twice_the_newest_alone_waits()
    {
        var verification = _one.Desk.Send("north");
        foreach (var node in (Node[])[_two, _three])
        {
            Sent(node.Desk, verification, "south", isFirst: false);
            node.Tell();
        }

        _one.Desk.Learning.Converted(verification, _clock.GetUtcNow());
        _one.Tell();

        Assert.All(Cells(_two.Desk, ofResends: true), static cell => Assert.Equal((0.0, 1.0), (cell.Converted, cell.NotConverted)));
        Assert.All(Cells(_three.Desk, ofResends: true), static cell => Assert.Equal((1.0, 0.0), (cell.Converted, cell.NotConverted)));
        Assert.NotEmpty(Cells(_two.Desk, ofResends: true));
        Assert.NotEmpty(Cells(_three.Desk, ofResends: true));
    }

    [Fact]
    public void What_a_node_sent_itself_and_what_happens_to_a_node_alone_is_told_to_nobody()
    {
        var alone = new GuardNews(NoWire.Instance);
        var single = new Desk(news: alone);
        foreach (var desk in (Desk[])[_one.Desk, single])
        {
            var (converted, dropped) = (desk.Send("north"), desk.Send("north"));
            desk.Learning.Received(converted, delivered: true, desk.Now);
            Sent(desk, converted, "south", isFirst: false);
            desk.Learning.Converted(converted, desk.Now);
            desk.Learning.Dropped(dropped);
            var quick = desk.NewVerification();
            using (desk.Learning.HandOver(quick, isFirst: true))
            {
                desk.Learning.Converted(quick, desk.Now);
                Sent(desk, quick, "north", isFirst: true);
            }
        }

        single.Learning.Converted(single.NewVerification(), single.Now);
        single.Learning.Dropped(single.NewVerification());
        single.Learning.Received(single.NewVerification(), delivered: true, single.Now);
        Sent(single, single.NewVerification(), "south", isFirst: false);

        Assert.Equal((0, 0), (_one.News.Waiting.Take(new byte[1000]), alone.Waiting.Take(new byte[1000])));
    }

    [Fact]
    public void Code_cancellation_receipt_and_resend_are_so_many_bytes()
    {
        int[] sizes = [.. new Action<RouteLearning, Sid>[]
        {
            (learning, verification) => learning.Converted(verification, _clock.GetUtcNow()),
            (learning, verification) => learning.Dropped(verification),
            (learning, verification) => learning.Received(verification, delivered: true, _clock.GetUtcNow()),
            (learning, verification) => learning.Sent(verification, Desk.Key("north"), Channel.Sms, "SE", "46701740605", isFirst: false, _clock.GetUtcNow()),
        }.Select(happens =>
        {
            happens(_two.Desk.Learning, _one.Desk.NewVerification());
            return _two.News.Waiting.Take(new byte[1000]);
        })];

        // docs/scaling.md says so.
        Assert.Equal([18, 18, 19, 26], sizes);
    }

    [Fact]
    public void A_node_that_does_not_know_of_these_news_counts_what_comes_with_them()
    {
        var (windows, rule) = (new SlidingWindows(64), new WindowRule((UInt128)7 << 64, 1, TimeSpan.FromMinutes(5)));
        var older = new SharedCounts(windows, new KnownPlaces(), _wire, RandomSource.System, _clock);
        _ = older.ListenAsync(CancellationToken.None);

        _two.Desk.Learning.Converted(_one.Desk.NewVerification(), _clock.GetUtcNow());
        _two.Desk.Learning.Received(_one.Desk.NewVerification(), delivered: true, _clock.GetUtcNow());
        Sent(_two.Desk, _one.Desk.NewVerification(), "north", isFirst: false);
        _two.Counts.Counted([rule], _clock.GetUtcNow());
        _two.Tell();

        Assert.True(windows.Wait([rule], _clock.GetUtcNow()) > TimeSpan.Zero);
    }

    [Theory]
    [InlineData(NewsWriter.RouteConverted, 15)]
    [InlineData(NewsWriter.RouteDropped, 0)]
    [InlineData(NewsWriter.RouteReceived, 16)]
    [InlineData(NewsWriter.RouteAskedAgain, 23)]
    [InlineData(NewsWriter.FraudApproved, 86)]
    [InlineData((byte)99, 16)]
    public void News_of_another_shape_change_nothing(byte kind, int length)
    {
        var verification = _one.Desk.Send("north");
        var news = new byte[Math.Max(length, 16)];
        verification.WriteTo(news);
        var before = _one.Desk.Rate("north");

        ((IGuardHearer)_one.Desk.Learning).Hear(kind, news.AsSpan(0, length), _clock.GetUtcNow());

        Assert.Equal(before, _one.Desk.Rate("north"));
        Assert.Empty(Cells(_one.Desk, ofResends: false));
    }

    [Theory]
    [InlineData(NewsWriter.RouteConverted, 1, 0)]
    [InlineData(NewsWriter.RouteAskedAgain, 0, 1)]
    public void What_newer_nodes_say_besides_is_passed_over(byte kind, double converted, double notConverted)
    {
        var verification = _one.Desk.Send("north");
        var news = new byte[40];
        verification.WriteTo(news);

        ((IGuardHearer)_one.Desk.Learning).Hear(kind, news, _clock.GetUtcNow());

        Assert.All(Cells(_one.Desk, ofResends: false), cell => Assert.Equal((converted, notConverted), (cell.Converted, cell.NotConverted)));
        Assert.NotEmpty(Cells(_one.Desk, ofResends: false));
    }

    [Fact]
    public void They_make_room_for_what_limits_are_laxer_without()
    {
        var news = new NewsWriter(100);
        news.Add(NewsWriter.Learned, new byte[48]);

        news.AddIfHalfFree(NewsWriter.RouteConverted, new byte[16]);
        news.Add(NewsWriter.Learned, new byte[16]);

        Assert.Equal((68, 0L), (news.Take(new byte[100]), news.Dropped));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void A_code_that_is_typed_back_before_the_carrier_answers_is_its_merit(bool elsewhere)
    {
        var verification = _one.Desk.NewVerification();
        using (_one.Desk.Learning.HandOver(verification, isFirst: true))
        {
            var typedAt = elsewhere ? _two : _one;
            typedAt.Desk.Learning.Converted(verification, _clock.GetUtcNow());
            typedAt.Tell();
            _clock.Advance(TimeSpan.FromSeconds(2));
            Sent(_one.Desk, verification, "north", isFirst: true);
        }

        Assert.All(Cells(_one.Desk, ofResends: false), static cell => Assert.Equal((1.0, 0.0), (cell.Converted, cell.NotConverted)));
        Assert.NotEmpty(Cells(_one.Desk, ofResends: false));
        Assert.All(_one.Desk.Learning.Scores(Desk.Account, _clock.GetUtcNow()), static score => Assert.Equal(0, score.Waiting));
        Assert.Equal(0, _one.Desk.Learning.HandOverCount);
    }

    [Fact]
    public void A_verification_that_is_cancelled_before_the_carrier_answers_says_nothing()
    {
        var verification = _one.Desk.NewVerification();
        using (_one.Desk.Learning.HandOver(verification, isFirst: true))
        {
            _one.Desk.Learning.Dropped(verification);
            Sent(_one.Desk, verification, "north", isFirst: true);
        }

        _one.Desk.Wait(TimeSpan.FromMinutes(15));
        Assert.Empty(Cells(_one.Desk, ofResends: false));
    }

    [Fact]
    public void A_code_that_comes_while_it_is_asked_for_again_is_the_first_messages()
    {
        var verification = _one.Desk.Send("north");
        _clock.Advance(TimeSpan.FromSeconds(30));
        using (_one.Desk.Learning.HandOver(verification, isFirst: false))
        {
            _one.Desk.Learning.Converted(verification, _clock.GetUtcNow());
            Sent(_one.Desk, verification, "south", isFirst: false);
        }

        _one.Desk.Wait(TimeSpan.FromMinutes(15));
        Assert.All(Cells(_one.Desk, ofResends: false), static cell => Assert.Equal((1.0, 0.0), (cell.Converted, cell.NotConverted)));
        Assert.NotEmpty(Cells(_one.Desk, ofResends: false));
        Assert.Empty(Cells(_one.Desk, ofResends: true));
    }

    [Fact]
    public void What_no_carrier_took_is_not_remembered()
    {
        for (var i = 0; i < 1_000; i++)
        {
            var verification = _one.Desk.NewVerification();
            using (_one.Desk.Learning.HandOver(verification, isFirst: true))
            {
                _one.Desk.Learning.Converted(verification, _clock.GetUtcNow());
            }
        }

        Assert.Equal((0, (0, 0)), (_one.Desk.Learning.HandOverCount, _one.Desk.Learning.Size));
    }

    void Sent(Desk desk, Sid verification, string carrier, bool isFirst) =>
        desk.Learning.Sent(verification, Desk.Key(carrier), Channel.Sms, "SE", "46701740605", isFirst, _clock.GetUtcNow());

    static (string Carrier, string Country, string Prefix, double Converted, double NotConverted, double Signs)[] Cells(Desk desk, bool ofResends) =>
        [.. desk.Learning.Snapshot().Cells.Where(cell => cell.OfResends == ofResends)
            .Select(static cell => (cell.Carrier, cell.Country, cell.Prefix, cell.Converted, cell.NotConverted, cell.Signs)).Order()];

    sealed class Node
    {
        public Node(LocalWire wire, FakeTimeProvider clock, int sids)
        {
            News = new GuardNews(wire, clock);
            Desk = new Desk(news: News, clock: clock, sids: sids);
            Counts = new SharedCounts(new SlidingWindows(64), new KnownPlaces(), wire, RandomSource.System, clock, News, [Desk.Learning]);
            _ = Counts.ListenAsync(CancellationToken.None);
        }

        public Desk Desk { get; }

        public GuardNews News { get; }

        public SharedCounts Counts { get; }

        public void Tell() => Assert.True(Counts.SendAsync(CancellationToken.None).IsCompletedSuccessfully);
    }
}
