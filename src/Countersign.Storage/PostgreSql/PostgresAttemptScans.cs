using Countersign.Core;
using Countersign.Core.Delivery;
using Countersign.Core.Delivery.Attempts;
using Npgsql;
using NpgsqlTypes;

namespace Countersign.Storage.PostgreSql;

/// <summary>Looks through attempts: so many rows in the order of their SIDs, which are the key, and of those the ones that are wanted.</summary>
static class PostgresAttemptScans
{
    // The shard that a destination's attempts have in a service: the low 12 bits of both values, put together (see VerificationStep.KeyOf).
    const string FindSql = $"""
        SELECT {PostgresAttemptRows.Columns} FROM (
            SELECT shard, {PostgresAttemptRows.Columns} FROM attempt WHERE sid < $1 AND sid >= $2 ORDER BY sid DESC LIMIT $3
        ) AS looked
        WHERE account_sid = $4 AND country IS NOT NULL AND created_at >= $5 AND created_at < $6
            AND ($7::uuid IS NULL OR service_sid = $7) AND ($8::uuid IS NULL OR verification_sid = $8)
            AND ($9::text IS NULL OR country = $9) AND ($10::smallint IS NULL OR channel = $10)
            AND ($11::integer IS NULL OR shard = (('x' || right(service_sid::text, 3))::bit(12)::integer # $11))
        ORDER BY sid DESC LIMIT $12
        """;

    const string EndSql = "SELECT sid FROM attempt WHERE sid < $1 AND sid >= $2 ORDER BY sid DESC OFFSET $3 LIMIT 2";

    public static async Task<List<AttemptRecord>> FindAsync(NpgsqlConnection connection, AttemptScan scan, CancellationToken ct)
    {
        await using var find = new NpgsqlCommand(FindSql, connection);
        BindRange(find.Parameters, scan);
        find.Parameters.Bind((long)scan.Examine).Bind(scan.Account).Bind(scan.From).Bind(scan.To?.ToUnixTimeMilliseconds() ?? long.MaxValue)
            .Bind(scan.Service).Bind(scan.Verification).Bind(scan.Country);
        find.Parameters.Add(new NpgsqlParameter { NpgsqlDbType = NpgsqlDbType.Smallint, Value = scan.Channel is { } channel ? (short)channel : DBNull.Value });
        find.Parameters.Bind(scan.MaybeOf is { } destination ? Sid.ShardOf(destination) : (int?)null).Bind((long)scan.Size);
        return await find.ReadAsync(PostgresAttemptRows.Read, ct);
    }

    /// <summary>The last row that was looked at, which is the last that was found or the last of all that may be, if there is one behind it.</summary>
    public static async Task<UInt128?> EndAsync(NpgsqlConnection connection, Sid? lastFound, AttemptScan scan, CancellationToken ct)
    {
        await using var look = new NpgsqlCommand(EndSql, connection);
        BindRange(look.Parameters, lastFound is { } sid ? scan with { Before = sid.Value } : scan);
        look.Parameters.Bind(lastFound is null ? (long)scan.Examine - 1 : 0);
        var rows = await look.ReadAsync(row => row.GetGuid(0).ToValue(), ct);
        return lastFound is { } last ? (rows.Count > 0 ? last.Value : null) : rows.Count == 2 ? rows[0] : null;
    }

    static void BindRange(NpgsqlParameterCollection parameters, AttemptScan scan)
    {
        var newest = scan.To is { } to ? Sid.FirstAt("VL", to).Value : UInt128.MaxValue;
        parameters.Add(new NpgsqlParameter<Guid> { TypedValue = (scan.Before is { } before && before < newest ? before : newest).ToUuid() });
        parameters.Bind(Sid.FirstAt("VL", scan.From));
    }
}
