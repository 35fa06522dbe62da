using Countersign.Core;
using Countersign.Core.Factors;
using Countersign.Storage.Entities;

namespace Countersign.Storage.Sqlite;

/// <summary>Reads and writes rows of entities, factors and challenges on the writer's connection.</summary>
sealed class EntityTables(WriteContext context)
{
    const string EntityColumns = "position, identity, sid, service_sid, account_sid, created_at, updated_at, body";
    const string FactorColumns = "identity, sid, entity_sid, service_sid, account_sid, type, status, credential, created_at, updated_at, body";
    const string ChallengeColumns = "identity, sid, entity_sid, factor_sid, service_sid, account_sid, factor_type, status, created_at, updated_at, expires_at, body";

    const string ListedChallenges = $"""
        SELECT {ChallengeColumns} FROM challenge
        WHERE identity = ?1 AND created_at >= ?2 AND entity_sid = ?4 AND (?5 IS NULL OR factor_sid = ?5) AND (?6 IS NULL OR status = ?6) AND expires_at > ?7 AND expires_at <= ?8
        """;

    readonly Statement _entity = context.Prepare($"SELECT {EntityColumns} FROM entity WHERE identity = ?1");
    readonly Statement _entityBySid = context.Prepare($"SELECT {EntityColumns} FROM entity WHERE sid = ?1");
    readonly Statement _factor = context.Prepare($"SELECT {FactorColumns} FROM factor WHERE identity = ?1 AND sid = ?2");
    readonly Statement _factors = context.Prepare($"SELECT {FactorColumns} FROM factor WHERE identity = ?1 AND (?2 IS NULL OR type = ?2)");
    readonly Statement _factorByCredential = context.Prepare($"SELECT {FactorColumns} FROM factor WHERE credential = ?1");
    readonly Statement _challenge = context.Prepare($"SELECT {ChallengeColumns} FROM challenge WHERE id BETWEEN ?1 AND ?2 AND sid = ?3 AND identity = ?4");
    readonly Statement _insertEntity = context.Prepare(
        "INSERT INTO entity (identity, sid, service_sid, account_sid, created_at, updated_at, body) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)");

    readonly Statement _updateEntity = context.Prepare("UPDATE entity SET updated_at = ?2, body = ?3 WHERE sid = ?1");
    readonly Statement _putFactor = context.Prepare($"""
        INSERT INTO factor ({FactorColumns}) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)
        ON CONFLICT (identity, sid) DO UPDATE SET status = excluded.status, credential = excluded.credential, updated_at = excluded.updated_at, body = excluded.body
        """);

    readonly Statement _deleteFactor = context.Prepare("DELETE FROM factor WHERE identity = ?1 AND sid = ?2");
    readonly Statement _updateChallenge = context.Prepare(
        "UPDATE challenge SET status = ?4, updated_at = ?5, expires_at = ?6, body = ?7 WHERE id BETWEEN ?1 AND ?2 AND sid = ?3");

    readonly Statement _insertChallenge = context.Prepare(
        $"INSERT INTO challenge (id, {ChallengeColumns}) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13)");

    readonly Statement _deleteEntity = context.Prepare("DELETE FROM entity WHERE identity = ?1");
    readonly Statement _deleteFactors = context.Prepare("DELETE FROM factor WHERE identity = ?1");
    readonly Statement _deleteChallenges = context.Prepare(
        "DELETE FROM challenge WHERE id IN (SELECT id FROM challenge WHERE identity = ?1 AND entity_sid = ?2 ORDER BY created_at LIMIT ?3)");

    readonly Statement _listOlder = context.Prepare($"SELECT {EntityColumns} FROM entity WHERE service_sid = ?1 AND position < ?2 ORDER BY position DESC LIMIT ?3");
    readonly Statement _listNewer = context.Prepare($"SELECT {EntityColumns} FROM entity WHERE service_sid = ?1 AND position > ?2 ORDER BY position LIMIT ?3");
    readonly Statement _challengesUp = context.Prepare($"{ListedChallenges} AND created_at > ?9 ORDER BY created_at LIMIT ?3");
    readonly Statement _challengesDown = context.Prepare($"{ListedChallenges} AND created_at < ?9 ORDER BY created_at DESC LIMIT ?3");

    public EntityRow? Entity(EntityKey key) => One(_entity.Bind(key.Index), ReadEntity) is { } row && row.ServiceSid == key.ServiceSid ? row : null;

    public EntityRow? Entity(Sid sid) => One(_entityBySid.Bind(sid), ReadEntity);

    public FactorRow? Factor(EntityKey key, Sid sid) => One(_factor.Bind(key.Index).Bind(sid), ReadFactor);

    /// <summary>The entity's factors, of one type or of all.</summary>
    public List<FactorRow> Factors(EntityKey key, FactorType? only) => All(_factors.Bind(key.Index).Bind((int?)only), ReadFactor);

    public FactorRow? FactorBy(UInt128 credential) => One(_factorByCredential.Bind(credential), ReadFactor);

    public ChallengeRow? Challenge(EntityKey key, Sid sid)
    {
        var id = VerificationRows.IdOf(sid);
        return One(_challenge.Bind(id).Bind(id + VerificationRows.Neighbours - 1).Bind(sid).Bind(key.Index), ReadChallenge);
    }

    public List<EntityRow> Entities(Sid service, PageRequest request)
    {
        var backwards = request.Cursor is { Backwards: true };
        var statement = backwards ? _listNewer : _listOlder;

        // One more than asked tells whether there is a neighbour on the far side.
        return All(statement.Bind(service).Bind(request.Cursor?.Position ?? long.MaxValue).Bind((long)request.Size + 1), ReadEntity);
    }

    public List<ChallengeRow> Challenges(EntityKey key, Sid entity, ChallengeListQuery query) => All(
        (query.Ascending ? _challengesUp : _challengesDown).Bind(key.Index).Bind(query.CreatedFrom).Bind(query.Size).Bind(entity)
            .Bind(Bytes(query.Factor?.Value)).Bind((int?)query.Status).Bind(query.ExpiresAfter).Bind(query.ExpiresUntil).Bind(query.From),
        ReadChallenge);

    public void Insert(EntityKey key, Entity entity, byte[] body) => _insertEntity
        .Bind(key.Index).Bind(entity.Sid).Bind(entity.ServiceSid).Bind(entity.AccountSid).Bind(entity.CreatedAt).Bind(entity.UpdatedAt).Bind(body).Run();

    public void Update(Entity entity, byte[] body) => _updateEntity.Bind(entity.Sid).Bind(entity.UpdatedAt).Bind(body).Run();

    public void Put(EntityKey key, Factor factor, byte[] body) => _putFactor
        .Bind(key.Index).Bind(factor.Sid).Bind(factor.EntitySid).Bind(factor.ServiceSid).Bind(factor.AccountSid).Bind((long)factor.Type).Bind((long)factor.Status)
        .Bind(Bytes(factor.Credential)).Bind(factor.CreatedAt).Bind(factor.UpdatedAt).Bind(body).Run();

    public void Put(EntityKey key, Challenge challenge, byte[] body)
    {
        var id = VerificationRows.IdOf(challenge.Sid);
        _updateChallenge.Bind(id).Bind(id + VerificationRows.Neighbours - 1).Bind(challenge.Sid)
            .Bind((long)challenge.Status).Bind(challenge.UpdatedAt).Bind(challenge.ExpiresAt).Bind(body).Run();
        for (var offset = 0; context.Changes == 0; offset++)
        {
            if (offset == VerificationRows.Neighbours)
            {
                throw new InvalidOperationException("No free key for a challenge row.");
            }

            _insertChallenge.Bind(id + offset)
                .Bind(key.Index).Bind(challenge.Sid).Bind(challenge.EntitySid).Bind(challenge.FactorSid).Bind(challenge.ServiceSid).Bind(challenge.AccountSid)
                .Bind((long)challenge.FactorType).Bind((long)challenge.Status).Bind(challenge.CreatedAt).Bind(challenge.UpdatedAt).Bind(challenge.ExpiresAt).Bind(body).Run();
        }
    }

    public void DeleteFactor(EntityKey key, Sid sid) => _deleteFactor.Bind(key.Index).Bind(sid).Run();

    /// <summary>Removes an entity and its factors.</summary>
    public void Delete(EntityKey key)
    {
        _deleteEntity.Bind(key.Index).Run();
        _deleteFactors.Bind(key.Index).Run();
    }

    /// <summary>Removes some challenges of an entity, oldest first; says how many.</summary>
    public int DeleteChallenges(EntityKey key, Sid entity, int most)
    {
        _deleteChallenges.Bind(key.Index).Bind(entity).Bind((long)most).Run();
        return context.Changes;
    }

    static T? One<T>(Statement bound, Func<Statement, T> read)
        where T : class
    {
        var row = bound.Read() ? read(bound) : null;
        bound.Reset();
        return row;
    }

    static List<T> All<T>(Statement bound, Func<Statement, T> read)
    {
        var rows = new List<T>();
        while (bound.Read())
        {
            rows.Add(read(bound));
        }

        return rows;
    }

    static byte[]? Bytes(UInt128? value)
    {
        if (value is not { } there)
        {
            return null;
        }

        var bytes = new byte[16];
        System.Buffers.Binary.BinaryPrimitives.WriteUInt128BigEndian(bytes, there);
        return bytes;
    }

    static EntityRow ReadEntity(Statement row) =>
        new(row.Long(0), row.UInt128(1), row.Sid(2, "YE"), row.Sid(3, "VA"), row.Sid(4, "AC"), 0, row.Moment(5), row.Moment(6), row.Bytes(7).ToArray());

    static FactorRow ReadFactor(Statement row) => new(
        row.UInt128(0), row.Sid(1, "YF"), row.Sid(2, "YE"), row.Sid(3, "VA"), row.Sid(4, "AC"), (FactorType)row.Int(5), (FactorStatus)row.Int(6),
        row.IsNull(7) ? null : row.UInt128(7), row.Moment(8), row.Moment(9), row.Bytes(10).ToArray());

    static ChallengeRow ReadChallenge(Statement row) => new(
        row.UInt128(0), row.Sid(1, "YC"), row.Sid(2, "YE"), row.Sid(3, "YF"), row.Sid(4, "VA"), row.Sid(5, "AC"), (FactorType)row.Int(6), (ChallengeStatus)row.Int(7),
        row.Moment(8), row.Moment(9), row.Moment(10), row.Bytes(11).ToArray());
}
