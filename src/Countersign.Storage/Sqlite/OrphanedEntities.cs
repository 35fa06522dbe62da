namespace Countersign.Storage.Sqlite;

/// <summary>Removes entities whose service was removed, with what hangs on them: a service at a time, in the order of their SIDs. Only the writer's thread uses it.</summary>
/// <param name="context">The writer's.</param>
/// <param name="step">Challenges that go in one look, so that nobody waits for those of years.</param>
sealed class OrphanedEntities(WriteContext context, int step)
{
    readonly Statement _nextService = context.Prepare("SELECT min(service_sid) FROM entity WHERE service_sid > ?1");
    readonly Statement _hasService = context.Prepare("SELECT 1 FROM service WHERE sid = ?1");
    readonly Statement _entity = context.Prepare("SELECT identity FROM entity WHERE service_sid = ?1 LIMIT 1");
    readonly Statement _deleteChallenges = context.Prepare($"DELETE FROM challenge WHERE id IN (SELECT id FROM challenge WHERE identity = ?1 LIMIT {step})");
    readonly Statement _deleteFactors = context.Prepare("DELETE FROM factor WHERE identity = ?1");
    readonly Statement _deleteEntity = context.Prepare("DELETE FROM entity WHERE identity = ?1");

    // Services up to this one were looked at; each pass looks at all.
    byte[] _after = [];

    /// <summary>Looks at the next service, or removes one entity of it or some of its challenges; says how many entities went, and whether the pass goes on.</summary>
    public (int Removed, bool More) Remove()
    {
        if (One(_nextService.Bind((ReadOnlySpan<byte>)_after)) is not { } service)
        {
            _after = [];
            return (0, false);
        }

        if (One(_hasService.Bind(service)) is not null || One(_entity.Bind(service)) is not { } identity)
        {
            _after = service;
            return (0, true);
        }

        // The entity goes last: it is what the rest of its challenges are found by.
        _deleteChallenges.Bind(identity).Run();
        if (context.Changes == step)
        {
            return (0, true);
        }

        _deleteFactors.Bind(identity).Run();
        _deleteEntity.Bind(identity).Run();
        return (1, true);
    }

    static byte[]? One(Statement bound)
    {
        var value = bound.Read() ? bound.BytesOrNull(0) : null;
        bound.Reset();
        return value;
    }
}
