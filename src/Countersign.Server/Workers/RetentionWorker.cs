using Countersign.Core.Delivery;
using Countersign.Core.Insight;
using Countersign.Core.Services;

namespace Countersign.Server.Workers;

/// <summary>
/// Removes what was kept long enough, slice after slice, from an hour after the start: a machine that came up with a wrong clock has that long to be put right. And what closed accounts still
/// have, before each pass.
/// </summary>
sealed partial class RetentionWorker(RemoveOld remove, EmptyClosedAccounts empty, IHostApplicationLifetime lifetime, TimeProvider time, ILogger<RetentionWorker> logger) : BackgroundService
{
    static readonly TimeSpan AfterFailure = TimeSpan.FromMinutes(1);

    readonly Rarely _emptying = new(time, RemoveOld.Period);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        // A start that fails, for a port that is taken, leaves no worker behind that complains of a closed store.
        var started = new TaskCompletionSource();
        using var registration = lifetime.ApplicationStarted.Register(started.SetResult);
        await started.Task.WaitAsync(stoppingToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        await Task.Delay(RemoveOld.Period, time, stoppingToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);

        while (!stoppingToken.IsCancellationRequested)
        {
            TimeSpan pause;
            try
            {
                if (_emptying.May())
                {
                    await empty.RunOnceAsync(stoppingToken);
                }

                pause = await remove.RunOnceAsync(stoppingToken);
            }
            catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
            {
                return;
            }
            catch (Exception problem)
            {
                LogFailed(problem.GetType().Name, problem.StackTrace);
                pause = AfterFailure;
            }

            await Task.Delay(pause, time, stoppingToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    [LoggerMessage(9105, LogLevel.Error, "Removing old history failed; trying again in a minute: {Problem}\n{Stack}")]
    partial void LogFailed(string problem, string? stack);
}
