namespace Countersign.Core.Verifications;

/// <summary>Moments at which a verification has to be looked at again. They are kept in the step that asks for them (<see cref="StepDecision.WakeAt"/>).</summary>
public interface IAlarmStore
{
    /// <summary>Up to <paramref name="max"/> alarms whose time has come, oldest first. Each comes again, also after a restart, until it is done.</summary>
    ValueTask<IReadOnlyList<Alarm>> DueAsync(int max, CancellationToken ct);

    /// <summary>Removes alarms; those that are gone already are no error. Durable when it returns.</summary>
    Task DoneAsync(IReadOnlyList<Alarm> alarms, CancellationToken ct);

    /// <summary>Leaves alarms to other servers that could do now what this one cannot; they come again here if none does. Nothing where there are no others.</summary>
    Task GiveUpAsync(IReadOnlyList<Alarm> alarms, CancellationToken ct) => Task.CompletedTask;
}

/// <summary>One alarm: the store's own name for it, what it is about, and the send that was the last when it was set.</summary>
public readonly record struct Alarm(long Position, Sid ServiceSid, Sid VerificationSid, Sid Attempt);
