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
    readonly Dictionary<(Sid Account, string To), long> _newest = [];
    readonly List<VirtualPhoneWatcher> _watchers = [];
    long _next;

    /// <summary>Puts a message on the phone of its number.</summary>
    public void Receive(OutgoingMessage message, DateTimeOffset now)
    {
        var received = new VirtualPhoneMessage
        {
            AccountSid = message.AccountSid,
            To = message.To.Reveal(),
            Channel = message.Channel,
            Body = message.Message.Text,
            Code = message.Code,
            SentAt = now,
            VerificationSid = message.VerificationSid,
        };
        var key = (received.AccountSid, received.To);
        lock (_gate)
        {
            ref var slot = ref _ring[_next % capacity];
            if (slot.Message is { } oldest && _newest.TryGetValue((oldest.AccountSid, oldest.To), out var last) && last == _next - capacity)
            {
                _newest.Remove((oldest.AccountSid, oldest.To));
            }

            slot = new Slot(received, _newest.TryGetValue(key, out var before) ? before : -1);
            _newest[key] = _next++;
            foreach (var watcher in _watchers)
            {
                watcher.Offer(received);
            }
        }
    }

    /// <summary>An account's messages, newest first; to one number, or to all where <paramref name="to"/> is null.</summary>
    public IReadOnlyList<VirtualPhoneMessage> Read(Sid account, string? to, int limit)
    {
        var found = new List<VirtualPhoneMessage>();
        lock (_gate)
        {
            var oldest = Math.Max(0, _next - capacity);
            if (to is not null)
            {
                var position = _newest.TryGetValue((account, to), out var newest) ? newest : -1;
                while (position >= oldest && found.Count < limit)
                {
                    var slot = _ring[position % capacity];
                    found.Add(slot.Message!);
                    position = slot.Before;
                }

                return found;
            }

            for (var position = _next - 1; position >= oldest && found.Count < limit; position--)
            {
                if (_ring[position % capacity].Message is { } message && message.AccountSid == account)
                {
                    found.Add(message);
                }
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

    readonly record struct Slot(VirtualPhoneMessage? Message, long Before);
}

/// <summary>Follows the phones of one account as messages come in.</summary>
public sealed class VirtualPhoneWatcher : IDisposable
{
    readonly VirtualPhones _phones;
    readonly Channel<VirtualPhoneMessage> _messages;
    volatile bool _lost;

    internal VirtualPhoneWatcher(VirtualPhones phones, Sid account, int buffer)
    {
        (_phones, Account) = (phones, account);
        _messages = System.Threading.Channels.Channel.CreateBounded<VirtualPhoneMessage>(buffer);
    }

    internal Sid Account { get; }

    /// <summary>New messages, oldest first.</summary>
    public ChannelReader<VirtualPhoneMessage> Messages => _messages.Reader;

    /// <summary>True once, after messages came faster than they were read: what is missing must be read from the phones.</summary>
    public bool TakeLost()
    {
        var lost = _lost;
        _lost = false;
        return lost;
    }

    public void Dispose() => _phones.Leave(this);

    internal void Offer(VirtualPhoneMessage message)
    {
        if (message.AccountSid == Account && !_messages.Writer.TryWrite(message))
        {
            _lost = true;
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

    public required Channels.Channel Channel { get; init; }

    public required string Body { get; init; }

    public required OneTimeCode Code { get; init; }

    public required DateTimeOffset SentAt { get; init; }

    public required Sid VerificationSid { get; init; }

    public override string ToString() => $"message of {VerificationSid}";
}
