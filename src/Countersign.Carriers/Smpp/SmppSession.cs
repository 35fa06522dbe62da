using Microsoft.Extensions.Logging;

namespace Countersign.Carriers.Smpp;

/// <summary>
/// One bound connection, safe to use from many threads. It ends when the peer ends it, breaks the protocol or falls silent, and is not made again:
/// <see cref="SmppPool"/> does that.
/// </summary>
public sealed partial class SmppSession : IAsyncDisposable
{
    static readonly TimeSpan FarewellLimit = TimeSpan.FromSeconds(3);

    readonly SmppEndpoint _endpoint;
    readonly TimeProvider _time;
    readonly ILogger _logger;
    readonly PduStream _stream;
    readonly SemaphoreSlim _window;
    readonly DeliverQueue _deliveries;
    readonly Exchanges _exchanges;
    readonly CancellationTokenSource _closing = new();
    readonly TaskCompletionSource _closed = new(TaskCreationOptions.RunContinuationsAsynchronously);
    Task _loops = Task.CompletedTask, _delivering = Task.CompletedTask;
    int _load, _enquiring, _isClosing;

    SmppSession(SmppEndpoint endpoint, Stream stream, Func<IReadOnlyList<DeliverSm>, Task> onDeliveries, TimeProvider time, ILogger logger)
    {
        _endpoint = endpoint;
        _time = time;
        _logger = logger;
        _stream = new PduStream(stream, endpoint.ResponseTimeout, time);
        _exchanges = new Exchanges(endpoint.ResponseTimeout, time);
        _window = new SemaphoreSlim(endpoint.Window);
        _deliveries = new DeliverQueue(onDeliveries, SendAsync, logger);
    }

    /// <summary>Completes when the connection has ended; never fails.</summary>
    public Task Closed => _closed.Task;

    /// <summary>
    /// Completes when the connection has ended and the handler has what it was given. The end of the session does not wait for it: the store may take long, and the connection is to be made again.
    /// </summary>
    internal Task Delivering => _delivering;

    public bool IsOpen => Volatile.Read(ref _isClosing) == 0;

    /// <summary>Submits that are unanswered or wait for room in the window.</summary>
    public int Load => Volatile.Read(ref _load);

    /// <summary>
    /// Connects and binds. What the centre delivers is handed over in batches, and acknowledged when the handler returns; when it throws, the centre is told to come
    /// again. Throws <see cref="SmppBindRefusedException"/>, or an exception of the network, of TLS, or of cancellation.
    /// </summary>
    public static async Task<SmppSession> ConnectAsync(
        SmppEndpoint endpoint, Func<IReadOnlyList<DeliverSm>, Task> onDeliveries, TimeProvider time, ILogger logger, CancellationToken ct)
    {
        using var limit = new CancellationTokenSource(endpoint.ResponseTimeout, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, ct);
        var session = new SmppSession(endpoint, await endpoint.OpenAsync(either.Token), onDeliveries, time, logger);
        try
        {
            session._loops = session.ReadAsync();
            session._delivering = session._deliveries.RunAsync(session._closing.Token);
            var answer = await session.ExchangeAsync(endpoint.Bind).WaitAsync(ct);
            if (answer is not { End: ExchangeEnd.Answered, Response: { } response })
            {
                throw new IOException("The message centre did not answer the bind.");
            }

            if (response.Status != CommandStatus.Ok || response is not BindResponse)
            {
                throw new SmppBindRefusedException(response.Status);
            }

            session._loops = Task.WhenAll(session._loops, session.KeepAliveAsync());
            return session;
        }
        catch
        {
            session.Close();
            await session._loops;
            throw;
        }
    }

    /// <summary>
    /// Sends when there is room in the window, and waits for the answer. When cancelled before there was room it ends as held back. When cancelled later, the message may have been sent; its place in
    /// the window stays taken until it is answered or times out.
    /// </summary>
    public Task<Exchange> SubmitAsync(SubmitSm submit, CancellationToken ct) => SubmitAsync(submit, ct, ct);

    /// <summary>The same, for who waits less long for room, until <paramref name="turn"/>.</summary>
    internal async Task<Exchange> SubmitAsync(SubmitSm submit, CancellationToken turn, CancellationToken ct)
    {
        Interlocked.Increment(ref _load);
        try
        {
            if (!_window.Wait(0, CancellationToken.None))
            {
                await _window.WaitAsync(turn);
            }
        }
        catch (OperationCanceledException)
        {
            Interlocked.Decrement(ref _load);
            return new Exchange(ExchangeEnd.HeldBack, HeldBy: Exchange.ByWindow);
        }

        return await SubmitInWindowAsync(submit).WaitAsync(ct);
    }

    /// <summary>Lets what is unanswered be answered for a moment, unbinds, and closes.</summary>
    public async ValueTask DisposeAsync()
    {
        if (IsOpen)
        {
            using var limit = new CancellationTokenSource(FarewellLimit, _time);
            using var either = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, _closing.Token);
            try
            {
                for (var i = 0; i < _endpoint.Window; i++)
                {
                    await _window.WaitAsync(either.Token);
                }

                await ExchangeAsync(new Unbind()).WaitAsync(either.Token);
            }
            catch (OperationCanceledException)
            {
                // The peer takes too long, or has gone.
            }

            Close();

            // Whoever still waits for room is let through, and sees that it is closed.
            _window.Release(_endpoint.Window);
        }

        await _loops;
    }

    async Task<Exchange> SubmitInWindowAsync(SubmitSm submit)
    {
        try
        {
            var exchange = await ExchangeAsync(submit);
            if (exchange.End == ExchangeEnd.TimedOut)
            {
                // Is anybody there? The next one need not wait for the answer.
                _ = EnquireAsync();
            }

            return exchange;
        }
        finally
        {
            _window.Release();
            Interlocked.Decrement(ref _load);
        }
    }

    Task<Exchange> ExchangeAsync(Pdu request) => _exchanges.RunAsync(request, SendAsync);

    async Task SendAsync(Pdu pdu)
    {
        if (!await _stream.TryWriteAsync(pdu, _closing.Token))
        {
            Close();
        }
    }

    async Task ReadAsync()
    {
        try
        {
            while (IsOpen)
            {
                try
                {
                    if (await _stream.ReadAsync(_closing.Token) is not { } pdu)
                    {
                        return;
                    }

                    await HandleAsync(pdu);
                }
                catch (SmppProtocolException wrong)
                {
                    await HandleAsync(wrong);
                }
            }
        }
        catch (Exception ended) when (ended is IOException or ObjectDisposedException or OperationCanceledException)
        {
            // The connection is gone, by whoever's will.
        }
        finally
        {
            Close();
        }
    }

    async Task HandleAsync(Pdu pdu)
    {
        switch (pdu)
        {
            case { IsResponse: true }:
                _exchanges.Answer(pdu.Sequence, pdu);
                break;
            case DeliverSm deliver:
                await _deliveries.AddAsync(deliver, _closing.Token);
                break;
            case EnquireLink:
                await SendAsync(new EnquireLinkResponse { Sequence = pdu.Sequence });
                break;
            case Unbind:
                await SendAsync(new UnbindResponse { Sequence = pdu.Sequence });
                Close();
                break;
            case { CommandId: CommandIds.AlertNotification }:
                // Wants no answer.
                break;
            default:
                await SendAsync(new GenericNack { Status = CommandStatus.InvalidCommandId, Sequence = pdu.Sequence });
                break;
        }
    }

    async Task HandleAsync(SmppProtocolException wrong)
    {
        LogWrong(_endpoint, wrong.Message);
        if ((wrong.CommandId & CommandIds.Response) == 0)
        {
            await SendAsync(new GenericNack { Status = wrong.Status, Sequence = wrong.Sequence });
        }
        else
        {
            _exchanges.Answer(wrong.Sequence, null);
        }

        if (wrong.IsFatal)
        {
            Close();
        }
    }

    async Task KeepAliveAsync()
    {
        using var timer = new PeriodicTimer(_endpoint.EnquireInterval, _time);
        try
        {
            while (await timer.WaitForNextTickAsync(_closing.Token))
            {
                await EnquireAsync();
            }
        }
        catch (OperationCanceledException)
        {
            // Closed.
        }
    }

    async Task EnquireAsync()
    {
        if (Interlocked.Exchange(ref _enquiring, 1) == 1)
        {
            return;
        }

        var exchange = await ExchangeAsync(new EnquireLink());
        Volatile.Write(ref _enquiring, 0);
        if (exchange.End == ExchangeEnd.TimedOut)
        {
            LogSilent(_endpoint);
            Close();
        }
    }

    void Close()
    {
        if (Interlocked.Exchange(ref _isClosing, 1) == 1)
        {
            return;
        }

        _closing.Cancel();
        _stream.Dispose();
        _exchanges.Close();
        _closed.TrySetResult();
    }

    [LoggerMessage(3222, LogLevel.Warning, "The message centre {Endpoint} sent what is no PDU: {What}")]
    partial void LogWrong(SmppEndpoint endpoint, string what);

    [LoggerMessage(3221, LogLevel.Warning, "The message centre {Endpoint} does not answer enquire_link: closing the connection")]
    partial void LogSilent(SmppEndpoint endpoint);
}
