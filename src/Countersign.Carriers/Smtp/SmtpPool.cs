namespace Countersign.Carriers.Smtp;

/// <summary>
/// A bounded number of connections to one server. The one used last is used first, so that those beyond need fall idle; it is asked for life if it rested, and
/// closed when it rested for long or broke.
/// </summary>
sealed class SmtpPool : IAsyncDisposable
{
    static readonly TimeSpan AskAfter = TimeSpan.FromSeconds(2);

    // Below the five minutes that RFC 5321 section 4.5.3.2.7 has a server wait; many wait for one.
    static readonly TimeSpan CloseAfter = TimeSpan.FromSeconds(45);

    readonly SmtpOptions _options;
    readonly TimeProvider _time;
    readonly SemaphoreSlim _places;
    readonly List<SmtpConnection> _idle = [];
    readonly ITimer _sweeper;
    bool _isDisposed;

    public SmtpPool(SmtpOptions options, TimeProvider time)
    {
        _options = options;
        _time = time;
        _places = new SemaphoreSlim(options.Connections);
        _sweeper = time.CreateTimer(_ => _ = SweepAsync(CloseAfter), null, CloseAfter, CloseAfter / 3);
    }

    /// <summary>A connection for one mail, which has to be returned: a kept one that is alive, or a new one that is not open yet. Null where no place came free in time.</summary>
    /// <param name="fresh">A new one in any case.</param>
    /// <param name="patience">Ends the waiting for a place.</param>
    /// <param name="ct">Ends the question whether a kept one is alive.</param>
    public async ValueTask<SmtpConnection?> TakeAsync(bool fresh, CancellationToken patience, CancellationToken ct)
    {
        try
        {
            // One that is free now is taken, however long was waited before.
            if (!await _places.WaitAsync(TimeSpan.Zero, ct))
            {
                await _places.WaitAsync(patience);
            }
        }
        catch (OperationCanceledException)
        {
            return null;
        }

        try
        {
            ObjectDisposedException.ThrowIf(_isDisposed, this);
            while (!fresh && TakeIdle() is { } idle)
            {
                if (_time.GetElapsedTime(idle.IdleSince) < AskAfter)
                {
                    return idle;
                }

                var alive = false;
                try
                {
                    alive = await idle.IsAliveAsync(ct);
                }
                finally
                {
                    if (!alive)
                    {
                        idle.Dispose();
                    }
                }

                if (alive)
                {
                    return idle;
                }
            }

            return new SmtpConnection(_options, _time);
        }
        catch
        {
            _places.Release();
            throw;
        }
    }

    /// <summary>Gives a connection back, to be kept or closed.</summary>
    public void Return(SmtpConnection connection, bool keep)
    {
        lock (_idle)
        {
            keep &= !_isDisposed;
            if (keep)
            {
                connection.Rest();
                _idle.Add(connection);
            }
        }

        if (!keep)
        {
            connection.Dispose();
        }

        _places.Release();
    }

    /// <summary>Closes what is idle; a connection that is in use is closed when it is returned.</summary>
    public async ValueTask DisposeAsync()
    {
        lock (_idle)
        {
            _isDisposed = true;
        }

        await _sweeper.DisposeAsync();
        await SweepAsync(TimeSpan.Zero);
    }

    SmtpConnection? TakeIdle()
    {
        lock (_idle)
        {
            if (_idle.Count == 0)
            {
                return null;
            }

            var last = _idle[^1];
            _idle.RemoveAt(_idle.Count - 1);
            return last;
        }
    }

    async Task SweepAsync(TimeSpan age)
    {
        List<SmtpConnection> old;
        lock (_idle)
        {
            old = _idle.FindAll(connection => _time.GetElapsedTime(connection.IdleSince) >= age);
            _idle.RemoveAll(old.Contains);
        }

        await Task.WhenAll(old.Select(connection => connection.CloseAsync()));
    }
}
