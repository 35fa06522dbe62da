using Countersign.Core.Delivery;
using Countersign.Core.Verifications;

namespace Countersign.Server.Workers;

/// <summary>Looks once a second for verifications whose fallback is due.</summary>
sealed partial class AlarmWorker(WatchAlarms watch, IHostApplicationLifetime lifetime, TimeProvider time, ILogger<AlarmWorker> logger) : BackgroundService
{
    static readonly TimeSpan Period = TimeSpan.FromSeconds(1);

    readonly Rarely _saying = new(time);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        // A start that fails, for a port that is taken, leaves no worker behind that complains of a closed store.
        var started = new TaskCompletionSource();
        using var registration = lifetime.ApplicationStarted.Register(started.SetResult);
        await started.Task.WaitAsync(stoppingToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);

        using var timer = new PeriodicTimer(Period, time);
        while (!stoppingToken.IsCancellationRequested)
        {
            try
            {
                while (await watch.RunOnceAsync(stoppingToken))
                {
                }

                await timer.WaitForNextTickAsync(stoppingToken);
            }
            catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
            {
                return;
            }
            catch (StoreUnavailableException problem)
            {
                // That the store is lost it says by itself, once.
                if (!problem.IsLost && _saying.May())
                {
                    LogUnavailable(problem.Message);
                }

                await Task.Delay(Period, time, stoppingToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
            catch (Exception problem)
            {
                LogFailed(problem.GetType().Name, problem.StackTrace);
                await Task.Delay(Period, time, stoppingToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
        }
    }

    [LoggerMessage(9106, LogLevel.Warning, "Verifications cannot be moved on now; trying again in a second: {Problem}")]
    partial void LogUnavailable(string problem);

    [LoggerMessage(9102, LogLevel.Error, "Looking for verifications to move on failed: {Problem}\n{Stack}")]
    partial void LogFailed(string problem, string? stack);
}
