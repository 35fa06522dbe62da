using Countersign.Core;
using Countersign.Core.Verifications;
using Countersign.Storage.History;

namespace Countersign.Storage.Redis;

/// <summary>An entry that this node took over under a name, and what it says.</summary>
sealed record TakenEntry(byte[] Name, long Exchange, OutboxEntry Entry, List<StoredMessage> Messages)
{
    public DateTimeOffset AskedAt { get; } = Messages.Count == 0 ? default : Messages.Min(message => message.AskedAt);
}

/// <summary>
/// What this node took over, until the history has said which of its messages have an outcome. It is asked piece by piece: however much a dead node left, what one piece is
/// answered with is kept, and what is not answered waits here and is asked for again, since by now it is nobody else's. One caller at a time.
/// </summary>
sealed class Takeover(IAttemptSink attempts, TimeSpan patience, TimeSpan pause, TimeProvider clock)
{
    const int MostAtOnce = 5000, FewestAtOnce = 100;

    List<TakenEntry> _entries = [];
    int _atOnce = MostAtOnce, _messages;
    long? _failedAt;

    /// <summary>Messages that wait here. May be read by anybody.</summary>
    public int Messages => Volatile.Read(ref _messages);

    public void Add(List<TakenEntry> taken)
    {
        if (taken.Count == 0)
        {
            return;
        }

        // One that was taken a second time, because it waits here for so long, is the same one.
        var entries = _entries.Concat(taken).DistinctBy(entry => (entry.Entry.Group, entry.Entry.Id)).ToList();
        Keep([.. entries.GroupBy(entry => entry.Exchange).OrderBy(exchange => exchange.Min(entry => entry.AskedAt)).ThenBy(exchange => exchange.Key).SelectMany(exchange => exchange)]);
    }

    public void RemoveAll(Predicate<TakenEntry> condition)
    {
        if (_entries.RemoveAll(condition) > 0)
        {
            Keep(_entries);
        }
    }

    /// <summary>
    /// Hands out what is answered for, whole exchanges in their order, with the attempts that have an outcome. Waits for the history no longer than its patience in all, because
    /// this node gives no sign of life meanwhile, and asks nothing for a while when that was not enough. Gives the problem that it stopped for.
    /// </summary>
    public async Task<Exception?> RunAsync(Action<List<TakenEntry>, IReadOnlySet<Sid>> adopt)
    {
        if (_failedAt is { } failedAt && clock.GetElapsedTime(failedAt) < pause)
        {
            return null;
        }

        _failedAt = null;
        var started = TimeProvider.System.GetTimestamp();
        while (_entries.Count > 0 && patience - TimeProvider.System.GetElapsedTime(started) is { Ticks: > 0 } left)
        {
            var piece = Next();
            try
            {
                adopt(piece, await attempts.FindRecordedAsync([.. piece.SelectMany(entry => entry.Messages).Select(message => message.Attempt)], CancellationToken.None)
                    .WaitAsync(left, TimeProvider.System));
            }
            catch (Exception problem) when (problem is StoreUnavailableException or StoreOverloadedException or TimeoutException)
            {
                // Perhaps it was too much for the time that was left.
                _atOnce = Math.Max(_atOnce / 2, FewestAtOnce);
                _failedAt = clock.GetTimestamp();
                return problem;
            }

            _atOnce = Math.Min(_atOnce * 2, MostAtOnce);
            _entries.RemoveRange(0, piece.Count);
            Volatile.Write(ref _messages, _messages - piece.Sum(entry => entry.Messages.Count));
        }

        return null;
    }

    /// <summary>The first exchanges, whole, of about so many messages.</summary>
    List<TakenEntry> Next()
    {
        var (count, messages) = (0, 0);
        while (count < _entries.Count && (messages < _atOnce || _entries[count].Exchange == _entries[count - 1].Exchange))
        {
            messages += _entries[count++].Messages.Count;
        }

        return _entries[..count];
    }

    void Keep(List<TakenEntry> entries)
    {
        _entries = entries;
        Volatile.Write(ref _messages, entries.Sum(entry => entry.Messages.Count));
    }
}
