using Countersign.Core.Delivery;
using Countersign.Core.Delivery.Tries;
using Countersign.Core.Events;
using Countersign.Core.Factors;
using Countersign.Core.Guard.Geo;
using Countersign.Core.Guard.Limits;
using Countersign.Core.Guard.Lists;
using Countersign.Core.Messages.Senders;
using Countersign.Core.Messages.Templates;
using Countersign.Core.Privacy;
using Countersign.Core.Registry;
using Countersign.Core.Routing;
using Countersign.Core.Verifications;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace Countersign.Storage.PostgreSql;

/// <summary>What a node keeps in PostgreSQL beside live verifications and their messages: configuration, history, alarms.</summary>
sealed class PostgresRecords : IAsyncDisposable
{
    readonly PostgresChanges _changes;

    PostgresRecords(PostgresDatabase database, Partitions partitions, long node, Sealer sealer, TimeProvider time, ILogger<PostgresChanges> logger)
    {
        _changes = new PostgresChanges(database, logger);
        Accounts = new PostgresAccountStore(database, _changes, sealer);
        Services = new PostgresServiceStore(database, _changes, sealer);
        Slots = new RollupSlots(node);
        Webhooks = new PostgresRegistry<Webhook>(database, _changes, sealer, new WebhookDocuments());
        EventSinks = new PostgresRegistry<EventSink>(database, _changes, sealer, new EventSinkDocuments());
        Subscriptions = new Subscriptions(Webhooks, EventSinks, Services, Accounts);
        EventMaker = new EventMaker(Subscriptions);
        Events = new PostgresEventStore(database, node, sealer, time);
        Early = new EarlyReceipts(database, Slots, EventMaker, Events, sealer, time);
        Attempts = new PostgresAttemptStore(database, partitions, Early, time);
        Alarms = new PostgresAlarmStore(database, node, time);
        Carriers = new PostgresRegistry<CarrierDefinition>(database, _changes, sealer, new CarrierDocuments());
        Routes = new PostgresRegistry<Route>(database, _changes, sealer, new RouteDocuments());
        Templates = new PostgresRegistry<StoredTemplate>(database, _changes, sealer, new TemplateDocuments());
        MessagingServices = new PostgresRegistry<MessagingService>(database, _changes, sealer, new MessagingServiceDocuments());
        MessagingConfigurations = new PostgresRegistry<MessagingConfiguration>(database, _changes, sealer, new MessagingConfigurationDocuments());
        RateLimits = new PostgresRegistry<RateLimit>(database, _changes, sealer, new RateLimitDocuments());
        GeoPermissions = new PostgresRegistry<AccountGeoPermissions>(database, _changes, sealer, new GeoPermissionsDocuments());
        NumberLists = new PostgresRegistry<NumberListPart>(database, _changes, sealer, new NumberListDocuments());
        PushCredentials = new PostgresRegistry<PushCredential>(database, _changes, sealer, new PushCredentialDocuments());
        Tries = new PostgresRegistry<TryRun>(database, _changes, sealer, new TryRunDocuments());
        RouteScores = new PostgresRouteScores(database, node);
        Rollups = new PostgresRollupStore(database);
        RefusedStarts = new PostgresRefusedStarts(database, sealer);
        Retention = new PostgresRetention(database, partitions, time);
        Entities = new PostgresEntityStore(database, sealer);
    }

    public PostgresAccountStore Accounts { get; }

    public PostgresServiceStore Services { get; }

    public EarlyReceipts Early { get; }

    public PostgresAttemptStore Attempts { get; }

    public PostgresAlarmStore Alarms { get; }

    public IRegistry<CarrierDefinition> Carriers { get; }

    public IRegistry<Route> Routes { get; }

    public IRegistry<StoredTemplate> Templates { get; }

    public IRegistry<MessagingService> MessagingServices { get; }

    public IRegistry<MessagingConfiguration> MessagingConfigurations { get; }

    public IRegistry<Webhook> Webhooks { get; }

    public IRegistry<EventSink> EventSinks { get; }

    public Subscriptions Subscriptions { get; }

    public EventMaker EventMaker { get; }

    public PostgresEventStore Events { get; }

    public IRegistry<RateLimit> RateLimits { get; }

    public IRegistry<AccountGeoPermissions> GeoPermissions { get; }

    public IRegistry<NumberListPart> NumberLists { get; }

    public IRegistry<PushCredential> PushCredentials { get; }

    public IRegistry<TryRun> Tries { get; }

    public PostgresRouteScores RouteScores { get; }

    public PostgresRollupStore Rollups { get; }

    public PostgresRefusedStarts RefusedStarts { get; }

    public PostgresRetention Retention { get; }

    public PostgresEntityStore Entities { get; }

    /// <summary>Rows of the rollup that this node's connections write to.</summary>
    public RollupSlots Slots { get; }

    /// <summary>Reads the configuration, and follows it from then on.</summary>
    /// <exception cref="StoreUnavailableException">The database failed.</exception>
    public static async Task<PostgresRecords> OpenAsync(
        PostgresDatabase database, Partitions partitions, long node, Sealer sealer, TimeProvider time, ILoggerFactory? logging, CancellationToken ct)
    {
        var records = new PostgresRecords(database, partitions, node, sealer, time, logging?.CreateLogger<PostgresChanges>() ?? NullLogger<PostgresChanges>.Instance);
        await records._changes.StartAsync(ct);
        return records;
    }

    /// <inheritdoc cref="PostgresChanges.ReloadAsync"/>
    public Task ReloadAsync() => _changes.ReloadAsync();

    /// <summary>Gives back what this node has claimed, and listens no longer.</summary>
    public async ValueTask DisposeAsync()
    {
        await _changes.DisposeAsync();
        await Retention.CloseAsync();
        try
        {
            await Alarms.ReleaseAsync(CancellationToken.None);
            await Events.ReleaseAsync(CancellationToken.None);
        }
        catch (StoreUnavailableException)
        {
            // The claims get old, then.
        }
    }
}
