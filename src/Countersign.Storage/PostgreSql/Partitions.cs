using System.Collections.Frozen;
using System.Globalization;
using Countersign.Core;
using Npgsql;

namespace Countersign.Storage.PostgreSql;

/// <summary>
/// The days of the tables that grow with traffic. A day is a partition of each, named after it in UTC: <c>verification_20261128</c>. Making one stops nobody: it is filled in as a
/// table of its own and then attached, which conflicts with no reader and no writer. There is no default partition: with one, a day could neither be attached nor detached
/// without stopping everybody.
/// </summary>
sealed class Partitions(PostgresDatabase database)
{
    /// <summary>Days that are made ahead: nodes may be stopped over a weekend, clocks may be wrong by hours, and no request should have to wait for a table.</summary>
    public static readonly TimeSpan Ahead = TimeSpan.FromDays(7);

    /// <summary>The tables, each with what its partitions are made with. Verifications change in place, some times each; attempts seldom.</summary>
    public static readonly IReadOnlyList<(string Table, string Storage)> Tables =
    [
        ("verification", "fillfactor = 80, autovacuum_vacuum_scale_factor = 0.05, autovacuum_vacuum_insert_scale_factor = 0.2, autovacuum_analyze_scale_factor = 0.2"),
        ("attempt", "fillfactor = 95, autovacuum_vacuum_insert_scale_factor = 0.2, autovacuum_analyze_scale_factor = 0.2"),
    ];

    readonly Lock _learning = new();
    volatile FrozenSet<int> _known = FrozenSet<int>.Empty;

    /// <summary>The day of that SID is there, as far as this node knows. Costs no more than a look at memory.</summary>
    public bool Knows(Sid sid) => _known.Contains(DayOf(sid.OrderedAt));

    /// <summary>Makes today and the days ahead.</summary>
    public Task EnsureAheadAsync(DateTimeOffset now, CancellationToken ct) => EnsureAsync(now, now + Ahead, ct);

    /// <summary>Makes the days from the one moment to the other, both included, unless they are there.</summary>
    public async Task EnsureAsync(DateTimeOffset from, DateTimeOffset to, CancellationToken ct)
    {
        var days = Enumerable.Range(DayOf(from), DayOf(to) - DayOf(from) + 1).ToList();
        if (days.TrueForAll(_known.Contains))
        {
            return;
        }

        await database.RunAsync(
            async connection =>
            {
                // A day is a transaction: all of its tables, or none.
                foreach (var day in days)
                {
                    await using var transaction = await connection.BeginTransactionAsync(ct);
                    await using var take = new NpgsqlCommand($"SELECT pg_advisory_xact_lock({AdvisoryLocks.Partitions})", connection);
                    await take.ExecuteNonQueryAsync(ct);
                    foreach (var (table, storage) in Tables)
                    {
                        await MakeAsync(connection, table, storage, day, ct);
                    }

                    await transaction.CommitAsync(ct);
                }
            },
            ct);
        Learn(known => known.Concat(days));
    }

    /// <summary>Forgets that a day is there, after a write found that it is not: another node has dropped it.</summary>
    public void Forget(Sid sid) => Learn(known => known.Where(day => day != DayOf(sid.OrderedAt)));

    /// <summary>Forgets of all days that they are there, after a write of many found that one is not: the next looks for each again.</summary>
    public void ForgetAll() => Learn(_ => []);

    /// <summary>The name of a table's partition.</summary>
    public static string NameOf(string table, int day) => table + "_" + StartOf(day).ToString("yyyyMMdd", CultureInfo.InvariantCulture);

    /// <summary>Days since 1970, UTC.</summary>
    public static int DayOf(DateTimeOffset moment) => (int)(moment.ToUnixTimeMilliseconds() / 86_400_000);

    public static DateTimeOffset StartOf(int day) => DateTimeOffset.UnixEpoch.AddDays(day);

    void Learn(Func<IEnumerable<int>, IEnumerable<int>> change)
    {
        lock (_learning)
        {
            _known = change(_known).ToFrozenSet();
        }
    }

    static async Task MakeAsync(NpgsqlConnection connection, string table, string storage, int day, CancellationToken ct)
    {
        var name = NameOf(table, day);
        await using var attached = Command(connection, $"SELECT EXISTS (SELECT FROM pg_inherits WHERE inhparent = '{table}'::regclass AND inhrelid = to_regclass('{name}') AND NOT inhdetachpending)");
        if (await attached.ExecuteScalarAsync(ct) is true)
        {
            return;
        }

        // Empty, so that attaching has nothing to look at, and with the parent's indexes, so that none is built. A table that was detached and is to be dropped has the same name:
        // then this fails, and nothing is lost but a row of a day that nobody should write to any more.
        await using var make = Command(
            connection,
            $"""
            CREATE TABLE {name} (LIKE {table} INCLUDING ALL) WITH ({storage});
            ALTER TABLE {table} ATTACH PARTITION {name} FOR VALUES FROM ('{BoundOf(day)}') TO ('{BoundOf(day + 1)}');
            """);
        await make.ExecuteNonQueryAsync(ct);
    }

    static Guid BoundOf(int day) => Sid.FirstAt("VE", StartOf(day)).ToUuid();

#pragma warning disable CA2100 // Names and numbers of our own.
    static NpgsqlCommand Command(NpgsqlConnection connection, string sql) => new(sql, connection);
#pragma warning restore CA2100
}
