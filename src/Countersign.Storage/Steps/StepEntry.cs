using System.Diagnostics.CodeAnalysis;
using Countersign.Core.Verifications;

namespace Countersign.Storage.Steps;

/// <summary>A verification as a store has it. <paramref name="Version"/> grows with each change that is kept, from 1 on.</summary>
sealed record StoredVerification(Verification Verification, int Version)
{
    /// <summary>What else the store wants to know of it when it writes.</summary>
    public object? Place { get; init; }
}

/// <summary>What a batch has to do for an entry.</summary>
enum StepPhase
{
    /// <summary>Find what the step is about, and put it into <see cref="StepEntry.Current"/>.</summary>
    Read,

    /// <summary>Keep <see cref="StepEntry.Decision"/>, if <see cref="StepEntry.Current"/> is still what is stored.</summary>
    Write,
}

/// <summary>
/// One step on its way through a store that decides outside of its transactions: it is decided on what was read, or supposed, and kept only if that was still so.
/// </summary>
sealed class StepEntry(VerificationStep step) : ICompletable
{
    // What waits for the answer goes on where it is completed: see Completions.
    readonly TaskCompletionSource _completion = new();
    Exception? _failure;

    public VerificationStep Step => step;

    public Task Task => _completion.Task;

    /// <summary>What no two entries of one batch share, so that steps on one destination follow each other. A SID where the step names one: its destination is not known yet.</summary>
    public UInt128 Lane { get; } = step.VerificationSid?.Value ?? VerificationStep.KeyOf(step.ServiceSid, step.Destination);

    /// <summary>The key of the destination in the service; only for steps that have a destination.</summary>
    public UInt128 Key => VerificationStep.KeyOf(step.ServiceSid, step.Destination);

    /// <summary>When it came, in ticks of a clock that nobody can set.</summary>
    public long WaitsSince { get; init; }

    public StepPhase Phase { get; private set; }

    /// <summary>What the decision was made on; null for "there is none". Set by the store after a read.</summary>
    public StoredVerification? Current { get; set; }

    /// <summary>The verification that the store names as the destination's newest, also when there is nothing left of it. A new one takes its place. Set by the store after a read.</summary>
    public UInt128? Head { get; set; }

    /// <summary>
    /// Set by the store instead of <see cref="Current"/>, when what was found cannot be read; or instead of <see cref="Kept"/>, when its part of an exchange failed and that of
    /// others did not. It is the answer.
    /// </summary>
    public Exception? Problem { get; set; }

    public StepDecision Decision { get; private set; }

    /// <summary>What the store made of the decision before it is sent, such as the sealed row.</summary>
    public object? Prepared { get; set; }

    /// <summary>Set by the store when it prepares a decision: what it will have once the decision is kept.</summary>
    public StoredVerification? After { get; set; }

    /// <summary>Set by the store after a write: the decision was kept. Otherwise somebody came between.</summary>
    public bool Kept { get; set; }

    /// <summary>
    /// Set by the store when it did not keep a write, and says at once in <see cref="Current"/> what is stored instead. It then need not be read, and who was overtaken is
    /// ahead of who has to read: two that meet again and again do not always end in the same order.
    /// </summary>
    public bool IsCurrent { get; set; }

    /// <summary>Times that somebody came between.</summary>
    public int Rounds { get; set; }

    /// <summary>The decision makes a verification, in the place of <see cref="Current"/> if there is one.</summary>
    [MemberNotNullWhen(false, nameof(Current))]
    public bool IsNew => Current is null || Current.Verification.Sid != Decision.Save!.Sid;

    /// <summary>The decision sends what a caller asks for. What a verification goes on with by itself was promised with it; such steps name it.</summary>
    public bool IsSendAskedFor => Decision.Send is not null && step.VerificationSid is null;

    /// <summary>
    /// Decides on nothing read, supposing that what this node last knew is still so, or else that there is no verification. False when it has to be read first: the step names
    /// one, or changes nothing if the supposition is right, which nothing that is written would confirm.
    /// </summary>
    public bool TrySuppose(StoredVerification? recent, DateTimeOffset now)
    {
        if (step.VerificationSid is not null)
        {
            return false;
        }

        try
        {
            Decision = step.Decide(recent?.Verification, now);
        }
        catch (Exception)
        {
            // What is thrown at a supposition says nothing yet: it is thrown again if it was right.
            return false;
        }

        // One that takes the place of another is decided on what is stored: that it is still the newest says nothing of how it has gone on since.
        if (Decision.Save is null || (recent is not null && recent.Verification.Sid != Decision.Save.Sid))
        {
            return false;
        }

        (Current, Head, Phase) = (recent, recent?.Verification.Sid.Value, StepPhase.Write);
        return true;
    }

    /// <summary>Decides on what was read. True when there is something to write; else the entry has ended, and can be completed.</summary>
    public bool Decide(DateTimeOffset now)
    {
        (Kept, IsCurrent) = (false, false);
        (Prepared, After) = (null, null);
        try
        {
            Decision = step.Decide(Current?.Verification, now);
        }
        catch (Exception problem)
        {
            _failure = problem;
            return false;
        }

        if (Decision.Save is null)
        {
            return false;
        }

        Phase = StepPhase.Write;
        return true;
    }

    /// <summary>Somebody came between: what is stored has to be read again.</summary>
    public void ReadAgain()
    {
        Current = null;
        Head = null;
        (Prepared, After) = (null, null);
        Phase = StepPhase.Read;
    }

    /// <summary>It has ended so; whoever waits is told when it is completed.</summary>
    public void Fail(Exception problem) => _failure = problem;

    public void Complete()
    {
        if (_failure is { } problem)
        {
            _completion.TrySetException(problem);
        }
        else
        {
            _completion.TrySetResult();
        }
    }
}
