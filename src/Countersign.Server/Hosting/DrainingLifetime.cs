using System.Runtime.InteropServices;

namespace Countersign.Server.Hosting;

/// <summary>
/// What the process does when it is told to stop. At SIGTERM, which orchestrators send, it drains first: it is not ready any more, asks callers to connect elsewhere, and
/// serves whoever still comes, for long enough that a load balancer notices. At Ctrl+C, and at a second SIGTERM, it stops at once. Either way what was begun is answered, and what carriers have
/// in their hands is waited for, unless it is told once more.
/// </summary>
sealed partial class DrainingLifetime(
    CountersignOptions options, Api.Drain drain, Workers.Hurry hurry, IHostApplicationLifetime lifetime, TimeProvider time, ILogger<DrainingLifetime> logger) : IHostLifetime, IDisposable
{
    readonly List<PosixSignalRegistration> _signals = [];

    public Task WaitForStartAsync(CancellationToken cancellationToken)
    {
        _signals.Add(PosixSignalRegistration.Create(PosixSignal.SIGINT, Stop));
        _signals.Add(PosixSignalRegistration.Create(PosixSignal.SIGQUIT, Stop));
        _signals.Add(PosixSignalRegistration.Create(PosixSignal.SIGTERM, context =>
        {
            context.Cancel = true;
            _ = DrainAsync();
        }));
        return Task.CompletedTask;
    }

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public void Dispose() => _signals.ForEach(signal => signal.Dispose());

    void Stop(PosixSignalContext context)
    {
        context.Cancel = true;
        StopNow();
    }

    /// <summary>Told once more while it stops, it waits for nobody.</summary>
    void StopNow()
    {
        if (lifetime.ApplicationStopping.IsCancellationRequested)
        {
            hurry.Say();
        }

        lifetime.StopApplication();
    }

    async Task DrainAsync()
    {
        if (!drain.Begin() || options.Drain == TimeSpan.Zero)
        {
            StopNow();
            return;
        }

        LogDraining((int)options.Drain.TotalSeconds);
        await Task.Delay(options.Drain, time, lifetime.ApplicationStopping).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        lifetime.StopApplication();
    }

    [LoggerMessage(9202, LogLevel.Information, "Told to stop: not ready any more, and gone in {Seconds} s")]
    partial void LogDraining(int seconds);
}
