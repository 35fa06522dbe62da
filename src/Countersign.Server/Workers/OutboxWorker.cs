using Countersign.Core.Delivery;
using Countersign.Core.Privacy;
using Countersign.Core.Verifications;

namespace Countersign.Server.Workers;

/// <summary>Sends what is in the outbox, as long as the server runs.</summary>
sealed partial class OutboxWorker(DispatchMessages dispatch, IOutbox outbox, Hurry hurry, TimeProvider time, ILogger<OutboxWorker> logger) : BackgroundService
{
    static readonly TimeSpan Pause = TimeSpan.FromSeconds(1);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var watched = DeliveryMetrics.Watch(outbox);
        while (!stoppingToken.IsCancellationRequested)
        {
            try
            {
                await dispatch.RunOnceAsync(stoppingToken);
            }
            catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
            {
                return;
            }
            catch (StoreUnavailableException problem)
            {
                if (!problem.IsLost)
                {
                    // The store says that once by itself.
                    LogUnavailable(problem.Message);
                }

                await Task.Delay(Pause, time, stoppingToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
            catch (UnknownKeyException problem)
            {
                // Other servers have the key, and this one once it is given it: what it claimed stays.
                LogUnavailable(problem.Message);
                await Task.Delay(Pause, time, stoppingToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
            catch (Exception problem)
            {
                LogFailed(problem.GetType().Name, problem.StackTrace);
                await Task.Delay(Pause, time, stoppingToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
        }
    }

    /// <summary>Takes nothing out any more, and sees through what was.</summary>
    public override async Task StopAsync(CancellationToken cancellationToken)
    {
        await base.StopAsync(cancellationToken);
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, hurry.Token);
        await dispatch.EndAsync(limit.Token);
    }

    [LoggerMessage(9107, LogLevel.Warning, "Nothing can be sent now; trying again in a second: {Problem}")]
    partial void LogUnavailable(string problem);

    [LoggerMessage(9101, LogLevel.Error, "Sending from the outbox failed: {Problem}\n{Stack}")]
    partial void LogFailed(string problem, string? stack);
}
