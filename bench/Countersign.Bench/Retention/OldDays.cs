using System.Globalization;
using Countersign.Core;
using Npgsql;

namespace Countersign.Bench.Retention;

/// <summary>
/// Days of history in PostgreSQL, made in a minute: rows as a server writes them in shape and size, with the head of each destination; and of what is removed row by row, a tenth as many challenges of
/// factors, half of them of a service that is gone, and a tenth as many access tokens.
/// </summary>
static class OldDays
{
    /// <param name="connectionString">A database that a server has made.</param>
    /// <param name="rows">Verifications, as many attempts and as many heads.</param>
    /// <param name="account">Whose they are.</param>
    /// <param name="service">Whose they are.</param>
    /// <param name="first">A midnight (UTC).</param>
    /// <param name="days">Rows are spread over so many, each with a partition of its own.</param>
    /// <param name="ct">Gives up.</param>
    public static async Task InsertAsync(string connectionString, int rows, Sid account, Sid service, DateTimeOffset first, int days, CancellationToken ct)
    {
        await using var connection = new NpgsqlConnection(new NpgsqlConnectionStringBuilder(connectionString) { Pooling = false, CommandTimeout = 0 }.ConnectionString);
        await connection.OpenAsync(ct);
        await ExecuteAsync(connection, "SET synchronous_commit = off", ct);
        var (from, ofService) = (first.ToUnixTimeMilliseconds(), $"'{Uuid(service)}'::uuid, '{Uuid(account)}'::uuid");
        var at = string.Create(CultureInfo.InvariantCulture, $"({from} + i * {days * 86_400_000L} / {rows})");

        // 48 bits of the moment, some that are as good as random and the same in all tables, and 12 of the shard.
        var sid = $"(lpad(to_hex({at}), 12, '0') || substr(md5(i::text), 1, 17) || lpad(to_hex(i % 4096), 3, '0'))::uuid";
        for (var day = 0; day < days; day++)
        {
            var (begin, end) = ((long)rows * day / days, ((long)rows * (day + 1) / days) - 1);
            var some = string.Create(CultureInfo.InvariantCulture, $"FROM generate_series({begin}::bigint, {end}::bigint) i");
            await MakeDayAsync(connection, first.AddDays(day), ct);
            await ExecuteAsync(
                connection,
                $"""
                INSERT INTO verification (sid, shard, version, service_sid, account_sid, destination, status, channel, checks, created_at, updated_at, expires_at, code, attempts, personal)
                SELECT {sid}, i % 4096, 3, {ofService}, md5(i || 'to')::uuid, 2, 1, 1, {at}, {at}, {at} + 600000, {Bytes(21)}, {Bytes(25)}, {Bytes(110)} {some};
                INSERT INTO attempt (sid, shard, verification_sid, service_sid, account_sid, channel, is_first, status, segments, created_at, updated_at, carrier, carrier_message_id, locale, country)
                SELECT {sid}, i % 4096, {sid}, {ofService}, 1, true, 4, 1, {at}, {at} + 1000, CASE i % 2 WHEN 0 THEN 'sandbox' ELSE 'acme' END, 'SM' || md5(i || 'message'), 'en', 'US' {some};
                INSERT INTO head (key, shard, sid) SELECT md5(i || 'key')::uuid, i % 4096, {sid} {some};
                INSERT INTO access_token (sid, service_sid, account_sid, created_at, body) SELECT md5(i || 'token')::uuid, {ofService}, {at}, {Bytes(100)} {some} WHERE i % 10 = 0;
                INSERT INTO challenge (identity, created_at, sid, entity_sid, factor_sid, service_sid, account_sid, factor_type, status, updated_at, expires_at, body)
                SELECT md5('person' || i % 1000)::uuid, {at}, {sid}, md5('person' || i % 1000)::uuid, md5('factor' || i % 1000)::uuid, {ofService}, 1, 2, {at}, {at} + 300000, {Bytes(200)} {some} WHERE i % 10 = 0;
                """,
                ct);
        }

        // The hundred people that have challenges.
        await ExecuteAsync(
            connection,
            $"""
            INSERT INTO entity (identity, version, sid, service_sid, account_sid, created_at, updated_at, body)
            SELECT md5('person' || i)::uuid, 1, md5('person' || i)::uuid, CASE i % 20 WHEN 0 THEN md5('gone')::uuid ELSE '{Uuid(service)}'::uuid END, '{Uuid(account)}'::uuid, {from}, {from}, {Bytes(100)}
            FROM generate_series(0, 999, 10) i
            """,
            ct);
        await ExecuteAsync(connection, "VACUUM (ANALYZE)", ct);
        await ExecuteAsync(connection, "CHECKPOINT", ct);
    }

    public static async Task<long> BytesAsync(string connectionString, CancellationToken ct)
    {
        await using var connection = new NpgsqlConnection(connectionString);
        await connection.OpenAsync(ct);
        await using var size = Command(connection, "SELECT pg_database_size(current_database())");
        return (long)(await size.ExecuteScalarAsync(ct))!;
    }

    static async Task MakeDayAsync(NpgsqlConnection connection, DateTimeOffset day, CancellationToken ct)
    {
        foreach (var table in new[] { "verification", "attempt" })
        {
            var name = $"{table}_{day.ToString("yyyyMMdd", CultureInfo.InvariantCulture)}";
            var (from, to) = (Uuid(Sid.FirstAt("VE", day)), Uuid(Sid.FirstAt("VE", day.AddDays(1))));
            await ExecuteAsync(connection, $"CREATE TABLE {name} PARTITION OF {table} FOR VALUES FROM ('{from}') TO ('{to}')", ct);
        }
    }

    /// <summary>An expression of so many bytes that cannot be packed smaller, others in each row.</summary>
    static string Bytes(int length) =>
        $"substring(decode({string.Join(" || ", Enumerable.Range(0, (length + 15) / 16).Select(part => $"md5(i || 'b{part}')"))}, 'hex'), 1, {length})";

    static string Uuid(Sid sid) => new Guid(Convert.FromHexString(sid.Value.ToString("x32", CultureInfo.InvariantCulture)), bigEndian: true).ToString();

    static async Task ExecuteAsync(NpgsqlConnection connection, string sql, CancellationToken ct)
    {
        await using var command = Command(connection, sql);
        await command.ExecuteNonQueryAsync(ct);
    }

#pragma warning disable CA2100 // Names of our own schema and numbers.
    static NpgsqlCommand Command(NpgsqlConnection connection, string sql) => new(sql, connection);
#pragma warning restore CA2100
}
