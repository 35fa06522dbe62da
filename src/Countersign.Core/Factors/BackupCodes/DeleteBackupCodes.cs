namespace Countersign.Core.Factors.BackupCodes;

/// <summary>Removes a person's set of codes. False where there is none.</summary>
public sealed class DeleteBackupCodes(IEntityStore store, EntityIndex index)
{
    public Task<bool> RunAsync(Sid service, EntityIdentity identity, CancellationToken ct) =>
        store.ChangeAsync(index.Of(service, identity), new EntityRead(Only: FactorType.BackupCodes), static state =>
            new EntityChange<bool>(state.Factors.Count > 0) { RemovedFactor = state.Factors.Count > 0 ? state.Factors[0].Sid : null }, ct);
}
