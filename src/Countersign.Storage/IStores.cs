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
using Countersign.Core.Registry;
using Countersign.Core.Routing;
using Countersign.Core.Services;
using Countersign.Core.Verifications;

namespace Countersign.Storage;

/// <summary>A store that is open: everything that the core asks for, kept in one place.</summary>
public interface IStores
{
    IAccountStore Accounts { get; }

    IServiceStore Services { get; }

    IVerificationStore Verifications { get; }

    IOutbox Outbox { get; }

    IAttemptStore Attempts { get; }

    IAlarmStore Alarms { get; }

    IRegistry<CarrierDefinition> Carriers { get; }

    IRegistry<Route> Routes { get; }

    IRegistry<StoredTemplate> Templates { get; }

    IRegistry<MessagingService> MessagingServices { get; }

    IRegistry<MessagingConfiguration> MessagingConfigurations { get; }

    /// <summary>How the nodes over one store tell each other what Guard counts.</summary>
    IGuardWire GuardWire { get; }

    IRegistry<RateLimit> RateLimits { get; }

    IRegistry<AccountGeoPermissions> GeoPermissions { get; }

    IRegistry<NumberListPart> NumberLists { get; }

    IRegistry<Webhook> Webhooks { get; }

    IRegistry<EventSink> EventSinks { get; }

    /// <summary>Who is told of events: the one that the store's own steps ask.</summary>
    Subscriptions Subscriptions { get; }

    IEventStore Events { get; }

    IRegistry<TryRun> Tries { get; }

    IRouteScoreStore RouteScores { get; }

    IRollupStore Rollups { get; }

    IRefusedStartStore RefusedStarts { get; }

    IRetention Retention { get; }

    IEntityStore Entities { get; }

    IRegistry<PushCredential> PushCredentials { get; }

    /// <summary>Has somebody told whenever a credential was added, changed or removed by another server that shares the store: whoever remembers it must forget it.</summary>
    void OnCredentialChanged(Action<Sid> forget);

    /// <summary>Does something while no other server that shares the store does it, such as making the first credentials.</summary>
    Task<T> AloneAsync<T>(Func<Task<T>> work, CancellationToken ct);
}
