using Countersign.Core.Insight;
using Countersign.Core.Tests.Verifications;
using Countersign.Core.Verifications;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Time.Testing;

namespace Countersign.Core.Tests.Insight;

public sealed class RemoveOldTests
{
    readonly FakeTimeProvider _time = new(Desk.Opening);
    readonly ScriptedRetention _retention = new();
    readonly SaidLines _log = new();

    [Fact]
    public async Task The_cutoffs_are_the_settings_days_ago()
    {
        await RunAsync(new RetentionOptions { HistoryDays = 90, RollupDays = 730 });

        Assert.Equal(new RetentionCutoffs(Desk.Opening.AddDays(-90), Desk.Opening.AddDays(-730), Desk.Opening.AddDays(-1)) { Refusals = Desk.Opening.AddDays(-7) }, _retention.Asked);
    }

    [Fact]
    public async Task Zero_days_keep_for_ever()
    {
        await RunAsync(new RetentionOptions { HistoryDays = 0, RollupDays = 0 });

        Assert.Equal(new RetentionCutoffs(null, null, Desk.Opening.AddDays(-1)) { Refusals = Desk.Opening.AddDays(-7) }, _retention.Asked);
    }

    [Fact]
    public async Task After_a_pass_it_rests_for_an_hour()
    {
        Assert.Equal(RemoveOld.Period, await RunAsync(new RetentionOptions()));
    }

    [Theory]
    [InlineData(0, 10)]
    [InlineData(10, 90)]
    [InlineData(10_000, 1_000)]
    public async Task Between_slices_it_rests_nine_times_as_long_as_one_took_within_bounds(int took, int pause)
    {
        _retention.Answer = () =>
        {
            _time.Advance(TimeSpan.FromMilliseconds(took));
            return new RetentionSlice(1, 1, 0, 0) { HasMore = true };
        };

        Assert.Equal(TimeSpan.FromMilliseconds(pause), await RunAsync(new RetentionOptions()));
    }

    [Fact]
    public async Task A_store_that_has_too_much_to_do_is_left_alone_for_a_while()
    {
        _retention.Answer = () => throw new StoreOverloadedException();

        Assert.Equal(RemoveOld.LongestPause, await RunAsync(new RetentionOptions()));
    }

    [Theory]
    [InlineData(100 * 24 * 60)]
    [InlineData(6)]
    [InlineData(-6)]
    public async Task A_clock_that_differs_from_the_stores_removes_nothing_and_says_by_how_much(int minutes)
    {
        var difference = TimeSpan.FromMinutes(minutes);
        _retention.Clock = () => _time.GetUtcNow() - difference;

        Assert.Equal(RemoveOld.Period, await RunAsync(new RetentionOptions()));

        Assert.Null(_retention.Asked);
        var (level, line) = Assert.Single(_log.Lines);
        Assert.Equal(LogLevel.Error, level);
        Assert.Contains($"by {difference}, ", line, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Clocks_that_differ_by_minutes_are_good_enough()
    {
        _retention.Clock = () => _time.GetUtcNow().AddMinutes(-4);

        await RunAsync(new RetentionOptions());

        Assert.NotNull(_retention.Asked);
    }

    [Theory]
    [InlineData(100 * 24 * 60)]
    [InlineData(-100 * 24 * 60)]
    [InlineData(11)]
    public async Task A_clock_that_was_set_since_the_start_postpones_one_pass(int minutes)
    {
        var time = new SettableTime(_time);
        var remove = Remove(time);
        time.Set += TimeSpan.FromMinutes(minutes);

        Assert.Equal(RemoveOld.Period, await RunAsync(remove));
        Assert.Null(_retention.Asked);
        Assert.Equal(LogLevel.Warning, Assert.Single(_log.Lines).Level);

        _time.Advance(RemoveOld.Period);
        await RunAsync(remove);
        Assert.NotNull(_retention.Asked);
    }

    [Fact]
    public async Task A_clock_that_was_set_since_the_last_pass_postpones_one_pass()
    {
        var time = new SettableTime(_time);
        var remove = Remove(time);
        _time.Advance(TimeSpan.FromDays(40));
        await RunAsync(remove);
        Assert.NotNull(_retention.Asked);
        _retention.Asked = null;
        time.Set += TimeSpan.FromDays(100);

        await RunAsync(remove);

        Assert.Null(_retention.Asked);
    }

    [Fact]
    public async Task A_clock_that_is_set_in_the_middle_of_a_pass_makes_nothing_older()
    {
        var time = new SettableTime(_time);
        var remove = Remove(time);
        _retention.Answer = () => new RetentionSlice(1, 1, 0, 0) { HasMore = true };
        await RunAsync(remove);
        var first = _retention.Asked;
        time.Set += TimeSpan.FromDays(100);

        await RunAsync(remove);

        Assert.Equal(first, _retention.Asked);
    }

    Task<TimeSpan> RunAsync(RetentionOptions options) => RunAsync(new RemoveOld(_retention, options, _time, _log));

    RemoveOld Remove(TimeProvider time) => new(_retention, new RetentionOptions(), time, _log);

    static Task<TimeSpan> RunAsync(RemoveOld remove) => remove.RunOnceAsync(TestContext.Current.CancellationToken);

    /// <summary>A machine whose clock somebody sets, while its own goes on as it did.</summary>
    sealed class SettableTime(FakeTimeProvider time) : TimeProvider
    {
        public TimeSpan Set { get; set; }

        public override long TimestampFrequency => time.TimestampFrequency;

        public override DateTimeOffset GetUtcNow() => time.GetUtcNow() + Set;

        public override long GetTimestamp() => time.GetTimestamp();
    }

    sealed class SaidLines : ILogger<RemoveOld>
    {
        public List<(LogLevel Level, string Text)> Lines { get; } = [];

        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
            Lines.Add((logLevel, formatter(state, exception)));
    }

    sealed class ScriptedRetention : IRetention
    {
        public RetentionCutoffs? Asked { get; set; }

        public Func<DateTimeOffset?> Clock { get; set; } = () => null;

        public Func<RetentionSlice> Answer { get; set; } = () => default;

        public Task<RetentionSlice> RemoveAsync(RetentionCutoffs cutoffs, CancellationToken ct)
        {
            Asked = cutoffs;
            return Task.FromResult(Answer());
        }

        public Task<DateTimeOffset?> ClockAsync(CancellationToken ct) => Task.FromResult(Clock());
    }
}
