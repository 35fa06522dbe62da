using Countersign.Core.Guard.Refusals;

namespace Countersign.Server.Workers;

/// <summary>Keeps refused starts, twice a second and at the stop. By the machine's clock: it waits for a disk.</summary>
sealed partial class RefusalWorker(RefusalJournal journal, ILogger<RefusalWorker> logger) : BackgroundService
{
    static readonly TimeSpan Period = TimeSpan.FromMilliseconds(500);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(Period, TimeProvider.System);
        try
        {
            while (await timer.WaitForNextTickAsync(stoppingToken))
            {
                await KeepAsync();
            }
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            await KeepAsync();
        }
    }

    async Task KeepAsync()
    {
        try
        {
            await journal.RunOnceAsync(CancellationToken.None);
        }
        catch (Exception problem)
        {
            LogFailed(problem.GetType().Name, problem.StackTrace);
        }
    }

    [LoggerMessage(9122, LogLevel.Error, "Keeping refused starts failed: {Problem}\n{Stack}")]
    partial void LogFailed(string problem, string? stack);
}
