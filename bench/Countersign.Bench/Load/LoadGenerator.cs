using System.Diagnostics;
using System.Net;

namespace Countersign.Bench.Load;

/// <summary>
/// Keeps connections busy from one thread: each gets its next request the moment its last one is answered, and never a second one before. The latencies are
/// therefore those of a server that is as loaded as these callers can make it.
/// </summary>
static class LoadGenerator
{
    static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    /// <summary>Runs until the time is over or the workload has nothing left, and then until the last answer is there.</summary>
    /// <exception cref="BenchException">The server hung up or fell silent.</exception>
    public static LoadResult Run(IPEndPoint server, int connections, TimeSpan duration, Workload workload, CancellationToken ct)
    {
        using var epoll = new Epoll();
        var all = new Connection[connections];
        try
        {
            for (var i = 0; i < connections; i++)
            {
                all[i] = new Connection(server, workload.Request.Copy());
                epoll.Watch(all[i].Socket, i);
            }

            return Run(epoll, all, duration, workload, ct);
        }
        finally
        {
            foreach (var connection in all)
            {
                connection?.Dispose();
            }
        }
    }

    static LoadResult Run(Epoll epoll, Connection[] all, TimeSpan duration, Workload workload, CancellationToken ct)
    {
        var result = new LoadResult();
        var begun = Stopwatch.GetTimestamp();
        var end = begun + (long)(duration.TotalSeconds * Stopwatch.Frequency);
        var lastAnswer = begun;
        var waiting = 0;
        foreach (var connection in all)
        {
            waiting += TryAsk(connection, workload) ? 1 : 0;
        }

        while (waiting > 0)
        {
            ct.ThrowIfCancellationRequested();
            var ready = epoll.Wait(100);
            var now = Stopwatch.GetTimestamp();
            for (var i = 0; i < ready; i++)
            {
                var connection = all[epoll.Ready(i)];
                switch (connection.Receive())
                {
                    case AnswerState.Partial:
                        continue;
                    case AnswerState.Broken:
                        throw new BenchException("The server hung up, or sent what is no answer of known length.");
                }

                now = lastAnswer = Stopwatch.GetTimestamp();
                result.Latency.Record((long)Stopwatch.GetElapsedTime(connection.SentAt, now).TotalNanoseconds);
                if (!workload.IsRight(connection.Status, connection.Body))
                {
                    result.CountWrong(connection.Status, connection.Body);
                }

                waiting -= now < end && TryAsk(connection, workload) ? 0 : 1;
            }

            if (Stopwatch.GetElapsedTime(lastAnswer, now) > Patience)
            {
                throw new BenchException($"{waiting} requests were not answered within {Patience.TotalSeconds} s.");
            }
        }

        result.Elapsed = Stopwatch.GetElapsedTime(begun, lastAnswer);
        return result;
    }

    static bool TryAsk(Connection connection, Workload workload)
    {
        if (!workload.Prepare(connection.Request))
        {
            return false;
        }

        connection.SentAt = Stopwatch.GetTimestamp();
        return connection.Send() ? true : throw new BenchException("The server hung up.");
    }
}
