using Countersign.Core;
using Countersign.Core.Privacy;
using Countersign.Storage.PostgreSql;
using Countersign.Storage.Redis;
using Countersign.Storage.Sqlite;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Logging;

namespace Countersign.Storage;

/// <summary>Puts the store that the operator chose behind the ports that the core declares.</summary>
public static class StorageRegistration
{
    /// <summary>
    /// PostgreSQL, if there is a connection string, with live verifications in Redis, if there are settings for that; else the embedded store in a directory of its own. It is
    /// opened when the first port is asked for.
    /// </summary>
    public static IServiceCollection AddCountersignStorage(this IServiceCollection services, string? postgres, string dataDirectory, RedisSettings? redis = null)
    {
        // Under this one name: what a factory gives is disposed of once for each name that it has.
        services.TryAddSingleton(provider => postgres is null
            ? (IStores)SqliteStore.Open(
                dataDirectory, provider.GetRequiredService<Sealer>(), provider.GetRequiredService<TimeProvider>(), provider.GetService<ILogger<SqliteStore>>())
            : redis is null ? OpenPostgresAlone(postgres, provider) : OpenRedis(redis, OpenPostgres(postgres, provider), provider));
        services.TryAddSingleton(provider => provider.GetRequiredService<IStores>().Accounts);
        services.TryAddSingleton(provider => provider.GetRequiredService<IStores>().Services);
        services.TryAddSingleton(provider => provider.GetRequiredService<IStores>().Verifications);
        services.TryAddSingleton(provider => provider.GetRequiredService<IStores>().Outbox);
        services.TryAddSingleton(provider => provider.GetRequiredService<IStores>().Attempts);
        services.TryAddSingleton(provider => provider.GetRequiredService<IStores>().Alarms);
        services.TryAddSingleton(provider => provider.GetRequiredService<IStores>().Carriers);
        services.TryAddSingleton(provider => provider.GetRequiredService<IStores>().Routes);
        services.TryAddSingleton(provider => provider.GetRequiredService<IStores>().Templates);
        services.TryAddSingleton(provider => provider.GetRequiredService<IStores>().MessagingServices);
        services.TryAddSingleton(provider => provider.GetRequiredService<IStores>().MessagingConfigurations);
        services.TryAddSingleton(provider => provider.GetRequiredService<IStores>().GuardWire);
        services.TryAddSingleton(provider => provider.GetRequiredService<IStores>().RateLimits);
        services.TryAddSingleton(provider => provider.GetRequiredService<IStores>().GeoPermissions);
        services.TryAddSingleton(provider => provider.GetRequiredService<IStores>().NumberLists);
        services.TryAddSingleton(provider => provider.GetRequiredService<IStores>().Webhooks);
        services.TryAddSingleton(provider => provider.GetRequiredService<IStores>().EventSinks);
        services.TryAddSingleton(provider => provider.GetRequiredService<IStores>().Subscriptions);
        services.TryAddSingleton(provider => provider.GetRequiredService<IStores>().Events);
        services.TryAddSingleton(provider => provider.GetRequiredService<IStores>().Tries);
        services.TryAddSingleton(provider => provider.GetRequiredService<IStores>().RouteScores);
        services.TryAddSingleton(provider => provider.GetRequiredService<IStores>().Rollups);
        services.TryAddSingleton(provider => provider.GetRequiredService<IStores>().RefusedStarts);
        services.TryAddSingleton(provider => provider.GetRequiredService<IStores>().Retention);
        services.TryAddSingleton(provider => provider.GetRequiredService<IStores>().Entities);
        services.TryAddSingleton(provider => provider.GetRequiredService<IStores>().PushCredentials);
        return services;
    }

    static PostgresStore OpenPostgres(string connectionString, IServiceProvider provider)
    {
        // Note: a container makes things without waiting, and there is nothing yet that could be held up.
        return PostgresStore.OpenAsync(
            connectionString, provider.GetRequiredService<Sealer>(), provider.GetRequiredService<TimeProvider>(), provider.GetRequiredService<RandomSource>(),
            provider.GetService<ILoggerFactory>(), CancellationToken.None).GetAwaiter().GetResult();
    }

    static PostgresStore OpenPostgresAlone(string connectionString, IServiceProvider provider)
    {
        var store = OpenPostgres(connectionString, provider);
        try
        {
            store.Live.KeepHereAsync(move: false, CancellationToken.None).GetAwaiter().GetResult();
            return store;
        }
        catch
        {
            store.DisposeAsync().AsTask().GetAwaiter().GetResult();
            throw;
        }
    }

    static RedisStores OpenRedis(RedisSettings settings, PostgresStore records, IServiceProvider provider) => RedisStores.OpenAsync(
        settings, records, provider.GetRequiredService<Sealer>(), provider.GetRequiredService<RandomSource>(), provider.GetRequiredService<TimeProvider>(),
        provider.GetService<ILogger<RedisStore>>()).GetAwaiter().GetResult();
}
