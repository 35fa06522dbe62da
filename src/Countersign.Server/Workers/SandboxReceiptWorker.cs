using Countersign.Core.Delivery.Receipts;
using Countersign.Core.Delivery.Simulation;

namespace Countersign.Server.Workers;

/// <summary>Sends the receipts that the simulated network owes.</summary>
sealed partial class SandboxReceiptWorker(SimulatedReceipts receipts, ReceiveReceipts receive, TimeProvider time, ILogger<SandboxReceiptWorker> logger) : BackgroundService
{
    static readonly TimeSpan Pause = TimeSpan.FromSeconds(1);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        while (!stoppingToken.IsCancellationRequested)
        {
            try
            {
                await receipts.RunOnceAsync(receive, stoppingToken);
            }
            catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
            {
                return;
            }
            catch (Exception problem)
            {
                LogFailed(problem.GetType().Name, problem.StackTrace);
                await Task.Delay(Pause, time, stoppingToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
        }
    }

    [LoggerMessage(9103, LogLevel.Error, "Sending the sandbox's receipts failed: {Problem}\n{Stack}")]
    partial void LogFailed(string problem, string? stack);
}
