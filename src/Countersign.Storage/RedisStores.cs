using Countersign.Core;
using Countersign.Core.Accounts;
using Countersign.Core.Delivery;
using Countersign.Core.Delivery.Tries;
using Countersign.Core.Events;
using Countersign.Core.Factors;
using Countersign.Core.Guard.Geo;
using Countersign.Core.Guard.Limits;
using Countersign.Core.Guard.Lists;
using Countersign.Core.Guard.Refusals;
using Countersign.Core.Guard.Sharing;
using Countersign.Core.Insight;
using Countersign.Core.Messages.Senders;
using Countersign.Core.Messages.Templates;
using Countersign.Core.Privacy;
using Countersign.Core.Registry;
using Countersign.Core.Routing;
using Countersign.Core.Services;
using Countersign.Core.Verifications;
using Countersign.Storage.PostgreSql;
using Countersign.Storage.Redis;
using Microsoft.Extensions.Logging;

namespace Countersign.Storage;

/// <summary>Live verifications, their messages and alarms in Redis, all else in PostgreSQL.</summary>
sealed class RedisStores : IStores, IAsyncDisposable
{
    readonly RedisStore _live;
    readonly PostgresStore _records;

    RedisStores(RedisStore live, PostgresStore records) => (_live, _records) = (live, records);

    public IVerificationStore Verifications => _live.Verifications;

    public IOutbox Outbox => _live.Outbox;

    public IAlarmStore Alarms => _live.Alarms;

    public IAccountStore Accounts => _records.Accounts;

    public IServiceStore Services => _records.Services;

    public IAttemptStore Attempts => _records.Attempts;

    public IRegistry<CarrierDefinition> Carriers => _records.Carriers;

    public IRegistry<Route> Routes => _records.Routes;

    public IRegistry<StoredTemplate> Templates => _records.Templates;

    public IRegistry<MessagingService> MessagingServices => _records.MessagingServices;

    public IRegistry<MessagingConfiguration> MessagingConfigurations => _records.MessagingConfigurations;

    /// <summary>By Redis, which carries more of it than PostgreSQL could.</summary>
    public IGuardWire GuardWire => _live.GuardWire;

    public IRegistry<RateLimit> RateLimits => _records.RateLimits;

    public IRegistry<AccountGeoPermissions> GeoPermissions => _records.GeoPermissions;

    public IRegistry<NumberListPart> NumberLists => _records.NumberLists;

    public IRegistry<Webhook> Webhooks => _records.Webhooks;

    public IRegistry<EventSink> EventSinks => _records.EventSinks;

    public Subscriptions Subscriptions => _records.Subscriptions;

    public IEventStore Events => _records.Events;

    public IRegistry<PushCredential> PushCredentials => _records.PushCredentials;

    public IRegistry<TryRun> Tries => _records.Tries;

    public IRouteScoreStore RouteScores => _records.RouteScores;

    public IRollupStore Rollups => _records.Rollups;

    public IRefusedStartStore RefusedStarts => _records.RefusedStarts;

    public IRetention Retention => _records.Retention;

    public IEntityStore Entities => _records.Entities;

    /// <summary>Opens the one over the other. Takes over the PostgreSQL store, also when it throws.</summary>
    /// <exception cref="RedisSettingsException">The settings are wrong, or not those that the store was made with.</exception>
    /// <exception cref="StoreRefusedException">The live verifications of this database are elsewhere.</exception>
    /// <exception cref="StoreUnavailableException">No server answers.</exception>
    public static async Task<RedisStores> OpenAsync(
        RedisSettings settings, PostgresStore records, Sealer sealer, RandomSource random, TimeProvider time, ILogger<RedisStore>? logger)
    {
        try
        {
            return new RedisStores(
                await RedisStore.OpenAsync(
                    settings, records.History, records.History, sealer, random, time, logger: logger,
                    claim: redis => records.Live.KeepInRedisAsync(redis, move: false, CancellationToken.None), seesOthers: () => records.SeesOthers),
                records);
        }
        catch
        {
            await records.DisposeAsync();
            throw;
        }
    }

    public void OnCredentialChanged(Action<Sid> forget) => _records.OnCredentialChanged(forget);

    public Task<T> AloneAsync<T>(Func<Task<T>> work, CancellationToken ct) => _records.AloneAsync(work, ct);

    public async ValueTask DisposeAsync()
    {
        await _live.DisposeAsync();
        await _records.DisposeAsync();
    }
}
