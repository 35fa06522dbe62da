using Countersign.Core;
using Countersign.Core.Events;
using Countersign.Core.Privacy;

namespace Countersign.Storage.Sqlite;

/// <summary>
/// Events in the embedded store. Those of a step are written by the writer with the step. What is claimed is noted in memory
/// (<see cref="EventClaims"/>): after a crash it is due again at once.
/// </summary>
sealed class SqliteEventStore : IEventStore
{
    /// <summary>Rows of events that are counted in one step, give or take one receiver's.</summary>
    const int CountedAtOnce = 10_000;

    readonly GroupCommit _writer;
    readonly Sealer _sealer;
    readonly SqliteEventRows _rows;
    readonly EventSignal _signal;
    readonly Action _announce;

    // The writer's thread alone uses it.
    readonly EventClaims _claims = new();

    public SqliteEventStore(GroupCommit writer, WriteContext context, Sealer sealer, TimeProvider time)
    {
        (_writer, _sealer, _signal) = (writer, sealer, new EventSignal(time));
        _rows = new SqliteEventRows(context);
        _announce = _signal.Set;
    }

    /// <summary>Keeps what a step adds, within the writer's batch.</summary>
    public void Keep(StepEvents? made, WriteContext context)
    {
        if (made is null)
        {
            return;
        }

        foreach (var (_, entry) in made.Events)
        {
            _rows.Insert(entry, EventSeal.Seal(_sealer, entry));
        }

        if (made.Watch is { } watch)
        {
            _rows.Watch(watch);
        }

        if (made.Events.Count > 0)
        {
            context.OnCommit(_announce);
        }
    }

    /// <summary>Keeps events, within the writer's batch.</summary>
    public void Keep(IReadOnlyList<EventEntry>? events, WriteContext context)
    {
        if (events is not { Count: > 0 })
        {
            return;
        }

        foreach (var entry in events)
        {
            _rows.Insert(entry, EventSeal.Seal(_sealer, entry));
        }

        context.OnCommit(_announce);
    }

    public Task WaitAsync(TimeSpan atMost, CancellationToken ct) => _signal.WaitAsync(atMost, ct);

    public Task AddAsync(IReadOnlyList<EventEntry> events, CancellationToken ct) => _writer.RunAsync(context =>
    {
        Keep(events, context);
        return true;
    });

    public async ValueTask<DueReceivers> DueAsync(Sid after, int max, CancellationToken ct) => await _writer.RunAsync(context =>
    {
        _claims.Expire(context.Now);
        var due = new List<Sid>();
        for (var looked = 0; looked < max; looked++)
        {
            if (_rows.NextWaiting(after) is not { } next)
            {
                return new DueReceivers(due, null);
            }

            after = next.Receiver;
            if (next.DueAt <= context.Now && HasUnclaimed(after, context.Now))
            {
                due.Add(after);
            }
        }

        return new DueReceivers(due, after);
    });

    public async ValueTask<IReadOnlyList<EventEntry>> ClaimAsync(IReadOnlyList<(Sid Receiver, int Most)> receivers, CancellationToken ct)
    {
        var rows = await _writer.RunAsync(context =>
        {
            _claims.Expire(context.Now);
            var claimed = new List<EventEntry>();
            foreach (var (receiver, most) in receivers)
            {
                var free = most;
                foreach (var row in _rows.Due(receiver, context.Now, most + _claims.Of(receiver)))
                {
                    if (free > 0 && _claims.TryAdd(row, context.Now))
                    {
                        claimed.Add(row);
                        free--;
                    }
                }
            }

            context.OnUndo(() => claimed.ForEach(row => _claims.Release(row.Position)));
            return claimed;
        });
        return Open(rows);
    }

    public Task SettleAsync(IReadOnlyList<(EventEntry Event, EventOutcome Outcome)> outcomes, CancellationToken ct) => _writer.RunAsync(context =>
    {
        foreach (var (entry, outcome) in outcomes)
        {
            if (outcome.IsTaken)
            {
                _rows.Delete(entry.Position);
            }
            else if (!outcome.IsUntried)
            {
                _rows.Settle(entry.Position, outcome);
            }
        }

        context.OnCommit(() =>
        {
            foreach (var (entry, _) in outcomes)
            {
                _claims.Release(entry.Position);
            }
        });
        return outcomes.Count;
    });

    public async ValueTask<IReadOnlyDictionary<Sid, int>> WaitingAsync(IReadOnlyList<Sid> receivers, int most, CancellationToken ct)
    {
        var waiting = new Dictionary<Sid, int>();
        for (var next = 0; next < receivers.Count;)
        {
            next = await _writer.RunAsync(_ =>
            {
                // As many as it takes to have counted so far: receivers that have very much do not hold the writer up one after the other.
                var at = next;
                for (var counted = 0; at < receivers.Count && counted < CountedAtOnce; at++)
                {
                    if (_rows.Waiting(receivers[at], most) is > 0 and var count)
                    {
                        waiting[receivers[at]] = count;
                        counted += count;
                    }

                    counted++;
                }

                return at;
            });
        }

        return waiting;
    }

    public async Task<Page<EventEntry>> ListAsync(Sid account, Sid? receiver, bool dead, PageRequest request, CancellationToken ct)
    {
        var rows = await _writer.RunAsync(_ => _rows.List(account, receiver, dead, request));
        return RowPages.Of(rows, request, static row => row.Position);
    }

    public async ValueTask<EventEntry?> FindAsync(Sid account, long position, CancellationToken ct) =>
        await _writer.RunAsync(_ => _rows.Find(account, position));

    public async Task<int> ReviveAsync(Sid account, long? position, Sid? receiver, CancellationToken ct)
    {
        var revived = 0;
        if (position is { } own)
        {
            revived = await _writer.RunAsync(context => _rows.Find(account, own) is { } found && _rows.Revive(found.Position, found.IsDead, found.DueAt) ? 1 : 0);
        }
        else
        {
            // Those that wait first, or the dead would be looked at twice.
            foreach (var dead in new[] { false, true })
            {
                for (long? behind = 0; behind is { } from;)
                {
                    (var count, behind) = await _writer.RunAsync(_ => _rows.Revive(account, receiver, dead, from));
                    revived += count;
                }
            }
        }

        _announce();
        return revived;
    }

    public Task<bool> RemoveAsync(Sid account, long position, CancellationToken ct) => _writer.RunAsync(_ => _rows.Delete(account, position));

    public async Task RemoveOfAsync(Sid receiver, DateTimeOffset before, CancellationToken ct)
    {
        while (await _writer.RunAsync(_ => _rows.DeleteOf(receiver, before)) > 0)
        {
        }
    }

    public async ValueTask<IReadOnlyList<Sid>> ReceiversAsync(Sid after, int max, CancellationToken ct) => await _writer.RunAsync(_ =>
    {
        var receivers = new List<Sid>();
        while (receivers.Count < max && _rows.NextReceiver(after) is { } next)
        {
            receivers.Add(next);
            after = next;
        }

        return receivers;
    });

    public Task<int> RemoveOldAsync(DateTimeOffset dead, DateTimeOffset any, CancellationToken ct) => _writer.RunAsync(_ => _rows.DeleteOld(dead, any));

    public async ValueTask<IReadOnlyList<ExpiryWatch>> DueWatchesAsync(int max, CancellationToken ct) => await _writer.RunAsync(context => _rows.DueWatches(context.Now, max));

    public Task SettleWatchAsync(ExpiryWatch watch, DateTimeOffset? again, IReadOnlyList<EventEntry> events, CancellationToken ct) => _writer.RunAsync(context =>
    {
        if (_rows.Unwatch(watch.VerificationSid))
        {
            Keep(events, context);
            if (again is { } due)
            {
                _rows.Watch(watch with { DueAt = due });
            }
        }

        return true;
    });

    bool HasUnclaimed(Sid receiver, DateTimeOffset now) =>
        _claims.Of(receiver) is var claimed && (claimed == 0 || _rows.DuePositions(receiver, now, claimed + 1).Exists(position => !_claims.Has(position)));

    /// <summary>A row whose seal does not open cannot be told to anybody: it is claimed again and again, a minute each, and goes with what is old.</summary>
    List<EventEntry> Open(List<EventEntry> rows)
    {
        var open = new List<EventEntry>(rows.Count);
        foreach (var row in rows)
        {
            try
            {
                open.Add(EventSeal.Open(_sealer, row));
            }
            catch (System.Security.Cryptography.CryptographicException)
            {
            }
        }

        return open;
    }
}
