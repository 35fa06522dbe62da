using Npgsql;

namespace Countersign.Storage.PostgreSql;

/// <summary>Removes entities whose service was removed, with what hangs on them: one service after the other, and little in one statement, however many challenges they have.</summary>
/// <param name="rows">Rows that one look removes at most, but for factors, of which an entity has few.</param>
sealed class OrphanedEntities(int rows)
{
    // Of so many entities together.
    const int Entities = 50;

    Guid? _service;

    /// <summary>Finds the next service that is gone, or removes some of its challenges, or some entities without; says how many entities went, and whether there may be more.</summary>
    public async Task<(int Removed, bool More)> RemoveAsync(NpgsqlConnection connection, CancellationToken ct)
    {
        _service ??= await FindAsync(connection, ct);
        if (_service is not { } service)
        {
            return (0, false);
        }

        if (await IdentitiesAsync(connection, service, ct) is not { Length: > 0 } identities)
        {
            _service = null;
            return (0, true);
        }

        // Entities go last: they are what the rest is found by.
        if (await RunAsync(connection, $"DELETE FROM challenge WHERE ctid = ANY (ARRAY (SELECT ctid FROM challenge WHERE identity = ANY ($1) LIMIT {rows}))", identities, ct) == rows)
        {
            return (0, true);
        }

        await RunAsync(connection, "DELETE FROM factor WHERE identity = ANY ($1)", identities, ct);
        return (await RunAsync(connection, "DELETE FROM entity WHERE identity = ANY ($1)", identities, ct), true);
    }

    /// <summary>A service that has entities and is gone; null for none. From one service to the next by the index: there are many more entities.</summary>
    static async Task<Guid?> FindAsync(NpgsqlConnection connection, CancellationToken ct)
    {
        await using var find = new NpgsqlCommand(
            """
            WITH RECURSIVE next AS (
                (SELECT service_sid FROM entity ORDER BY service_sid LIMIT 1)
                UNION ALL
                SELECT (SELECT service_sid FROM entity WHERE entity.service_sid > next.service_sid ORDER BY service_sid LIMIT 1) FROM next WHERE next.service_sid IS NOT NULL)
            SELECT service_sid FROM next WHERE service_sid IS NOT NULL AND NOT EXISTS (SELECT FROM service WHERE service.sid = next.service_sid) LIMIT 1
            """,
            connection);
        return await find.ExecuteScalarAsync(ct) as Guid?;
    }

    static async Task<Guid[]> IdentitiesAsync(NpgsqlConnection connection, Guid service, CancellationToken ct)
    {
        await using var read = new NpgsqlCommand($"SELECT ARRAY (SELECT identity FROM entity WHERE service_sid = $1 LIMIT {Entities})", connection);
        read.Parameters.Add(new NpgsqlParameter<Guid> { TypedValue = service });
        return (Guid[])(await read.ExecuteScalarAsync(ct))!;
    }

    static async Task<int> RunAsync(NpgsqlConnection connection, string text, Guid[] identities, CancellationToken ct)
    {
#pragma warning disable CA2100 // Texts of this class.
        await using var command = new NpgsqlCommand(text, connection);
#pragma warning restore CA2100
        command.Parameters.Add(new NpgsqlParameter<Guid[]> { TypedValue = identities });
        return await command.ExecuteNonQueryAsync(ct);
    }
}
