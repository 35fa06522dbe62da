using System.Collections.Concurrent;
using Countersign.Core;

namespace Countersign.Server.Api;

/// <summary>At most so many calls of an account in any minute, counted by this node alone: for resources that have a pace of their own in Twilio's API.</summary>
sealed class CallPace(int callsPerMinute, TimeProvider time)
{
    static readonly TimeSpan Window = TimeSpan.FromMinutes(1);

    readonly ConcurrentDictionary<Sid, Queue<DateTimeOffset>> _calls = new();

    /// <summary>Counts a call. When it is one too many, it is not counted, and this is the time after which the next one is not; else null.</summary>
    public TimeSpan? Count(Sid account)
    {
        var now = time.GetUtcNow();
        var calls = _calls.GetOrAdd(account, _ => new Queue<DateTimeOffset>(callsPerMinute));
        lock (calls)
        {
            while (calls.TryPeek(out var oldest) && oldest <= now - Window)
            {
                calls.Dequeue();
            }

            if (calls.Count >= callsPerMinute)
            {
                return calls.Peek() + Window - now;
            }

            calls.Enqueue(now);
            return null;
        }
    }
}
