using Countersign.Core.Privacy;
using Countersign.Storage.Sqlite;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Logging;

namespace Countersign.Storage;

/// <summary>Puts the store that the operator chose behind the ports that the core declares.</summary>
public static class StorageRegistration
{
    /// <summary>The embedded store in a directory of its own. It is opened when the first port is asked for.</summary>
    public static IServiceCollection AddCountersignStorage(this IServiceCollection services, string dataDirectory)
    {
        services.TryAddSingleton(provider => SqliteStore.Open(
            dataDirectory, provider.GetRequiredService<Sealer>(), provider.GetRequiredService<TimeProvider>(), provider.GetService<ILogger<SqliteStore>>()));
        services.TryAddSingleton(provider => provider.GetRequiredService<SqliteStore>().Accounts);
        services.TryAddSingleton(provider => provider.GetRequiredService<SqliteStore>().Services);
        services.TryAddSingleton(provider => provider.GetRequiredService<SqliteStore>().Verifications);
        services.TryAddSingleton(provider => provider.GetRequiredService<SqliteStore>().Outbox);
        services.TryAddSingleton(provider => provider.GetRequiredService<SqliteStore>().Attempts);
        services.TryAddSingleton(provider => provider.GetRequiredService<SqliteStore>().Alarms);
        services.TryAddSingleton(provider => provider.GetRequiredService<SqliteStore>().Carriers);
        services.TryAddSingleton(provider => provider.GetRequiredService<SqliteStore>().Routes);
        services.TryAddSingleton(provider => provider.GetRequiredService<SqliteStore>().Templates);
        services.TryAddSingleton(provider => provider.GetRequiredService<SqliteStore>().MessagingServices);
        services.TryAddSingleton(provider => provider.GetRequiredService<SqliteStore>().MessagingConfigurations);
        services.TryAddSingleton(provider => provider.GetRequiredService<SqliteStore>().Tries);
        services.TryAddSingleton(provider => provider.GetRequiredService<SqliteStore>().RouteScores);
        services.TryAddSingleton(provider => provider.GetRequiredService<SqliteStore>().Rollups);
        services.TryAddSingleton(provider => provider.GetRequiredService<SqliteStore>().Retention);
        return services;
    }
}
