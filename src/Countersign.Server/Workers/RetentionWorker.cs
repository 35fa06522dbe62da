using Countersign.Core.Insight;

namespace Countersign.Server.Workers;

/// <summary>Removes what was kept long enough, slice after slice.</summary>
sealed partial class RetentionWorker(RemoveOld remove, IHostApplicationLifetime lifetime, TimeProvider time, ILogger<RetentionWorker> logger) : BackgroundService
{
    static readonly TimeSpan AfterFailure = TimeSpan.FromMinutes(1);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        // A start that fails, for a port that is taken, leaves no worker behind that complains of a closed store.
        var started = new TaskCompletionSource();
        using var registration = lifetime.ApplicationStarted.Register(started.SetResult);
        await started.Task.WaitAsync(stoppingToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);

        while (!stoppingToken.IsCancellationRequested)
        {
            TimeSpan pause;
            try
            {
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
