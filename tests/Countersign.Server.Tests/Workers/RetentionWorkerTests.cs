using Countersign.Core.Insight;
using Countersign.Core.Services;
using Countersign.Server.Tests.Running;
using Countersign.Server.Workers;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;

namespace Countersign.Server.Tests.Workers;

public sealed class RetentionWorkerTests(RunningServer server) : IClassFixture<RunningServer>
{
    [Fact]
    public async Task Nothing_is_removed_before_the_server_has_run_for_an_hour()
    {
        var time = new WatchedTime();
        var retention = new CountingRetention();
        using var worker = new RetentionWorker(
            new RemoveOld(retention, new RetentionOptions(), time, NullLogger<RemoveOld>.Instance), server.Services.GetRequiredService<EmptyClosedAccounts>(), new StartedHost(), time,
            NullLogger<RetentionWorker>.Instance);
        await worker.StartAsync(TestContext.Current.CancellationToken);

        Assert.Equal(TimeSpan.FromHours(1), await time.FirstWait);
        Assert.Equal(0, retention.Asked);

        time.Advance(TimeSpan.FromHours(1));
        await retention.First;
        await worker.StopAsync(TestContext.Current.CancellationToken);
    }

    sealed class WatchedTime : FakeTimeProvider
    {
        readonly TaskCompletionSource<TimeSpan> _first = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public Task<TimeSpan> FirstWait => _first.Task;

        public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
        {
            var timer = base.CreateTimer(callback, state, dueTime, period);
            _first.TrySetResult(dueTime);
            return timer;
        }
    }

    sealed class CountingRetention : IRetention
    {
        readonly TaskCompletionSource _first = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public int Asked { get; private set; }

        public Task First => _first.Task;

        public Task<RetentionSlice> RemoveAsync(RetentionCutoffs cutoffs, CancellationToken ct)
        {
            Asked++;
            _first.TrySetResult();
            return Task.FromResult(default(RetentionSlice));
        }

        public Task<DateTimeOffset?> ClockAsync(CancellationToken ct) => Task.FromResult<DateTimeOffset?>(null);
    }

    sealed class StartedHost : IHostApplicationLifetime
    {
        public CancellationToken ApplicationStarted { get; } = new(canceled: true);

        public CancellationToken ApplicationStopping => CancellationToken.None;

        public CancellationToken ApplicationStopped => CancellationToken.None;

        public void StopApplication()
        {
        }
    }
}
