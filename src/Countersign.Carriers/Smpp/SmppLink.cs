using Countersign.Core;
using Microsoft.Extensions.Logging;

namespace Countersign.Carriers.Smpp;

/// <summary>One of a pool's binds: makes the connection, and makes it again whenever it ends, with longer and longer pauses while that fails.</summary>
sealed partial class SmppLink(
    SmppEndpoint endpoint, Func<IReadOnlyList<DeliverSm>, Task> onDeliveries, Action changed, TimeProvider time, RandomSource random, ILogger logger)
{
    static readonly TimeSpan
        FirstPause = TimeSpan.FromMilliseconds(200),
        LongestPause = TimeSpan.FromSeconds(60),
        PauseAfterRefusal = TimeSpan.FromSeconds(5),
        LivesLong = TimeSpan.FromSeconds(1),
        FirstSlowdown = TimeSpan.FromMilliseconds(500),
        LongestSlowdown = TimeSpan.FromSeconds(8);

    readonly Lock _slowing = new();
    volatile SmppSession? _session;
    volatile SmppBindRefusedException? _refusal;
    volatile int _failures;
    int _pauses;
    TimeSpan _slowdown = FirstSlowdown;
    long _slowUntil;

    // What handlers of connections that have ended still have in their hands; only the loop sees it.
    Task _delivering = Task.CompletedTask;

    /// <summary>The bound connection; null while there is none.</summary>
    public SmppSession? Session => _session is { IsOpen: true } session ? session : null;

    /// <summary>How often in a row it could not be bound.</summary>
    public int Failures => _failures;

    /// <summary>The centre's answer to the last bind, where it was an error.</summary>
    public SmppBindRefusedException? Refusal => _refusal;

    /// <summary>How long nothing should be sent here, since the centre asked for less; zero or less for not at all.</summary>
    public TimeSpan SlowFor
    {
        get
        {
            lock (_slowing)
            {
                return TimeSpan.FromSeconds((double)(_slowUntil - time.GetTimestamp()) / time.TimestampFrequency);
            }
        }
    }

    /// <summary>Takes note of whether the centre took a message or asked for fewer: each further time that it does, the pause is twice as long.</summary>
    public void Learn(bool throttled)
    {
        lock (_slowing)
        {
            var now = time.GetTimestamp();
            if (!throttled)
            {
                // Answers to what was sent before the pause say nothing about it.
                _slowdown = _slowUntil < now ? FirstSlowdown : _slowdown;
            }
            else if (_slowUntil <= now)
            {
                _slowUntil = now + (long)(_slowdown.TotalSeconds * time.TimestampFrequency);
                _slowdown = Min(_slowdown * 2, LongestSlowdown);
            }
        }
    }

    /// <summary>Runs until stopped; unbinds then, and waits until what was delivered is kept.</summary>
    public async Task RunAsync(CancellationToken stop)
    {
        try
        {
            while (!stop.IsCancellationRequested)
            {
                await ConnectOnceAsync(stop);
                changed();
                await Task.Delay(Pause(), time, stop);
            }
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            // Stopped.
        }

        await _delivering.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }

    async Task ConnectOnceAsync(CancellationToken stop)
    {
        try
        {
            await using var session = await SmppSession.ConnectAsync(endpoint, onDeliveries, time, logger, stop);
            _delivering = _delivering.IsCompleted ? session.Delivering : Task.WhenAll(_delivering, session.Delivering);
            var bound = time.GetTimestamp();
            _refusal = null;
            _failures = 0;
            _session = session;
            LogBound(endpoint, endpoint.Bind.Type);
            changed();
            await session.Closed.WaitAsync(stop);
            _session = null;
            _pauses = time.GetElapsedTime(bound) < LivesLong ? _pauses + 1 : 0;
            LogLost(endpoint, endpoint.Bind.Type);
        }
        catch (SmppBindRefusedException refused)
        {
            _refusal = refused;
            _failures++;
            _pauses++;
            LogRefused(endpoint, refused.Status);
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            _session = null;
            throw;
        }
        catch (Exception failed)
        {
            // Whatever it was, the bind is made again: it carries the messages of the days to come.
            _session = null;
            _refusal = null;
            _failures++;
            _pauses++;
            LogFailed(failed, endpoint);
        }
    }

    /// <summary>Half of the time to all of it, so that the binds of many servers do not come at once.</summary>
    TimeSpan Pause()
    {
        var longest = Min(FirstPause * Math.Pow(2, Math.Min(_pauses, 20)), LongestPause);
        longest = _refusal is not null && longest < PauseAfterRefusal ? PauseAfterRefusal : longest;
        Span<byte> chance = stackalloc byte[1];
        random.Fill(chance);
        return longest * (0.5 + (chance[0] / 510.0));
    }

    static TimeSpan Min(TimeSpan left, TimeSpan right) => left < right ? left : right;

    [LoggerMessage(3204, LogLevel.Information, "Bound to the message centre {Endpoint} as {Type}")]
    partial void LogBound(SmppEndpoint endpoint, BindType type);

    [LoggerMessage(3205, LogLevel.Warning, "The connection to the message centre {Endpoint} as {Type} ended; connecting again")]
    partial void LogLost(SmppEndpoint endpoint, BindType type);

    [LoggerMessage(3206, LogLevel.Error, "The message centre {Endpoint} refused the bind with status 0x{Status:X}")]
    partial void LogRefused(SmppEndpoint endpoint, uint status);

    [LoggerMessage(3207, LogLevel.Warning, "The message centre {Endpoint} could not be connected to")]
    partial void LogFailed(Exception error, SmppEndpoint endpoint);
}
