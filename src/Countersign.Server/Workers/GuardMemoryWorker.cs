using System.Security.Cryptography;
using Countersign.Core.Guard.Remembering;

namespace Countersign.Server.Workers;

/// <summary>
/// Brings back what Guard had learned, and keeps it every five minutes and at the stop, in a file of this node's own. Without the file, or with one that cannot be read, Guard
/// begins anew; nothing else depends on it.
/// </summary>
sealed partial class GuardMemoryWorker(string path, GuardMemories memories, TimeProvider time, ILogger<GuardMemoryWorker> logger) : BackgroundService
{
    static readonly TimeSpan Period = TimeSpan.FromMinutes(5);

    public override async Task StartAsync(CancellationToken cancellationToken)
    {
        try
        {
            memories.Load(await File.ReadAllBytesAsync(path, cancellationToken));
        }
        catch (Exception problem) when (problem is FileNotFoundException or DirectoryNotFoundException)
        {
            // The first start.
        }
        catch (Exception problem) when (problem is IOException or UnauthorizedAccessException or CryptographicException or InvalidDataException)
        {
            LogNotRead(problem is CryptographicException ? "it was not written with this key ring, or was damaged" : problem.Message);
        }

        await base.StartAsync(cancellationToken);
    }

    public override async Task StopAsync(CancellationToken cancellationToken)
    {
        await base.StopAsync(cancellationToken);
        Save();
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(Period, time);
        try
        {
            while (await timer.WaitForNextTickAsync(stoppingToken))
            {
                Save();
            }
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            // The end.
        }
    }

    void Save()
    {
        var next = path + ".new";
        try
        {
            var options = new FileStreamOptions { Mode = FileMode.Create, Access = FileAccess.Write };
            if (!OperatingSystem.IsWindows())
            {
                options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
            }

            using (var file = new FileStream(next, options))
            {
                file.Write(memories.Save());
                file.Flush(flushToDisk: true);
            }

            File.Move(next, path, overwrite: true);
        }
        catch (Exception problem) when (problem is IOException or UnauthorizedAccessException or OutOfMemoryException)
        {
            LogNotKept(problem.Message);
        }
    }

    [LoggerMessage(9114, LogLevel.Warning, "What Guard had learned is not taken over from the last run, and is learned anew: {Problem}")]
    partial void LogNotRead(string problem);

    [LoggerMessage(9115, LogLevel.Warning, "What Guard has learned could not be kept for the next start; trying again in five minutes: {Problem}")]
    partial void LogNotKept(string problem);
}
