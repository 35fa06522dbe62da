using Countersign.Core;
using Countersign.Core.Codes;
using Countersign.Core.Verifications;

namespace Countersign.Adapters.Tests.Stores;

/// <summary>A step that decides as a test says, and remembers what it last saw.</summary>
sealed class RecordedStep(Func<Verification?, DateTimeOffset, StepDecision> decide) : VerificationStep
{
    public Verification? Saw { get; private set; }

    public DateTimeOffset At { get; private set; }

    public override StepDecision Decide(Verification? current, DateTimeOffset now)
    {
        (Saw, At) = (current, now);
        return decide(current, now);
    }
}

/// <summary>Short ways to let steps run.</summary>
static class Steps
{
    /// <summary>What a step that names the verification sees.</summary>
    public static Task<Verification?> FindAsync(this IVerificationStore store, Sid sid, Sid? service = null) =>
        SeeAsync(store, new RecordedStep((_, _) => StepDecision.Nothing) { ServiceSid = service ?? Given.Service, VerificationSid = sid });

    /// <summary>What a step that names the destination sees.</summary>
    public static Task<Verification?> FindAsync(this IVerificationStore store, int number, Sid? service = null) =>
        SeeAsync(store, new RecordedStep((_, _) => StepDecision.Nothing) { ServiceSid = service ?? Given.Service, Destination = Given.Destination(number) });

    /// <summary>Keeps a verification as the newest of a destination and puts its last attempt into the outbox.</summary>
    public static async Task<Verification> SendAsync(this IVerificationStore store, int number, Verification verification, OneTimeCode? customCode = null)
    {
        await store.ApplyAsync(
            new RecordedStep((_, _) => new StepDecision(verification, verification.Attempts[^1], customCode))
            {
                ServiceSid = verification.ServiceSid,
                Destination = Given.Destination(number),
            },
            CancellationToken.None);
        return verification;
    }

    /// <summary>Changes a verification without sending anything.</summary>
    public static Task ChangeAsync(this IVerificationStore store, Sid sid, Func<Verification, Verification> change) => store.ApplyAsync(
        new RecordedStep((current, _) => new StepDecision(change(current!))) { ServiceSid = Given.Service, VerificationSid = sid }, CancellationToken.None);

    static async Task<Verification?> SeeAsync(IVerificationStore store, RecordedStep step)
    {
        await store.ApplyAsync(step, CancellationToken.None);
        return step.Saw;
    }
}
