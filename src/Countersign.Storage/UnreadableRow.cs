using Countersign.Core.Privacy;
using Countersign.Core.Verifications;

namespace Countersign.Storage;

/// <summary>What whoever needs a row of the configuration gets that is there and cannot be read.</summary>
static class UnreadableRow
{
    /// <summary>Made anew each time: one that many throw would gather all their stacks.</summary>
    /// <param name="problem">Why it cannot be read.</param>
    /// <param name="what">What to call it.</param>
    public static Exception Refusal(Exception problem, string what) => problem is UnknownKeyException lacking
        ? new UnknownKeyException(lacking.KeyId)
        : new StoreUnavailableException($"The row {what} cannot be read ({problem.GetType().Name}): it is damaged, or a newer version wrote what this one does not know. Everything else goes on.") { IsOneRow = true };
}
