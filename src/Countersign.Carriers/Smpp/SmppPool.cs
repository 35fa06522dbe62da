using Countersign.Core;
using Microsoft.Extensions.Logging;

namespace Countersign.Carriers.Smpp;

/// <summary>How a pool binds.</summary>
public sealed record SmppPoolOptions
{
    /// <summary>Where to, and as what.</summary>
    public required SmppEndpoint Endpoint { get; init; }

    /// <summary>Connections that send, 1 to 8. Default 1.</summary>
    public int Binds { get; init; } = 1;

    /// <summary>Whether each bind that sends has one beside it that receives.</summary>
    public bool WithReceivers { get; init; }

    /// <summary>Submits a second over all binds; 0 for no limit, the default.</summary>
    public int MessagesPerSecond { get; init; }

    /// <summary>How long a message waits for a bind where none is. Default 10 s.</summary>
    public TimeSpan BindWait { get; init; } = TimeSpan.FromSeconds(10);
}

/// <summary>
/// Several binds to one centre. A message goes to the one with the fewest unanswered; one whose connection ended before it was answered goes out once more, so that
/// it is sent at least once: the centre may have it twice.
/// </summary>
public sealed class SmppPool : IAsyncDisposable
{
    // So many failures in a row, and messages no longer wait for the bind to come back.
    const int Dark = 2;

    readonly SmppPoolOptions _options;
    readonly TimeProvider _time;
    readonly SmppPacer _pacer;
    readonly SmppLink[] _senders;
    readonly CancellationTokenSource _stop = new();
    readonly Task _running;
    TaskCompletionSource _change = NewChange();

    /// <summary>Begins to connect.</summary>
    public SmppPool(SmppPoolOptions options, Func<IReadOnlyList<DeliverSm>, Task> onDeliveries, TimeProvider time, RandomSource random, ILogger logger)
    {
        _options = options;
        _time = time;
        _pacer = new SmppPacer(options.MessagesPerSecond, time);
        SmppLink NewLink(SmppEndpoint endpoint) => new(endpoint, onDeliveries, OnChange, time, random, logger);
        var receiving = options.Endpoint with { Bind = options.Endpoint.Bind with { Type = BindType.Receiver } };
        _senders = [.. Enumerable.Range(0, options.Binds).Select(_ => NewLink(options.Endpoint))];
        SmppLink[] receivers = [.. Enumerable.Range(0, options.WithReceivers ? options.Binds : 0).Select(_ => NewLink(receiving))];
        _running = Task.WhenAll(_senders.Concat(receivers).Select(link => link.RunAsync(_stop.Token)));
    }

    /// <summary>How many binds can send now.</summary>
    public int BoundCount => Bound().Count;

    /// <summary>
    /// Sends by whichever bind is best, when the rate allows it. Cancelled before it was sent it ends as lost, held back or not sent, and cancelled later with an
    /// <see cref="OperationCanceledException"/>: then the message may have been sent.
    /// </summary>
    public Task<Exchange> SubmitAsync(SubmitSm submit, CancellationToken ct) => SubmitAsync(submit, ct, ct);

    /// <summary>The same, for who waits less long for a turn, until <paramref name="turn"/>.</summary>
    internal async Task<Exchange> SubmitAsync(SubmitSm submit, CancellationToken turn, CancellationToken ct)
    {
        var begun = _time.GetTimestamp();
        var last = new Exchange(ExchangeEnd.NotSent);
        while (true)
        {
            (SmppLink Link, SmppSession Session)? pick;
            var heldBy = Exchange.ByRate;
            try
            {
                await _pacer.WaitAsync(turn);
                heldBy = Exchange.BySlowdown;
                pick = await PickAsync(begun, turn, ct);
            }
            catch (OperationCanceledException)
            {
                return last.End == ExchangeEnd.Lost ? last : new Exchange(ExchangeEnd.HeldBack, HeldBy: heldBy);
            }

            if (pick is not var (link, session))
            {
                return last.End == ExchangeEnd.Lost ? last : NotSent();
            }

            var exchange = await session.SubmitAsync(submit, turn, ct);
            if (exchange.End == ExchangeEnd.Answered)
            {
                link.Learn(exchange.Response is { Status: CommandStatus.Throttled or CommandStatus.MessageQueueFull });
                return exchange;
            }

            if (exchange.End == ExchangeEnd.TimedOut || (exchange.End == ExchangeEnd.Lost && last.End == ExchangeEnd.Lost))
            {
                return exchange;
            }

            if (exchange.End == ExchangeEnd.HeldBack)
            {
                return last.End == ExchangeEnd.Lost ? last : exchange;
            }

            last = exchange.End == ExchangeEnd.Lost ? exchange : last;
        }
    }

    /// <summary>Unbinds.</summary>
    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _running;
        OnChange();
        _pacer.Dispose();
    }

    /// <summary>
    /// The least loaded bind that may send now; null where none came in time, or none is to be hoped for. <paramref name="turn"/> cancels it while all that there are pause.
    /// </summary>
    async Task<(SmppLink Link, SmppSession Session)?> PickAsync(long begun, CancellationToken turn, CancellationToken ct)
    {
        while (true)
        {
            var change = Volatile.Read(ref _change).Task;
            var bound = Bound();
            var free = bound.Where(pair => pair.Link.SlowFor <= TimeSpan.Zero).ToList();
            if (free.Count > 0)
            {
                return free.MinBy(pair => pair.Session.Load);
            }

            var left = _options.BindWait - _time.GetElapsedTime(begun);
            if (bound.Count > 0)
            {
                await WaitAsync(change, bound.Min(pair => pair.Link.SlowFor), turn);
                turn.ThrowIfCancellationRequested();
            }
            else if (left <= TimeSpan.Zero || _stop.IsCancellationRequested || ct.IsCancellationRequested || _senders.All(link => link.Failures >= Dark || link.Refusal is not null))
            {
                return null;
            }
            else
            {
                await WaitAsync(change, left, ct);
            }
        }
    }

    /// <summary>Waits for a change, for so long at most, or until cancelled; which of them it was does not matter.</summary>
    async Task WaitAsync(Task change, TimeSpan longest, CancellationToken ct)
    {
        if (longest > TimeSpan.Zero)
        {
            await change.WaitAsync(longest, _time, ct).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    List<(SmppLink Link, SmppSession Session)> Bound()
    {
        var bound = new List<(SmppLink, SmppSession)>(_senders.Length);
        foreach (var link in _senders)
        {
            // Taken once: it may be gone a moment later, and is then found closed.
            if (link.Session is { } session)
            {
                bound.Add((link, session));
            }
        }

        return bound;
    }

    Exchange NotSent() => new(ExchangeEnd.NotSent, _senders.Select(link => link.Refusal).FirstOrDefault(refusal => refusal is not null) is { } refused
        ? new BindResponse(_options.Endpoint.Bind.Type) { Status = refused.Status } : null);

    void OnChange() => Interlocked.Exchange(ref _change, NewChange()).TrySetResult();

    static TaskCompletionSource NewChange() => new(TaskCreationOptions.RunContinuationsAsynchronously);
}
