using System.Collections.Concurrent;
using Countersign.Core;
using Countersign.Core.Channels;
using Countersign.Core.Delivery;
using Countersign.Core.Delivery.Receipts;
using Countersign.Core.Events;
using Countersign.Core.Privacy;
using Countersign.Core.Verifications;
using Countersign.Storage.History;
using Countersign.Storage.Steps;
using Microsoft.Extensions.Logging;
using Npgsql;

namespace Countersign.Storage.PostgreSql;

/// <summary>The tables of verifications and attempts for a store that keeps the live ones elsewhere.</summary>
sealed partial class PostgresHistory(
    PostgresDatabase database, Partitions partitions, AttemptWriter writer, Sealer sealer, short rollupSlot, EventMaker maker, PostgresEventStore events, ILogger logger)
    : IVerificationHistory, IAttemptSink
{
    // The bounds let PostgreSQL leave out all partitions but those of the days in question.
    const string FindSql = $"""
        SELECT {VerificationColumns.List}, v.destination FROM unnest($1) AS i(sid) JOIN verification v ON v.sid = i.sid AND v.sid >= $2 AND v.sid <= $3
        """;

    const string RecordedSql = "SELECT a.sid FROM unnest($1) AS i(sid) JOIN attempt a ON a.sid = i.sid AND a.sid >= $2 AND a.sid <= $3";

    // Rows that this node kept itself, and that come in their first version, are new.
    readonly ProvenHabit _areNew = new();

    // As many as are saved at a time. Their arrays are of thousands of rows, each of which would else be a large object of its own.
    readonly ConcurrentBag<HistoryBatch> _batches = [];

    readonly Gathered<SendRecord, ReceivedReceipts> _recorder = new(records => writer.WriteAsync(records, []));

    public async Task SaveAsync(IReadOnlyList<HistoryRow> rows, CancellationToken ct)
    {
        foreach (var row in rows)
        {
            if (!partitions.Knows(row.Sid))
            {
                await partitions.EnsureAsync(row.Sid.OrderedAt, row.Sid.OrderedAt, ct);
            }
        }

        // In the order of their SIDs, so that two nodes that save the same ones wait for each other in one order.
        var sorted = rows.ToList();
        sorted.Sort((one, other) => one.Sid.CompareTo(other.Sid));
        var batch = _batches.TryTake(out var used) ? used : new HistoryBatch(sealer, rollupSlot);
        try
        {
            if (await SaveAsync(batch, sorted, ct))
            {
                events.Announce();
            }
        }
        catch (StoreUnavailableException)
        {
            // Perhaps another node has dropped a day, which then has to be made again.
            sorted.ForEach(row => partitions.Forget(row.Sid));
            throw;
        }
        finally
        {
            _batches.Add(batch);
        }
    }

    /// <summary>
    /// What this node kept itself was hardly ever saved before: where another took it over, or has brought the code that was typed at it at once. Then all is done again with a look.
    /// </summary>
    async Task<bool> SaveAsync(HistoryBatch batch, List<HistoryRow> rows, CancellationToken ct)
    {
        if (_areNew.Holds && rows.TrueForAll(row => row.Opened is not null))
        {
            if (await SaveAsync(batch, rows, areNew: true, ct) is { } tells)
            {
                return tells;
            }

            _areNew.Refute();
        }
        else
        {
            _areNew.Confirm();
        }

        return await SaveAsync(batch, rows, areNew: false, ct) is true;
    }

    /// <summary>Saves in one transaction. True when receivers are to be told something; null when nothing was kept, since one of those that were taken for new was there.</summary>
    Task<bool?> SaveAsync(HistoryBatch batch, List<HistoryRow> rows, bool areNew, CancellationToken ct) => database.TransactAsync<bool?>(
        async connection =>
        {
            try
            {
                return await batch.SaveAsync(connection, rows, areNew) is { } made ? await TellAsync(connection, rows, made) : null;
            }
            catch (PostgresException known) when (areNew && known.SqlState == PostgresErrorCodes.UniqueViolation)
            {
                return null;
            }
        },
        ct,
        keeps: static tells => tells is not null);

    /// <summary>Keeps what the rows mean for receivers: of those that this transaction wrote, and of no others.</summary>
    async Task<bool> TellAsync(NpgsqlConnection connection, List<HistoryRow> rows, HashSet<Sid> made)
    {
        EventArrays? arrays = null;
        foreach (var row in rows)
        {
            try
            {
                if (maker.IsHeard(row.ServiceSid, row.AccountSid) && SealedEvents.Of(maker.OfHistory(row.Open(sealer), made.Contains(row.Sid)), sealer) is { } told)
                {
                    (arrays ??= new EventArrays("verification")).Add(told);
                }
            }
            catch (Exception problem) when (problem is not (UnknownKeyException or NpgsqlException))
            {
                // A row that is damaged, or that a newer version wrote and this one does not understand, holds up no others. Where only the key is missing here, all of them wait for it.
                LogUntold(row.Sid, problem.GetType().Name);
            }
        }

        if (arrays is null)
        {
            return false;
        }

        await using var batch = new NpgsqlBatch(connection);
        arrays.AddTo(batch);
        await batch.ExecuteNonQueryAsync(CancellationToken.None);
        return true;
    }

    public async Task<IReadOnlyList<HistoryRow>> FindAsync(IReadOnlyCollection<Sid> verifications, CancellationToken ct) => await ReadAsync(FindSql, verifications, ReadRow, ct);

    public async Task<ReceivedReceipts> WriteAsync(IReadOnlyList<SendRecord> records, CancellationToken ct) =>
        PostgresOutbox.Own(await _recorder.RunAsync(records), records);

    public async Task<IReadOnlySet<Sid>> FindRecordedAsync(IReadOnlyCollection<Sid> attempts, CancellationToken ct) =>
        (await ReadAsync(RecordedSql, attempts, row => row.Sid(0, "VL"), ct)).ToHashSet();

    async Task<List<T>> ReadAsync<T>(string sql, IReadOnlyCollection<Sid> sids, Func<NpgsqlDataReader, T> read, CancellationToken ct) => sids.Count == 0 ? [] : await database.RunAsync(
        async connection =>
        {
#pragma warning disable CA2100 // One of the texts above.
            await using var command = new NpgsqlCommand(sql, connection);
#pragma warning restore CA2100
            command.Parameters.Bind(sids).Bind(sids.Min()).Bind(sids.Max());
            return await command.ReadAsync(read, ct);
        },
        ct);

    static HistoryRow ReadRow(NpgsqlDataReader row)
    {
        var service = row.Sid(2, "VA");
        return new HistoryRow
        {
            Sid = row.Sid(0, "VE"),
            Version = row.GetInt32(1),
            Key = VerificationStep.KeyOf(service, row.GetGuid(13).ToValue()),
            ServiceSid = service,
            AccountSid = row.Sid(3, "AC"),
            Status = (VerificationStatus)row.GetInt16(4),
            Channel = (Channel)row.GetInt16(5),
            Checks = row.GetInt16(6),
            CreatedAt = row.Moment(7),
            UpdatedAt = row.Moment(8),
            ExpiresAt = row.Moment(9),
            Code = CodeBytes.Read(row.GetFieldValue<byte[]>(10)),
            Attempts = row.GetFieldValue<byte[]>(11),
            Personal = row.GetFieldValue<byte[]>(12),
        };
    }

    [LoggerMessage(3216, LogLevel.Error, "{Verification} is damaged, or of a newer version ({Problem}): receivers of events are told nothing of what became of it")]
    partial void LogUntold(Sid verification, string problem);
}
