using Countersign.Core.Verifications;
using Npgsql;

namespace Countersign.Storage.PostgreSql;

/// <summary>
/// What goes wrong with the database, in words that may be logged. The server's own words may not: they can name values, and with
/// <c>log_parameter_max_length_on_error</c> all of them; nor the driver's, which name the host.
/// </summary>
static class PostgresFailures
{
    public static StoreUnavailableException ToUnavailable(this NpgsqlException problem) => problem switch
    {
        ConnectRefusedException again => again.Why.ToUnavailable(),
        PostgresException refusal => new StoreUnavailableException($"PostgreSQL refused: SQLSTATE {refusal.SqlState} ({Meaning(refusal.SqlState)})."),
        _ => new StoreUnavailableException($"PostgreSQL does not answer ({(problem.InnerException ?? problem).GetType().Name})."),
    };

    /// <summary>It broke a connection, and says nothing of what was asked for over it.</summary>
    public static bool IsOfConnection(this NpgsqlException problem) => problem switch
    {
        ConnectRefusedException => false,
        PostgresException refusal => refusal.SqlState is PostgresErrorCodes.AdminShutdown or PostgresErrorCodes.CrashShutdown or PostgresErrorCodes.IdleSessionTimeout,
        _ => true,
    };

    /// <summary>Its session cannot write, and never will: it began on a replica, or while the database was set so.</summary>
    public static bool IsOfReadOnlySession(this NpgsqlException problem) => problem is PostgresException { SqlState: PostgresErrorCodes.ReadOnlySqlTransaction };

    static string Meaning(string state) => state switch
    {
        PostgresErrorCodes.TooManyConnections => "too many connections",
        PostgresErrorCodes.DiskFull => "the disk is full",
        PostgresErrorCodes.AdminShutdown or PostgresErrorCodes.CrashShutdown => "it shuts down",
        PostgresErrorCodes.CannotConnectNow => "it is starting or shutting down",
        PostgresErrorCodes.ReadOnlySqlTransaction => "it is read-only: a replica, or set so",
        PostgresErrorCodes.InsufficientPrivilege => "the role lacks a right",
        PostgresErrorCodes.InvalidPassword or PostgresErrorCodes.InvalidAuthorizationSpecification => "the role or its password is wrong",
        PostgresErrorCodes.InvalidCatalogName => "there is no such database",
        PostgresErrorCodes.QueryCanceled => "it took too long",
        PostgresErrorCodes.SerializationFailure or PostgresErrorCodes.DeadlockDetected => "it met another change",
        PostgresErrorCodes.CheckViolation => "no partition, or a row that is not allowed",
        _ => "see PostgreSQL's documentation, appendix A",
    };
}
