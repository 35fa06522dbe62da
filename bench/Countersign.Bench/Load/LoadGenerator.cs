using System.Diagnostics;
using System.Net;

namespace Countersign.Bench.Load;

/// <summary>
/// Keeps connections busy from one thread, each with one request on its way at most. With a saturating pace each gets its next request the moment its last one is answered:
/// the latencies are those of a server that is as loaded as these callers can make it. With a steady one, requests go out when they are due.
/// </summary>
static class LoadGenerator
{
    static readonly TimeSpan Patience = TimeSpan.FromSeconds(10), LongestWait = TimeSpan.FromMilliseconds(100);

    /// <summary>Runs until the pace is over or the workload has nothing left, and then until the last answer is there.</summary>
    /// <exception cref="BenchException">The server hung up or fell silent.</exception>
    public static LoadResult Run(IPEndPoint server, int connections, Pace pace, Workload workload, CancellationToken ct)
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

            return Run(epoll, all, pace, workload, ct);
        }
        finally
        {
            foreach (var connection in all)
            {
                connection?.Dispose();
            }
        }
    }

    static LoadResult Run(Epoll epoll, Connection[] all, Pace pace, Workload workload, CancellationToken ct)
    {
        var result = new LoadResult();
        var idle = new Stack<Connection>(all);
        var left = true; // Whether the workload has more to ask.
        var begun = Stopwatch.GetTimestamp();
        var (now, lastAnswer) = (begun, begun);
        pace.Begin(begun);
        while (true)
        {
            ct.ThrowIfCancellationRequested();
            while (left && idle.Count > 0 && pace.TryTake(now, out var due))
            {
                left = TryAsk(idle.Peek(), workload, due);
                if (left)
                {
                    idle.Pop();
                }
            }

            var waiting = all.Length - idle.Count;
            if (waiting == 0 && (!left || pace.IsOver(now)))
            {
                result.Elapsed = Stopwatch.GetElapsedTime(begun, lastAnswer);
                return result;
            }

            var ready = epoll.Wait(left && idle.Count > 0 ? pace.UntilNext(now, LongestWait) : LongestWait);
            now = Stopwatch.GetTimestamp();
            for (var i = 0; i < ready; i++)
            {
                var connection = all[epoll.Ready(i)];
                if (!TryTakeAnswer(connection, workload, result))
                {
                    continue;
                }

                now = lastAnswer = Stopwatch.GetTimestamp();
                if (!left || !pace.TryTake(now, out var due) || !(left = TryAsk(connection, workload, due)))
                {
                    idle.Push(connection);
                }
            }

            if (waiting > 0 && Stopwatch.GetElapsedTime(lastAnswer, now) > Patience)
            {
                throw new BenchException($"{waiting} requests were not answered within {Patience.TotalSeconds} s.");
            }
        }
    }

    /// <summary>Reads what has come; false when it is not a whole answer yet.</summary>
    static bool TryTakeAnswer(Connection connection, Workload workload, LoadResult result)
    {
        switch (connection.Receive())
        {
            case AnswerState.Partial:
                return false;
            case AnswerState.Broken:
                throw new BenchException("The server hung up, or sent what is no answer of known length.");
        }

        result.Latency.Record((long)Stopwatch.GetElapsedTime(connection.SentAt).TotalNanoseconds);
        if (!workload.IsRight(connection.Status, connection.Body))
        {
            result.CountWrong(connection.Status, connection.Body);
        }

        return true;
    }

    static bool TryAsk(Connection connection, Workload workload, long? due)
    {
        if (!workload.Prepare(connection.Request))
        {
            return false;
        }

        connection.SentAt = due ?? Stopwatch.GetTimestamp();
        return connection.Send() ? true : throw new BenchException("The server hung up.");
    }
}
