namespace Countersign.Core.Factors;

/// <summary>Removes a factor: from then on nobody answers a challenge with it, also not one that is open.</summary>
public sealed class DeleteFactor(IEntityStore store, IEntityEvents events, TimeProvider time)
{
    /// <summary>False where there was none.</summary>
    public async Task<bool> RunAsync(EntityKey key, Sid factor, CancellationToken ct)
    {
        var now = time.GetMillisecond();
        var removed = await store.ChangeAsync(
            key,
            new EntityRead(factor),

            // A set of backup codes has paths of its own.
            static state => state.Factor is { Type: not FactorType.BackupCodes } found ? new EntityChange<Factor?>(found) { RemovedFactor = found.Sid } : new EntityChange<Factor?>(null),
            ct);
        if (removed is null)
        {
            return false;
        }

        await events.RecordAsync(new EntityEvent(EntityEventKind.FactorDeleted, removed, null, now), CancellationToken.None);
        return true;
    }
}
