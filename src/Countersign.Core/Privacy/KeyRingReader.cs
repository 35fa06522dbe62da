using Microsoft.Extensions.Logging;

namespace Countersign.Core.Privacy;

/// <summary>The ring's file, read again when a running server meets a key that it does not know, at most once a second whatever it is asked for. For one thread at a time.</summary>
public sealed partial class KeyRingReader(string path, TimeProvider time, ILogger<KeyRingReader> logger)
{
    static readonly TimeSpan GoodFor = TimeSpan.FromSeconds(1);

    long? _readAt;

    // What was said last: whoever waits for a key asks again and again.
    int _newest;
    string? _problem;

    /// <summary>The ring as it is now; null if it was read within the last second, or cannot be read.</summary>
    public KeyRing? ReadAgain()
    {
        if (_readAt is { } at && time.GetElapsedTime(at) < GoodFor)
        {
            return null;
        }

        _readAt = time.GetTimestamp();
        return Read();
    }

    KeyRing? Read()
    {
        try
        {
            var ring = KeyRingFile.Load(path);
            var newest = ring.Keys.Max(key => key.Id);
            if (newest != _newest || _problem is not null)
            {
                (_newest, _problem) = (newest, null);
                LogRead(path, newest);
            }

            return ring;
        }
        catch (Exception problem) when (problem is KeyRingException or IOException or UnauthorizedAccessException)
        {
            if (problem.Message != _problem)
            {
                _problem = problem.Message;
                LogNotRead(problem.Message);
            }

            return null;
        }
    }

    [LoggerMessage(3401, LogLevel.Information, "The key ring {Path} was read again, since another server uses a key that was not in it at the start; its newest is key {Newest}")]
    partial void LogRead(string path, int newest);

    [LoggerMessage(3402, LogLevel.Error, "Another server uses a key that this one's key ring lacks, and it cannot be read again: {Problem}")]
    partial void LogNotRead(string problem);
}
