using Countersign.Core;
using Countersign.Core.Verifications;
using Countersign.Storage.History;
using Microsoft.Extensions.Logging;
using Npgsql;

namespace Countersign.Storage.PostgreSql;

/// <summary>
/// Which store has the live verifications of a database: its own tables, or one Redis, by a name that both keep. Servers that do not agree on it would know nothing of each
/// other's verifications, so the first start decides, and who says otherwise later does not start.
/// </summary>
sealed partial class LivePlace(PostgresDatabase database, PostgresNode node, RandomSource random, TimeProvider time, ILogger logger)
{
    const string Here = "postgresql";

    /// <summary>No code is good for longer after its last send.</summary>
    static readonly TimeSpan LongestPending = TimeSpan.FromDays(2);

    /// <summary>This server keeps them in PostgreSQL; with <paramref name="move"/> also when they were in Redis until now, and what is pending there is then forgotten.</summary>
    /// <exception cref="StoreRefusedException">They are in Redis, or another server runs while they are to move.</exception>
    public Task KeepHereAsync(bool move, CancellationToken ct) => AloneAsync(
        async (connection, place) =>
        {
            if (place is null or Here)
            {
                return Here;
            }

            if (!move)
            {
                throw new StoreRefusedException(
                    "The live verifications of this database are in Redis, and Countersign:Redis is not set: this server would know nothing of what the others start. Set Countersign:Redis as "
                    + "they have it; or, to leave Redis for good, stop all servers and run the verb move-live once with these settings (docs/scaling.md).");
            }

            await RefuseWithOthersAsync(connection, ct);
            return Here;
        },
        ct);

    /// <summary>This server keeps them in Redis; with <paramref name="move"/> also when they were elsewhere until now, and what is pending there is then forgotten.</summary>
    /// <exception cref="StoreRefusedException">They are elsewhere.</exception>
    public Task KeepInRedisAsync(INamedPlace redis, bool move, CancellationToken ct) => AloneAsync(
        async (connection, place) =>
        {
            var (name, wasUsed) = await redis.LookAsync();
            if (name is null)
            {
                name = await NameForAsync(connection, place, wasUsed, move, ct);
                await redis.NameAsync(name);
            }
            else if (name != place)
            {
                await RefuseOtherAsync(connection, place, move, ct);
            }

            return name;
        },
        ct);

    /// <summary>The name for a Redis that has none: one that is empty, or that only servers of before this was looked at have used.</summary>
    async Task<string> NameForAsync(NpgsqlConnection connection, string? place, bool wasUsed, bool move, CancellationToken ct)
    {
        if (place is null && wasUsed)
        {
            return NewName();
        }

        if (place is null or Here)
        {
            await RefusePendingAsync(connection, move, ct);
            if (place is not null || await WasServedAsync(connection, ct))
            {
                await RefuseWithOthersAsync(connection, ct);
            }

            return NewName();
        }

        if (await OthersAsync(connection, ct) > 0)
        {
            throw new StoreRefusedException(
                "The live verifications of this database are in another Redis than Countersign:Redis and Countersign:RedisPrefix name, or that Redis has lost its data while other servers run. Set both "
                + "as the other servers have them; if it has lost its data, stop all servers, wait 15 s and start them again.");
        }

        LogEmpty(logger);
        return place;
    }

    async Task RefuseOtherAsync(NpgsqlConnection connection, string? place, bool move, CancellationToken ct)
    {
        if (!move)
        {
            throw new StoreRefusedException(
                "The Redis of Countersign:Redis has, under this Countersign:RedisPrefix, the live verifications of another database. Use another Countersign:RedisPrefix, or set both as the other "
                + "servers of this database have them; or, if it is right so, stop all servers and run the verb move-live once with these settings (docs/scaling.md).");
        }

        if (place is null or Here)
        {
            await RefusePendingAsync(connection, move, ct);
        }

        await RefuseWithOthersAsync(connection, ct);
    }

    /// <summary>Whoever has a code already could no longer type it back.</summary>
    async Task RefusePendingAsync(NpgsqlConnection connection, bool move, CancellationToken ct)
    {
        if (move)
        {
            return;
        }

        var now = time.GetUtcNow();
        await using var count = new NpgsqlCommand("SELECT count(*), max(expires_at) FROM verification WHERE sid >= $1 AND status = $2 AND expires_at > $3", connection);
        count.CommandTimeout = 0;
        count.Parameters.Bind(Sid.FirstAt("VE", now - LongestPending)).Bind((short)VerificationStatus.Pending).Bind(now.ToUnixTimeMilliseconds());
        await using var row = await count.ExecuteReaderAsync(ct);
        await row.ReadAsync(ct);
        if (row.GetInt64(0) is > 0 and var pending)
        {
            var until = DateTimeOffset.FromUnixTimeMilliseconds(row.GetInt64(1));
            throw new StoreRefusedException(
                $"Countersign:Redis is set, and {pending} verifications are pending in PostgreSQL, the last until {until:yyyy-MM-dd HH:mm:ss} UTC: they would not be found any more. Start once more "
                + "after that, with no server running meanwhile; or, to give them up, run the verb move-live once with these settings (docs/scaling.md).");
        }
    }

    async Task RefuseWithOthersAsync(NpgsqlConnection connection, CancellationToken ct)
    {
        if (await OthersAsync(connection, ct) is > 0 and var others)
        {
            throw new StoreRefusedException(
                $"Where live verifications are cannot change while {others} other server(s) run on this database, or ran until {(int)node.Lease.TotalSeconds} s ago. Stop them first.");
        }
    }

    /// <summary>Whether a server has ever been ready on this database. Those that start together on an empty one wait for each other here, and agree.</summary>
    static async Task<bool> WasServedAsync(NpgsqlConnection connection, CancellationToken ct)
    {
        await using var account = new NpgsqlCommand("SELECT EXISTS (SELECT 1 FROM account)", connection);
        return (bool)(await account.ExecuteScalarAsync(ct))!;
    }

    async Task<long> OthersAsync(NpgsqlConnection connection, CancellationToken ct)
    {
        await using var count = new NpgsqlCommand("SELECT count(*) FROM node WHERE id <> $1 AND seen_at > clock_timestamp() - $2 * interval '1 second'", connection);
        count.Parameters.Bind(node.Id);
        count.Parameters.Add(new NpgsqlParameter<double> { TypedValue = node.Lease.TotalSeconds });
        return (long)(await count.ExecuteScalarAsync(ct))!;
    }

    /// <summary>One server at a time reads the place, decides and keeps it.</summary>
    Task<string> AloneAsync(Func<NpgsqlConnection, string?, Task<string>> decide, CancellationToken ct) => database.TransactAsync(
        async connection =>
        {
            await using var take = new NpgsqlCommand($"SELECT pg_advisory_xact_lock({AdvisoryLocks.LivePlace})", connection);
            take.CommandTimeout = 0;
            await take.ExecuteNonQueryAsync(ct);
            await using var read = new NpgsqlCommand("SELECT place FROM live", connection);
            var before = (string?)await read.ExecuteScalarAsync(ct);
            var place = await decide(connection, before);
            if (place != before)
            {
                await using var keep = new NpgsqlCommand("INSERT INTO live (place) VALUES ($1) ON CONFLICT (one) DO UPDATE SET place = EXCLUDED.place", connection);
                keep.Parameters.Add(new NpgsqlParameter<string> { TypedValue = place });
                await keep.ExecuteNonQueryAsync(CancellationToken.None);
            }

            return place;
        },
        ct);

    string NewName()
    {
        Span<byte> bytes = stackalloc byte[16];
        random.Fill(bytes);
        return $"redis:{Convert.ToHexStringLower(bytes)}";
    }

    [LoggerMessage(3331, LogLevel.Warning, "Redis is empty, though it had live verifications of this database: what was pending is forgotten, and messages that had not been sent are lost")]
    static partial void LogEmpty(ILogger logger);
}
