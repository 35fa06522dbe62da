using System.Collections.Concurrent;
using Countersign.Core.Events;
using Countersign.Core.Privacy;
using Countersign.Core.Verifications;
using Countersign.Storage.Steps;
using Npgsql;

namespace Countersign.Storage.PostgreSql;

/// <summary>
/// Verifications in PostgreSQL. One exchange is one round trip and one transaction: the decisions of many steps as set-based statements over arrays, and the reads that other steps
/// need. Nothing is locked in between (see <see cref="StepPump"/>).
/// </summary>
#pragma warning disable CA1001 // CloseAsync ends the pump; a disposal would be done a second time by the container that hands this out under its port's name.
sealed class PostgresVerificationStore : IVerificationStore, IStepBackend
#pragma warning restore CA1001
{
    /// <summary>A verification that is older is looked for with a read of its own: nearly all that are asked for are minutes old.</summary>
    static readonly TimeSpan Recent = TimeSpan.FromDays(1);

    readonly PostgresDatabase _database;
    readonly Partitions _partitions;
    readonly PostgresOutbox _outbox;
    readonly RollupSlots _slots;
    readonly EventMaker _maker;
    readonly PostgresEventStore _events;
    readonly Sealer _sealer;
    readonly TimeProvider _time;
    readonly StepPump _pump;
    readonly ConcurrentBag<Lane> _lanes = [];
    readonly Newcomers _newcomers = new();

    public PostgresVerificationStore(
        PostgresDatabase database, Partitions partitions, PostgresOutbox outbox, RollupSlots slots, EventMaker maker, PostgresEventStore events, Sealer sealer, TimeProvider time)
    {
        (_database, _partitions, _outbox, _slots, _maker, _events, _sealer, _time) = (database, partitions, outbox, slots, maker, events, sealer, time);
        _pump = new StepPump(this, time);
    }

    public Task ApplyAsync(VerificationStep step, CancellationToken ct) => _pump.ApplyAsync(step, ct);

    public void Prepare(StepEntry entry)
    {
        var next = entry.Decision.Save!;
        if (entry.IsSendAskedFor && _outbox.IsFull)
        {
            throw new StoreOverloadedException();
        }

        var before = entry.IsNew ? null : entry.Current.Verification;
        entry.After = new StoredVerification(next, before is null ? 1 : entry.Current!.Version + 1);
        entry.Prepared = new PreparedRow(
            before is null ? CodeBytes.Write(next.Code) : null,
            before?.Attempts == next.Attempts ? null : SendAttemptBytes.Write(next.Attempts),
            before is not null && ReferenceEquals(before.Details, next.Details) ? null : PersonalDocument.Seal(_sealer, next.Sid, next.To, next.Details),
            SealedEvents.Of(_maker.OfStep(entry.Current?.Verification, entry.Decision), _sealer));
    }

    public void Reserve(IReadOnlyList<StepEntry> entries) => _outbox.Reserve(entries);

    public async Task ExchangeAsync(IReadOnlyList<StepEntry> entries)
    {
        try
        {
            var (writes, reads) = Parted(entries);
            await EnsureDaysAsync(writes);
            var outbox = _outbox.RowOf(entries);

            // In the same order on every node, so that two batches that meet wait for each other and not in a circle.
            writes.Sort((left, right) => left.Lane.CompareTo(right.Lane));
            await ExchangeAsync(writes, reads, outbox, mayRepeat: true);
            if (writes.Exists(entry => entry.Prepared is PreparedRow { Events.Events.Count: > 0 }))
            {
                _events.Announce();
            }

            await ReadOvertakenAsync([.. entries.Where(entry => entry is { Phase: StepPhase.Write, Kept: false })]);
        }
        catch (Exception problem)
        {
            _outbox.GiveUp(entries);
            throw problem is NpgsqlException failure ? failure.ToUnavailable() : problem;
        }
    }

    public void HandOver(IReadOnlyList<StepEntry> entries) => _outbox.HandOver(entries);

    /// <summary>Finishes what is under way.</summary>
    public async Task CloseAsync()
    {
        await _pump.DisposeAsync();
        foreach (var lane in _lanes)
        {
            await lane.DisposeAsync();
        }
    }

    async Task ExchangeAsync(List<StepEntry> writes, List<StepEntry> reads, OutboxRow? outbox, bool mayRepeat, bool mayTrust = true)
    {
        var trusts = mayTrust && _newcomers.MayBeTrusted(writes);
        if (!_lanes.TryTake(out var lane))
        {
            lane = new Lane(_sealer, _slots.ForLane());
        }

        try
        {
            var older = await lane.RunAsync(_database, writes, trusts, reads, outbox, _time.GetUtcNow() - Recent);
            _newcomers.Learn(writes);
            if (older.Count > 0)
            {
                await lane.RunAsync(_database, [], trustsNew: false, older, null, DateTimeOffset.UnixEpoch);
            }
        }
        catch (PostgresException problem) when (mayRepeat && problem.SqlState is PostgresErrorCodes.DeadlockDetected or PostgresErrorCodes.SerializationFailure)
        {
            // Rolled back as a whole: nothing was kept, and whom it met is done.
            await ExchangeAsync(writes, reads, outbox, mayRepeat: false);
        }
        catch (PostgresException problem) when (trusts && problem.SqlState == PostgresErrorCodes.UniqueViolation)
        {
            // Rolled back as a whole, as above.
            _newcomers.Refuted();
            await ExchangeAsync(writes, reads, outbox, mayRepeat, mayTrust: false);
        }
        catch (PostgresException problem) when (mayRepeat && problem.SqlState == PostgresErrorCodes.CheckViolation)
        {
            // A day that this node knew was dropped.
            writes.ForEach(entry => _partitions.Forget(entry.Decision.Save!.Sid));
            await EnsureDaysAsync(writes);
            await ExchangeAsync(writes, reads, outbox, mayRepeat: false);
        }
        finally
        {
            _lanes.Add(lane);
        }
    }

    /// <summary>
    /// What is written and what is read. Of two changes of one verification, which one step found by its SID and another by its destination, only the first goes: the statement
    /// would keep either and say that it kept it. The other counts as one that came too late.
    /// </summary>
    static (List<StepEntry> Writes, List<StepEntry> Reads) Parted(IReadOnlyList<StepEntry> entries)
    {
        var (writes, reads, written) = (new List<StepEntry>(entries.Count), new List<StepEntry>(), new HashSet<UInt128>(entries.Count));
        foreach (var entry in entries)
        {
            if (entry.Phase == StepPhase.Read)
            {
                reads.Add(entry);
            }
            else if (written.Add(entry.Decision.Save!.Sid.Value))
            {
                writes.Add(entry);
            }
        }

        return (writes, reads);
    }

    /// <summary>
    /// What came too late learns at once what is there now, and so is ahead of those that have yet to read: of two that meet again and again, neither always loses.
    /// </summary>
    async Task ReadOvertakenAsync(List<StepEntry> overtaken)
    {
        if (overtaken.Count == 0)
        {
            return;
        }

        overtaken.ForEach(entry => (entry.Current, entry.Head) = (null, null));
        try
        {
            await ExchangeAsync([], overtaken, null, mayRepeat: false);
            overtaken.ForEach(entry => entry.IsCurrent = true);
        }
        catch (NpgsqlException)
        {
            // The writes before were kept: they are answered, and these are read with the next exchange.
        }
    }

    /// <summary>The days of new verifications have to be there; this asks the database once a day.</summary>
    async Task EnsureDaysAsync(List<StepEntry> writes)
    {
        foreach (var entry in writes)
        {
            if (entry.IsNew && !_partitions.Knows(entry.Decision.Save!.Sid))
            {
                var day = entry.Decision.Save.Sid.OrderedAt;
                await _partitions.EnsureAsync(day, day, CancellationToken.None);
            }
        }
    }

    /// <summary>A connection with its statements, which one exchange has at a time.</summary>
    sealed class Lane(Sealer sealer, short rollupSlot) : IAsyncDisposable
    {
        readonly VerificationBatch _batch = new(rollupSlot);
        readonly VerificationReads _reads = new(sealer);
        NpgsqlConnection? _connection;

        public async Task<List<StepEntry>> RunAsync(PostgresDatabase database, List<StepEntry> writes, bool trustsNew, List<StepEntry> reads, OutboxRow? outbox, DateTimeOffset floor)
        {
            for (var isFirst = true; ; isFirst = false)
            {
                _connection = await database.TakeLaneAsync(_connection, CancellationToken.None);
                try
                {
                    var older = await ExchangeAsync(_connection, writes, trustsNew, reads, outbox, floor);
                    database.Used(_connection);
                    return older;
                }
                catch (PostgresException problem) when (isFirst && IsEndedBefore(problem))
                {
                    // Once more, on a new connection.
                    await DisposeAsync();
                    database.Doubt();
                }
                catch (Exception problem) when (problem is not PostgresException refusal || refusal.IsOfReadOnlySession() || _connection.FullState != System.Data.ConnectionState.Open)
                {
                    // Whatever is left of it on the wire, the next exchange does not want to read it.
                    await DisposeAsync();
                    database.Doubt();
                    if (problem is NpgsqlException failure)
                    {
                        database.Failed(failure);
                    }

                    throw;
                }
            }
        }

        async Task<List<StepEntry>> ExchangeAsync(
            NpgsqlConnection connection, List<StepEntry> writes, bool trustsNew, List<StepEntry> reads, OutboxRow? outbox, DateTimeOffset floor)
        {
            // What was said of an exchange that was then rolled back does not hold for the next.
            writes.ForEach(entry => entry.Kept = false);
            await using var batch = new NpgsqlBatch(connection);
            var answering = _batch.AddTo(batch, writes, trustsNew, outbox);
            _reads.AddTo(batch, reads, floor);
            await using var results = await batch.ExecuteReaderAsync();
            await ReadKeptAsync(results, writes, answering);
            if (trustsNew)
            {
                writes.ForEach(entry => entry.Kept |= entry.IsNew);
            }

            return await _reads.ReadAsync(results);
        }

        /// <summary>
        /// The server ended the connection, at an operator's word or since it was idle for long, and said so in the place of one statement's answer. All of them are one transaction, which is committed behind the
        /// last: so nothing of it was kept. Of one that ends without a word nobody knows.
        /// </summary>
        static bool IsEndedBefore(PostgresException problem) => problem is { BatchCommand: not null, SqlState: PostgresErrorCodes.AdminShutdown or PostgresErrorCodes.IdleSessionTimeout };

        static async Task ReadKeptAsync(NpgsqlDataReader results, List<StepEntry> writes, int answering)
        {
            if (answering == 0)
            {
                return;
            }

            var bySid = writes.ToDictionary(entry => entry.Decision.Save!.Sid.Value);
            for (var i = 0; i < answering; i++)
            {
                while (await results.ReadAsync())
                {
                    bySid[results.GetGuid(0).ToValue()].Kept = true;
                }

                await results.NextResultAsync();
            }
        }

        public async ValueTask DisposeAsync()
        {
            if (_connection is { } connection)
            {
                _connection = null;
                await connection.DisposeAsync();
            }
        }
    }
}
