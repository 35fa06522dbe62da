using System.Security.Cryptography;
using Countersign.Core.Privacy;

namespace Countersign.Core.Factors.BackupCodes;

/// <summary>What came of a try.</summary>
public abstract record CheckBackupCodeResult
{
    /// <summary>The code was right, and is used up.</summary>
    public sealed record Approved(Factor Set, int Left) : CheckBackupCodeResult;

    /// <summary>It was not.</summary>
    public sealed record Wrong(Factor Set, int Left) : CheckBackupCodeResult;

    /// <summary>Too many were wrong lately; this one was not looked at.</summary>
    public sealed record TooMany(TimeSpan RetryIn) : CheckBackupCodeResult;

    /// <summary>There are no codes.</summary>
    public sealed record None : CheckBackupCodeResult;

    CheckBackupCodeResult()
    {
    }
}

/// <summary>
/// Compares a code with those that are left, each of them and in constant time, in one atomic step: of two tries with the same code, on whichever nodes, one counts. What cannot be a
/// code at all costs the same and counts as wrong.
/// </summary>
public sealed class CheckBackupCode(IEntityStore store, EntityIndex index, KeyRing ring, TimeProvider time)
{
    public Task<CheckBackupCodeResult> RunAsync(Sid service, EntityIdentity identity, string typed, CancellationToken ct)
    {
        var now = time.GetMillisecond();
        var isCode = BackupCode.TryParse(typed, out var code);
        code ??= BackupCode.None;
        return store.ChangeAsync<CheckBackupCodeResult>(index.Of(service, identity), new EntityRead(Only: FactorType.BackupCodes), state =>
        {
            if (state.Factors is not [var set, ..])
            {
                return new(new CheckBackupCodeResult.None());
            }

            var document = BackupCodeDocument.Of(set);
            var wrong = document.Wrong.Where(at => at > (now - BackupCodeLimits.Window).ToUnixTimeMilliseconds()).Order().ToList();
            if (wrong.Count >= BackupCodeLimits.WrongPerWindow)
            {
                var until = DateTimeOffset.FromUnixTimeMilliseconds(wrong[^BackupCodeLimits.WrongPerWindow]) + BackupCodeLimits.Window;
                return new(new CheckBackupCodeResult.TooMany(until - now));
            }

            var hash = BackupCodeDocument.Hash(ring.Find(document.Key), set.Sid, code);
            var left = document.Left.Where(kept => !CryptographicOperations.FixedTimeEquals(kept, hash)).ToList();
            var approved = isCode & left.Count < document.Left.Count;
            var after = set with
            {
                UpdatedAt = now,
                Document = (approved ? document with { Left = left, Wrong = [] } : document with { Wrong = [.. wrong, now.ToUnixTimeMilliseconds()] }).Write(),
            };
            return new(approved ? new CheckBackupCodeResult.Approved(after, left.Count) : new CheckBackupCodeResult.Wrong(after, document.Left.Count)) { Factor = after };
        }, ct);
    }
}
