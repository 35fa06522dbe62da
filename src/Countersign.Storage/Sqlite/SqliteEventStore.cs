using Countersign.Core;
using Countersign.Core.Events;
using Countersign.Core.Privacy;

namespace Countersign.Storage.Sqlite;

/// <summary>
/// Events in the embedded store. Those of a step are written by the writer with the step. One process has the file, so what is claimed is noted in memory: after a crash it is
/// due again at once.
/// </summary>
sealed class SqliteEventStore : IEventStore
{
    readonly GroupCommit _writer;
    readonly Sealer _sealer;
    readonly SqliteEventRows _rows;
    readonly TimeProvider _time;
    readonly EventSignal _signal = new();
    readonly Action _announce;
    Task _waited = Task.CompletedTask;

    // The writer's thread alone uses it.
    readonly HashSet<long> _claimed = [];
    readonly Dictionary<Sid, int> _claimedOf = [];

    public SqliteEventStore(GroupCommit writer, WriteContext context, Sealer sealer, TimeProvider time)
    {
        (_writer, _sealer, _time) = (writer, sealer, time);
        _rows = new SqliteEventRows(context);
        _announce = _signal.Set;
        _waited = _signal.Next;
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

    public async Task WaitAsync(TimeSpan atMost, CancellationToken ct)
    {
        // The wait that began before the last look: what came in between has ended it.
        var waited = _waited;
        using var ended = CancellationTokenSource.CreateLinkedTokenSource(ct);
        await Task.WhenAny(waited, Task.Delay(atMost, _time, ended.Token));
        await ended.CancelAsync();
        _waited = _signal.Next;
        ct.ThrowIfCancellationRequested();
    }

    public Task AddAsync(IReadOnlyList<EventEntry> events, CancellationToken ct) => _writer.RunAsync(context =>
    {
        Keep(events, context);
        return true;
    });

    public async ValueTask<IReadOnlyList<EventEntry>> ClaimAsync(IReadOnlyList<(Sid Receiver, int Most)> receivers, CancellationToken ct)
    {
        var rows = await _writer.RunAsync(context =>
        {
            var claimed = new List<EventEntry>();
            foreach (var (receiver, most) in receivers)
            {
                var free = most;
                foreach (var row in _rows.Due(receiver, context.Now, most + _claimedOf.GetValueOrDefault(receiver)))
                {
                    if (free > 0 && _claimed.Add(row.Position))
                    {
                        _claimedOf[receiver] = _claimedOf.GetValueOrDefault(receiver) + 1;
                        claimed.Add(row);
                        free--;
                    }
                }
            }

            context.OnUndo(() => claimed.ForEach(Release));
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
            else
            {
                _rows.Settle(entry.Position, outcome);
            }
        }

        context.OnCommit(() =>
        {
            foreach (var (entry, _) in outcomes)
            {
                Release(entry);
            }
        });
        return outcomes.Count;
    });

    public async ValueTask<IReadOnlyDictionary<Sid, int>> WaitingAsync(IReadOnlyList<Sid> receivers, int most, CancellationToken ct) =>
        await _writer.RunAsync(_ => receivers.Distinct().Select(receiver => (receiver, Count: _rows.Waiting(receiver, most))).Where(pair => pair.Count > 0).ToDictionary(pair => pair.receiver, pair => pair.Count));

    public async Task<Page<EventEntry>> ListAsync(Sid account, Sid? receiver, bool dead, PageRequest request, CancellationToken ct)
    {
        var rows = await _writer.RunAsync(_ => _rows.List(account, receiver, dead, request));
        return EventPages.Of(rows, request);
    }

    public async ValueTask<EventEntry?> FindAsync(Sid account, long position, CancellationToken ct) =>
        await _writer.RunAsync(_ => _rows.Find(account, position));

    public async Task<int> ReviveAsync(Sid account, long? position, Sid? receiver, CancellationToken ct)
    {
        return await _writer.RunAsync(context =>
        {
            context.OnCommit(_announce);
            return _rows.Revive(account, position, receiver, context.Now);
        });
    }

    public Task<bool> RemoveAsync(Sid account, long position, CancellationToken ct) => _writer.RunAsync(_ => _rows.Delete(account, position));

    public Task RemoveOfAsync(Sid receiver, CancellationToken ct) => _writer.RunAsync(_ => _rows.DeleteOf(receiver));

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

    void Release(EventEntry entry)
    {
        if (_claimed.Remove(entry.Position) && _claimedOf.GetValueOrDefault(entry.Receiver) is > 0 and var count)
        {
            _claimedOf[entry.Receiver] = count - 1;
        }
    }

    /// <summary>A row whose seal does not open cannot be told to anybody: it stays claimed, and goes with what is old.</summary>
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
