using Countersign.Core;
using Countersign.Core.Verifications;

namespace Countersign.Adapters.Tests.Delivery;

/// <summary>Verifications of which some are away, as those of a part of a divided store.</summary>
sealed class ShakyVerifications(IVerificationStore store) : IVerificationStore
{
    readonly Lock _gate = new();
    readonly List<Sid> _tried = [];

    public Func<Sid, bool> Fails { get; set; } = _ => false;

    /// <summary>The verifications that were asked for, each as often as it was.</summary>
    public IReadOnlyList<Sid> Tried
    {
        get
        {
            lock (_gate)
                return [.. _tried];
        }
    }

    /// <summary>What those that fail throw.</summary>
    public Func<Exception> Problem { get; set; } = () => new StoreUnavailableException("It is away.");

    public void Forget()
    {
        lock (_gate)
            _tried.Clear();
    }

    public Task ApplyAsync(VerificationStep step, CancellationToken ct)
    {
        lock (_gate)
            _tried.Add(step.VerificationSid!.Value);
        return Fails(step.VerificationSid!.Value) ? Task.FromException(Problem()) : store.ApplyAsync(step, ct);
    }
}
