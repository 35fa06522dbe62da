using Countersign.Adapters.Tests.Stores;

namespace Countersign.Adapters.Tests.PostgreSql;

public sealed class PostgresVerificationsConform() : VerificationStoreConformance(new PostgresHome());

public sealed class PostgresOutboxConforms() : OutboxConformance(new PostgresHome());

public sealed class PostgresOutboxKeepsOrder() : OutboxOrderConformance(new PostgresHome());

public sealed class PostgresKnowsWhatWasSpent() : ChallengeReplayConformance(new PostgresHome());
