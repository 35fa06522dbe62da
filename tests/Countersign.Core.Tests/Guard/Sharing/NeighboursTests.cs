using Countersign.Core.Guard.Limits;
using Countersign.Core.Guard.Sharing;
using Countersign.Core.Guard.Windows;
using Countersign.Core.Tests.Verifications;
using Microsoft.Extensions.Time.Testing;

namespace Countersign.Core.Tests.Guard.Sharing;

/// <summary>Who is told: a node that is alone tells nobody, and one that cannot know it tells everybody.</summary>
public sealed class NeighboursTests
{
    const int HelloBytes = 9;

    readonly FakeTimeProvider _clock = new(Desk.Opening);
    readonly Street _street = new();

    [Fact]
    public void A_node_that_hears_nobody_but_itself_stops_telling_and_says_only_that_it_is_there()
    {
        var node = Open();
        Count(node, seconds: 20);

        _street.Said = 0;
        Count(node, seconds: 60);

        Assert.InRange(_street.Said, 60 * HelloBytes, 61 * HelloBytes);
    }

    [Fact]
    public void One_that_comes_later_is_told_from_its_first_word_on()
    {
        var node = Open();
        Count(node, seconds: 60);

        var other = Open();
        other.SendAsync(CancellationToken.None);
        _street.Said = 0;
        Count(node, seconds: 1);

        Assert.True(_street.Said > 5 * 36);
    }

    [Fact]
    public void Nodes_that_have_nothing_to_tell_stay_known_to_each_other()
    {
        var (node, other) = (Open(), Open());
        for (var second = 0; second < 60; second++)
        {
            Count(node, seconds: 1);
            other.SendAsync(CancellationToken.None);
        }

        _street.Said = 0;
        Count(node, seconds: 1);
        Assert.True(_street.Said > 5 * 36);
    }

    [Fact]
    public void One_that_listens_and_says_nothing_as_older_builds_do_is_told_where_the_store_sees_it()
    {
        var node = Open();
        _street.SeesOthers = true;
        Count(node, seconds: 60);

        _street.Said = 0;
        Count(node, seconds: 1);
        Assert.True(_street.Said > 5 * 36);

        _street.SeesOthers = false;
        _street.Said = 0;
        Count(node, seconds: 10);
        Assert.InRange(_street.Said, 10 * HelloBytes, 11 * HelloBytes);
    }

    [Fact]
    public void The_last_one_that_is_left_is_alone_again()
    {
        var (node, other) = (Open(), Open());
        Count(node, seconds: 3);
        other.SendAsync(CancellationToken.None);
        Count(node, seconds: 20);

        _street.Said = 0;
        Count(node, seconds: 10);
        Assert.InRange(_street.Said, 10 * HelloBytes, 11 * HelloBytes);
    }

    [Fact]
    public void One_that_hears_nothing_not_even_itself_supposes_that_there_are_others()
    {
        _street.IsDeaf = true;
        var node = Open();
        Count(node, seconds: 60);

        _street.Said = 0;
        Count(node, seconds: 1);
        Assert.True(_street.Said > 5 * 36);
    }

    [Fact]
    public void One_that_was_deaf_for_a_while_listens_for_as_long_as_at_first()
    {
        var node = Open();
        Count(node, seconds: 60);
        _street.IsDeaf = true;
        Count(node, seconds: 5);
        _street.IsDeaf = false;

        _street.Said = 0;
        Count(node, seconds: 5);
        Assert.True(_street.Said > 5 * 5 * 36);

        Count(node, seconds: 15);
        _street.Said = 0;
        Count(node, seconds: 5);
        Assert.InRange(_street.Said, 5 * HelloBytes, 6 * HelloBytes);
    }

    SharedCounts Open()
    {
        var node = new SharedCounts(new SlidingWindows(64 * 16), new KnownPlaces(), _street, RandomSource.System, _clock);
        _ = node.ListenAsync(CancellationToken.None);
        return node;
    }

    /// <summary>Five times a second one event is counted, and what waits is told.</summary>
    void Count(SharedCounts node, int seconds)
    {
        for (var i = 0; i < seconds * 5; i++)
        {
            node.Counted([new WindowRule(1, 5, TimeSpan.FromMinutes(1))], _clock.GetUtcNow());
            Assert.True(node.SendAsync(CancellationToken.None).IsCompletedSuccessfully);
            _clock.Advance(TimeSpan.FromMilliseconds(200));
        }
    }

    sealed class Street : IGuardWire
    {
        readonly List<Action<ReadOnlyMemory<byte>>> _listeners = [];

        public bool HasOthers => true;

        public bool SeesOthers { get; set; }

        public int MaxBatchBytes => 400;

        public int Said { get; set; }

        public bool IsDeaf { get; set; }

        public Task SendAsync(ReadOnlyMemory<byte> batch, CancellationToken ct)
        {
            Said += batch.Length;
            if (!IsDeaf)
                _listeners.ForEach(listener => listener(batch));
            return Task.CompletedTask;
        }

        public Task ListenAsync(Action<ReadOnlyMemory<byte>> heard, CancellationToken ct)
        {
            _listeners.Add(heard);
            return Task.Delay(Timeout.InfiniteTimeSpan, ct);
        }
    }
}
