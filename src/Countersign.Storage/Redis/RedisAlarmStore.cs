using Countersign.Core;
using Countersign.Core.Verifications;
using StackExchange.Redis;

namespace Countersign.Storage.Redis;

/// <summary>
/// Alarms in Redis, a sorted set in each group. What a node takes does not ring for others for <see cref="ClaimedFor"/>; it rings for the node again until it is done, and
/// for others when it has not done it by then.
/// </summary>
sealed class RedisAlarmStore(RedisDatabase database, TimeProvider time) : IAlarmStore
{
    static readonly TimeSpan ClaimedFor = TimeSpan.FromSeconds(30);

    readonly Lock _gate = new();
    readonly GroupCalls<Rung> _asking = new(database.Keys.Groups);

    // What this node has taken: when it was to ring, and until when it is this node's.
    readonly Dictionary<Alarm, (long Due, DateTimeOffset Until)> _taken = [];

    /// <summary>An alarm as it is kept: the SIDs of service, verification and attempt.</summary>
    public static byte[] Write(Verification verification, SendAttempt attempt) => Write(new Alarm(0, verification.ServiceSid, verification.Sid, attempt.Sid));

    public async ValueTask<IReadOnlyList<Alarm>> DueAsync(int max, CancellationToken ct)
    {
        var now = time.GetUtcNow();
        var until = now + ClaimedFor;
        // A group whose master is away rings when that is back.
        var answers = await _asking.AskAsync(group => DueAsync(group, now, max, until), (_, _) => { });
        lock (_gate)
        {
            foreach (var late in _taken.Where(pair => pair.Value.Until <= now).Select(pair => pair.Key).ToList())
            {
                _taken.Remove(late);
            }

            foreach (var answer in answers.OfType<Rung>())
            {
                for (var i = 0; i < answer.Alarms.Length; i += 2)
                {
                    _taken[Read((byte[])answer.Alarms[i]!)] = ((long)answer.Alarms[i + 1], answer.Until);
                }
            }

            return [.. _taken.OrderBy(pair => pair.Value.Due).Take(max).Select(pair => pair.Key)];
        }
    }

    async Task<Rung> DueAsync(int group, DateTimeOffset now, int max, DateTimeOffset until) =>
        new(until, await database.CallAsync(group, "due", now.ToUnixTimeMilliseconds(), max, until.ToUnixTimeMilliseconds()));

    public async Task DoneAsync(IReadOnlyList<Alarm> alarms, CancellationToken ct)
    {
        await Task.WhenAll(alarms.GroupBy(GroupOf).Select(byGroup => database.RemoveAlarmsAsync(byGroup.Key, [.. byGroup.Select(alarm => (RedisValue)Write(alarm))])));
        lock (_gate)
        {
            foreach (var alarm in alarms)
            {
                _taken.Remove(alarm);
            }
        }
    }

    /// <summary>A node that stops leaves to the others at once what it has taken.</summary>
    public async Task LeaveAsync()
    {
        List<(Alarm Alarm, long Due)> left;
        lock (_gate)
        {
            left = [.. _taken.Select(pair => (pair.Key, pair.Value.Due))];
            _taken.Clear();
        }

        await Task.WhenAll(left.GroupBy(entry => GroupOf(entry.Alarm)).Select(
            byGroup => database.SetAlarmsAsync(byGroup.Key, [.. byGroup.Select(entry => new SortedSetEntry(Write(entry.Alarm), entry.Due))])));
    }

    int GroupOf(Alarm alarm) => database.Keys.GroupOf(alarm.VerificationSid.Value);

    static byte[] Write(Alarm alarm)
    {
        var bytes = new byte[48];
        alarm.ServiceSid.WriteTo(bytes);
        alarm.VerificationSid.WriteTo(bytes.AsSpan(16));
        alarm.Attempt.WriteTo(bytes.AsSpan(32));
        return bytes;
    }

    static Alarm Read(byte[] bytes) => new(0, Sid.FromBytes("VA", bytes), Sid.FromBytes("VE", bytes.AsSpan(16)), Sid.FromBytes("VL", bytes.AsSpan(32)));

    /// <summary>What was due in a group, and until when it is this node's: it may come late.</summary>
    sealed record Rung(DateTimeOffset Until, RedisResult Alarms);
}
