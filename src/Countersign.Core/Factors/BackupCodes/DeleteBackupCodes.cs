namespace Countersign.Core.Factors.BackupCodes;

/// <summary>Removes a person's set of codes. False where there is none.</summary>
public sealed class DeleteBackupCodes(IEntityStore store, EntityIndex index)
{
    public Task<bool> RunAsync(Sid service, EntityIdentity identity, CancellationToken ct) =>
        store.ChangeAsync(index.Of(service, identity), new EntityRead(AllFactors: true), static state =>
            new EntityChange<bool>(state.Factors.Any(static factor => factor.Type == FactorType.BackupCodes))
            {
                RemovedFactor = state.Factors.FirstOrDefault(static factor => factor.Type == FactorType.BackupCodes)?.Sid,
            }, ct);
}
