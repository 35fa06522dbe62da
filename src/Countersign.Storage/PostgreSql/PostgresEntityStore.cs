using Countersign.Core;
using Countersign.Core.Factors;
using Countersign.Core.Privacy;
using Countersign.Core.Verifications;
using Countersign.Storage.Entities;
using Npgsql;

namespace Countersign.Storage.PostgreSql;

/// <summary>Entities in PostgreSQL. What a step was decided on is read first, its version before all else; it is kept if that version still stands, and decided again if not.</summary>
#pragma warning disable CA1001 // Gates that nobody asked for a handle hold nothing.
sealed class PostgresEntityStore(PostgresDatabase database, Sealer sealer) : IEntityStore
#pragma warning restore CA1001
{
    /// <summary>Times that a step is decided. Each time another node's was kept, so that many at one entity at once are an attack, or a mistake.</summary>
    const int MostTries = 50;

    /// <summary>Gates that entities share by their key.</summary>
    const int Gates = 1024;

    readonly EntityBodies _bodies = new(sealer);

    // Whoever changes the same entity from this node waits here, without a connection, so that guessing at one person keeps nobody else from the database.
    readonly SemaphoreSlim[] _gates = [.. Enumerable.Range(0, Gates).Select(static _ => new SemaphoreSlim(1))];

    public async Task<EntityState> ReadAsync(EntityKey key, EntityRead read, CancellationToken ct)
    {
        var rows = await database.ServeAsync(connection => RowsAsync(connection, key, read, ct), ct);
        return EntityStates.Open(_bodies, rows.Entity, rows.Factor, rows.Challenge, rows.Factors);
    }

    public async Task<T> ChangeAsync<T>(EntityKey key, EntityRead read, Func<EntityState, EntityChange<T>> change, CancellationToken ct)
    {
        var gate = _gates[(int)(key.Index % Gates)];
        await gate.WaitAsync(ct);
        try
        {
            for (var tries = 0; tries < MostTries; tries++)
            {
                var (kept, result) = await database.ServeAsync(connection => TryAsync(connection, key, read, change, ct), ct);
                if (kept)
                {
                    return result!;
                }
            }
        }
        finally
        {
            gate.Release();
        }

        throw new StoreOverloadedException();
    }

    public Task<bool> DeleteAsync(EntityKey key, CancellationToken ct) => database.ServeAsync(
        async connection =>
        {
            // One transaction, and in this order: whoever puts something below the entity at the same time has done so before the second statement looks, or finds no entity. Where there
            // was none to delete, one that is made meanwhile keeps what it has: each statement sees both, or neither.
            var entity = new NpgsqlBatchCommand("DELETE FROM entity WHERE identity = $1 AND service_sid = $2");
            EntityCommands.Index(entity.Parameters, key.Index).Bind(key.ServiceSid);
            var factors = new NpgsqlBatchCommand("DELETE FROM factor WHERE identity = $1 AND NOT EXISTS (SELECT FROM entity WHERE identity = $1)");
            EntityCommands.Index(factors.Parameters, key.Index);
            var challenges = new NpgsqlBatchCommand("DELETE FROM challenge WHERE identity = $1 AND NOT EXISTS (SELECT FROM entity WHERE identity = $1)");
            EntityCommands.Index(challenges.Parameters, key.Index);
            await using var batch = new NpgsqlBatch(connection) { BatchCommands = { entity, factors, challenges } };
            await batch.ExecuteNonQueryAsync(CancellationToken.None);
            return entity.RecordsAffected > 0;
        },
        ct);

    public async Task<Page<Entity>> ListAsync(Sid service, PageRequest request, CancellationToken ct) =>
        RowPages.Of(await ReadAsync(EntityCommands.Entities(service, request), EntityCommands.ReadEntity, ct), request, static row => row.Position).Select(_bodies.Open);

    public async Task<Page<Challenge>> ListChallengesAsync(EntityKey key, ChallengeFilter filter, PageRequest request, CancellationToken ct)
    {
        var rows = await ReadAsync(EntityCommands.Challenges(key, ChallengeListQuery.Of(filter, request)), EntityCommands.ReadChallenge, ct);
        return RowPages.Of(rows, request, static row => row.CreatedAt.ToUnixTimeMilliseconds()).Select(_bodies.Open);
    }

    public async Task<Entity?> FindAsync(Sid service, Sid entity, CancellationToken ct) =>
        await ReadAsync(EntityCommands.EntityBySid(service, entity), EntityCommands.ReadEntity, ct) is [var row] ? _bodies.Open(row) : null;

    public async Task<Factor?> FindByCredentialAsync(Sid service, UInt128 credential, CancellationToken ct) =>
        await ReadAsync(EntityCommands.FactorBy(service, credential), EntityCommands.ReadFactor, ct) is [var row] ? _bodies.Open(row) : null;

    public Task AddTokenAsync(AccessToken token, CancellationToken ct) => database.ServeAsync(
        async connection =>
        {
            await using var insert = new NpgsqlCommand("INSERT INTO access_token (sid, service_sid, account_sid, created_at, body) VALUES ($1, $2, $3, $4, $5)", connection);
            insert.Parameters.Bind(token.Sid).Bind(token.ServiceSid).Bind(token.AccountSid).Bind(token.CreatedAt).Bind(_bodies.Seal(token));
            return await insert.ExecuteNonQueryAsync(CancellationToken.None);
        },
        ct);

    public async Task<AccessToken?> FindTokenAsync(Sid service, Sid token, CancellationToken ct)
    {
        var find = new NpgsqlBatchCommand("SELECT account_sid, created_at, body FROM access_token WHERE sid = $1 AND service_sid = $2");
        find.Parameters.Bind(token).Bind(service);
        return await ReadAsync(find, row => _bodies.Open(service, row.Sid(0, "AC"), token, row.Moment(1), row.GetFieldValue<byte[]>(2)), ct) is [var found] ? found : null;
    }

    /// <summary>One try: whether what was decided was kept, and what it says.</summary>
    async Task<(bool Kept, T? Result)> TryAsync<T>(
        NpgsqlConnection connection, EntityKey key, EntityRead read, Func<EntityState, EntityChange<T>> change, CancellationToken ct)
    {
        var rows = await RowsAsync(connection, key, read, ct);
        var decided = change(EntityStates.Open(_bodies, rows.Entity, rows.Factor, rows.Challenge, rows.Factors));
        if (!decided.ChangesSomething)
        {
            return (true, decided.Result);
        }

        await using var keep = EntityKeep.Command(connection, key, rows.Entity, decided, _bodies);
        try
        {
            return ((long)(await keep.ExecuteScalarAsync(CancellationToken.None))! > 0, decided.Result);
        }
        catch (PostgresException taken) when (taken is { SqlState: PostgresErrorCodes.UniqueViolation, ConstraintName: "factor_by_credential" })
        {
            return (true, decided.WhenTaken ?? throw new InvalidOperationException("A credential that is taken is not told from one that is not."));
        }
    }

    static async Task<(EntityRow? Entity, FactorRow? Factor, ChallengeRow? Challenge, List<FactorRow> Factors)> RowsAsync(
        NpgsqlConnection connection, EntityKey key, EntityRead read, CancellationToken ct)
    {
        // The entity first: what is read after it may be newer than its version, and is then not kept; were it older, it would be.
        await using var batch = new NpgsqlBatch(connection) { BatchCommands = { EntityCommands.Entity(key) } };
        var withFactors = read.ListsFactors || read.Factor is not null || read.Challenge is not null;
        if (read.Challenge is { } asked)
        {
            batch.BatchCommands.Add(EntityCommands.Challenge(key, asked));
        }

        if (withFactors)
        {
            batch.BatchCommands.Add(EntityCommands.Factors(key, read));
        }

        await using var reader = await batch.ExecuteReaderAsync(ct);
        var entity = (await NextAsync(reader, EntityCommands.ReadEntity, ct)).FirstOrDefault();
        var challenge = read.Challenge is null ? null : (await NextAsync(reader, EntityCommands.ReadChallenge, ct)).FirstOrDefault();
        var factors = withFactors ? await NextAsync(reader, EntityCommands.ReadFactor, ct) : [];
        var wanted = read.Factor ?? challenge?.FactorSid;
        return (entity, factors.Find(row => row.Sid == wanted), challenge, read.ListsFactors ? factors.FindAll(row => read.Only is null || row.Type == read.Only) : []);
    }

    static async Task<List<T>> NextAsync<T>(NpgsqlDataReader reader, Func<NpgsqlDataReader, T> read, CancellationToken ct)
    {
        var rows = new List<T>();
        while (await reader.ReadAsync(ct))
        {
            rows.Add(read(reader));
        }

        await reader.NextResultAsync(ct);
        return rows;
    }

    Task<List<T>> ReadAsync<T>(NpgsqlBatchCommand command, Func<NpgsqlDataReader, T> read, CancellationToken ct) => database.ServeAsync(
        async connection =>
        {
            await using var batch = new NpgsqlBatch(connection) { BatchCommands = { command } };
            await using var reader = await batch.ExecuteReaderAsync(ct);
            return await NextAsync(reader, read, ct);
        },
        ct);
}
