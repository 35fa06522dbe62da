using Countersign.Core;
using Countersign.Core.Verifications;
using StackExchange.Redis;

namespace Countersign.Storage.Redis;

/// <summary>
/// Alarms in Redis, a sorted set in each group. What a node takes does not ring for others for <see cref="ClaimedFor"/>; it rings for the node again until it is done, and
/// for others when it has not done it by then. What it gives up rings for others at once, and is theirs alone for <see cref="LeftAloneFor"/>.
/// </summary>
sealed class RedisAlarmStore(RedisDatabase database, TimeProvider time) : IAlarmStore
{
    /// <summary>Alarms that were given up and are asked for beside the others: being the oldest, they would take all the room.</summary>
    const int MostGivenUp = 4096;

    static readonly TimeSpan ClaimedFor = TimeSpan.FromSeconds(30), LeftAloneFor = TimeSpan.FromSeconds(5);

    readonly Lock _gate = new();
    readonly GroupCalls<Rung> _asking = new(database.Keys.Groups);

    // What this node has taken: when it was to ring, and until when it is this node's.
    readonly Dictionary<Alarm, (long Due, DateTimeOffset Until)> _taken = [];

    // What it could not do and others perhaps can, and until when it leaves that to them.
    readonly Dictionary<Alarm, DateTimeOffset> _givenUp = [];

    /// <summary>An alarm as it is kept: the SIDs of service, verification and attempt.</summary>
    public static byte[] Write(Verification verification, SendAttempt attempt) => Write(new Alarm(0, verification.ServiceSid, verification.Sid, attempt.Sid));

    public async ValueTask<IReadOnlyList<Alarm>> DueAsync(int max, CancellationToken ct)
    {
        var now = time.GetUtcNow();
        var until = now + ClaimedFor;
        var most = max + LeftAlone(now);

        // A group whose master is away rings when that is back.
        var answers = await _asking.AskAsync(group => DueAsync(group, now, most, until), (_, _) => { });
        var back = new List<(Alarm, long)>();
        List<Alarm> due;
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
                    var (alarm, at) = (Read((byte[])answer.Alarms[i]!), (long)answer.Alarms[i + 1]);
                    if (_givenUp.ContainsKey(alarm))
                    {
                        back.Add((alarm, at));
                    }
                    else
                    {
                        _taken[alarm] = (at, answer.Until);
                    }
                }
            }

            due = [.. _taken.OrderBy(pair => pair.Value.Due).Take(max).Select(pair => pair.Key)];
        }

        try
        {
            // To ask was to take.
            await GiveBackAsync(back).WaitAsync(RedisDatabase.Patience, TimeProvider.System, CancellationToken.None);
        }
        catch (Exception problem) when (problem is StoreUnavailableException or TimeoutException)
        {
            // They ring again when the claim is over.
        }

        return due;
    }

    /// <summary>How many are left to the others now, as far as there is room to ask for so many more.</summary>
    int LeftAlone(DateTimeOffset now)
    {
        lock (_gate)
        {
            foreach (var over in _givenUp.Where(pair => pair.Value <= now).Select(pair => pair.Key).ToList())
            {
                _givenUp.Remove(over);
            }

            return Math.Min(_givenUp.Count, MostGivenUp);
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

    public Task GiveUpAsync(IReadOnlyList<Alarm> alarms, CancellationToken ct)
    {
        var back = new List<(Alarm, long)>();
        lock (_gate)
        {
            var now = time.GetUtcNow();
            var until = now + LeftAloneFor;
            foreach (var alarm in alarms)
            {
                // One whose claim is over is another's by now.
                if (_taken.Remove(alarm, out var taken) && taken.Until > now)
                {
                    _givenUp[alarm] = until;
                    back.Add((alarm, taken.Due));
                }
            }
        }

        return GiveBackAsync(back);
    }

    /// <summary>A node that stops leaves to the others at once what it has taken.</summary>
    public Task LeaveAsync()
    {
        List<(Alarm, long)> left;
        lock (_gate)
        {
            left = [.. _taken.Select(pair => (pair.Key, pair.Value.Due))];
            _taken.Clear();
        }

        return GiveBackAsync(left);
    }

    Task GiveBackAsync(List<(Alarm Alarm, long Due)> alarms) => Task.WhenAll(alarms.GroupBy(entry => GroupOf(entry.Alarm)).Select(
        byGroup => database.SetAlarmsAsync(byGroup.Key, [.. byGroup.Select(entry => new SortedSetEntry(Write(entry.Alarm), entry.Due))])));

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
