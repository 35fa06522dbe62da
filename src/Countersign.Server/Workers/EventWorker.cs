using Countersign.Core.Delivery;
using Countersign.Core.Events;
using Countersign.Core.Verifications;

namespace Countersign.Server.Workers;

/// <summary>Delivers events as they come, and looks every second for those that are due again and for verifications that have expired. Has next to nothing to do while nobody is subscribed.</summary>
sealed partial class EventWorker(
    DeliverEvents deliver, WatchExpiries expiries, TidyEvents tidy, Subscriptions subscriptions, IHostApplicationLifetime lifetime, TimeProvider time,
    ILogger<EventWorker> logger) : BackgroundService
{
    static readonly TimeSpan Period = TimeSpan.FromSeconds(1), TidyEvery = TimeSpan.FromSeconds(10);

    /// <summary>How often what is watched is let go while nobody is subscribed.</summary>
    static readonly TimeSpan WatchUnheardEvery = TimeSpan.FromMinutes(1);

    readonly Rarely _saying = new(time), _watchingUnheard = new(time, WatchUnheardEvery);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        // A start that fails, for a port that is taken, leaves no worker behind that complains of a closed store.
        var started = new TaskCompletionSource();
        using var registration = lifetime.ApplicationStarted.Register(started.SetResult);
        await started.Task.WaitAsync(stoppingToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);

        await Task.WhenAll(
            LoopAsync(DeliverAsync, stoppingToken),
            LoopAsync(WatchAsync, stoppingToken),
            LoopAsync(TidyAsync, stoppingToken));
        await deliver.SettledAsync();
    }

    async Task DeliverAsync(CancellationToken ct)
    {
        while (await deliver.RunOnceAsync(ct))
        {
        }

        await deliver.WaitAsync(Period, ct);
    }

    async Task WatchAsync(CancellationToken ct)
    {
        if (subscriptions.Told.Count > 0 || _watchingUnheard.May())
        {
            while (await expiries.RunOnceAsync(ct))
            {
            }
        }

        await Task.Delay(Period, time, ct);
    }

    async Task TidyAsync(CancellationToken ct)
    {
        await tidy.RunOnceAsync(ct);
        await Task.Delay(TidyEvery, time, ct);
    }

    async Task LoopAsync(Func<CancellationToken, Task> once, CancellationToken stoppingToken)
    {
        while (!stoppingToken.IsCancellationRequested)
        {
            try
            {
                await once(stoppingToken);
                continue;
            }
            catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
            {
                return;
            }
            catch (Exception problem) when (problem is StoreUnavailableException or StoreOverloadedException)
            {
                // That the store is lost it says by itself, once.
                if (problem is not StoreUnavailableException { IsLost: true } && _saying.May())
                {
                    LogUnavailable(problem.Message);
                }
            }
            catch (Exception problem)
            {
                LogFailed(problem.GetType().Name, problem.StackTrace);
            }

            await Task.Delay(Period, time, stoppingToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    [LoggerMessage(9120, LogLevel.Warning, "Events cannot be delivered now; trying again in a second: {Problem}")]
    partial void LogUnavailable(string problem);

    [LoggerMessage(9121, LogLevel.Error, "Delivering events failed: {Problem}\n{Stack}")]
    partial void LogFailed(string problem, string? stack);
}
