using System.Runtime.InteropServices;
using Countersign.Core;
using Countersign.Core.Delivery;

namespace Countersign.Storage.Redis;

/// <summary>
/// The messages that this node has to send. Up to so many are in memory whole; of those behind them it knows only in which entries of the streams they are, and these are
/// read when their turn comes. Some hundred bytes are here of each. All under the caller's lock, but for the count.
/// </summary>
sealed class WaitingMessages(int maxInMemory)
{
    readonly Dictionary<Sid, Message> _messages = [];
    readonly Queue<OutboxItem> _ready = new();
    readonly Queue<List<OutboxEntry>> _stored = new();
    readonly Dictionary<int, Queue<OutboxEntry>> _aside = [];
    readonly OldestMoment _askedAt = new();
    List<OutboxEntry> _done = [];

    public int Count => _messages.Count;

    public bool HasReady => _ready.Count > 0;

    public bool HasStored => _stored.Count > 0;

    /// <summary>When the oldest was asked for, to the second.</summary>
    public DateTimeOffset? Oldest => _askedAt.Value;

    /// <summary>Adds what an exchange kept, in its order.</summary>
    public void Add(List<(OutboxItem Item, OutboxEntry Entry)> kept)
    {
        // Those that do not fit join the ones that wait in the streams, so that none overtakes.
        var whole = _stored.Count == 0 && _ready.Count + kept.Count <= maxInMemory;
        foreach (var (item, entry) in kept)
        {
            entry.Left++;
            Keep(item.Attempt.Sid, new Message(entry, item.Attempt.At, whole ? Stage.Ready : Stage.Stored));
            if (whole)
            {
                _ready.Enqueue(item);
            }
        }

        if (!whole)
        {
            _stored.Enqueue([.. kept.Select(pair => pair.Entry).Distinct()]);
        }
    }

    /// <summary>Adds entries of one exchange that were taken over, with the messages in them that have no outcome. One that is known already changes its entry and nothing else.</summary>
    public void Adopt(List<(OutboxEntry Entry, List<StoredMessage> Messages)> entries)
    {
        var isNew = false;
        foreach (var (entry, messages) in entries)
        {
            entry.Left = messages.Count;
            foreach (var message in messages)
            {
                isNew |= !_messages.TryGetValue(message.Attempt, out var known);
                Keep(message.Attempt, new Message(entry, message.AskedAt, known?.Stage ?? Stage.Stored));
            }

            if (messages.Count == 0)
            {
                _done.Add(entry);
            }
        }

        if (isNew)
        {
            _stored.Enqueue(entries.ConvertAll(pair => pair.Entry));
        }
    }

    /// <summary>The entries that are to be read next, by exchange, as far as they were found together: of about so many messages.</summary>
    public List<List<OutboxEntry>> NextStored(int messages)
    {
        var next = new List<List<OutboxEntry>>();
        foreach (var entries in _stored)
        {
            if (messages <= 0)
            {
                break;
            }

            next.Add(entries);
            messages -= entries.Sum(entry => entry.Left);
        }

        return next;
    }

    /// <summary>The messages that wait in these entries, and are not among what was read of them.</summary>
    public List<Sid> StoredBeside(List<OutboxEntry> entries, List<Sid> read)
    {
        var found = read.FindAll(IsStored);
        if (entries.Sum(entry => entry.Left) <= found.Count)
        {
            return [];
        }

        var (asked, there) = (entries.ToHashSet(), found.ToHashSet());
        return [.. _messages.Where(pair => pair.Value.Stage == Stage.Stored && asked.Contains(pair.Value.Entry) && !there.Contains(pair.Key)).Select(pair => pair.Key)];
    }

    /// <summary>
    /// Takes in what became of <see cref="NextStored"/>: what is whole goes to the end of what is in memory, what can never be sent goes, and what is to be read again is set aside,
    /// so that it holds up nothing. Does nothing when it was forgotten meanwhile.
    /// </summary>
    public void Load(List<List<OutboxEntry>> read, LoadedMessages loaded, int messages)
    {
        if (!_stored.TryPeek(out var first) || !ReferenceEquals(first, read[0]))
        {
            return;
        }

        read.ForEach(_ => _stored.Dequeue());
        foreach (var entry in loaded.Unread)
        {
            (CollectionsMarshal.GetValueRefOrAddDefault(_aside, entry.Group, out _) ??= new Queue<OutboxEntry>()).Enqueue(entry);
        }

        loaded.Gone.FindAll(IsStored).ForEach(Remove);
        var readable = new HashSet<int>();
        foreach (var item in loaded.Items)
        {
            // An entry may wait here more than once, when it was taken over with something new in it.
            if (_messages.TryGetValue(item.Attempt.Sid, out var message) && message.Stage == Stage.Stored)
            {
                message.Stage = Stage.Ready;
                _ready.Enqueue(item);
                if (message.Entry.WasAside)
                {
                    readable.Add(message.Entry.Group);
                }
            }
        }

        // Piece by piece: what can still not be read must not take the turns of the others.
        foreach (var group in readable)
        {
            TryAgain(group, messages);
        }
    }

    /// <summary>Has messages that were set aside in a group read again, behind all others: about so many.</summary>
    public void TryAgain(int group, int messages)
    {
        while (messages > 0 && _aside.TryGetValue(group, out var entries))
        {
            var entry = entries.Dequeue();
            entry.WasAside = true;
            messages -= entry.Left;
            _stored.Enqueue([entry]);
            if (entries.Count == 0)
            {
                _aside.Remove(group);
            }
        }
    }

    public List<OutboxItem> Take(int max)
    {
        var items = new List<OutboxItem>(Math.Min(max, _ready.Count));
        while (items.Count < max && _ready.TryDequeue(out var item))
        {
            _messages[item.Attempt.Sid].Stage = Stage.Taken;
            items.Add(item);
        }

        return items;
    }

    public bool Contains(Sid attempt) => _messages.ContainsKey(attempt);

    /// <summary>Whether there is nothing to learn of an entry: those of its messages that have no outcome are here, and the others got theirs here.</summary>
    public bool Knows(OutboxEntry entry, List<StoredMessage> messages)
    {
        OutboxEntry? own = null;
        var here = 0;
        foreach (var message in messages)
        {
            if (_messages.TryGetValue(message.Attempt, out var known))
            {
                own = known.Entry;
                here++;
            }
        }

        return own is not null && (own.Group, own.Id) == (entry.Group, entry.Id) && own.Left == here;
    }

    /// <summary>The message has an outcome, or none is to come.</summary>
    public void Remove(Sid attempt)
    {
        if (Forget(attempt) is { } message && --message.Entry.Left == 0)
        {
            _done.Add(message.Entry);
        }
    }

    /// <summary>Forgets what no dispatcher has yet of a group: it is another node's by now.</summary>
    public void ForgetWaiting(int group)
    {
        for (var left = _ready.Count; left > 0; left--)
        {
            var item = _ready.Dequeue();
            if (_messages.TryGetValue(item.Attempt.Sid, out var message) && message.Entry.Group != group)
            {
                _ready.Enqueue(item);
            }
        }

        // New lists, so that one which is just being read is known to be another.
        for (var left = _stored.Count; left > 0; left--)
        {
            var others = _stored.Dequeue().FindAll(entry => entry.Group != group);
            if (others.Count > 0)
            {
                _stored.Enqueue(others);
            }
        }

        _aside.Remove(group);
        foreach (var attempt in _messages.Where(pair => pair.Value.Stage != Stage.Taken && pair.Value.Entry.Group == group).Select(pair => pair.Key).ToList())
        {
            Forget(attempt);
        }
    }

    /// <summary>Takes the entries whose messages all have outcomes.</summary>
    public List<OutboxEntry> TakeDone()
    {
        var done = _done;
        _done = [];
        return done;
    }

    /// <summary>Gives back what could not be removed from the streams.</summary>
    public void GiveBackDone(IEnumerable<OutboxEntry> entries) => _done.AddRange(entries);

    bool IsStored(Sid attempt) => _messages.TryGetValue(attempt, out var message) && message.Stage == Stage.Stored;

    void Keep(Sid attempt, Message message)
    {
        Forget(attempt);
        _messages.Add(attempt, message);
        _askedAt.Add(message.AskedAt);
    }

    Message? Forget(Sid attempt)
    {
        if (_messages.Remove(attempt, out var message))
        {
            _askedAt.Remove(message.AskedAt);
        }

        return message;
    }

    enum Stage
    {
        Stored,
        Ready,
        Taken,
    }

    sealed class Message(OutboxEntry entry, DateTimeOffset askedAt, Stage stage)
    {
        public OutboxEntry Entry => entry;

        public DateTimeOffset AskedAt => askedAt;

        public Stage Stage { get; set; } = stage;
    }
}
