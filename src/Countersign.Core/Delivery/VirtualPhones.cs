using System.Numerics;
using System.Threading.Channels;
using Countersign.Core.Codes;

namespace Countersign.Core.Delivery;

/// <summary>
/// Phones that exist only here: the sandbox carrier delivers to them, and developers read them. In memory only, so that no code comes to rest, and bounded over all accounts: when
/// there is no room left, the oldest message of the account that has the most makes room for the newest, so that one account's load pushes out its own.
/// </summary>
public sealed class VirtualPhones(int capacity)
{
    const int MaxWatchers = 512, MaxWatchersPerAccount = 64;
    const int WatcherBuffer = 256;

    readonly Lock _gate = new();

    // Places are numbered from 1 on: 0 is none, which ends a chain.
    readonly Slot[] _slots = new Slot[capacity + 1];

    // The newest message of the phones of one hash, which are told apart when they are read.
    readonly int[] _newestOnPhone = new int[BitOperations.RoundUpToPowerOf2((uint)capacity)];
    readonly Dictionary<Sid, Shelf> _shelves = [];
    readonly SortedSet<Shelf> _bySize = new(Comparer<Shelf>.Create(static (one, other) => (one.Count, one.Account.Value).CompareTo((other.Count, other.Account.Value))));
    readonly List<VirtualPhoneWatcher> _watchers = [];
    int _used;

    /// <summary>Puts a message on the phone of its number.</summary>
    public void Receive(OutgoingMessage message, DateTimeOffset now)
    {
        var packed = PackedPhoneMessage.Pack(message, now);
        lock (_gate)
        {
            var place = _used < capacity ? ++_used : MakeRoom(message.AccountSid);
            Put(place, packed, message.AccountSid, BucketOf(message.AccountSid, message.To.Identity));
            if (_watchers.Count > 0)
            {
                var received = packed.Unpack();
                _watchers.ForEach(watcher => watcher.Offer(received));
            }
        }
    }

    /// <summary>
    /// An account's messages, newest first; to one number, or to all where <paramref name="to"/> is null. It takes as long as there are messages to give, however many
    /// others are kept.
    /// </summary>
    public IReadOnlyList<VirtualPhoneMessage> Read(Sid account, string? to, int limit)
    {
        var found = new List<VirtualPhoneMessage>();
        lock (_gate)
        {
            var place = to is not null ? _newestOnPhone[BucketOf(account, to)] : _shelves.GetValueOrDefault(account)?.Newest ?? 0;
            while (place != 0 && found.Count < limit)
            {
                ref var slot = ref _slots[place];
                if (to is null || (slot.Shelf.Account == account && slot.Message.IsOn(to)))
                {
                    found.Add(slot.Message.Unpack());
                }

                place = to is null ? slot.OlderInAccount : slot.OlderOnPhone;
            }
        }

        return found;
    }

    /// <summary>Watches an account's phones; null when too many watch already. Dispose it when done.</summary>
    public VirtualPhoneWatcher? Watch(Sid account)
    {
        lock (_gate)
        {
            if (_watchers.Count >= MaxWatchers || _watchers.Count(watcher => watcher.Account == account) >= MaxWatchersPerAccount)
            {
                return null;
            }

            var watcher = new VirtualPhoneWatcher(this, account, WatcherBuffer);
            _watchers.Add(watcher);
            return watcher;
        }
    }

    internal void Leave(VirtualPhoneWatcher watcher)
    {
        lock (_gate)
        {
            _watchers.Remove(watcher);
        }
    }

    void Put(int place, PackedPhoneMessage message, Sid account, int bucket)
    {
        if (!_shelves.TryGetValue(account, out var shelf))
        {
            _shelves[account] = shelf = new Shelf(account);
        }

        ref var slot = ref _slots[place];
        slot = new Slot { Message = message, Shelf = shelf, Bucket = bucket, OlderInAccount = shelf.Newest, OlderOnPhone = _newestOnPhone[bucket] };

        // Whatever was in the places that 0 stands for is never read.
        _slots[shelf.Newest].NewerInAccount = place;
        _slots[slot.OlderOnPhone].NewerOnPhone = place;
        shelf.Newest = _newestOnPhone[bucket] = place;
        shelf.Oldest = shelf.Oldest == 0 ? place : shelf.Oldest;
        Resize(shelf, 1);
    }

    /// <summary>Takes the oldest message of the account that has the most, which is the receiving one where others have as many. Gives its place.</summary>
    int MakeRoom(Sid receiver)
    {
        var most = _bySize.Max!;
        if (_shelves.TryGetValue(receiver, out var own) && own.Count == most.Count)
        {
            most = own;
        }

        var place = most.Oldest;
        ref var slot = ref _slots[place];
        most.Oldest = slot.NewerInAccount;
        most.Newest = most.Oldest == 0 ? 0 : most.Newest;
        _slots[most.Oldest].OlderInAccount = 0;
        _slots[slot.OlderOnPhone].NewerOnPhone = slot.NewerOnPhone;
        if (slot.NewerOnPhone == 0)
        {
            _newestOnPhone[slot.Bucket] = slot.OlderOnPhone;
        }
        else
        {
            _slots[slot.NewerOnPhone].OlderOnPhone = slot.OlderOnPhone;
        }

        Resize(most, -1);
        return place;
    }

    void Resize(Shelf shelf, int by)
    {
        _bySize.Remove(shelf);
        shelf.Count += by;
        if (shelf.Count > 0)
        {
            _bySize.Add(shelf);
        }
        else
        {
            _shelves.Remove(shelf.Account);
        }
    }

    int BucketOf(Sid account, string phone) => HashCode.Combine(account, phone) & (_newestOnPhone.Length - 1);

    /// <summary>One message, and its neighbours in time: of its account, and of the phones of its hash.</summary>
    struct Slot
    {
        public required PackedPhoneMessage Message;
        public required Shelf Shelf;
        public required int Bucket;
        public required int OlderInAccount;
        public required int OlderOnPhone;
        public int NewerInAccount;
        public int NewerOnPhone;
    }

    /// <summary>What one account has.</summary>
    sealed class Shelf(Sid account)
    {
        public Sid Account => account;

        public int Count { get; set; }

        public int Newest { get; set; }

        public int Oldest { get; set; }
    }
}

/// <summary>Follows the phones of one account as messages come in.</summary>
public sealed class VirtualPhoneWatcher : IDisposable
{
    readonly VirtualPhones _phones;
    readonly Channel<VirtualPhoneMessage> _messages;
    bool _lost;

    internal VirtualPhoneWatcher(VirtualPhones phones, Sid account, int buffer)
    {
        (_phones, Account) = (phones, account);
        _messages = System.Threading.Channels.Channel.CreateBounded<VirtualPhoneMessage>(buffer);
    }

    internal Sid Account { get; }

    /// <summary>New messages, oldest first.</summary>
    public ChannelReader<VirtualPhoneMessage> Messages => _messages.Reader;

    /// <summary>True once, after messages came faster than they were read: what is missing must be read from the phones.</summary>
    public bool TakeLost() => Interlocked.Exchange(ref _lost, false);

    public void Dispose() => _phones.Leave(this);

    internal void Offer(VirtualPhoneMessage message)
    {
        if (message.AccountSid == Account && !_messages.Writer.TryWrite(message))
        {
            Volatile.Write(ref _lost, true);
        }
    }
}

/// <summary>One message on a virtual phone. It prints without its text and number.</summary>
public sealed class VirtualPhoneMessage
{
    /// <summary>The sender that virtual phones show.</summary>
    public const string Sender = "Countersign";

    public required Sid AccountSid { get; init; }

    public required string To { get; init; }

    /// <summary>The one form that all spellings of <see cref="To"/> share: the phone or mailbox that the message is on.</summary>
    public string Phone { get => field ?? To; init; }

    public required Channels.Channel Channel { get; init; }

    public required string Body { get; init; }

    public required OneTimeCode Code { get; init; }

    public required DateTimeOffset SentAt { get; init; }

    public required Sid VerificationSid { get; init; }

    public override string ToString() => $"message of {VerificationSid}";
}
