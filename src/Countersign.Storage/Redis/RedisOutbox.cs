using System.Buffers.Binary;
using Countersign.Core;
using Countersign.Core.Delivery;
using Countersign.Core.Delivery.Receipts;
using Countersign.Core.Privacy;
using Countersign.Core.Verifications;
using Countersign.Storage.History;
using Countersign.Storage.Steps;
using Microsoft.Extensions.Logging;
using StackExchange.Redis;

namespace Countersign.Storage.Redis;

/// <summary>
/// The outbox in Redis streams. The node that keeps a verification sends its message, from memory; the entry in the stream is pending in its name until the outcome is in
/// PostgreSQL. Each node gives signs of life, and takes over the entries of those that give none.
/// </summary>
#pragma warning disable CA1001 // Closed instead, see there.
sealed partial class RedisOutbox(
    RedisDatabase database, IAttemptSink attempts, RedisReader reader, Sealer sealer, RandomSource random, TimeProvider time, TimeProvider clock, ILogger<RedisStore> logger)
    : IOutbox
{
#pragma warning restore CA1001
    const int MaxInMemory = 8192, ReadAhead = 512, TakenAtATime = 100;

    /// <summary>Questions to a group in one beat: the rest of what a dead node left comes with the next ones.</summary>
    const int MaxRounds = 50;

    /// <summary>An entry of this node's own that it does not know of belongs to an exchange that failed, and was kept.</summary>
    static readonly TimeSpan LostAfter = TimeSpan.FromSeconds(60);

    readonly RedisProbe _probe = new(database, clock);
    readonly GroupCalls<Beaten> _beaten = new(database.Keys.Groups);
    readonly NodeSigns _signs = new(database.Keys.Groups, database.Settings.NodeLife, random, BootClock.InPlaceOf(clock));
    readonly Takeover _takeover = new(attempts, database.Settings.NodeLife / 5, database.Settings.NodeLife, clock);
    readonly OutboxLoader _loader = new(reader, sealer, database.Keys.Groups, logger);
    readonly Lock _gate = new();
    readonly WaitingMessages _waiting = new(MaxInMemory);
    readonly System.Threading.Channels.Channel<bool> _signal = System.Threading.Channels.Channel.CreateBounded<bool>(
        new System.Threading.Channels.BoundedChannelOptions(1) { FullMode = System.Threading.Channels.BoundedChannelFullMode.DropWrite });
    readonly SemaphoreSlim _beating = new(1), _loading = new(1);
    readonly CancellationTokenSource _stop = new();

    // What got its outcome while a beat runs, which may still find it without one. Under the gate; null while none runs.
    HashSet<Sid>? _recordedMeanwhile;
    DoneRemoval _removal = null!;
    long _exchange = database.Start << 32;
    Task _beats = Task.CompletedTask, _checked = Task.CompletedTask;

    /// <summary>Gives the first sign, takes over what is left, and goes on with both from now on.</summary>
    public async Task StartAsync()
    {
        _removal = new DoneRemoval(database, GiveBack);
        await BeatAsync();
        _beats = RunAsync();
    }

    /// <summary>What the entries of the next exchange begin with: its number, which grows.</summary>
    public byte[] NextHead()
    {
        var bytes = new byte[OutboxMessages.Head];
        BinaryPrimitives.WriteInt64BigEndian(bytes, Interlocked.Increment(ref _exchange));
        return bytes;
    }

    /// <summary>How many messages this node has to send, those included of which it is not known yet whether they have an outcome. Costs nothing to ask.</summary>
    public long Known => _waiting.Count + _takeover.Messages;

    /// <summary>This node's name in a group.</summary>
    public byte[] NameIn(int group) => _signs.NameIn(group);

    /// <summary>Takes over the messages of an exchange from memory.</summary>
    public void HandOver(IReadOnlyList<StepEntry> entries)
    {
        var kept = new List<(OutboxItem, OutboxEntry)>(entries.Count);
        foreach (var entry in entries)
        {
            if (entry is { Kept: true, Decision.Send: { } attempt, Prepared: OutboxEntry stored })
            {
                kept.Add((new OutboxItem { Position = 0, Verification = entry.Decision.Save!, Attempt = attempt, CustomCode = entry.Decision.CustomCode }, stored));
            }
        }

        if (kept.Count > 0)
        {
            lock (_gate)
            {
                _waiting.Add(kept);
            }

            _signal.Writer.TryWrite(true);
        }
    }

    public async ValueTask<IReadOnlyList<OutboxItem>> ClaimAsync(int max, CancellationToken ct)
    {
        while (true)
        {
            ct.ThrowIfCancellationRequested();
            if (_signs.HasLapsed)
            {
                await BeatAsync();
            }

            List<OutboxItem> items;
            bool isMore;
            lock (_gate)
            {
                items = _waiting.Take(max);
                isMore = _waiting.HasReady || _waiting.HasStored;
            }

            if (items.Count > 0)
            {
                if (isMore)
                {
                    _signal.Writer.TryWrite(true);
                }

                return items;
            }

            if (isMore)
            {
                await LoadAsync();
            }
            else
            {
                await _signal.Reader.ReadAsync(ct);
            }
        }
    }

    public async Task<ReceivedReceipts> RecordAsync(IReadOnlyList<SendRecord> records, CancellationToken ct)
    {
        List<SendRecord> open;
        lock (_gate)
        {
            // One that is no longer here was recorded before.
            open = [.. records.Where(record => _waiting.Contains(record.Item.Attempt.Sid))];
        }

        if (open.Count == 0)
        {
            return ReceivedReceipts.None;
        }

        var overtaken = await attempts.WriteAsync(open, ct);
        lock (_gate)
        {
            foreach (var record in open)
            {
                _waiting.Remove(record.Item.Attempt.Sid);
                _recordedMeanwhile?.Add(record.Item.Attempt.Sid);
            }
        }

        await RemoveDoneAsync();
        return overtaken;
    }

    /// <summary>What this node has to send. The others count theirs.</summary>
    public async ValueTask<OutboxDepth> DepthAsync(CancellationToken ct)
    {
        // A write to every group, not only a look at memory: health asks for this.
        var away = await _probe.AskAsync();
        lock (_gate)
        {
            var age = _waiting.Oldest is { } oldest ? time.GetUtcNow() - oldest : TimeSpan.Zero;
            return new OutboxDepth(_waiting.Count, age > TimeSpan.Zero ? age : TimeSpan.Zero) { Away = away };
        }
    }

    /// <summary>Gives a sign of life in each group and takes over what nobody else sends. One whose master is away does not hold up the others; fails only when all are.</summary>
    public async Task BeatAsync()
    {
        await _beating.WaitAsync();
        try
        {
            var started = _signs.Now;
            for (var group = 0; group < database.Keys.Groups; group++)
            {
                if (_signs.HasLapsedIn(group))
                {
                    // Stopped for a while, such as with its machine: others have taken over, and what has not gone out from here must not go out twice.
                    LogLapsed(_signs.Life, group);
                    _signs.BeginAnewIn(group, started);
                    lock (_gate)
                    {
                        _waiting.ForgetWaiting(group);
                    }
                }
            }

            lock (_gate)
            {
                _recordedMeanwhile = [];
            }

            StoreUnavailableException? failed = null;
            var room = (int)((database.Settings.MaxKnown - Known) / database.Keys.Groups);
            var answers = await _beaten.AskAsync(group => BeatAsync(group, started, room), (group, problem) =>
            {
                failed = problem;
                LogNoBeatIn(group, problem.Message);
            });
            if (Array.TrueForAll(answers, answer => answer is null))
            {
                throw failed!;
            }

            var taken = new List<TakenEntry>();
            for (var group = 0; group < answers.Length; group++)
            {
                // One that comes so late that this node began anew meanwhile is of a node that the others took for dead: what it took they take, too.
                if (answers[group] is { } answer && answer.Name == NameIn(group))
                {
                    _signs.GivenIn(group, answer.Started);
                    taken.AddRange(answer.Taken);
                    TryAgain(group);
                }
            }

            await AdoptAsync(taken);
            await RemoveDoneAsync();
        }
        finally
        {
            lock (_gate)
            {
                _recordedMeanwhile = null;
            }

            _beating.Release();
        }
    }

    /// <summary>Leaves to the others what is not sent. Not a disposal: the container that hands this out under its port's name would do it a second time.</summary>
    public async Task CloseAsync()
    {
        await _stop.CancelAsync();
        await _beats;
        try
        {
            await RemoveDoneAsync();
            await Task.WhenAll(Enumerable.Range(0, database.Keys.Groups).Select(group => database.CallAsync(group, "leave", NameIn(group))));
        }
        catch (StoreUnavailableException)
        {
            // The others will notice by themselves.
        }

        _stop.Dispose();
        _beating.Dispose();
        _loading.Dispose();
        _probe.Dispose();
    }

    async Task RunAsync()
    {
        while (true)
        {
            await Task.Delay(_signs.Life / 5, clock, _stop.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            if (_stop.IsCancellationRequested)
            {
                return;
            }

            if (_checked.IsCompleted)
            {
                // Not waited for: a server that hangs is no reason to give no sign in the other groups.
                _checked = database.CheckLanesAsync();
            }

            try
            {
                await BeatAsync();
                await database.Identity.PutBackAsync();
            }
            catch (Exception problem)
            {
                LogNoBeat(problem is StoreUnavailableException ? problem.Message : problem.GetType().Name);
            }
        }
    }

    async Task<Beaten> BeatAsync(int group, long started, int room)
    {
        var beaten = new Beaten(NameIn(group), started, []);
        var rounds = 0;
        RedisResult[] answer;
        do
        {
            answer = (RedisResult[])(await database.CallAsync(
                group, "beat", beaten.Name, (long)_signs.Life.TotalMilliseconds, room > 0 ? TakenAtATime : 0, (long)LostAfter.TotalMilliseconds))!;
            for (var i = 0; i < answer.Length; i += 2)
            {
                var id = (string)answer[i]!;
                var (exchange, messages) = reader.Messages(group, id, (byte[])answer[i + 1]!);
                beaten.Taken.Add(new TakenEntry(beaten.Name, exchange, new OutboxEntry(group, id), messages));
                room -= messages.Count;
            }
        }
        while (answer.Length == 2 * TakenAtATime && room > 0 && ++rounds < MaxRounds);
        return beaten;
    }

    /// <summary>Has a part of what could not be read in a group tried again, now that the group has answered. The next part comes when this one can be read, or with the next beat.</summary>
    void TryAgain(int group)
    {
        _loader.Answered(group);
        lock (_gate)
        {
            _waiting.TryAgain(group, ReadAhead);
        }

        _signal.Writer.TryWrite(true);
    }

    async Task AdoptAsync(List<TakenEntry> taken)
    {
        lock (_gate)
        {
            // Its own, whose outcomes are long in being kept: it would be for the history to say which are, and that is what does not answer.
            taken.RemoveAll(entry => _waiting.Knows(entry.Entry, entry.Messages));
        }

        // What was taken under a name that this node has given up is another's by now.
        _takeover.RemoveAll(entry => entry.Name != NameIn(entry.Entry.Group));
        _takeover.Add(taken);
        var problem = await _takeover.RunAsync((piece, recorded) =>
        {
            lock (_gate)
            {
                foreach (var exchange in piece.GroupBy(entry => entry.Exchange))
                {
                    _waiting.Adopt([.. exchange.Select(entry => (entry.Entry, entry.Messages.FindAll(message => !recorded.Contains(message.Attempt) && !_recordedMeanwhile!.Contains(message.Attempt))))]);
                }
            }

            _signal.Writer.TryWrite(true);
        });
        if (problem is not null)
        {
            LogNotAdopted(_takeover.Messages, problem is StoreUnavailableException ? problem.Message : problem.GetType().Name);
        }
    }

    /// <summary>Makes whole what waits in the streams and comes next.</summary>
    async Task LoadAsync()
    {
        await _loading.WaitAsync();
        try
        {
            List<List<OutboxEntry>> exchanges;
            lock (_gate)
            {
                exchanges = _waiting.HasReady ? [] : _waiting.NextStored(ReadAhead);
            }

            if (exchanges.Count == 0)
            {
                return;
            }

            var loaded = await _loader.LoadAsync(exchanges, (entries, read) =>
            {
                lock (_gate)
                {
                    return _waiting.StoredBeside(entries, read);
                }
            });
            lock (_gate)
            {
                _waiting.Load(exchanges, loaded, ReadAhead);
            }
        }
        finally
        {
            _loading.Release();
        }
    }

    async Task RemoveDoneAsync()
    {
        List<OutboxEntry> done;
        lock (_gate)
        {
            done = _waiting.TakeDone();
        }

        await _removal.RunAsync(done);
    }

    void GiveBack(List<OutboxEntry> done)
    {
        lock (_gate)
        {
            _waiting.GiveBackDone(done);
        }
    }

    /// <summary>A sign of life that was given in a group, under which name and when, and what was taken over with it.</summary>
    sealed record Beaten(byte[] Name, long Started, List<TakenEntry> Taken);

    [LoggerMessage(3302, LogLevel.Warning, "This node gave no sign of life for {Life} in group {Group}: others send what it had not sent of it")]
    partial void LogLapsed(TimeSpan life, int group);

    [LoggerMessage(3305, LogLevel.Warning, "{Count} messages that nobody else sends wait: the history does not say which of them have an outcome ({Problem})")]
    partial void LogNotAdopted(int count, string problem);

    [LoggerMessage(3304, LogLevel.Warning, "No sign of life can be given in group {Group}, and nothing be taken over there: {Problem}")]
    partial void LogNoBeatIn(int group, string problem);

    [LoggerMessage(3303, LogLevel.Error, "No sign of life can be given, and nothing be taken over: {Problem}")]
    partial void LogNoBeat(string problem);
}
