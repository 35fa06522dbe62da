using Countersign.Core.Delivery.Receipts;

namespace Countersign.Server.Workers;

/// <summary>Takes in, once a minute, receipts that a server which was stopped has left.</summary>
sealed partial class LeftReceiptsWorker(ReceiveReceipts receipts, TimeProvider time, ILogger<LeftReceiptsWorker> logger) : BackgroundService
{
    static readonly TimeSpan Period = TimeSpan.FromMinutes(1);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(Period, time);
        try
        {
            while (await timer.WaitForNextTickAsync(stoppingToken))
            {
                await TakeAsync(stoppingToken);
            }
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            // The next start goes on.
        }
    }

    async Task TakeAsync(CancellationToken ct)
    {
        try
        {
            await receipts.TakeLeftAsync(ct);
        }
        catch (Exception problem) when (problem is not OperationCanceledException)
        {
            LogNotTaken(problem.GetType().Name);
        }
    }

    [LoggerMessage(9108, LogLevel.Warning, "Receipts that a stopped server has left could not be taken in; trying again in a minute ({Problem})")]
    partial void LogNotTaken(string problem);
}
