using Countersign.Core;
using Npgsql;

namespace Countersign.Storage.PostgreSql;

/// <summary>Short ways to read rows.</summary>
static class PostgresRows
{
    public static Sid Sid(this NpgsqlDataReader row, int column, string prefix) => row.GetGuid(column).ToSid(prefix);

    /// <summary>From Unix milliseconds.</summary>
    public static DateTimeOffset Moment(this NpgsqlDataReader row, int column) => DateTimeOffset.FromUnixTimeMilliseconds(row.GetInt64(column));

    public static string? TextOrNull(this NpgsqlDataReader row, int column) => row.IsDBNull(column) ? null : row.GetString(column);

    public static byte[]? BytesOrNull(this NpgsqlDataReader row, int column) => row.IsDBNull(column) ? null : row.GetFieldValue<byte[]>(column);

    /// <summary>Reads everything that a query gives.</summary>
    public static async Task<List<T>> ReadAsync<T>(this NpgsqlCommand command, Func<NpgsqlDataReader, T> read, CancellationToken ct)
    {
        var all = new List<T>();
        await using var rows = await command.ExecuteReaderAsync(ct);
        while (await rows.ReadAsync(ct))
        {
            all.Add(read(rows));
        }

        return all;
    }
}
