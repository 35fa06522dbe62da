using Countersign.Core.Delivery;
using Countersign.Core.Privacy;
using Countersign.Core.Routing;
using Countersign.Core.Verifications;

namespace Countersign.Server.Workers;

/// <summary>Sends what is in the outbox, until the server is told to stop.</summary>
sealed partial class OutboxWorker(
    DispatchMessages dispatch, IOutbox outbox, CarrierDirectory carriers, CarrierHealth health, Hurry hurry, IHostApplicationLifetime lifetime, TimeProvider time,
    ILogger<OutboxWorker> logger) : BackgroundService
{
    static readonly TimeSpan Pause = TimeSpan.FromSeconds(1);

    /// <summary>How long what carriers have in their hands is waited for, from when the server is told to stop and nothing is taken out any more.</summary>
    static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    readonly Rarely _saying = new(time);

    // Note: the system's clock, as that of the host: it is real time that the process is given for its end.
    readonly CancellationTokenSource _patience = new();

    public override Task StartAsync(CancellationToken cancellationToken)
    {
        lifetime.ApplicationStopping.Register(() => _patience.CancelAfter(Patience));
        return base.StartAsync(cancellationToken);
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var watched = DeliveryMetrics.Watch(outbox, carriers, health);
        // Not only when it is this worker's turn: requests that run are waited for before that, and one that does not end would have messages go out for as long, of which none could be seen through.
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(stoppingToken, lifetime.ApplicationStopping);
        while (!stop.IsCancellationRequested)
        {
            try
            {
                await dispatch.RunOnceAsync(stop.Token);
            }
            catch (OperationCanceledException) when (stop.IsCancellationRequested)
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

                await Task.Delay(Pause, time, stop.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
            catch (UnknownKeyException problem)
            {
                // Other servers have the key, and this one once it is given it: what it claimed stays.
                if (_saying.May())
                {
                    LogUnavailable(problem.Message);
                }

                await Task.Delay(Pause, time, stop.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
            catch (Exception problem)
            {
                LogFailed(problem.GetType().Name, problem.StackTrace);
                await Task.Delay(Pause, time, stop.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
        }
    }

    /// <summary>
    /// Sees through what was taken out, for as long as this worker's own patience: the time that the host gives to all of them, which is <paramref name="cancellationToken"/>, may have been
    /// used up by a request that did not end.
    /// </summary>
    public override async Task StopAsync(CancellationToken cancellationToken)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(_patience.Token, hurry.Token);
        await base.StopAsync(limit.Token);
        await dispatch.EndAsync(limit.Token);
    }

    public override void Dispose()
    {
        _patience.Dispose();
        base.Dispose();
    }

    [LoggerMessage(9107, LogLevel.Warning, "Nothing can be sent now; trying again in a second: {Problem}")]
    partial void LogUnavailable(string problem);

    [LoggerMessage(9101, LogLevel.Error, "Sending from the outbox failed: {Problem}\n{Stack}")]
    partial void LogFailed(string problem, string? stack);
}
