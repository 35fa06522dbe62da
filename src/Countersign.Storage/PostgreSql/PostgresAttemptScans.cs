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
    // The one row behind those that are looked at comes too, whoever's it is, and says where to go on: so nothing is walked twice.
    const string FindSql = $"""
        SELECT {PostgresAttemptRows.Columns}, number FROM (
            SELECT shard, {PostgresAttemptRows.Columns}, row_number() OVER (ORDER BY sid DESC) AS number
            FROM attempt WHERE sid < $1 AND sid >= $2 ORDER BY sid DESC LIMIT $3 + 1
        ) AS looked
        WHERE number > $3
            OR (account_sid = $4 AND country IS NOT NULL AND created_at >= $5 AND created_at < $6
            AND ($7::uuid IS NULL OR service_sid = $7) AND ($8::uuid IS NULL OR verification_sid = $8)
            AND ($9::text IS NULL OR country = $9) AND ($10::smallint IS NULL OR channel = $10)
            AND ($11::integer IS NULL OR shard = (('x' || right(service_sid::text, 3))::bit(12)::integer # $11)))
        ORDER BY sid DESC LIMIT $12 + 1
        """;

    public static async Task<AttemptSlice> ScanAsync(NpgsqlConnection connection, AttemptScan scan, CancellationToken ct)
    {
        await using var find = new NpgsqlCommand(FindSql, connection);
        BindRange(find.Parameters, scan);
        find.Parameters.Bind((long)scan.Examine).Bind(scan.Account).Bind(scan.From).Bind(scan.To?.ToUnixTimeMilliseconds() ?? long.MaxValue)
            .Bind(scan.Service).Bind(scan.Verification).Bind(scan.Country);
        find.Parameters.Add(new NpgsqlParameter { NpgsqlDbType = NpgsqlDbType.Smallint, Value = scan.Channel is { } channel ? (short)channel : DBNull.Value });
        find.Parameters.Bind(scan.MaybeOf is { } destination ? Sid.ShardOf(destination) : (int?)null).Bind((long)scan.Size);

        var found = new List<(AttemptRecord Attempt, UInt128 Place)>();
        await using var rows = await find.ExecuteReaderAsync(ct);
        while (await rows.ReadAsync(ct))
        {
            var sid = rows.GetGuid(0).ToValue();
            if (rows.GetInt64(PostgresAttemptRows.Count) > scan.Examine)
            {
                // A look begins before its place, and must begin with this row.
                return new AttemptSlice(found, sid + 1);
            }

            if (found.Count == scan.Size)
            {
                return new AttemptSlice(found, found[^1].Place);
            }

            found.Add((PostgresAttemptRows.Read(rows), sid));
        }

        return new AttemptSlice(found, null);
    }

    static void BindRange(NpgsqlParameterCollection parameters, AttemptScan scan)
    {
        var newest = scan.To is { } to ? Sid.FirstAt("VL", to).Value : UInt128.MaxValue;
        parameters.Add(new NpgsqlParameter<Guid> { TypedValue = (scan.Before is { } before && before < newest ? before : newest).ToUuid() });
        parameters.Bind(Sid.FirstAt("VL", scan.From));
    }
}
