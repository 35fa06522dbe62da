using Countersign.Core;
using Countersign.Core.Privacy;
using Countersign.Core.Services;
using Npgsql;

namespace Countersign.Storage.PostgreSql;

/// <summary>Services in PostgreSQL. All of them are held in memory as well, since every request needs one.</summary>
sealed class PostgresServiceStore : IServiceStore
{
    const string Columns = "sid, position, xmin, account_sid, settings, test_numbers, created_at, updated_at";

    readonly PostgresDatabase _database;
    readonly Sealer _sealer;
    readonly Mirror<Sid, VerifyService> _services;

    public PostgresServiceStore(PostgresDatabase database, PostgresChanges changes, Sealer sealer)
    {
        (_database, _sealer) = (database, sealer);
        _services = new Mirror<Sid, VerifyService>("service", ReadAsync, name => Sid.Parse(name, "VA"), sid => sid.ToString(), static _ => { });
        changes.Keep(_services);
    }

    public async Task<bool> CreateAsync(VerifyService service, CancellationToken ct)
    {
        var created = await _database.ChangeAsync(
            async connection =>
            {
                // Of those who add at once, each must count what the one before has added.
                var take = new NpgsqlBatchCommand("SELECT pg_advisory_xact_lock($1, hashtext($2))");
                take.Parameters.Bind(AdvisoryLocks.Additions).Bind($"service/{service.AccountSid}");
                var insert = new NpgsqlBatchCommand("""
                    INSERT INTO service (sid, account_sid, settings, test_numbers, created_at, updated_at)
                    SELECT $1, $2, $3, $4, $5, $6 WHERE (SELECT count(*) FROM service WHERE account_sid = $2) < $7
                    """);
                insert.Parameters.Bind(service.Sid).Bind(service.AccountSid).Bind(ServiceDocument.Write(service)).Bind(TestNumberDocument.Seal(_sealer, service))
                    .Bind(service.CreatedAt).Bind(service.UpdatedAt).Bind(ServiceLimits.MaxPerAccount);
                await using var batch = new NpgsqlBatch(connection) { BatchCommands = { take, insert, PostgresChanges.Tell(_services.Topic, service.Sid.ToString()) } };
                await batch.ExecuteNonQueryAsync(CancellationToken.None);
                return insert.RecordsAffected > 0;
            },
            ct);
        if (created)
        {
            await _services.RefreshAsync(service.Sid);
        }

        return created;
    }

    public ValueTask<VerifyService?> FindAsync(Sid service, CancellationToken ct) => new(_services.Find(service));

    public VerifyService? LastRead(Sid service) => _services.LastRead(service);

    public async Task<Page<VerifyService>> ListAsync(Sid account, PageRequest request, CancellationToken ct)
    {
        var backwards = request.Cursor is { Backwards: true };
        var sql = backwards
            ? $"SELECT {Columns} FROM service WHERE account_sid = $1 AND position > $2 ORDER BY position LIMIT $3"
            : $"SELECT {Columns} FROM service WHERE account_sid = $1 AND position < $2 ORDER BY position DESC LIMIT $3";
        var rows = await _database.ServeAsync(
            connection =>
            {
                // One more than asked tells whether there is a neighbour on the far side.
                var command = new NpgsqlCommand(sql, connection);
                command.Parameters.Bind(account).Bind(request.Cursor?.Position ?? long.MaxValue).Bind((long)request.Size + 1);
                return command.ReadAsync(Read, ct);
            },
            ct);

        var more = rows.Count > request.Size;
        if (more)
        {
            rows.RemoveAt(rows.Count - 1);
        }

        if (backwards)
        {
            rows.Reverse();
        }

        var hasNewer = rows.Count > 0 && (backwards ? more : request.Cursor is not null);
        var hasOlder = rows.Count > 0 && (backwards || more);
        return new Page<VerifyService>(
            [.. rows.Where(row => row.Row.Problem is null).Select(row => row.Row.Entry!)],
            hasNewer ? new PageCursor(rows[0].Row.Position, Backwards: true) : null,
            hasOlder ? new PageCursor(rows[^1].Row.Position, Backwards: false) : null);
    }

    public async Task<VerifyService?> UpdateAsync(Sid service, Func<VerifyService, VerifyService> change, CancellationToken ct)
    {
        var after = await _database.ChangeAsync(
            async connection =>
            {
                await using var find = new NpgsqlCommand($"SELECT {Columns} FROM service WHERE sid = $1 FOR UPDATE", connection);
                find.Parameters.Bind(service);
                if ((await find.ReadAsync(row => (Read(row).Row, Settings: row.GetString(4)), ct)) is not [var (before, settings)])
                {
                    return null;
                }

                var after = change(before.Known($"service/{service}"));
                var update = new NpgsqlBatchCommand("UPDATE service SET settings = $1, test_numbers = $2, updated_at = $3 WHERE sid = $4");
                update.Parameters.Bind(ServiceDocument.Write(after, settings)).Bind(TestNumberDocument.Seal(_sealer, after)).Bind(after.UpdatedAt).Bind(service);
                await using var batch = new NpgsqlBatch(connection) { BatchCommands = { update, PostgresChanges.Tell(_services.Topic, service.ToString()) } };
                await batch.ExecuteNonQueryAsync(CancellationToken.None);
                return after;
            },
            ct);
        if (after is not null)
        {
            await _services.RefreshAsync(service);
        }

        return after;
    }

    public async Task<bool> DeleteAsync(Sid service, CancellationToken ct)
    {
        var deleted = await _database.ChangeAsync(
            async connection =>
            {
                var delete = new NpgsqlBatchCommand("DELETE FROM service WHERE sid = $1");
                delete.Parameters.Bind(service);
                await using var batch = new NpgsqlBatch(connection) { BatchCommands = { delete, PostgresChanges.Tell(_services.Topic, service.ToString()) } };
                await batch.ExecuteNonQueryAsync(CancellationToken.None);
                return delete.RecordsAffected > 0;
            },
            ct);
        await _services.RefreshAsync(service);
        return deleted;
    }

    Task<Dictionary<Sid, MirrorRow<VerifyService>>> ReadAsync(IReadOnlyCollection<Sid>? sids) => _database.ReadAllAsync(
        $"SELECT {Columns} FROM service WHERE $1::uuid[] IS NULL OR sid = ANY ($1)", parameters => parameters.BindOrNull(sids), Read);

    (Sid Sid, MirrorRow<VerifyService> Row) Read(NpgsqlDataReader row)
    {
        var sid = row.Sid(0, "VA");
        return (sid, row.Mirrored(
            1, row => ServiceDocument.Read(sid, row.Sid(3, "AC"), row.GetString(4), row.Moment(6), row.Moment(7), TestNumberDocument.Open(_sealer, sid, row.BytesOrNull(5)))));
    }
}
