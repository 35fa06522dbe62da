using System.Buffers.Text;
using System.Collections.Concurrent;
using System.Net;
using System.Runtime.CompilerServices;
using Countersign.Core.Privacy;
using Countersign.Core.Verifications;
using Countersign.Storage.History;
using Countersign.Storage.Steps;

namespace Countersign.Storage.Redis;

/// <summary>
/// Exchanges of the step pump: one function call for each group that has steps in the batch, all calls of a master in one piece, and behind them WAIT, on the same
/// connection. Nothing is acknowledged before it came back with enough replicas.
/// </summary>
sealed class RedisStepBackend(
    RedisDatabase database, RedisOutbox outbox, RedisHistory worker, IVerificationHistory history, Sealer sealer, TimeProvider time, TimeProvider clock) : IStepBackend, IDisposable
{
    readonly ConcurrentBag<RedisLane> _lanes = [.. Enumerable.Range(0, StepPump.InFlight).Select(_ => database.NewLane(clock))];

    /// <summary>How long a batch waits for what Redis keeps no longer, and how long nobody asks again once PostgreSQL did not answer.</summary>
    static readonly TimeSpan HistoryPatience = TimeSpan.FromSeconds(1), HistoryPause = TimeSpan.FromSeconds(5);

    // In ticks of a clock that nobody can set; 0 for never.
    long _historyFailedAt;

    // What commands are written into, filled anew for each master's part of an exchange: a large one each time was a quarter of all that a request allocated.
    readonly ConcurrentBag<RespWriter> _writers = [];
    readonly byte[] _keep = Number((long)database.Settings.Keep.TotalMilliseconds);

    // What the entries of an exchange begin with, which tells their order to whoever takes them over.
    readonly ConditionalWeakTable<IReadOnlyList<StepEntry>, byte[]> _heads = [];

    RedisKeys Keys => database.Keys;

    public void Prepare(StepEntry entry)
    {
        var (decision, current) = (entry.Decision, entry.Current);
        var next = decision.Save!;
        if ((entry.IsNew && worker.IsBehind) || (entry.IsSendAskedFor && outbox.Known >= database.Settings.MaxKnown))
        {
            // PostgreSQL has been away for too long: what it must still get would outgrow Redis, or what waits for its outcome this node's memory.
            throw new StoreOverloadedException();
        }

        var extras = new StepExtras(
            decision.Send is { } attempt ? OutboxMessages.Write(next.Sid, attempt, decision.CustomCode, sealer) : [],
            decision.WakeAt is { } due ? Number(due.ToUnixTimeMilliseconds()) : [],
            decision.WakeAt is null ? [] : RedisAlarmStore.Write(next, decision.Send!.Value));
        if (entry.IsNew)
        {
            var ended = decision.Ended is { } changed && current is not null
                ? VerificationBlob.Write(sealer, changed, current.Version + 1, (RedisPlace)current.Place!, current.Verification.Details) : null;
            var made = VerificationBlob.Write(sealer, next, 1, entry.Key);
            entry.After = new StoredVerification(next, 1) { Place = new RedisPlace(entry.Key, made, RedisPlaceKind.ByKey) };
            entry.Prepared = StepCommand.Start(current, entry.Key, made, LifeOf(next), ended, next.Sid, Keys, extras);
            return;
        }

        var place = (RedisPlace)current!.Place!;
        var blob = VerificationBlob.Write(sealer, next, current.Version + 1, place, current.Verification.Details);
        entry.After = new StoredVerification(next, current.Version + 1) { Place = place with { Blob = blob } };
        var livesLonger = next.ExpiresAt != current.Verification.ExpiresAt || (next.Checks != current.Verification.Checks && next.Status != VerificationStatus.Approved) || place.Kind == RedisPlaceKind.History;
        entry.Prepared = StepCommand.Change(current, blob, livesLonger ? LifeOf(next) : null, Keys, extras);
    }

    public void Reserve(IReadOnlyList<StepEntry> entries) => _heads.Add(entries, outbox.NextHead());

    public async Task ExchangeAsync(IReadOnlyList<StepEntry> entries)
    {
        var calls = new Dictionary<int, GroupCall>();
        foreach (var entry in entries)
        {
            var group = Keys.GroupOf(entry.Step.VerificationSid?.Value ?? entry.Key);
            if (!calls.TryGetValue(group, out var call))
            {
                calls.Add(group, call = new GroupCall(group));
            }

            call.Add(entry, entry.Phase == StepPhase.Write ? (StepCommand)entry.Prepared! : StepCommand.Read(entry.Step, Keys));
        }

        if (!_heads.Remove(entries, out var head) || !_lanes.TryTake(out var lane))
        {
            throw new InvalidOperationException("An exchange that was not reserved, or more at a time than lanes.");
        }

        try
        {
            await SendAsync(calls.Values, head, lane, again: true);
        }
        finally
        {
            _lanes.Add(lane);
        }

        await ReadHistoryAsync(entries);
    }

    public void HandOver(IReadOnlyList<StepEntry> entries) => outbox.HandOver(entries);

    public void Dispose()
    {
        foreach (var lane in _lanes)
        {
            lane.Dispose();
        }
    }

    async Task SendAsync(IEnumerable<GroupCall> calls, byte[] head, RedisLane lane, bool again)
    {
        var byMaster = await database.ByMasterAsync(calls, static call => call.Group, static (call, problem) => call.Fail(problem));

        var sent = new Task<List<GroupCall>?>[byMaster.Count];
        var next = 0;
        foreach (var (master, part) in byMaster)
        {
            sent[next++] = SendAsync(master, part, head, lane);
        }

        List<GroupCall>? elsewhere = null;
        foreach (var refused in await Task.WhenAll(sent))
        {
            if (refused is not null)
            {
                (elsewhere ??= []).AddRange(refused);
            }
        }

        if (elsewhere is null)
        {
            return;
        }

        if (!again)
        {
            elsewhere.ForEach(call => call.Fail(new StoreUnavailableException("Redis moves its keys.")));
            return;
        }

        await SendAsync(elsewhere, head, lane, again: false);
    }

    /// <summary>Sends the calls of one master; gives those that it refused, and that can be sent again: null of none.</summary>
    async Task<List<GroupCall>?> SendAsync(EndPoint master, List<GroupCall> calls, byte[] head, RedisLane lane)
    {
        var writer = _writers.TryTake(out var used) ? used : new RespWriter();
        writer.Clear();
        var writes = false;
        foreach (var call in calls)
        {
            call.WriteTo(writer, Keys.Tag(call.Group), outbox.NameIn(call.Group), head, _keep, worker.Name);
            writes |= call.Writes;
        }

        var waits = writes ? database.AddWait(writer) : 0;
        object?[] replies;
        try
        {
            replies = await lane.SendAsync(master, writer.Written, calls.Count + waits);
        }
        catch (StoreUnavailableException problem)
        {
            database.Forget(master);
            calls.ForEach(call => call.Fail(problem));
            return null;
        }

        // Not one that could not be sent, which the connection may still be reading.
        _writers.Add(writer);
        var safe = waits == 0 || database.IsSafe(replies);
        List<GroupCall>? refused = null;
        for (var i = 0; i < calls.Count; i++)
        {
            if (replies[i] is object?[] answers)
            {
                calls[i].Take(answers, safe, sealer);
                if (calls[i].Kept is { } kept)
                {
                    worker.Add(kept);
                }
            }
            else if (await RetryAsync(master, calls[i], (replies[i] as RespError)?.Text ?? "no array"))
            {
                (refused ??= []).Add(calls[i]);
            }
        }

        return refused;
    }

    /// <summary>True when the call was surely not executed and may succeed now; else it fails.</summary>
    async Task<bool> RetryAsync(EndPoint master, GroupCall call, string error)
    {
        try
        {
            if (await database.LearnAsync(master, call.Group, error))
            {
                return true;
            }

            call.Fail(new StoreUnavailableException($"Redis refused: {error}"));
        }
        catch (StoreUnavailableException problem)
        {
            call.Fail(problem);
        }

        return false;
    }

    /// <summary>What Redis keeps no longer is in PostgreSQL.</summary>
    async Task ReadHistoryAsync(IReadOnlyList<StepEntry> entries)
    {
        List<StepEntry>? missing = null;
        foreach (var entry in entries)
        {
            if (entry is { Phase: StepPhase.Read, Current: null, Problem: null } && entry.Step.VerificationSid is not null)
            {
                (missing ??= []).Add(entry);
            }
        }

        if (missing is not null)
        {
            await FindAsync(missing);
        }

        foreach (var entry in entries)
        {
            if (entry.Phase == StepPhase.Read && entry.Current is { } found && found.Verification.ServiceSid != entry.Step.ServiceSid)
            {
                entry.Current = null;
            }
        }
    }

    /// <summary>While PostgreSQL is away nothing is found there, and only those who ask for it are told so: the others of the batch are in Redis, and do not wait for it.</summary>
    async Task FindAsync(List<StepEntry> missing)
    {
        if (Volatile.Read(ref _historyFailedAt) is > 0 and var at && TimeProvider.System.GetElapsedTime(at) < HistoryPause)
        {
            Refuse(missing, null);
            return;
        }

        try
        {
            var sids = missing.ConvertAll(entry => entry.Step.VerificationSid!.Value).ToHashSet();
            var found = await history.FindAsync(sids, CancellationToken.None).WaitAsync(HistoryPatience, TimeProvider.System);
            var rows = found.ToDictionary(row => row.Sid);
            foreach (var entry in missing)
            {
                Take(entry, rows.GetValueOrDefault(entry.Step.VerificationSid!.Value));
            }
        }
        catch (Exception problem) when (problem is StoreUnavailableException or TimeoutException)
        {
            Volatile.Write(ref _historyFailedAt, TimeProvider.System.GetTimestamp());
            Refuse(missing, problem);
        }
    }

    static void Refuse(List<StepEntry> missing, Exception? problem) =>
        missing.ForEach(entry => entry.Problem = new StoreUnavailableException("PostgreSQL does not answer.", problem));

    void Take(StepEntry entry, HistoryRow? row)
    {
        try
        {
            entry.Current = row is null ? null : VerificationBlob.Read(sealer, row);
        }
        catch (Exception problem)
        {
            // One that was damaged must not hold up the others.
            entry.Problem = problem;
        }
    }

    TimeSpan Remaining(Verification verification)
    {
        var (guesses, work) = (FailedChecks.RememberUntil(verification), SpentWork.RememberUntil(verification));
        var remaining = (guesses > work ? guesses : work) - time.GetUtcNow();
        return remaining > TimeSpan.Zero ? remaining : TimeSpan.Zero;
    }

    byte[] LifeOf(Verification verification) => Number((long)(Remaining(verification) + database.Settings.Keep).TotalMilliseconds);

    static byte[] Number(long value)
    {
        Span<byte> digits = stackalloc byte[20];
        Utf8Formatter.TryFormat(value, digits, out var length);
        return digits[..length].ToArray();
    }
}
