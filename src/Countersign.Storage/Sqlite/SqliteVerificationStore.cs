using Countersign.Core;
using Countersign.Core.Events;
using Countersign.Core.Insight;
using Countersign.Core.Verifications;

namespace Countersign.Storage.Sqlite;

/// <summary>
/// Verifications in the embedded store. Every step runs on the writer's thread inside the batch's transaction, one after the other, so that no two decide on
/// the same state.
/// </summary>
sealed class SqliteVerificationStore(
    GroupCommit writer, VerificationRows rows, SqliteOutbox outbox, SqliteAlarmStore alarms, RollupRows rollups, DestinationMap destinations, EventMaker maker, SqliteEventStore events)
    : IVerificationStore
{
    // What the batch noted in memory, to be taken back with it. The writer's thread alone uses it.
    readonly List<DestinationMap.Change> _changes = [];

    bool HasNoRoom => outbox.IsFull;

    public Task ApplyAsync(VerificationStep step, CancellationToken ct)
    {
        ct.ThrowIfCancellationRequested();
        var operation = new StepOperation(this, step);
        writer.Enqueue(operation);
        return operation.Task;
    }

    void Keep(VerificationStep step, (long Id, Verification Verification)? current, StepDecision decision, WriteContext context)
    {
        if (decision.Save is not { } next)
        {
            return;
        }

        if (current is { } before && before.Verification.Sid == next.Sid)
        {
            rows.Update(before.Id, before.Verification, next);
        }
        else
        {
            rows.Insert(next, step.Destination);
            if (decision.Ended is { } ended && current is { } replaced)
            {
                rows.Update(replaced.Id, replaced.Verification, ended);
            }
        }

        if (decision.Send is { } attempt)
        {
            outbox.Add(next, attempt, decision.CustomCode, context);
            if (decision.WakeAt is { } due)
            {
                alarms.Add(next, attempt, due);
            }
        }

        // A new one is the destination's newest; a resend lives longer, and so must what remembers it.
        if (decision.Send is not null || current?.Verification.Sid != next.Sid)
        {
            Remember(step, next, context);
        }
        else if (current is { } checkedAt && next.Checks != checkedAt.Verification.Checks && (next.Checks > 1 || next.Status != VerificationStatus.Approved))
        {
            RememberGuesses(step.VerificationSid is null ? step.Destination : rows.DestinationOf(checkedAt.Id), next, context);
        }

        Rollup.CountStep(rollups.OfBatch, current?.Verification, decision);
        events.Keep(maker.OfStep(current?.Verification, decision), context);
    }

    (long Id, Verification Verification)? Load(VerificationStep step)
    {
        var sid = step.VerificationSid;
        if (sid is null)
        {
            if (!destinations.TryFind(VerificationStep.KeyOf(step.ServiceSid, step.Destination), out var value))
            {
                return null;
            }

            Span<byte> bytes = stackalloc byte[16];
            System.Buffers.Binary.BinaryPrimitives.WriteUInt128BigEndian(bytes, value);
            sid = Sid.FromBytes("VE", bytes);
        }

        return rows.Find(sid.Value) is { } row && row.Verification.ServiceSid == step.ServiceSid ? row : null;
    }

    void Expect(VerificationStep step) => destinations.Expect(VerificationStep.KeyOf(step.ServiceSid, step.Destination));

    void Remember(VerificationStep step, Verification verification, WriteContext context)
    {
        var key = VerificationStep.KeyOf(step.ServiceSid, step.Destination);
        if (step.VerificationSid is not null && destinations.TryFind(key, out var newest) && newest > verification.Sid.Value)
        {
            return; // An older one goes on by itself: the code that the person was sent last is the newest one's.
        }

        UndoWith(context);
        var (code, work) = (verification.ExpiresAt, SpentWork.RememberUntil(verification));
        _changes.Add(destinations.Set(key, verification.Sid.Value, code > work ? code : work, context.Now, FailedChecks.GuessedAt(verification)));
    }

    /// <summary>From the first wrong guess on: the next may come a long time after.</summary>
    void RememberGuesses(UInt128 destination, Verification verification, WriteContext context)
    {
        var key = VerificationStep.KeyOf(verification.ServiceSid, destination);
        if (destinations.TryFind(key, out var newest) && newest != verification.Sid.Value)
        {
            return;
        }

        UndoWith(context);
        _changes.Add(destinations.SetGuesses(key, verification.Sid.Value, FailedChecks.GuessedAt(verification)));
    }

    void UndoWith(WriteContext context)
    {
        if (_changes.Count == 0)
        {
            context.OnUndo(Forget);
            context.OnCommit(_changes.Clear);
        }
    }

    void Forget()
    {
        for (var i = _changes.Count - 1; i >= 0; i--)
        {
            destinations.Undo(_changes[i]);
        }

        _changes.Clear();
    }

    sealed class StepOperation(SqliteVerificationStore store, VerificationStep step) : WriteOperation
    {
        // Without a thread of its own for who waits: completed on one of the pool, a request goes on there until it is answered.
        readonly TaskCompletionSource _completion = new();
        Exception? _problem;

        public Task Task => _completion.Task;

        public override void Expect()
        {
            if (step.VerificationSid is null)
            {
                store.Expect(step);
            }
        }

        public override void Execute(WriteContext context)
        {
            (long, Verification)? current;
            StepDecision decision;
            try
            {
                current = store.Load(step);
                decision = step.Decide(current?.Item2, context.Now);

                // What a verification goes on with by itself was promised with it; such steps name it.
                if (decision.Send is not null && step.VerificationSid is null && store.HasNoRoom)
                {
                    throw new StoreOverloadedException();
                }
            }
            catch (Exception problem) when (problem is not SqliteFailure)
            {
                // The decision failed, before anything was written: the batch goes on without it.
                _problem = problem;
                return;
            }

            store.Keep(step, current, decision, context);
        }

        public override void Complete()
        {
            if (_problem is null)
            {
                _completion.SetResult();
            }
            else
            {
                _completion.SetException(_problem);
            }
        }

        public override void Fail(Exception problem) => ThreadPool.UnsafeQueueUserWorkItem(static failed => failed.Completion.SetException(failed.Problem), (Completion: _completion, Problem: problem), preferLocal: false);
    }
}
