using Countersign.Core.Accounts;
using Countersign.Core.Delivery;
using Countersign.Core.Events;
using Countersign.Core.Factors;
using Countersign.Core.Guard.Geo;
using Countersign.Core.Guard.Limits;
using Countersign.Core.Guard.Lists;
using Countersign.Core.Guard.Refusals;
using Countersign.Core.Insight;
using Countersign.Core.Messages.Senders;
using Countersign.Core.Messages.Templates;
using Countersign.Core.Privacy;
using Countersign.Core.Registry;
using Countersign.Core.Services;
using Countersign.Core.Tests.Privacy;
using Countersign.Core.Tests.Verifications;
using Countersign.Core.Verifications;
using Microsoft.Extensions.Time.Testing;

namespace Countersign.Adapters.Tests.Stores;

/// <summary>Where a store under test keeps its things: it can be opened again and again, and goes away with everything in it.</summary>
public abstract class StoreHome : IAsyncDisposable
{
    /// <summary>The clock of every store that is opened here.</summary>
    public FakeTimeProvider Time { get; } = new(Desk.Opening);

    public Sealer Sealer { get; } = new(Rings.WithKeys(1), new ReplayedRandom(7));

    /// <summary>Opens the store on what earlier ones left here. One at a time.</summary>
    public abstract Task<OpenStore> OpenAsync();

    /// <summary>Runs SQL behind the store's back; gives the first column of the first row, null for none.</summary>
    public virtual Task<object?> ExecuteAsync(string sql) => throw new NotSupportedException();

    public abstract ValueTask DisposeAsync();
}

/// <summary>A store that is open. Disposing it is a proper shut-down.</summary>
public sealed class OpenStore(Func<ValueTask> close) : IAsyncDisposable
{
    public required IVerificationStore Verifications { get; init; }

    public required IOutbox Outbox { get; init; }

    public required IServiceStore Services { get; init; }

    public required IAccountStore Accounts { get; init; }

    public required IAttemptStore Attempts { get; init; }

    public required IAlarmStore Alarms { get; init; }

    /// <summary>For the suites that ask for it: Redis leaves it to PostgreSQL.</summary>
    public IRollupStore Rollups { get; init; } = null!;

    /// <summary>For the suites that ask for it: Redis leaves it to PostgreSQL.</summary>
    public IRefusedStartStore RefusedStarts { get; init; } = null!;

    public IRetention Retention { get; init; } = null!;

    /// <summary>For the suites that ask for it: Redis leaves it to PostgreSQL.</summary>
    public IEntityStore Entities { get; init; } = null!;

    public required IRegistry<CarrierDefinition> Carriers { get; init; }

    public required IRegistry<StoredTemplate> Templates { get; init; }

    public required IRegistry<MessagingService> MessagingServices { get; init; }

    public required IRegistry<MessagingConfiguration> MessagingConfigurations { get; init; }

    public required IRegistry<RateLimit> RateLimits { get; init; }

    public required IRegistry<AccountGeoPermissions> GeoPermissions { get; init; }

    public required IRegistry<NumberListPart> NumberLists { get; init; }

    public required IRegistry<Webhook> Webhooks { get; init; }

    public required IRegistry<EventSink> EventSinks { get; init; }

    public required IRegistry<PushCredential> PushCredentials { get; init; }

    public required IEventStore Events { get; init; }

    public required Subscriptions Subscriptions { get; init; }

    /// <summary>Brings what is kept elsewhere for a moment to where events are made of it.</summary>
    public Func<Task> BringAsync { get; init; } = () => Task.CompletedTask;

    public ValueTask DisposeAsync() => close();
}
