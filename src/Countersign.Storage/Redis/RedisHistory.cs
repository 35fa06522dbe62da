using System.Collections.Concurrent;
using System.Text;
using Countersign.Core;
using Countersign.Core.Verifications;
using Countersign.Storage.History;
using Microsoft.Extensions.Logging;

namespace Countersign.Storage.Redis;

/// <summary>
/// Brings what changed to PostgreSQL: what this node changed, from memory, in one batch, and only then lets go of it in Redis. Each node does this; what one did not end is taken over by another, which
/// reads the verifications as they are by then, and may be saved again, which changes nothing.
/// </summary>
sealed partial class RedisHistory(RedisDatabase database, IVerificationHistory history, RandomSource random, TimeProvider clock, ILogger<RedisStore> logger) : IAsyncDisposable
{
    /// <summary>Entries of a group that are taken over at a time; each is of one exchange, so a batch may be some thousand verifications.</summary>
    const int MaxEntries = 32;

    /// <summary>Entries that are let go of in one call: what a function gets there is room for on Lua's stack.</summary>
    const int MaxSaved = 1000;

    /// <summary>Of its own changes a node brings about so many at a time, and has so many in memory: some 1 KB each.</summary>
    const int MaxOwnAtATime = 2048, MaxOwn = 32_768;

    // While something comes, little is taken often: a second's worth in one piece would keep a core from those who wait for Redis.
    static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(250), PauseWhileBusy = TimeSpan.FromMilliseconds(50), PauseAfterFailure = TimeSpan.FromSeconds(1);
    static readonly TimeSpan PatienceAtTheEnd = TimeSpan.FromSeconds(5);

    // A node that lives brings its own changes long before; of one that does not, nobody is to wait much longer than for its messages.
    readonly TimeSpan _takeOverEvery = database.Settings.NodeLife * 2 / 3, _takeOverAfter = database.Settings.NodeLife * 2;

    readonly OwnChanges _own = new(clock, MaxOwn);
    readonly byte[] _node = Encoding.ASCII.GetBytes($"h{Convert.ToHexStringLower(NewName(random))}");
    readonly CancellationTokenSource _stop = new();
    readonly ConcurrentBag<RespWriter> _writers = [];

    // Of one round, and empty in between.
    readonly Dictionary<Sid, HistoryRow> _newest = [];

    // By group; each under its own lock, since a master that is late answers while others' changes are saved.
    readonly List<byte[]>[] _saved = [.. Enumerable.Range(0, database.Keys.Groups).Select(_ => new List<byte[]>())];
    readonly RedisLane _lane = database.NewLane(clock);
    readonly SemaphoreSlim _running = new(1);
    long _tookOverAt = clock.GetTimestamp();

    // Groups that could not be read when they were last asked: said once, not each time.
    readonly bool[] _away = new bool[database.Keys.Groups];
    readonly GroupCalls<HistoryPart> _taking = new(database.Keys.Groups);
    readonly GroupCalls<HistoryLength> _looking = new(database.Keys.Groups);

    // The last round found something.
    bool _isBusy;

    // Taken, and not saved yet: the next round begins with it.
    Batch? _taken;
    Task _worker = Task.CompletedTask;

    /// <summary>Too much waits for PostgreSQL, or the oldest has waited so long that Redis may soon forget what it is about: nothing new may be started.</summary>
    public bool IsBehind { get; private set; }

    /// <summary>Entries that waited when it last looked.</summary>
    public long Waiting { get; private set; }

    /// <summary>This node's name, in whose name what it changes is pending.</summary>
    public byte[] Name => _node;

    public void Start() => _worker = RunAsync();

    /// <summary>Takes what this node has kept.</summary>
    public void Add(OwnEntry kept) => _own.Add(kept);

    /// <summary>Brings one batch. True when there is more at once.</summary>
    public async Task<bool> RunOnceAsync()
    {
        await _running.WaitAsync();
        try
        {
            if (_taken is null)
            {
                _taken = await TakeAsync();
            }
            else
            {
                // PostgreSQL did not take the last batch: what waits behind it grows meanwhile.
                await LookAsync();
            }

            if (_taken.Rows.Count > 0)
            {
                await history.SaveAsync(Newest(_taken.Rows), CancellationToken.None);
            }

            var (ids, isMore) = (_taken.Ids, _taken.IsMore);
            _isBusy = _taken.Rows.Count > 0;
            _taken = null;
            for (var group = 0; group < ids.Length; group++)
            {
                lock (_saved[group])
                {
                    _saved[group].AddRange(ids[group]);
                }
            }

            return isMore || _own.Count >= MaxOwnAtATime;
        }
        finally
        {
            _running.Release();
        }
    }

    /// <summary>Stops. What is in memory is brought first, if PostgreSQL takes it: another node would have to wait until it may take it over.</summary>
    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _worker;
        await EndAsync().WaitAsync(PatienceAtTheEnd, TimeProvider.System).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        _lane.Dispose();
        if (await _running.WaitAsync(TimeSpan.Zero))
        {
            // Else a round still waits for PostgreSQL, and needs them.
            _stop.Dispose();
            _running.Dispose();
        }
    }

    async Task EndAsync()
    {
        try
        {
            // Each entry is taken in one round, and let go of in a later one. A group that is away is not waited for.
            for (var (before, left) = (int.MaxValue, Left()); left > 0 && left < before; (before, left) = (left, Left()))
            {
                await RunOnceAsync();
            }
        }
        catch (Exception problem)
        {
            LogFailed(problem is StoreUnavailableException ? problem.Message : problem.GetType().Name);
        }
    }

    int Left() => 2 * (_own.Entries + (_taken?.Ids.Sum(ids => ids.Count) ?? 0)) + _saved.Sum(ids => ids.Count);

    /// <summary>Lets go of what was saved, in every group, and takes what comes next: what is taken over from others, and what is in memory.</summary>
    async Task<Batch> TakeAsync()
    {
        // While this node itself is late its own entries look as if it were gone. One that stops has enough to do with what it has.
        var takesOver = !_stop.IsCancellationRequested && clock.GetElapsedTime(_tookOverAt) > _takeOverEvery && _own.Age < _takeOverAfter / 2;
        var round = new HistoryRound(database, _lane, _writers);
        var asking = AskAsync(_taking, group => TakeAsync(round, group, takesOver));
        _ = round.SendAsync();
        var answers = await asking;
        var batch = new Batch([], [.. answers.Select(answer => new List<byte[]>(answer?.Ids ?? []))], answers.Any(answer => answer?.Ids.Length == MaxEntries));
        var (waiting, oldest) = (0L, 0L);
        foreach (var answer in answers.OfType<HistoryPart>())
        {
            oldest = Math.Max(oldest, answer.Seconds);
            waiting += answer.Waiting;
            foreach (var blob in answer.Blobs)
            {
                TryRead(blob, batch.Rows);
            }
        }

        _own.Take(MaxOwnAtATime, batch.Rows, batch.Ids);
        Note(waiting, oldest);
        if (takesOver && !batch.IsMore)
        {
            _tookOverAt = clock.GetTimestamp();
        }

        return batch;
    }

    /// <summary>How much waits, while nothing can be taken.</summary>
    async Task LookAsync()
    {
        var groups = await AskAsync(_looking, database.HistoryAsync);
        Note(groups.Sum(group => group?.Length ?? 0), groups.Max(group => group?.Seconds ?? 0));
    }

    void Note(long waiting, long oldest)
    {
        Waiting = waiting;
        IsBehind = waiting > database.Settings.MaxHistory || oldest > database.Settings.Keep.TotalSeconds / 2;
    }

    /// <summary>Nothing of a group whose master is away, which must not hold up the others.</summary>
    async Task<T?[]> AskAsync<T>(GroupCalls<T> calls, Func<int, Task<T>> ask)
        where T : class
    {
        var answers = await calls.AskAsync(ask, (group, problem) =>
        {
            if (!_away[group])
            {
                _away[group] = true;
                LogNotTaken(group, problem.Message);
            }
        });
        for (var group = 0; group < answers.Length; group++)
        {
            _away[group] &= answers[group] is null;
        }

        return answers;
    }

    async Task<HistoryPart> TakeAsync(HistoryRound round, int group, bool takesOver)
    {
        var saved = _saved[group];
        byte[][] some;
        lock (saved)
        {
            some = [.. saved.Take(MaxSaved)];
        }

        var answer = await round.Add(group, _node, MaxEntries, takesOver ? _takeOverAfter : null, some);
        lock (saved)
        {
            saved.RemoveRange(0, some.Length);
        }

        return answer;
    }

    void TryRead(byte[] blob, List<HistoryRow> rows)
    {
        try
        {
            rows.Add(VerificationBlob.ReadRow(blob, null));
        }
        catch (Exception problem) when (problem is ArgumentException or IndexOutOfRangeException)
        {
            // A value that was damaged would come again and again, and hold up all that come with it.
            LogUnreadable(problem.GetType().Name);
        }
    }

    async Task RunAsync()
    {
        while (true)
        {
            var pause = Pause;
            try
            {
                pause = await RunOnceAsync() ? TimeSpan.Zero : _isBusy ? PauseWhileBusy : Pause;
            }
            catch (Exception problem)
            {
                LogFailed(problem is StoreUnavailableException ? problem.Message : problem.GetType().Name);
                pause = PauseAfterFailure;
            }

            if (pause > TimeSpan.Zero)
            {
                await Task.Delay(pause, clock, _stop.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }

            if (_stop.IsCancellationRequested)
            {
                return;
            }
        }
    }

    /// <summary>Of a verification that changed more than once what it is by now.</summary>
    List<HistoryRow> Newest(List<HistoryRow> rows)
    {
        foreach (var row in rows)
        {
            if (!_newest.TryGetValue(row.Sid, out var known) || known.Version < row.Version)
            {
                _newest[row.Sid] = row;
            }
        }

        List<HistoryRow> newest = [.. _newest.Values];
        _newest.Clear();
        return newest;
    }

    /// <summary>What is brought at once. <paramref name="IsMore"/>: there is more to take over.</summary>
    sealed record Batch(List<HistoryRow> Rows, List<byte[]>[] Ids, bool IsMore);

    static byte[] NewName(RandomSource random)
    {
        var bytes = new byte[8];
        random.Fill(bytes);
        return bytes;
    }

    [LoggerMessage(3313, LogLevel.Warning, "What changed in group {Group} cannot be read from Redis, and waits there until it can: {Problem}")]
    partial void LogNotTaken(int group, string problem);

    [LoggerMessage(3314, LogLevel.Error, "A verification in Redis is damaged ({Problem}), and does not reach PostgreSQL")]
    partial void LogUnreadable(string problem);

    [LoggerMessage(3311, LogLevel.Error, "What changed cannot be brought from Redis to PostgreSQL now, and waits in Redis: {Problem}")]
    partial void LogFailed(string problem);
}
