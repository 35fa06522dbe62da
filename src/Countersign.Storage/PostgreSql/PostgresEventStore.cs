using Countersign.Core;
using Countersign.Core.Events;
using Countersign.Core.Privacy;
using Npgsql;

namespace Countersign.Storage.PostgreSql;

/// <summary>
/// Events in PostgreSQL. A node claims what it sends, so that no other sends it beside it; what it claimed and did not settle is free once the node has closed or is gone from the
/// table of nodes, and in any case after a minute.
/// </summary>
sealed class PostgresEventStore(PostgresDatabase database, long node, Sealer sealer, TimeProvider time) : IEventStore
{
    readonly EventSignal _signal = new(time);

    /// <summary>Something was kept that may be due.</summary>
    public void Announce() => _signal.Set();

    public Task WaitAsync(TimeSpan atMost, CancellationToken ct) => _signal.WaitAsync(atMost, ct);

    public async Task AddAsync(IReadOnlyList<EventEntry> events, CancellationToken ct)
    {
        if (events.Count > 0)
        {
            await database.RunAsync(
                async connection =>
                {
                    await using var batch = new NpgsqlBatch(connection);
                    AddTo(batch, events);
                    await batch.ExecuteNonQueryAsync(CancellationToken.None);
                },
                ct);
            Announce();
        }
    }

    /// <summary>Adds the statement that keeps events which are sure to a batch.</summary>
    public void AddTo(NpgsqlBatch batch, IEnumerable<EventEntry> events)
    {
        var arrays = new EventArrays("verification");
        foreach (var entry in events)
        {
            arrays.Add(entry.ServiceSid, SealedEvents.Seal(entry, sealer));
        }

        arrays.AddTo(batch, areSure: true);
    }

    public async ValueTask<DueReceivers> DueAsync(Sid after, int max, CancellationToken ct)
    {
        var looked = await database.RunAsync(
            async connection =>
            {
                await using var due = new NpgsqlCommand(EventSql.Due, connection);
                due.Parameters.Bind(after).Bind(time.GetUtcNow()).Bind((long)max);
                return await due.ReadAsync(row => (Receiver: row.Sid(0, PrefixOf(row.GetBoolean(1))), IsDue: row.GetBoolean(2)), ct);
            },
            ct);
        return new DueReceivers([.. looked.Where(row => row.IsDue).Select(row => row.Receiver)], looked.Count < max ? null : looked[^1].Receiver);
    }

    public async ValueTask<IReadOnlyList<EventEntry>> ClaimAsync(IReadOnlyList<(Sid Receiver, int Most)> receivers, CancellationToken ct)
    {
        var rows = await database.RunAsync(
            async connection =>
            {
                await using var claim = new NpgsqlCommand(EventSql.Claim, connection);
                claim.Parameters.Bind(receivers.Select(pair => pair.Receiver));
                claim.Parameters.Add(new NpgsqlParameter<int[]> { TypedValue = [.. receivers.Select(pair => pair.Most)] });
                claim.Parameters.Bind(time.GetUtcNow()).Bind(node);
                return await claim.ReadAsync(Read, CancellationToken.None);
            },
            ct);

        // An update gives its rows in no order.
        return Open(rows.OrderBy(row => row.DueAt).ThenBy(row => row.Position));
    }

    public async Task SettleAsync(IReadOnlyList<(EventEntry Event, EventOutcome Outcome)> outcomes, CancellationToken ct)
    {
        var now = time.GetUtcNow();
        await database.RunAsync(
            async connection =>
            {
                await using var batch = new NpgsqlBatch(connection);
                var taken = outcomes.Where(pair => pair.Outcome.IsTaken).Select(pair => pair.Event.Position).ToArray();
                if (taken.Length > 0)
                {
                    var delete = new NpgsqlBatchCommand("DELETE FROM event WHERE position = ANY ($1)");
                    delete.Parameters.Add(new NpgsqlParameter<long[]> { TypedValue = taken });
                    batch.BatchCommands.Add(delete);
                }

                var untried = outcomes.Where(pair => pair.Outcome.IsUntried).Select(pair => pair.Event.Position).ToArray();
                if (untried.Length > 0)
                {
                    var release = new NpgsqlBatchCommand("UPDATE event SET claimed_by = NULL, claimed_at = NULL WHERE position = ANY ($1) AND claimed_by = $2");
                    release.Parameters.Add(new NpgsqlParameter<long[]> { TypedValue = untried });
                    release.Parameters.Bind(node);
                    batch.BatchCommands.Add(release);
                }

                foreach (var (entry, outcome) in outcomes.Where(pair => !pair.Outcome.IsTaken && !pair.Outcome.IsUntried))
                {
                    var settle = new NpgsqlBatchCommand(
                        "UPDATE event SET tries = tries + 1, problem = $1, due_at = $2, dead = $3, claimed_by = NULL, claimed_at = NULL WHERE position = $4 AND claimed_by = $5");
                    settle.Parameters.Bind(outcome.Problem).Bind(outcome.RetryAt ?? now).Bind(outcome.RetryAt is null).Bind(entry.Position).Bind(node);
                    batch.BatchCommands.Add(settle);
                }

                await batch.ExecuteNonQueryAsync(CancellationToken.None);
            },
            ct);
    }

    public async ValueTask<IReadOnlyDictionary<Sid, int>> WaitingAsync(IReadOnlyList<Sid> receivers, int most, CancellationToken ct)
    {
        var kinds = receivers.Distinct().ToDictionary(receiver => receiver.Value);
        var counts = await database.RunAsync(
            async connection =>
            {
                await using var count = new NpgsqlCommand(EventSql.Waiting, connection);
                count.Parameters.Bind(kinds.Values).Bind((long)most);
                return await count.ReadAsync(row => (row.GetGuid(0).ToValue(), row.GetInt32(1)), ct);
            },
            ct);
        return counts.ToDictionary(pair => kinds[pair.Item1], pair => pair.Item2);
    }

    public async Task<Page<EventEntry>> ListAsync(Sid account, Sid? receiver, bool dead, PageRequest request, CancellationToken ct)
    {
        var backwards = request.Cursor is { Backwards: true };
        var sql = receiver is null ? (backwards ? EventSql.Newer : EventSql.Older) : backwards ? EventSql.NewerOf : EventSql.OlderOf;
        var rows = await QueryAsync(
            sql,
            parameters =>
            {
                parameters.Bind(account).Bind(dead).Bind(request.Cursor?.Position ?? long.MaxValue).Bind(RowPages.Limit(request));
                _ = receiver is { } own ? parameters.Bind(own) : parameters;
            },
            Read,
            ct);
        return RowPages.Of(rows, request, static row => row.Position);
    }

    public async ValueTask<EventEntry?> FindAsync(Sid account, long position, CancellationToken ct) =>
        (await QueryAsync(EventSql.Find, parameters => parameters.Bind(position).Bind(account), Read, ct)).FirstOrDefault();

    public async Task<int> ReviveAsync(Sid account, long? position, Sid? receiver, CancellationToken ct)
    {
        var now = time.GetUtcNow();
        var revived = 0;
        if (position is { } one)
        {
            revived = await ChangeAsync(EventSql.ReviveOne, parameters => parameters.Bind(now).Bind(one).Bind(account), ct);
        }
        else
        {
            // Those that wait first, or the dead would be looked at twice.
            foreach (var dead in new[] { false, true })
            {
                for (long? behind = 0; behind is { } from;)
                {
                    var slice = await QueryAsync(
                        receiver is null ? EventSql.Revive : EventSql.ReviveOf,
                        parameters =>
                        {
                            parameters.Bind(account).Bind(dead).Bind(from).Bind(now);
                            _ = receiver is { } own ? parameters.Bind(own) : parameters;
                        },
                        row => (Count: row.GetInt32(0), Last: row.IsDBNull(1) ? (long?)null : row.GetInt64(1)),
                        ct);
                    revived += slice[0].Count;
                    behind = slice[0].Last;
                }
            }
        }

        Announce();
        return revived;
    }

    public async Task<bool> RemoveAsync(Sid account, long position, CancellationToken ct) =>
        await ChangeAsync(EventSql.RemoveOne, parameters => parameters.Bind(position).Bind(account), ct) > 0;

    public async Task RemoveOfAsync(Sid receiver, DateTimeOffset before, CancellationToken ct)
    {
        while (await ChangeAsync(EventSql.RemoveOf, parameters => parameters.Bind(receiver).Bind(before), ct) > 0)
        {
        }
    }

    public async ValueTask<IReadOnlyList<Sid>> ReceiversAsync(Sid after, int max, CancellationToken ct) =>
        await QueryAsync(EventSql.Receivers, parameters => parameters.Bind(after).Bind((long)max), row => row.Sid(0, PrefixOf(row.GetBoolean(1))), ct);

    public async Task<int> RemoveOldAsync(DateTimeOffset dead, DateTimeOffset any, CancellationToken ct) =>
        await ChangeAsync(EventSql.RemoveDead, parameters => parameters.Bind(dead), ct) + await ChangeAsync(EventSql.RemoveOld, parameters => parameters.Bind(any), ct);

    public async ValueTask<IReadOnlyList<ExpiryWatch>> DueWatchesAsync(int max, CancellationToken ct) => await database.RunAsync(
        async connection =>
        {
            await using var find = new NpgsqlCommand(
                "SELECT verification_sid, service_sid, account_sid, due_at FROM event_watch WHERE due_at <= $1 ORDER BY due_at LIMIT $2", connection);
            find.Parameters.Bind(time.GetUtcNow()).Bind((long)max);
            return await find.ReadAsync(row => new ExpiryWatch(row.Sid(0, "VE"), row.Sid(1, "VA"), row.Sid(2, "AC"), row.Moment(3)), ct);
        },
        ct);

    public async Task SettleWatchAsync(ExpiryWatch watch, DateTimeOffset? again, IReadOnlyList<EventEntry> events, CancellationToken ct)
    {
        await database.TransactAsync(
            async connection =>
            {
                // The row is the claim: of two nodes that look at one verification, the second finds no watch, and tells nobody.
                await using var settle = new NpgsqlCommand(
                    again is null
                        ? "DELETE FROM event_watch WHERE verification_sid = $1 AND due_at = $2 AND $2 <= $3"
                        : "UPDATE event_watch SET due_at = $3 WHERE verification_sid = $1 AND due_at = $2",
                    connection);
                settle.Parameters.Bind(watch.VerificationSid).Bind(watch.DueAt).Bind(again ?? DateTimeOffset.MaxValue);
                if (await settle.ExecuteNonQueryAsync(CancellationToken.None) > 0 && events.Count > 0)
                {
                    await using var batch = new NpgsqlBatch(connection);
                    AddTo(batch, events);
                    await batch.ExecuteNonQueryAsync(CancellationToken.None);
                }

                return true;
            },
            ct);
        if (events.Count > 0)
        {
            Announce();
        }
    }

    /// <summary>Gives back what is claimed and not settled: this node is about to close.</summary>
    public Task ReleaseAsync(CancellationToken ct) =>
        ChangeAsync("UPDATE event SET claimed_by = NULL, claimed_at = NULL WHERE claimed_by = $1", parameters => parameters.Bind(node), ct);

    Task<int> ChangeAsync(string sql, Action<NpgsqlParameterCollection> bind, CancellationToken ct) => database.RunAsync(
        async connection =>
        {
#pragma warning disable CA2100 // Texts of this file.
            await using var command = new NpgsqlCommand(sql, connection);
#pragma warning restore CA2100
            bind(command.Parameters);
            return await command.ExecuteNonQueryAsync(CancellationToken.None);
        },
        ct);

    Task<List<T>> QueryAsync<T>(string sql, Action<NpgsqlParameterCollection> bind, Func<NpgsqlDataReader, T> read, CancellationToken ct) => database.ServeAsync(
        async connection =>
        {
#pragma warning disable CA2100 // Texts of this file.
            await using var command = new NpgsqlCommand(sql, connection);
#pragma warning restore CA2100
            bind(command.Parameters);
            return await command.ReadAsync(read, ct);
        },
        ct);

    /// <summary>A row whose seal does not open cannot be told to anybody: it goes with what is old. Where only the key is missing here, the claim gets old, and another node has it or this one soon.</summary>
    List<EventEntry> Open(IEnumerable<EventEntry> rows)
    {
        var open = new List<EventEntry>();
        foreach (var row in rows)
        {
            try
            {
                open.Add(EventSeal.Open(sealer, row));
            }
            catch (System.Security.Cryptography.CryptographicException)
            {
            }
        }

        return open;
    }

    static string PrefixOf(bool isSink) => isSink ? "DG" : "YW";

    static EventEntry Read(NpgsqlDataReader row) => new()
    {
        Position = row.GetInt64(0),
        Receiver = row.Sid(1, PrefixOf(row.GetBoolean(2))),
        AccountSid = row.Sid(3, "AC"),
        ServiceSid = row.Sid(4, "VA"),
        Type = (EventType)row.GetInt16(5),
        Id = row.GetString(6),
        At = row.Moment(7),
        Since = row.Moment(8),
        DueAt = row.Moment(9),
        Tries = row.GetInt32(10),
        IsDead = row.GetBoolean(11),
        Problem = row.TextOrNull(12),
        Data = row.GetFieldValue<byte[]>(13),
    };
}
