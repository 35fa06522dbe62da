using Countersign.Core;
using Countersign.Core.Factors;
using Countersign.Storage.Entities;
using Npgsql;
using NpgsqlTypes;

namespace Countersign.Storage.PostgreSql;

/// <summary>The statements on entities, factors and challenges, and how their rows are read.</summary>
static class EntityCommands
{
    const string EntityColumns = "position, identity, sid, service_sid, account_sid, version, created_at, updated_at, body";
    const string FactorColumns = "f.identity, f.sid, f.entity_sid, f.service_sid, f.account_sid, f.type, f.status, f.credential, f.created_at, f.updated_at, f.body";
    const string ChallengeColumns = "identity, sid, entity_sid, factor_sid, service_sid, account_sid, factor_type, status, created_at, updated_at, expires_at, body";

    public static NpgsqlBatchCommand Entity(EntityKey key)
    {
        var command = new NpgsqlBatchCommand($"SELECT {EntityColumns} FROM entity WHERE identity = $1 AND service_sid = $2");
        Index(command.Parameters, key.Index).Bind(key.ServiceSid);
        return command;
    }

    public static NpgsqlBatchCommand EntityBySid(Sid service, Sid sid)
    {
        var command = new NpgsqlBatchCommand($"SELECT {EntityColumns} FROM entity WHERE sid = $1 AND service_sid = $2");
        command.Parameters.Bind(sid).Bind(service);
        return command;
    }

    /// <summary>The factor that is named, or the one of the challenge; and those that are listed.</summary>
    public static NpgsqlBatchCommand Factors(EntityKey key, EntityRead read)
    {
        var command = new NpgsqlBatchCommand($"""
            SELECT {FactorColumns} FROM factor f WHERE f.identity = $1
            AND ($2 AND ($6::smallint IS NULL OR f.type = $6) OR f.sid = coalesce($3::uuid, (SELECT c.factor_sid FROM challenge c WHERE c.identity = $1 AND c.created_at = $4 AND c.sid = $5::uuid)))
            """);
        Index(command.Parameters, key.Index).Bind(read.ListsFactors).Bind(read.Factor).Bind(MomentOf(read.Challenge)).Bind(read.Challenge);
        command.Parameters.Add(new NpgsqlParameter { NpgsqlDbType = NpgsqlDbType.Smallint, Value = read.Only is { } only ? (short)only : DBNull.Value });
        return command;
    }

    public static NpgsqlBatchCommand FactorBy(Sid service, UInt128 credential)
    {
        var command = new NpgsqlBatchCommand($"SELECT {FactorColumns} FROM factor f WHERE f.credential = $1 AND f.service_sid = $2");
        Index(command.Parameters, credential).Bind(service);
        return command;
    }

    public static NpgsqlBatchCommand Challenge(EntityKey key, Sid sid)
    {
        var command = new NpgsqlBatchCommand($"SELECT {ChallengeColumns} FROM challenge WHERE identity = $1 AND created_at = $2 AND sid = $3");
        Index(command.Parameters, key.Index).Bind(MomentOf(sid)).Bind(sid);
        return command;
    }

    public static NpgsqlBatchCommand Entities(Sid service, PageRequest request)
    {
        var command = new NpgsqlBatchCommand(request.Cursor is { Backwards: true }
            ? $"SELECT {EntityColumns} FROM entity WHERE service_sid = $1 AND position > $2 ORDER BY position LIMIT $3"
            : $"SELECT {EntityColumns} FROM entity WHERE service_sid = $1 AND position < $2 ORDER BY position DESC LIMIT $3");

        // One more than asked tells whether there is a neighbour on the far side.
        command.Parameters.Bind(service).Bind(request.Cursor?.Position ?? long.MaxValue).Bind((long)request.Size + 1);
        return command;
    }

    public static NpgsqlBatchCommand Challenges(EntityKey key, ChallengeListQuery query)
    {
        var command = new NpgsqlBatchCommand($"""
            SELECT {ChallengeColumns} FROM challenge
            WHERE identity = $1 AND entity_sid = (SELECT sid FROM entity WHERE identity = $1 AND service_sid = $2) AND created_at >= $3
            AND ($4::uuid IS NULL OR factor_sid = $4) AND ($5::integer IS NULL OR status = $5) AND expires_at > $6 AND expires_at <= $7
            AND created_at {(query.Ascending ? "> $8 ORDER BY created_at" : "< $8 ORDER BY created_at DESC")} LIMIT $9
            """);
        Index(command.Parameters, key.Index).Bind(key.ServiceSid).Bind(query.CreatedFrom).Bind(query.Factor).Bind((int?)query.Status)
            .Bind(query.ExpiresAfter).Bind(query.ExpiresUntil).Bind(query.From).Bind(query.Size);
        return command;
    }

    /// <summary>An index value.</summary>
    public static NpgsqlParameterCollection Index(NpgsqlParameterCollection parameters, UInt128 value)
    {
        parameters.Add(new NpgsqlParameter<Guid> { TypedValue = value.ToUuid() });
        return parameters;
    }

    /// <summary>An index value, or none.</summary>
    public static NpgsqlParameterCollection Index(NpgsqlParameterCollection parameters, UInt128? value)
    {
        parameters.Add(new NpgsqlParameter { NpgsqlDbType = NpgsqlDbType.Uuid, Value = value is { } there ? there.ToUuid() : DBNull.Value });
        return parameters;
    }

    public static EntityRow ReadEntity(NpgsqlDataReader row) => new(
        row.GetInt64(0), row.GetGuid(1).ToValue(), row.Sid(2, "YE"), row.Sid(3, "VA"), row.Sid(4, "AC"), row.GetInt64(5), row.Moment(6), row.Moment(7),
        row.GetFieldValue<byte[]>(8));

    public static FactorRow ReadFactor(NpgsqlDataReader row) => new(
        row.GetGuid(0).ToValue(), row.Sid(1, "YF"), row.Sid(2, "YE"), row.Sid(3, "VA"), row.Sid(4, "AC"), (FactorType)row.GetInt16(5), (FactorStatus)row.GetInt16(6),
        row.IsDBNull(7) ? null : row.GetGuid(7).ToValue(), row.Moment(8), row.Moment(9), row.GetFieldValue<byte[]>(10));

    public static ChallengeRow ReadChallenge(NpgsqlDataReader row) => new(
        row.GetGuid(0).ToValue(), row.Sid(1, "YC"), row.Sid(2, "YE"), row.Sid(3, "YF"), row.Sid(4, "VA"), row.Sid(5, "AC"), (FactorType)row.GetInt16(6),
        (ChallengeStatus)row.GetInt16(7), row.Moment(8), row.Moment(9), row.Moment(10), row.GetFieldValue<byte[]>(11));

    /// <summary>The millisecond that a challenge was made at, whoever made the SID up.</summary>
    static long MomentOf(Sid? sid) => sid is { } there ? (long)(ulong)(there.Value >> 80) : -1;
}
