using Countersign.Core.Insight;
using Countersign.Core.Tests.Verifications;
using Countersign.Core.Verifications;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;

namespace Countersign.Core.Tests.Insight;

public sealed class RemoveOldTests
{
    readonly FakeTimeProvider _time = new(Desk.Opening);
    readonly ScriptedRetention _retention = new();

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

    Task<TimeSpan> RunAsync(RetentionOptions options) =>
        new RemoveOld(_retention, options, _time, NullLogger<RemoveOld>.Instance).RunOnceAsync(TestContext.Current.CancellationToken);

    sealed class ScriptedRetention : IRetention
    {
        public RetentionCutoffs? Asked { get; private set; }

        public Func<RetentionSlice> Answer { get; set; } = () => default;

        public Task<RetentionSlice> RemoveAsync(RetentionCutoffs cutoffs, CancellationToken ct)
        {
            Asked = cutoffs;
            return Task.FromResult(Answer());
        }
    }
}
