using System.Buffers.Binary;
using Countersign.Core;
using Npgsql;

namespace Countersign.Storage.PostgreSql;

/// <summary>
/// This process among the nodes. It says every two seconds that it lives; what belongs to a node that has not done so for <paramref name="lease"/> is taken over by others.
/// Only the database's clock is asked, so that it does not matter what the nodes' clocks say.
/// </summary>
sealed class PostgresNode(PostgresDatabase database, long id, TimeSpan lease, TimeProvider? clock = null) : IAsyncDisposable
{
    /// <summary>A node that is only slow, or whose database hangs for some seconds, keeps its messages.</summary>
    public static readonly TimeSpan DefaultLease = TimeSpan.FromSeconds(15);

    static readonly TimeSpan Period = TimeSpan.FromSeconds(2);

    readonly TimeProvider _clock = clock ?? TimeProvider.System;
    readonly CancellationTokenSource _stop = new();
    Task _beating = Task.CompletedTask;

    volatile bool _seesOthers = true;

    // In ticks of a clock that nobody can set: the last beat, and the first after a gap (0 for no gap yet).
    long _beatAt;
    long _resumedAt;

    public long Id => id;

    /// <summary>Whether others lived at the last beat, or had until a lease before.</summary>
    public bool SeesOthers => _seesOthers;

    public TimeSpan Lease => lease;

    /// <summary>
    /// Whether a node that has not been seen for the lease is dead. After an outage of the database nobody has been seen: who comes back first waits as long as the others may need.
    /// </summary>
    public bool MayJudge => Elapsed(ref _beatAt) < lease / 2 && (Volatile.Read(ref _resumedAt) == 0 || Elapsed(ref _resumedAt) >= lease);

    public static long NewId(RandomSource random)
    {
        Span<byte> bytes = stackalloc byte[8];
        random.Fill(bytes);
        return BinaryPrimitives.ReadInt64BigEndian(bytes) & long.MaxValue;
    }

    /// <summary>Joins, and forgets nodes that are long dead and left nothing behind.</summary>
    public async Task StartAsync(CancellationToken ct)
    {
        await BeatAsync(ct);
        await database.RunAsync(
            async connection =>
            {
                await using var forget = new NpgsqlCommand(
                    "DELETE FROM node n WHERE n.seen_at < clock_timestamp() - interval '1 day' AND NOT EXISTS (SELECT 1 FROM outbox o WHERE o.owner = n.id)", connection);
                await forget.ExecuteNonQueryAsync(ct);
            },
            ct);
        _beating = BeatOnAsync();
    }

    /// <summary>Says that this node lives; fails if the database cannot be written to.</summary>
    public Task BeatAsync(CancellationToken ct) => database.RunApartAsync(
        async connection =>
        {
            await using var beat = new NpgsqlCommand(
                """
                WITH beat AS (INSERT INTO node (id) VALUES ($1) ON CONFLICT (id) DO UPDATE SET seen_at = clock_timestamp())
                SELECT EXISTS (SELECT 1 FROM node WHERE id <> $1 AND seen_at > clock_timestamp() - $2 * interval '1 second')
                """,
                connection);
            beat.Parameters.Add(new NpgsqlParameter<long> { TypedValue = id });
            beat.Parameters.Add(new NpgsqlParameter<double> { TypedValue = lease.TotalSeconds });
            _seesOthers = (bool)(await beat.ExecuteScalarAsync(ct))!;
            if (Volatile.Read(ref _beatAt) != 0 && Elapsed(ref _beatAt) >= lease / 2)
            {
                Volatile.Write(ref _resumedAt, _clock.GetTimestamp());
            }

            Volatile.Write(ref _beatAt, _clock.GetTimestamp());
            return true;
        },
        ct);

    TimeSpan Elapsed(ref long since) => _clock.GetElapsedTime(Volatile.Read(ref since));

    /// <summary>Leaves: what it still has, others may take at once.</summary>
    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _beating;
        _stop.Dispose();
        try
        {
            await database.RunApartAsync(
                async connection =>
                {
                    await using var leave = new NpgsqlCommand("WITH freed AS (UPDATE outbox SET owner = NULL WHERE owner = $1) DELETE FROM node WHERE id = $1", connection);
                    leave.Parameters.Add(new NpgsqlParameter<long> { TypedValue = id });
                    return await leave.ExecuteNonQueryAsync();
                },
                CancellationToken.None);
        }
        catch (Core.Verifications.StoreUnavailableException)
        {
            // They wait for the lease to run out, then.
        }
    }

    async Task BeatOnAsync()
    {
        // Note: the system's clock, whatever clock the store has: how long a lease lasts is a matter of real time between processes.
        using var timer = new PeriodicTimer(TimeSpan.FromTicks(Math.Min(Period.Ticks, lease.Ticks / 4)), TimeProvider.System);
        try
        {
            while (await timer.WaitForNextTickAsync(_stop.Token))
            {
                try
                {
                    await BeatAsync(_stop.Token);
                }
                catch (Core.Verifications.StoreUnavailableException)
                {
                    // The next beat may come through; if none does in time, others take over, which is right.
                }
            }
        }
        catch (OperationCanceledException) when (_stop.IsCancellationRequested)
        {
        }
    }
}
