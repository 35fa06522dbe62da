using System.Text;
using Countersign.Core.Channels;
using Countersign.Core.Delivery.Errors;
using Countersign.Core.Insight;
using Npgsql;

namespace Countersign.Storage.PostgreSql;

/// <summary>Reads the rollup: sums over whatever it is not grouped by, the slots of the nodes among it.</summary>
sealed class PostgresRollupStore(PostgresDatabase database) : IRollupStore
{
    public async Task<RollupPage> ReadAsync(RollupQuery query, CancellationToken ct)
    {
        var (from, to) = query.Hours;
        var rows = await database.ServeAsync(
            async connection =>
            {
#pragma warning disable CA2100 // Names of columns.
                await using var sums = new NpgsqlCommand(Sql(query), connection);
#pragma warning restore CA2100
                sums.Parameters.Bind(query.Account).Bind(from).Bind(to).Bind((long)query.Size + 1);
                if (query.Service is { } service)
                {
                    sums.Parameters.Bind(service);
                }

                return await sums.ReadAsync(row => ReadRow(row, query.GroupBy), ct);
            },
            ct);
        return rows.Count > query.Size ? new RollupPage(rows[..query.Size], IsCut: true) : new RollupPage(rows, IsCut: false);
    }

    static string Sql(RollupQuery query)
    {
        var groups = RollupGroupColumns.Of(query.GroupBy);
        var sql = new StringBuilder("SELECT ");
        sql.AppendJoin(", ", groups.Concat(RollupArrays.All.Select(counter => $"sum({RollupArrays.Value("rollup", counter)})::bigint")));
        sql.Append(" FROM rollup WHERE account_sid = $1 AND hour >= $2 AND hour < $3").Append(query.Service is null ? "" : " AND service_sid = $5");
        if (groups.Count > 0)
        {
            sql.Append(" GROUP BY ").AppendJoin(", ", groups).Append(" ORDER BY ").AppendJoin(", ", groups);
        }
        else
        {
            sql.Append(" HAVING count(*) > 0");
        }

        return sql.Append(" LIMIT $4").ToString();
    }

    static RollupRow ReadRow(NpgsqlDataReader row, RollupGroups groups)
    {
        var column = 0;
        var result = new RollupRow
        {
            At = (groups & (RollupGroups.Hour | RollupGroups.Day)) != 0 ? RollupKey.MomentOf(row.GetInt32(column++)) : null,
            Service = groups.HasFlag(RollupGroups.Service) ? row.Sid(column++, "VA") : null,
            Country = groups.HasFlag(RollupGroups.Country) ? row.GetString(column++) : null,
            Channel = groups.HasFlag(RollupGroups.Channel) ? (Channel)row.GetInt16(column++) : null,
            Carrier = groups.HasFlag(RollupGroups.Carrier) ? row.GetString(column++) : null,
            Error = groups.HasFlag(RollupGroups.Error) && row.GetInt32(column++) is > 0 and var error ? (DeliveryError)error : null,
            Counts = default,
        };
        var counts = default(RollupCounts);
        for (var i = 0; i < RollupCounters.Count; i++)
        {
            counts[i] = row.GetInt64(column + i);
        }

        return result with { Counts = counts };
    }
}
