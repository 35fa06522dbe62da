namespace Countersign.Core.Factors;

/// <summary>Removes an entity with everything that hangs on it.</summary>
public sealed class DeleteEntity(IEntityStore store, IEntityEvents events, TimeProvider time)
{
    /// <summary>False where there was none.</summary>
    public async Task<bool> RunAsync(EntityKey key, CancellationToken ct)
    {
        var before = await store.ReadAsync(key, new EntityRead(AllFactors: true), ct);
        if (!await store.DeleteAsync(key, ct))
        {
            return false;
        }

        foreach (var factor in before.Factors)
        {
            await events.RecordAsync(new EntityEvent(EntityEventKind.FactorDeleted, factor, null, time.GetMillisecond()), CancellationToken.None);
        }

        return true;
    }
}
