using Countersign.Core.Guard.Sharing;
using Countersign.Core.Verifications;

namespace Countersign.Server.Workers;

/// <summary>Tells the other nodes what Guard counted, five times a second, and listens to them. By the machine's clock: it waits for a network.</summary>
sealed partial class CountsWorker(SharedCounts counts, ILogger<CountsWorker> logger) : BackgroundService
{
    static readonly TimeSpan Period = TimeSpan.FromMilliseconds(200), Pause = TimeSpan.FromSeconds(1);

    protected override Task ExecuteAsync(CancellationToken stoppingToken) =>
        counts.HasOthers ? Task.WhenAll(TellAsync(stoppingToken), ListenAsync(stoppingToken)) : Task.CompletedTask;

    async Task TellAsync(CancellationToken ct)
    {
        using var timer = new PeriodicTimer(Period, TimeProvider.System);
        var dropped = 0L;
        while (await NextAsync(timer, ct))
        {
            await TriedAsync(counts.SendAsync, ct);
            if (counts.Dropped is var now && now > dropped)
            {
                LogDropped(now - dropped);
                dropped = now;
            }
        }
    }

    async Task ListenAsync(CancellationToken ct)
    {
        while (!ct.IsCancellationRequested)
        {
            await TriedAsync(counts.ListenAsync, ct);
        }
    }

    async Task TriedAsync(Func<CancellationToken, Task> work, CancellationToken ct)
    {
        try
        {
            await work(ct);
        }
        catch (OperationCanceledException) when (ct.IsCancellationRequested)
        {
            // The end.
        }
        catch (StoreUnavailableException problem)
        {
            LogAlone(problem.Message);
            await Task.Delay(Pause, TimeProvider.System, ct).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
        catch (Exception problem)
        {
            LogFailed(problem.GetType().Name, problem.StackTrace);
            await Task.Delay(Pause, TimeProvider.System, ct).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    static async Task<bool> NextAsync(PeriodicTimer timer, CancellationToken ct)
    {
        try
        {
            return await timer.WaitForNextTickAsync(ct);
        }
        catch (OperationCanceledException)
        {
            return false;
        }
    }

    [LoggerMessage(9111, LogLevel.Warning, "Limits and Guard count on this node alone for now, and are laxer by it: {Problem}")]
    partial void LogAlone(string problem);

    [LoggerMessage(9113, LogLevel.Warning, "More was counted than could be told to the other nodes: limits are laxer by {Count} counts")]
    partial void LogDropped(long count);

    [LoggerMessage(9112, LogLevel.Error, "Sharing what Guard counts failed: {Problem}\n{Stack}")]
    partial void LogFailed(string problem, string? stack);
}
