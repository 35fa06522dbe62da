using Countersign.Core.Codes;
using Countersign.Core.Verifications;

namespace Countersign.Core.Tests.Verifications;

/// <summary>The simplest store that keeps the contract: one lock, and nothing of a step that throws.</summary>
sealed class MemoryVerificationStore(TimeProvider time) : IVerificationStore
{
    readonly Lock _gate = new();
    readonly Dictionary<Sid, Verification> _verifications = [];
    readonly Dictionary<(Sid Service, UInt128 Destination), Sid> _newest = [];

    /// <summary>What the outbox would hold, oldest first.</summary>
    public List<(Verification Verification, SendAttempt Attempt, OneTimeCode? CustomCode)> Sends { get; } = [];

    public Task ApplyAsync(VerificationStep step, CancellationToken ct)
    {
        lock (_gate)
        {
            var decision = step.Decide(Find(step), time.GetUtcNow());
            if (decision.Save is not { } next)
                return Task.CompletedTask;

            if (_verifications.TryAdd(next.Sid, next))
                _newest[(step.ServiceSid, step.Destination)] = next.Sid;
            else
                _verifications[next.Sid] = next;
            if (decision.Ended is { } ended)
                _verifications[ended.Sid] = ended;
            if (decision.Send is { } attempt)
                Sends.Add((next, attempt, decision.CustomCode));
            return Task.CompletedTask;
        }
    }

    Verification? Find(VerificationStep step)
    {
        if (step.VerificationSid is not { } sid && !_newest.TryGetValue((step.ServiceSid, step.Destination), out sid))
            return null;
        return _verifications.GetValueOrDefault(sid) is { } found && found.ServiceSid == step.ServiceSid ? found : null;
    }
}
