using System.Net;
using Countersign.Core.Delivery;
using Countersign.Core.Verifications;

namespace Countersign.Storage.Redis;

/// <summary>
/// Which groups can be written to now, replicas included: a small write to each and WAIT, as a step would be kept, on a lane of its own. What it says may be read by anybody,
/// and names no server.
/// </summary>
sealed class RedisProbe(RedisDatabase database, TimeProvider clock) : IDisposable
{
    const string Away = "its master does not answer", Refuses = "its master refuses writes", LockedOut = "Redis refuses the user or the password of Countersign:Redis";

    static readonly byte[] Life = "60000"u8.ToArray();

    readonly RedisLane _lane = database.NewLane(clock);

    /// <summary>The groups that cannot be written to; null where all can.</summary>
    public async Task<PartsAway?> AskAsync()
    {
        var groups = database.Keys.Groups;
        var states = new string?[groups];
        await AskAsync([.. Enumerable.Range(0, groups)], states, again: true);
        if (states.Contains(Away) && await database.IsRefusedAsync())
        {
            states.AsSpan().Replace(Away, LockedOut);
        }

        var away = Enumerable.Range(0, groups).Where(group => states[group] is not null).Select(group => KeyValuePair.Create(group, states[group]!)).ToList();
        return away.Count == 0 ? null : new PartsAway(groups, away);
    }

    public void Dispose() => _lane.Dispose();

    async Task AskAsync(List<int> groups, string?[] states, bool again)
    {
        groups.ForEach(group => states[group] = null);
        var byMaster = await database.ByMasterAsync(groups, static group => group, (group, _) => states[group] = Away);

        var moved = (await Task.WhenAll(byMaster.Select(pair => AskAsync(pair.Key, pair.Value, states)))).SelectMany(list => list).ToList();
        if (again && moved.Count > 0)
        {
            await AskAsync(moved, states, again: false);
        }
    }

    /// <summary>Gives those that may be elsewhere by now.</summary>
    async Task<List<int>> AskAsync(EndPoint master, List<int> groups, string?[] states)
    {
        var writer = new RespWriter();
        foreach (var group in groups)
        {
            writer.Command(5);
            writer.Bulk("SET"u8);
            writer.Bulk((string)database.Keys.Of(group, "p")!);
            writer.Bulk(""u8);
            writer.Bulk("PX"u8);
            writer.Bulk(Life);
        }

        var waits = database.AddWait(writer);
        object?[] replies;
        try
        {
            replies = await _lane.SendAsync(master, writer.Written, groups.Count + waits);
        }
        catch (StoreUnavailableException problem)
        {
            database.Forget(master);
            groups.ForEach(group => states[group] = RedisDiagnosis.IsRefusal(problem) ? LockedOut : Away);
            return groups;
        }

        return Judge(master, groups, states, replies);
    }

    List<int> Judge(EndPoint master, List<int> groups, string?[] states, object?[] replies)
    {
        var (replicas, elsewhere) = (database.Settings.Replicas, new List<int>());
        for (var i = 0; i < groups.Count; i++)
        {
            if (replies[i] is RespError error)
            {
                states[groups[i]] = Refuses;
                if (error.Text.StartsWith("MOVED", StringComparison.Ordinal))
                {
                    database.Moved(groups[i], error.Text);
                    elsewhere.Add(groups[i]);
                }
                else if (error.Text.StartsWith("READONLY", StringComparison.Ordinal))
                {
                    database.Forget(master);
                    elsewhere.Add(groups[i]);
                }
            }
            else if (replicas > 0 && RedisDatabase.HasNoRoom(replies))
            {
                states[groups[i]] = Refuses;
            }
            else if (replicas > 0 && !database.IsSafe(replies))
            {
                states[groups[i]] = $"too few replicas: {(replies[^2] is long there ? there : 0)} of the {replicas} that Countersign:RedisReplicas asks for have a write";
            }
        }

        return elsewhere;
    }
}
