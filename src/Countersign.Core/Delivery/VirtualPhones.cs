using System.Numerics;
using System.Runtime.InteropServices;
using System.Threading.Channels;
using Countersign.Core.Codes;

namespace Countersign.Core.Delivery;

/// <summary>
/// Phones that exist only here: the sandbox carrier delivers to them, and developers read them. In memory only, so that no code comes to rest, and bounded: the
/// oldest message makes room for the newest.
/// </summary>
public sealed class VirtualPhones(int capacity)
{
    const int MaxWatchers = 512, MaxWatchersPerAccount = 64;
    const int WatcherBuffer = 256;

    readonly Lock _gate = new();
    readonly Slot[] _ring = new Slot[capacity];

    // The newest message of the phones of one hash, which are told apart when they are read; and of each account. Messages are numbered from 1 on: 0 ends a chain, as does one that made room since.
    readonly long[] _newestOnPhone = new long[BitOperations.RoundUpToPowerOf2((uint)capacity)];
    readonly Dictionary<Sid, long> _newest = [];
    readonly List<VirtualPhoneWatcher> _watchers = [];
    long _last;

    /// <summary>Puts a message on the phone of its number.</summary>
    public void Receive(OutgoingMessage message, DateTimeOffset now)
    {
        var packed = PackedPhoneMessage.Pack(message, now);
        lock (_gate)
        {
            var number = ++_last;
            ref var slot = ref SlotOf(number);
            if (slot.Message.IsThere && _newest[slot.Account] == number - capacity)
            {
                _newest.Remove(slot.Account);
            }

            ref var onPhone = ref NewestOnPhone(message.AccountSid, message.To.Identity);
            ref var inAccount = ref CollectionsMarshal.GetValueRefOrAddDefault(_newest, message.AccountSid, out _);
            slot = new Slot(packed, message.AccountSid, onPhone, inAccount);
            onPhone = inAccount = number;
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
            var number = to is null ? _newest.GetValueOrDefault(account) : NewestOnPhone(account, to);
            while (number > Math.Max(0, _last - capacity) && found.Count < limit)
            {
                ref var slot = ref SlotOf(number);
                if (to is null || (slot.Account == account && slot.Message.IsOn(to)))
                {
                    found.Add(slot.Message.Unpack());
                }

                number = to is null ? slot.BeforeInAccount : slot.BeforeOnPhone;
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

    ref Slot SlotOf(long number) => ref _ring[number % capacity];

    ref long NewestOnPhone(Sid account, string phone) => ref _newestOnPhone[HashCode.Combine(account, phone) & (_newestOnPhone.Length - 1)];

    readonly record struct Slot(PackedPhoneMessage Message, Sid Account, long BeforeOnPhone, long BeforeInAccount);
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
