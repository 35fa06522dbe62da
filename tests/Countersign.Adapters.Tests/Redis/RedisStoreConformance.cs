using Countersign.Adapters.Tests.Stores;

namespace Countersign.Adapters.Tests.Redis;

public sealed class RedisVerificationsConform() : VerificationStoreConformance(new RedisHome());

public sealed class RedisOutboxConforms() : OutboxConformance(new RedisHome());

public sealed class RedisOutboxKeepsOrder() : OutboxOrderConformance(new RedisHome());

public sealed class RedisAlarmsConform() : AlarmStoreConformance(new RedisHome());

public sealed class RedisAttemptsConform() : AttemptStoreConformance(new RedisHome());

public sealed class RedisRollupsConform() : RollupStoreConformance(new RedisHome());

public sealed class RedisKnowsWhatWasSpent() : ChallengeReplayConformance(new RedisHome());

public sealed class RedisListsAttempts() : AttemptListConformance(new RedisHome());

public sealed class RedisEventsConform() : EventStoreConformance(new RedisHome());
