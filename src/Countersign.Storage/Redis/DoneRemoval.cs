using Countersign.Core.Verifications;

namespace Countersign.Storage.Redis;

/// <summary>Takes entries whose messages have their outcome out of their streams. What could not be removed is given back, and goes with the next ones: the outcomes are known.</summary>
sealed class DoneRemoval(RedisDatabase database, Action<List<OutboxEntry>> giveBack)
{
    const int AtATime = 1000;

    // Groups whose entries are being removed: of one that hangs no more is asked until that is over.
    readonly bool[] _underWay = new bool[database.Keys.Groups];

    /// <summary>Waits as long as masters that answer need; what one that hangs does not remove in that time it may remove later.</summary>
    public async Task RunAsync(List<OutboxEntry> done) => await Task
        .WhenAll(done.GroupBy(entry => entry.Group).Select(byGroup => RunAsync(byGroup.Key, [.. byGroup])))
        .WaitAsync(RedisDatabase.Patience, TimeProvider.System).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);

    async Task RunAsync(int group, List<OutboxEntry> done)
    {
        if (Interlocked.Exchange(ref _underWay[group], true))
        {
            giveBack(done);
            return;
        }

        try
        {
            await Task.WhenAll(done.Chunk(AtATime).Select(some => database.CallAsync(group, "sent", [.. some.Select(entry => (object)entry.Id)])));
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
}
