using Countersign.Core.Privacy;

namespace Countersign.Core.Factors.BackupCodes;

/// <summary>A new set with its codes, which nobody can read again.</summary>
public sealed record CreatedBackupCodes(Factor Set, IReadOnlyList<BackupCode> Codes);

/// <summary>Makes a person's set of codes, and the person if need be. The old set is gone, but not its wrong tries: a set that takes the place of another buys no guesses.</summary>
public sealed class CreateBackupCodes(IEntityStore store, EntityIndex index, KeyRing ring, TimeProvider time, RandomSource random)
{
    public Task<CreatedBackupCodes> RunAsync(Sid account, Sid service, EntityIdentity identity, CancellationToken ct)
    {
        var now = time.GetMillisecond();
        return store.ChangeAsync(index.Of(service, identity), new EntityRead(Only: FactorType.BackupCodes), state =>
        {
            var entity = state.Entity ?? CreateEntity.New(account, service, identity, now, random);
            var old = state.Factors.Count > 0 ? state.Factors[0] : null;
            var at = Moments.After(old?.CreatedAt, now);
            var sid = Sid.NewOrdered("YF", at, random);
            var codes = new List<BackupCode>();
            while (codes.Count < BackupCodeLimits.PerSet)
            {
                var code = BackupCode.New(random);
                if (!codes.Exists(other => other.Reveal() == code.Reveal()))
                {
                    codes.Add(code);
                }
            }

            var set = new Factor
            {
                Sid = sid,
                EntitySid = entity.Sid,
                ServiceSid = service,
                AccountSid = account,
                Identity = entity.Identity,
                Type = FactorType.BackupCodes,
                Status = FactorStatus.Verified,
                FriendlyName = "",
                CreatedAt = at,
                UpdatedAt = at,
                Document = new BackupCodeDocument
                {
                    Key = ring.Active.Id,
                    Left = [.. codes.Select(code => BackupCodeDocument.Hash(ring.Active, sid, code))],
                    Wrong = old is null ? [] : BackupCodeDocument.Of(old).Wrong,
                }.Write(),
            };
            return new EntityChange<CreatedBackupCodes>(new CreatedBackupCodes(set, codes))
            {
                Entity = entity with { UpdatedAt = now },
                Factor = set,
                RemovedFactor = old?.Sid,
            };
        }, ct);
    }
}
