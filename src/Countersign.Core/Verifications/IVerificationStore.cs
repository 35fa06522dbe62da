namespace Countersign.Core.Verifications;

/// <summary>Where verifications are kept.</summary>
public interface IVerificationStore
{
    /// <summary>
    /// Reads the verification that the step is about, lets it decide, and keeps what it decided together with the message to send: one
    /// atomic step. Two steps on one verification never decide on the same state. Durable when it returns.
    /// The store may share one transaction among many steps, and may ask a step to decide again, also after a decision on a state
    /// that was only supposed and turned out to be another.
    /// </summary>
    /// <exception cref="StoreOverloadedException">Too many steps wait already, or too many messages to take one that a caller asks for; nothing was kept.</exception>
    /// <exception cref="StoreUnavailableException">The store cannot keep it. One in another process may have kept it before it was lost sight of: asking again is safe.</exception>
    Task ApplyAsync(VerificationStep step, CancellationToken ct);
}

/// <summary>One decision about one verification: a pure function of what is stored, so that a store may run it inside its own transaction.</summary>
public abstract class VerificationStep
{
    /// <summary>The service that the caller names; a verification of another service is as good as none.</summary>
    public required Sid ServiceSid { get; init; }

    /// <summary>The verification by SID; null to find it by <see cref="Destination"/>.</summary>
    public Sid? VerificationSid { get; init; }

    /// <summary>
    /// The newest verification of this destination (an index value), whatever its status; used when no SID is given. A step that names a SID and sends sets it when it
    /// decides, so that the store remembers the destination for as long as the verification now lives.
    /// </summary>
    public UInt128 Destination { get; set; }

    /// <summary>What a store may find the destination in this service by: both in one value. Service SIDs are random, so no two pairs meet.</summary>
    public static UInt128 KeyOf(Sid service, UInt128 destination) => service.Value ^ destination;

    /// <summary>The shard of the destination, which the SIDs of its verifications and attempts carry: a store may keep the shards in different places.</summary>
    public static int ShardOf(Sid service, UInt128 destination) => Sid.ShardOf(KeyOf(service, destination));

    /// <summary>Decides. <paramref name="current"/> is null when there is no such verification.</summary>
    public abstract StepDecision Decide(Verification? current, DateTimeOffset now);
}

/// <summary>What a step wants kept.</summary>
/// <param name="Save">The verification to store; null to leave everything as it is.</param>
/// <param name="Send">The attempt of it to put into the outbox; null for none.</param>
/// <param name="CustomCode">The caller's own code, which the outbox seals until it is sent.</param>
/// <param name="Ended">What becomes of the verification that was read, when <paramref name="Save"/> is a new one that takes its place while it is pending.</param>
/// <param name="WakeAt">When to look at the attempt again (<see cref="IAlarmStore"/>), kept with it; null for never.</param>
public readonly record struct StepDecision(
    Verification? Save, SendAttempt? Send = null, Codes.OneTimeCode? CustomCode = null, Verification? Ended = null, DateTimeOffset? WakeAt = null)
{
    /// <summary>Changes nothing.</summary>
    public static StepDecision Nothing => default;
}

/// <summary>The store has more waiting than it can soon do: the caller should come back later (503).</summary>
public sealed class StoreOverloadedException() : Exception("Too many requests wait for the store, or too many messages for their outcome.");

/// <summary>The store cannot keep anything now, for example because the disk is full (503). Nothing of this request was kept, unless a store in another process was lost sight of while it was at it.</summary>
public sealed class StoreUnavailableException(string message, Exception? inner = null) : Exception(message, inner)
{
    /// <summary>What the store writes to was taken away while it is open: nothing that it would still accept could be found again, so it accepts nothing.</summary>
    public bool IsLost { get; init; }

    /// <summary>Only what was asked for cannot be read, since its row is damaged or of a newer version: everything else goes on, and this stays so until somebody mends it.</summary>
    public bool IsOneRow { get; init; }
}
