using System.Text;
using Countersign.Core.Channels;
using Countersign.Core.Delivery.Errors;
using Countersign.Core.Insight;
using SQLitePCL;

namespace Countersign.Storage.Sqlite;

/// <summary>Reads the rollup beside the writer: a year's sums must not hold it up.</summary>
sealed class SqliteRollupStore(string path) : IRollupStore, IDisposable
{
    readonly SqliteReader _reader = new(path);

    public Task<RollupPage> ReadAsync(RollupQuery query, CancellationToken ct) => _reader.RunAsync(connection => Read(connection, query), ct);

    public void Dispose() => _reader.Dispose();

    static RollupPage Read(sqlite3 connection, RollupQuery query)
    {
        var (from, to) = query.Hours;
        using (var kept = new Statement(connection, "SELECT (SELECT hour FROM rollup ORDER BY hour LIMIT 1), (SELECT hour FROM rollup ORDER BY hour DESC LIMIT 1)"))
        {
            kept.Read();
            if (kept.IsNull(0))
            {
                return new RollupPage([], IsCut: false);
            }

            (from, to) = (Math.Max(from, kept.Int(0)), Math.Min(to, kept.Int(1) + 1));
        }

        if (from >= to)
        {
            return new RollupPage([], IsCut: false);
        }

        using var sums = new Statement(connection, Sql(query));
        sums.Bind((long)from).Bind((long)to).Bind(query.Account).Bind((long)query.Size + 1);
        if (query.Service is { } service)
        {
            sums.Bind(service);
        }

        var rows = new List<RollupRow>();
        while (sums.Read())
        {
            if (rows.Count == query.Size)
            {
                return new RollupPage(rows, IsCut: true);
            }

            rows.Add(ReadRow(sums, query.GroupBy));
        }

        return new RollupPage(rows, IsCut: false);
    }

    /// <summary>One seek per hour, since the hour leads the key: what other accounts have in those hours is not read.</summary>
    static string Sql(RollupQuery query)
    {
        var groups = RollupGroupColumns.Of(query.GroupBy);
        var sql = new StringBuilder("WITH RECURSIVE span (h) AS (SELECT ?1 UNION ALL SELECT h + 1 FROM span WHERE h + 1 < ?2) SELECT ");
        sql.AppendJoin(", ", groups.Concat(RollupCounters.Names.Select(name => $"sum({name})")));
        sql.Append(" FROM span CROSS JOIN rollup ON hour = h AND account_sid = ?3");
        sql.Append(query.Service is null ? "" : " AND service_sid = ?5");
        if (groups.Count > 0)
        {
            sql.Append(" GROUP BY ").AppendJoin(", ", groups).Append(" ORDER BY ").AppendJoin(", ", groups);
        }
        else
        {
            sql.Append(" HAVING count(*) > 0");
        }

        return sql.Append(" LIMIT ?4").ToString();
    }

    static RollupRow ReadRow(Statement row, RollupGroups groups)
    {
        var column = 0;
        var result = new RollupRow
        {
            At = (groups & (RollupGroups.Hour | RollupGroups.Day)) != 0 ? RollupKey.MomentOf(row.Int(column++)) : null,
            Service = groups.HasFlag(RollupGroups.Service) ? row.Sid(column++, "VA") : null,
            Country = groups.HasFlag(RollupGroups.Country) ? row.Text(column++) : null,
            Channel = groups.HasFlag(RollupGroups.Channel) ? (Channel)row.Int(column++) : null,
            Carrier = groups.HasFlag(RollupGroups.Carrier) ? row.Text(column++) : null,
            Error = groups.HasFlag(RollupGroups.Error) && row.Int(column++) is > 0 and var error ? (DeliveryError)error : null,
            Counts = default,
        };
        var counts = default(RollupCounts);
        for (var i = 0; i < RollupCounters.Count; i++)
        {
            counts[i] = row.Long(column + i);
        }

        return result with { Counts = counts };
    }
}
