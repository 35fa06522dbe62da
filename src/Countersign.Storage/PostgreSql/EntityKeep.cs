using System.Text;
using Countersign.Core.Factors;
using Countersign.Storage.Entities;
using Npgsql;

namespace Countersign.Storage.PostgreSql;

/// <summary>
/// One statement that keeps what a step decided if the entity is still of the version that it was decided on, and nothing of it otherwise: everything hangs on the row that
/// the first part gives. One round trip and no lock between reading and deciding.
/// </summary>
static class EntityKeep
{
    /// <summary>Gives 1 where it was kept, 0 where somebody came between.</summary>
    public static NpgsqlCommand Command<T>(NpgsqlConnection connection, EntityKey key, EntityRow? before, EntityChange<T> decided, EntityBodies bodies)
    {
        var command = new NpgsqlCommand { Connection = connection };
        var parameters = command.Parameters;
        var sql = new StringBuilder("WITH won AS (");
        EntityCommands.Index(parameters, key.Index);
        if (before is null)
        {
            var entity = decided.Entity ?? throw new InvalidOperationException("Something was put below an entity that there is not.");
            sql.Append("""
                INSERT INTO entity (identity, version, sid, service_sid, account_sid, created_at, updated_at, body) VALUES ($1, 1, $2, $3, $4, $5, $6, $7)
                ON CONFLICT (identity) DO NOTHING RETURNING 1)
                """);
            parameters.Bind(entity.Sid).Bind(entity.ServiceSid).Bind(entity.AccountSid).Bind(entity.CreatedAt).Bind(entity.UpdatedAt).Bind(bodies.Seal(key, entity));
        }
        else if (decided.Entity is { } entity)
        {
            sql.Append("UPDATE entity SET version = version + 1, updated_at = $4, body = $5 WHERE identity = $1 AND sid = $2 AND version = $3 RETURNING 1)");
            parameters.Bind(before.Sid).Bind(before.Version).Bind(entity.UpdatedAt).Bind(bodies.Seal(key, entity));
        }
        else
        {
            sql.Append("UPDATE entity SET version = version + 1 WHERE identity = $1 AND sid = $2 AND version = $3 RETURNING 1)");
            parameters.Bind(before.Sid).Bind(before.Version);
        }

        if (decided.RemovedFactor is { } removed)
        {
            parameters.Bind(removed);
            sql.Append(null, $", removed AS (DELETE FROM factor WHERE identity = $1 AND sid = ${parameters.Count} AND EXISTS (SELECT FROM won))");
        }

        if (decided.Factor is { } factor)
        {
            var first = parameters.Count + 1;
            parameters.Bind(factor.Sid).Bind(factor.EntitySid).Bind(factor.ServiceSid).Bind(factor.AccountSid).Bind((short)factor.Type).Bind((short)factor.Status);
            EntityCommands.Index(parameters, factor.Credential).Bind(factor.CreatedAt).Bind(factor.UpdatedAt).Bind(bodies.Seal(key, factor));
            sql.Append(null, $"""
                , factors AS (
                INSERT INTO factor (identity, sid, entity_sid, service_sid, account_sid, type, status, credential, created_at, updated_at, body)
                SELECT $1, {Dollars(first, parameters.Count)} FROM won
                ON CONFLICT (identity, sid) DO UPDATE SET status = excluded.status, credential = excluded.credential, updated_at = excluded.updated_at, body = excluded.body)
                """);
        }

        if (decided.Challenge is { } challenge)
        {
            var first = parameters.Count + 1;
            parameters.Bind(challenge.CreatedAt).Bind(challenge.Sid).Bind(challenge.EntitySid).Bind(challenge.FactorSid).Bind(challenge.ServiceSid).Bind(challenge.AccountSid)
                .Bind((short)challenge.FactorType).Bind((short)challenge.Status).Bind(challenge.UpdatedAt).Bind(challenge.ExpiresAt).Bind(bodies.Seal(key, challenge));
            sql.Append(null, $"""
                , challenges AS (
                INSERT INTO challenge (identity, created_at, sid, entity_sid, factor_sid, service_sid, account_sid, factor_type, status, updated_at, expires_at, body)
                SELECT $1, {Dollars(first, parameters.Count)} FROM won
                ON CONFLICT (identity, created_at) DO UPDATE SET status = excluded.status, updated_at = excluded.updated_at, expires_at = excluded.expires_at, body = excluded.body)
                """);
        }

        command.CommandText = sql.Append(" SELECT count(*) FROM won").ToString();
        return command;
    }

    static string Dollars(int first, int last) => string.Join(", ", Enumerable.Range(first, last - first + 1).Select(static number => $"${number}"));
}
