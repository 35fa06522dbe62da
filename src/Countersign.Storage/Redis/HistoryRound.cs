using System.Collections.Concurrent;
using System.Net;
using System.Text;
using Countersign.Core.Verifications;

namespace Countersign.Storage.Redis;

/// <summary>
/// One question of what changed to many groups: the calls of a master in one piece, and where something is taken over WAIT behind them, on the same connection. What no replica has may be gone with its master, and another
/// version in its place that was acknowledged: PostgreSQL must not hear of the former, or it would take the latter for known. So it waits, but not for ever: a master that has been without a replica
/// for half a minute is the only one that has what was acknowledged, and better has PostgreSQL beside it.
/// </summary>
/// <param name="database">The masters.</param>
/// <param name="lane">The connections, for one question at a time.</param>
/// <param name="writers">Buffers that are used again.</param>
sealed class HistoryRound(RedisDatabase database, RedisLane lane, ConcurrentBag<RespWriter> writers)
{
    static readonly byte[] Function = Encoding.ASCII.GetBytes(RedisLibrary.Function("changes"));

    readonly List<Call> _calls = [];

    /// <summary>Adds a group's question, which is asked with the others by <see cref="SendAsync()"/>.</summary>
    /// <param name="group">The group.</param>
    /// <param name="node">Who asks.</param>
    /// <param name="most">Entries at most.</param>
    /// <param name="idle">Those that were begun so long ago are taken over; null to ask only how much waits.</param>
    /// <param name="saved">Entries that PostgreSQL has.</param>
    public Task<HistoryPart> Add(int group, byte[] node, int most, TimeSpan? idle, IReadOnlyList<byte[]> saved)
    {
        var call = new Call(group, node, most, idle, saved);
        _calls.Add(call);
        return call.Answer.Task;
    }

    /// <summary>Asks. Ends when each group has answered or failed.</summary>
    public async Task SendAsync()
    {
        var problem = new StoreUnavailableException("Redis moves its keys.");
        try
        {
            var refused = await SendAsync(_calls);
            if (refused.Count > 0)
            {
                await SendAsync(refused);
            }
        }
        catch (Exception fault)
        {
            // Nobody may wait for ever.
            problem = new StoreUnavailableException(fault.GetType().Name, fault);
        }

        _calls.ForEach(call => call.Fail(problem));
    }

    async Task<List<Call>> SendAsync(List<Call> calls)
    {
        var byMaster = await database.ByMasterAsync(calls, static call => call.Group, static (call, problem) => call.Fail(problem));
        return [.. (await Task.WhenAll(byMaster.Select(pair => SendAsync(pair.Key, pair.Value)))).SelectMany(list => list)];
    }

    /// <summary>Gives those that may be elsewhere by now.</summary>
    async Task<List<Call>> SendAsync(EndPoint master, List<Call> calls)
    {
        var writer = writers.TryTake(out var used) ? used : new RespWriter();
        writer.Clear();
        foreach (var call in calls)
        {
            writer.Command(7 + call.Saved.Count);
            writer.Bulk("FCALL"u8);
            writer.Bulk(Function);
            writer.Bulk("1"u8);
            writer.Bulk(database.Keys.Tag(call.Group));
            writer.Bulk(call.Node);
            writer.Bulk(call.Most);
            if (call.Idle is { } idle)
            {
                writer.Bulk((long)idle.TotalMilliseconds);
            }
            else
            {
                writer.Bulk(""u8);
            }

            foreach (var entry in call.Saved)
            {
                writer.Bulk(entry);
            }
        }

        var waits = calls.Exists(static call => call.Idle is not null) ? database.AddWait(writer) : 0;
        object?[] replies;
        try
        {
            replies = await lane.SendAsync(master, writer.Written, calls.Count + waits);
        }
        catch (StoreUnavailableException problem)
        {
            database.Forget(master);
            calls.ForEach(call => call.Fail(problem));
            return [];
        }

        // Not one that could not be sent, which the connection may still be reading.
        writers.Add(writer);
        var isSafe = waits == 0 || database.IsSafe(replies);
        var refused = new List<Call>();
        for (var i = 0; i < calls.Count; i++)
        {
            if (replies[i] is not object?[] { Length: 5 } answer)
            {
                var error = (replies[i] as RespError)?.Text ?? "no array";
                if (await TryLearnAsync(master, calls[i].Group, error))
                {
                    refused.Add(calls[i]);
                }
                else
                {
                    calls[i].Fail(new StoreUnavailableException($"Redis refused: {error}"));
                }
            }
            else if (isSafe || answer[4] is 1L)
            {
                calls[i].Answer.TrySetResult(HistoryPart.Of(answer));
            }
            else
            {
                // They stay this node's, and come again once they have been idle for long enough.
                calls[i].Fail(new StoreUnavailableException("Too few replicas of Redis have what changed."));
            }
        }

        return refused;
    }

    async Task<bool> TryLearnAsync(EndPoint master, int group, string error)
    {
        try
        {
            return await database.LearnAsync(master, group, error);
        }
        catch (StoreUnavailableException)
        {
            return false;
        }
    }

    sealed record Call(int Group, byte[] Node, int Most, TimeSpan? Idle, IReadOnlyList<byte[]> Saved)
    {
        public TaskCompletionSource<HistoryPart> Answer { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public void Fail(StoreUnavailableException problem) => Answer.TrySetException(problem);
    }
}

/// <summary>What a group answers.</summary>
/// <param name="Ids">Entries of its history.</param>
/// <param name="Seconds">The age of the oldest that waits.</param>
/// <param name="Waiting">How many wait.</param>
/// <param name="Blobs">The verifications that they name, as they are now.</param>
sealed record HistoryPart(byte[][] Ids, long Seconds, long Waiting, byte[][] Blobs)
{
    public static HistoryPart Of(object?[] answer) => new(Bytes(answer[0]), (long)answer[1]!, (long)answer[2]!, Bytes(answer[3]));

    static byte[][] Bytes(object? list) => [.. ((object?[])list!).Cast<byte[]>()];
}
