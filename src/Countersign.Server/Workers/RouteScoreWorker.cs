using System.Text.Json;
using Countersign.Core.Routing;
using Countersign.Core.Verifications;

namespace Countersign.Server.Workers;

/// <summary>Brings back what routes had learned, and keeps it once a minute and at the stop.</summary>
sealed partial class RouteScoreWorker(RouteLearning learning, IRouteScoreStore store, TimeProvider time, ILogger<RouteScoreWorker> logger) : BackgroundService
{
    static readonly TimeSpan Period = TimeSpan.FromMinutes(1);

    public override async Task StartAsync(CancellationToken cancellationToken)
    {
        try
        {
            if (await store.LoadAsync(cancellationToken) is { } kept)
            {
                learning.Restore(kept, time.GetUtcNow());
            }
        }
        catch (Exception problem) when (problem is JsonException or ArgumentException or InvalidOperationException or FormatException or NotSupportedException)
        {
            // It is learned anew in hours, and is nothing to keep a server from starting.
            LogBeginsAnew(problem.GetType().Name);
        }

        await base.StartAsync(cancellationToken);
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(Period, time);
        try
        {
            while (await timer.WaitForNextTickAsync(stoppingToken))
            {
                await SaveAsync();
            }
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            await SaveAsync();
        }
    }

    async Task SaveAsync()
    {
        var snapshot = learning.Snapshot();
        if (snapshot.Cells.Count == 0)
        {
            return;
        }

        try
        {
            await store.SaveAsync(snapshot, CancellationToken.None);
        }
        catch (Exception problem) when (problem is StoreOverloadedException or StoreUnavailableException)
        {
            LogNotKept(problem.GetType().Name);
        }
    }

    [LoggerMessage(9109, LogLevel.Warning, "What routes had learned is damaged in the store, and is learned anew ({Problem})")]
    partial void LogBeginsAnew(string problem);

    [LoggerMessage(9104, LogLevel.Warning, "What routes have learned could not be kept; trying again in a minute ({Problem})")]
    partial void LogNotKept(string problem);
}
