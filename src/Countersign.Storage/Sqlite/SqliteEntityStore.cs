using Countersign.Core;
using Countersign.Core.Factors;
using Countersign.Core.Privacy;
using Countersign.Storage.Entities;

namespace Countersign.Storage.Sqlite;

/// <summary>Entities in the embedded store. The writer runs one step after the other, so what a step was decided on is still so when it is kept.</summary>
sealed class SqliteEntityStore(GroupCommit writer, WriteContext context, Sealer sealer) : IEntityStore
{
    /// <summary>Challenges that go with an entity in one transaction, so that nobody waits for those of years.</summary>
    const int ChallengesAtATime = 256;

    readonly EntityTables _tables = new(context);
    readonly EntityBodies _bodies = new(sealer);
    readonly Statement _insertToken = context.Prepare("INSERT INTO access_token (id, sid, service_sid, account_sid, created_at, body) VALUES (?1, ?2, ?3, ?4, ?5, ?6)");
    readonly Statement _token = context.Prepare("SELECT account_sid, created_at, body FROM access_token WHERE id BETWEEN ?1 AND ?2 AND sid = ?3 AND service_sid = ?4");

    public async Task<EntityState> ReadAsync(EntityKey key, EntityRead read, CancellationToken ct)
    {
        // Opened here, not on the writer's thread.
        var rows = await writer.RunAsync(_ => Rows(key, read));
        return EntityStates.Open(_bodies, rows.Entity, rows.Factor, rows.Challenge, rows.Factors);
    }

    public Task<T> ChangeAsync<T>(EntityKey key, EntityRead read, Func<EntityState, EntityChange<T>> change, CancellationToken ct) => writer.RunAsync(_ =>
    {
        var rows = Rows(key, read);
        var before = EntityStates.Open(_bodies, rows.Entity, rows.Factor, rows.Challenge, rows.Factors);
        var decided = change(before);
        if (decided.Factor?.Credential is { } credential && _tables.FactorBy(credential) is { } holder && holder.Sid != decided.Factor.Sid)
        {
            return decided.WhenTaken ?? throw new InvalidOperationException("A credential that is taken is not told from one that is not.");
        }

        Keep(key, before, decided);
        return decided.Result;
    });

    public async Task<bool> DeleteAsync(EntityKey key, CancellationToken ct)
    {
        var removed = await writer.RunAsync(_ =>
        {
            var entity = _tables.Entity(key);
            if (entity is not null)
            {
                _tables.Delete(key);
            }

            return entity?.Sid;
        });
        if (removed is not { } sid)
        {
            return false;
        }

        // From here on nobody finds them; should this end half-way, they go when they are old.
        while (await writer.RunAsync(_ => _tables.DeleteChallenges(key, sid, ChallengesAtATime)) == ChallengesAtATime)
        {
        }

        return true;
    }

    public async Task<Page<Entity>> ListAsync(Sid service, PageRequest request, CancellationToken ct) =>
        RowPages.Of(await writer.RunAsync(_ => _tables.Entities(service, request)), request, static row => row.Position).Select(_bodies.Open);

    public async Task<Page<Challenge>> ListChallengesAsync(EntityKey key, ChallengeFilter filter, PageRequest request, CancellationToken ct)
    {
        var rows = await writer.RunAsync(_ => _tables.Entity(key) is { } entity ? _tables.Challenges(key, entity.Sid, ChallengeListQuery.Of(filter, request)) : []);
        return RowPages.Of(rows, request, static row => row.CreatedAt.ToUnixTimeMilliseconds()).Select(_bodies.Open);
    }

    public async Task<Entity?> FindAsync(Sid service, Sid entity, CancellationToken ct) =>
        await writer.RunAsync(_ => _tables.Entity(entity)) is { } row && row.ServiceSid == service ? _bodies.Open(row) : null;

    public async Task<Factor?> FindByCredentialAsync(Sid service, UInt128 credential, CancellationToken ct) =>
        await writer.RunAsync(_ => _tables.FactorBy(credential)) is { } row && row.ServiceSid == service ? _bodies.Open(row) : null;

    public Task AddTokenAsync(AccessToken token, CancellationToken ct) => writer.RunAsync(_ =>
    {
        var id = VerificationRows.IdOf(token.Sid);
        var body = _bodies.Seal(token);
        for (var offset = 0; !_insertToken.Bind(id + offset).Bind(token.Sid).Bind(token.ServiceSid).Bind(token.AccountSid).Bind(token.CreatedAt).Bind(body).Run(); offset++)
        {
            if (offset == VerificationRows.Neighbours)
            {
                throw new InvalidOperationException("No free key for an access token.");
            }
        }

        return true;
    });

    public async Task<AccessToken?> FindTokenAsync(Sid service, Sid token, CancellationToken ct)
    {
        var id = VerificationRows.IdOf(token);
        var found = await writer.RunAsync(_ =>
        {
            _token.Bind(id).Bind(id + VerificationRows.Neighbours - 1).Bind(token).Bind(service);
            var row = _token.Read() ? (Account: _token.Sid(0, "AC"), At: _token.Moment(1), Body: _token.Bytes(2).ToArray()) : default;
            _token.Reset();
            return row;
        });
        return found.Body is null ? null : _bodies.Open(service, found.Account, token, found.At, found.Body);
    }

    (EntityRow? Entity, FactorRow? Factor, ChallengeRow? Challenge, List<FactorRow> Factors) Rows(EntityKey key, EntityRead read)
    {
        if (_tables.Entity(key) is not { } entity)
        {
            return (null, null, null, []);
        }

        var challenge = read.Challenge is { } asked ? _tables.Challenge(key, asked) : null;
        var factor = (read.Factor ?? challenge?.FactorSid) is { } sid ? _tables.Factor(key, sid) : null;
        return (entity, factor, challenge, read.ListsFactors ? _tables.Factors(key, read.Only) : []);
    }

    void Keep<T>(EntityKey key, EntityState before, EntityChange<T> decided)
    {
        if (!decided.ChangesSomething)
        {
            return;
        }

        if (decided.Entity is { } entity)
        {
            if (before.Entity is null)
            {
                _tables.Insert(key, entity, _bodies.Seal(key, entity));
            }
            else
            {
                _tables.Update(entity, _bodies.Seal(key, entity));
            }
        }
        else if (before.Entity is null)
        {
            throw new InvalidOperationException("Something was put below an entity that there is not.");
        }

        if (decided.RemovedFactor is { } removed)
        {
            _tables.DeleteFactor(key, removed);
        }

        if (decided.Factor is { } factor)
        {
            _tables.Put(key, factor, _bodies.Seal(key, factor));
        }

        if (decided.Challenge is { } challenge)
        {
            _tables.Put(key, challenge, _bodies.Seal(key, challenge));
        }
    }
}
