using System.Net.Sockets;
using System.Security.Authentication;
using Npgsql;

namespace Countersign.Storage.PostgreSql;

/// <summary>Why the database cannot be opened, for the person who starts a server: what, why and what next. Names settings, and repeats no value of theirs.</summary>
static class PostgresOpenFailure
{
    const string NoTls = "PostgreSQL does not offer TLS, and Countersign:Storage asks for it (SSL Mode). Turn it on there (ssl = on), or ask for less: SSL Mode=Prefer.";

    public static string Explain(NpgsqlException problem) => problem switch
    {
        PostgresException refusal => Explain(refusal),
        { InnerException: SocketException { SocketErrorCode: SocketError.HostNotFound or SocketError.NoData or SocketError.TryAgain } } =>
            "The Host of Countersign:Storage has no address (DNS). Correct it, or wait until the name is known.",
        { InnerException: SocketException socket } =>
            $"Nothing answers at Host and Port of Countersign:Storage ({socket.SocketErrorCode}). Start PostgreSQL, see that it listens there (listen_addresses), or correct them.",
        { InnerException: TimeoutException } =>
            "PostgreSQL does not answer at Host and Port of Countersign:Storage within its Timeout. Look whether it hangs, and whether a firewall is in between.",
        { InnerException: AuthenticationException } =>
            "The TLS certificate of PostgreSQL is not accepted. Name its authority with Root Certificate in Countersign:Storage, and the host that it was made for with Host.",
        _ when problem.Message.Contains("No password has been provided", StringComparison.Ordinal) =>
            "PostgreSQL wants a password, and Countersign:Storage has none. Add Password=… to it, in the environment.",
        _ when problem.Message.Contains("SSL", StringComparison.Ordinal) => NoTls,
        _ => problem.ToUnavailable().Message,
    };

    static string Explain(PostgresException refusal) => refusal.SqlState switch
    {
        PostgresErrorCodes.InvalidPassword => "PostgreSQL refuses Username or Password of Countersign:Storage. Correct them.",
        PostgresErrorCodes.InvalidAuthorizationSpecification =>
            "PostgreSQL lets Username of Countersign:Storage not in from here. Create the role, correct the name, or allow it in pg_hba.conf.",
        PostgresErrorCodes.InvalidCatalogName =>
            "PostgreSQL has no database of the name that Countersign:Storage gives. Create it (CREATE DATABASE countersign ENCODING 'UTF8' TEMPLATE template0), or correct Database.",
        PostgresErrorCodes.TooManyConnections => "PostgreSQL has no connection left. Raise its max_connections, or lower Maximum Pool Size in Countersign:Storage.",
        PostgresErrorCodes.InsufficientPrivilege =>
            "The role of Countersign:Storage lacks a right in its database. It makes tables there, so let it own the database (ALTER DATABASE … OWNER TO …), and the tables if another role made them (REASSIGN OWNED BY … TO …).",
        PostgresErrorCodes.ReadOnlySqlTransaction =>
            "PostgreSQL is read-only at Host and Port of Countersign:Storage: a replica, or set so (default_transaction_read_only). Name the primary, or take the setting back.",
        PostgresErrorCodes.CannotConnectNow => "PostgreSQL is starting or shutting down. Start again when it is up.",
        _ => refusal.ToUnavailable().Message,
    };
}
