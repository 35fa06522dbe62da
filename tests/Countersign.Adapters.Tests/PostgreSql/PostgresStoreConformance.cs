using Countersign.Adapters.Tests.Stores;

namespace Countersign.Adapters.Tests.PostgreSql;

public sealed class PostgresServicesConform() : ServiceStoreConformance(new PostgresHome());

public sealed class PostgresAccountsConform() : AccountStoreConformance(new PostgresHome());

public sealed class PostgresAttemptsConform() : AttemptStoreConformance(new PostgresHome());

public sealed class PostgresAlarmsConform() : AlarmStoreConformance(new PostgresHome());

public sealed class PostgresRollupsConform() : RollupStoreConformance(new PostgresHome());

public sealed class PostgresRefusedStartsConform() : RefusedStartConformance(new PostgresHome());

public sealed class PostgresRetentionConforms() : RetentionConformance(new PostgresHome());

public sealed class PostgresRegistriesConform() : RegistryConformance(new PostgresHome());

public sealed class PostgresMessagingRegistriesConform() : MessagingRegistryConformance(new PostgresHome());

public sealed class PostgresGuardRegistriesConform() : GuardRegistryConformance(new PostgresHome());

public sealed class PostgresListsAttempts() : AttemptListConformance(new PostgresHome());

public sealed class PostgresEntitiesConform() : EntityStoreConformance(new PostgresHome());

public sealed class PostgresEventsConform() : EventStoreConformance(new PostgresHome());

public sealed class PostgresEventsAreDelivered() : EventDeliveryConformance(new PostgresHome());

public sealed class PostgresFactorsAreRacedFor() : FactorRaceConformance(new PostgresHome());
