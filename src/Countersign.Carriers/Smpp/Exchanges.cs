using System.Collections.Concurrent;

namespace Countersign.Carriers.Smpp;

/// <summary>The requests of one connection that are unanswered: numbers them, and finds the answer to each.</summary>
sealed class Exchanges(TimeSpan limit, TimeProvider time)
{
    readonly ConcurrentDictionary<uint, TaskCompletionSource<Exchange>> _pending = new();
    int _sequence;
    bool _isClosed;

    /// <summary>Sends the request and waits for its answer; never fails but by a request that cannot be written.</summary>
    public async Task<Exchange> RunAsync(Pdu request, Func<Pdu, Task> send)
    {
        var sequence = (uint)Interlocked.Increment(ref _sequence) & 0x7FFF_FFFF;
        var answer = new TaskCompletionSource<Exchange>(TaskCreationOptions.RunContinuationsAsynchronously);
        _pending[sequence] = answer;
        try
        {
            // Looked at after it was added: either this sees that it is closed, or the closing sees this.
            if (Volatile.Read(ref _isClosed))
            {
                return new Exchange(ExchangeEnd.NotSent);
            }

            await send(request with { Sequence = sequence });
            return await answer.Task.WaitAsync(limit, time);
        }
        catch (TimeoutException)
        {
            return new Exchange(ExchangeEnd.TimedOut);
        }
        finally
        {
            _pending.TryRemove(sequence, out _);
        }
    }

    /// <summary>Gives a request its answer, null for one that could not be read. An answer to none, or one that comes too late, is passed over.</summary>
    public void Answer(uint sequence, Pdu? response)
    {
        if (_pending.TryRemove(sequence, out var answer))
        {
            answer.TrySetResult(new Exchange(ExchangeEnd.Answered, response));
        }
    }

    /// <summary>What is unanswered is lost, and nothing more is sent.</summary>
    public void Close()
    {
        Interlocked.Exchange(ref _isClosed, true);
        foreach (var answer in _pending.Values)
        {
            answer.TrySetResult(new Exchange(ExchangeEnd.Lost));
        }
    }
}
