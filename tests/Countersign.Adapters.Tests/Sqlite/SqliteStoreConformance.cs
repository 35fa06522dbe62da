using Countersign.Adapters.Tests.Stores;

namespace Countersign.Adapters.Tests.Sqlite;

public sealed class SqliteVerificationsConform() : VerificationStoreConformance(new SqliteHome());

public sealed class SqliteOutboxConforms() : OutboxConformance(new SqliteHome());

public sealed class SqliteOutboxKeepsOrder() : OutboxOrderConformance(new SqliteHome());

public sealed class SqliteServicesConform() : ServiceStoreConformance(new SqliteHome());

public sealed class SqliteAccountsConform() : AccountStoreConformance(new SqliteHome());

public sealed class SqliteAttemptsConform() : AttemptStoreConformance(new SqliteHome());

public sealed class SqliteAlarmsConform() : AlarmStoreConformance(new SqliteHome());

public sealed class SqliteRegistriesConform() : RegistryConformance(new SqliteHome());

public sealed class SqliteMessagingRegistriesConform() : MessagingRegistryConformance(new SqliteHome());

public sealed class SqliteGuardRegistriesConform() : GuardRegistryConformance(new SqliteHome());

public sealed class SqliteRollupsConform() : RollupStoreConformance(new SqliteHome());

public sealed class SqliteRefusedStartsConform() : RefusedStartConformance(new SqliteHome());

public sealed class SqliteRetentionConforms() : RetentionConformance(new SqliteHome());

public sealed class SqliteKnowsWhatWasSpent() : ChallengeReplayConformance(new SqliteHome());

public sealed class SqliteListsAttempts() : AttemptListConformance(new SqliteHome());

public sealed class SqliteEntitiesConform() : EntityStoreConformance(new SqliteHome());

public sealed class SqliteEventsConform() : EventStoreConformance(new SqliteHome());

public sealed class SqliteEventsAreDelivered() : EventDeliveryConformance(new SqliteHome());

public sealed class SqliteFactorsAreRacedFor() : FactorRaceConformance(new SqliteHome());
