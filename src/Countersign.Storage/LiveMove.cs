using Countersign.Core;
using Countersign.Core.Privacy;
using Countersign.Core.Verifications;
using Countersign.Storage.PostgreSql;
using Countersign.Storage.Redis;

namespace Countersign.Storage;

/// <summary>Settles, by the operator's word, that live verifications of a database are elsewhere from now on. Nothing is copied: what is pending is forgotten.</summary>
public static class LiveMove
{
    /// <summary>Keeps them in PostgreSQL from now on, or in Redis if there are settings for that.</summary>
    /// <exception cref="StoreRefusedException">A server runs on the database, or the database cannot be used as it is.</exception>
    /// <exception cref="KeyRingException">It was written with another key ring.</exception>
    /// <exception cref="RedisSettingsException">The settings of Redis are wrong.</exception>
    /// <exception cref="StoreUnavailableException">A store does not answer.</exception>
    public static async Task RunAsync(string postgres, RedisSettings? redis, Sealer sealer, CancellationToken ct)
    {
        await using var records = await PostgresStore.OpenAsync(postgres, sealer, TimeProvider.System, RandomSource.System, null, ct);
        if (redis is null)
        {
            await records.Live.KeepHereAsync(move: true, ct);
            return;
        }

        await using var database = await RedisDatabase.OpenAsync(redis, place => records.Live.KeepInRedisAsync(place, move: true, ct));
    }
}
