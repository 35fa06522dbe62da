using Countersign.Adapters.Tests.Stores;

namespace Countersign.Adapters.Tests.Sqlite;

public sealed class SqliteVerificationsConform() : VerificationStoreConformance(new SqliteHome());

public sealed class SqliteOutboxConforms() : OutboxConformance(new SqliteHome());

public sealed class SqliteOutboxKeepsOrder() : OutboxOrderConformance(new SqliteHome());

public sealed class SqliteServicesConform() : ServiceStoreConformance(new SqliteHome());

public sealed class SqliteAccountsConform() : AccountStoreConformance(new SqliteHome());
