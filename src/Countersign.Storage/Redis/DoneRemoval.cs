using Countersign.Core.Verifications;
using StackExchange.Redis;

namespace Countersign.Storage.Redis;

/// <summary>Takes entries whose messages have their outcome out of their streams. What could not be removed is given back, and goes with the next ones: the outcomes are known.</summary>
sealed class DoneRemoval(RedisDatabase database, Action<List<OutboxEntry>> giveBack)
{
    const int AtATime = 1000;

    // Groups whose entries are being removed: of one that hangs no more is asked until that is over.
    readonly bool[] _underWay = new bool[database.Keys.Groups];

    /// <summary>Waits as long as masters that answer need; what one that hangs does not remove in that time it may remove later.</summary>
    public async Task RunAsync(List<OutboxEntry> done)
    {
        if (done.Count == 0)
        {
            return;
        }

        // Once for each few messages, and mostly of few groups: no lookup is made for them.
        done.Sort(static (one, other) => one.Group.CompareTo(other.Group));
        var removals = new List<Task>();
        for (var from = 0; from < done.Count;)
        {
            var (group, to) = (done[from].Group, from + 1);
            while (to < done.Count && done[to].Group == group)
            {
                to++;
            }

            removals.Add(RunAsync(group, to - from == done.Count ? done : done.GetRange(from, to - from)));
            from = to;
        }

        await Task.WhenAll(removals).WaitAsync(RedisDatabase.Patience, TimeProvider.System).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }

    async Task RunAsync(int group, List<OutboxEntry> done)
    {
        if (Interlocked.Exchange(ref _underWay[group], true))
        {
            giveBack(done);
            return;
        }

        try
        {
            if (done.Count <= AtATime)
            {
                await RemoveAsync(group, done);
            }
            else
            {
                await Task.WhenAll(done.Chunk(AtATime).Select(some => RemoveAsync(group, some)));
            }
        }
        catch (StoreUnavailableException)
        {
            giveBack(done);
        }
        finally
        {
            Volatile.Write(ref _underWay[group], false);
        }
    }

    Task<RedisResult> RemoveAsync(int group, IReadOnlyList<OutboxEntry> done)
    {
        var ids = new object[done.Count];
        for (var i = 0; i < ids.Length; i++)
        {
            ids[i] = done[i].Id;
        }

        return database.CallAsync(group, "sent", ids);
    }
}
