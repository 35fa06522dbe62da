using Countersign.Adapters.Tests.Stores;
using Countersign.Core.Delivery;
using Countersign.Core.Tests.Verifications;
using Countersign.Storage.Redis;

namespace Countersign.Adapters.Tests.Redis;

public sealed class WaitingMessagesTests
{
    [Fact]
    public void What_is_gone_from_the_stream_is_found_among_what_waits_there()
    {
        var waiting = new WaitingMessages(maxInMemory: 0);
        var (gone, there) = (new OutboxEntry(0, "1-0"), new OutboxEntry(0, "2-0"));
        var messages = Enumerable.Range(0, 3).Select(Message).ToList();
        waiting.Adopt([(gone, [messages[0]]), (there, [messages[1], messages[2]])]);
        waiting.Remove(messages[2].Attempt);

        // The second entry is there with all of its messages, also that which has its outcome.
        var lost = waiting.StoredBeside([gone, there], [messages[1].Attempt, messages[2].Attempt]);

        Assert.Equal([messages[0].Attempt], lost);
        Assert.Empty(waiting.StoredBeside([gone, there], messages.ConvertAll(message => message.Attempt)));
    }

    [Fact]
    public void Nothing_is_to_be_learned_of_an_entry_whose_messages_wait_here_or_got_their_outcome_here()
    {
        var waiting = new WaitingMessages(maxInMemory: 100);
        var messages = Enumerable.Range(0, 3).Select(Message).ToList();
        waiting.Adopt([(new OutboxEntry(0, "1-0"), messages)]);
        Assert.True(waiting.Knows(new OutboxEntry(0, "1-0"), messages));
        Assert.False(waiting.Knows(new OutboxEntry(1, "1-0"), messages));

        waiting.Remove(messages[1].Attempt);
        Assert.True(waiting.Knows(new OutboxEntry(0, "1-0"), messages));

        // Others had it for a while: what they made of it is not known here.
        waiting.ForgetWaiting(group: 0);
        Assert.False(waiting.Knows(new OutboxEntry(0, "1-0"), messages));
    }

    [Fact]
    public void What_cannot_be_read_lets_the_others_pass_and_comes_back_piece_by_piece()
    {
        var waiting = new WaitingMessages(maxInMemory: 100);
        var (unread, rest, other) = (new OutboxEntry(0, "1-0"), new OutboxEntry(0, "2-0"), new OutboxEntry(1, "1-0"));
        var items = Enumerable.Range(0, 4).Select(Item).ToList();
        waiting.Adopt([(unread, [Stored(items[0])]), (rest, [Stored(items[1])]), (other, [Stored(items[2])])]);

        waiting.Load(waiting.NextStored(100), new LoadedMessages([items[2]], [], [unread, rest]), messages: 1);
        waiting.Add([(items[3], new OutboxEntry(1, "2-0"))]);

        Assert.Equal([items[2], items[3]], waiting.Take(100));
        Assert.False(waiting.HasStored);
        Assert.Equal(4, waiting.Count);

        // The first of them is tried alone, and brings the next when it can be read.
        waiting.TryAgain(group: 1, messages: 1);
        Assert.False(waiting.HasStored);
        waiting.TryAgain(group: 0, messages: 1);
        Assert.Equal([[unread]], waiting.NextStored(100));
        waiting.Load(waiting.NextStored(100), new LoadedMessages([items[0]], [], []), messages: 1);
        Assert.Equal([[rest]], waiting.NextStored(100));
        waiting.Load(waiting.NextStored(100), new LoadedMessages([], [], [rest]), messages: 1);
        Assert.False(waiting.HasStored);
        Assert.Equal([items[0]], waiting.Take(100));

        // What is another node's by now is not tried again.
        waiting.ForgetWaiting(group: 0);
        waiting.TryAgain(group: 0, messages: 1);
        Assert.False(waiting.HasStored);
    }

    [Fact]
    public void A_message_that_is_read_twice_at_once_is_sent_once()
    {
        var waiting = new WaitingMessages(maxInMemory: 100);
        var item = Item(0);
        waiting.Adopt([(new OutboxEntry(0, "1-0"), [Stored(item)])]);

        waiting.Load(waiting.NextStored(100), new LoadedMessages([item, item], [], []), messages: 1);

        Assert.Equal([item], waiting.Take(100));
    }

    [Fact]
    public void The_oldest_is_told_to_the_second_whatever_goes_first()
    {
        var waiting = new WaitingMessages(maxInMemory: 100);
        Assert.Null(waiting.Oldest);
        var messages = Enumerable.Range(0, 4).Select(number => Message(number) with { AskedAt = Desk.Opening.AddMilliseconds(number * 700) }).ToList();
        waiting.Adopt([(new OutboxEntry(0, "1-0"), [messages[2], messages[0]]), (new OutboxEntry(1, "1-0"), [messages[3], messages[1]])]);
        Assert.Equal(messages[0].AskedAt, waiting.Oldest);

        // Known already, and by an entry that says another moment.
        waiting.Adopt([(new OutboxEntry(0, "2-0"), [messages[0] with { AskedAt = Desk.Opening.AddSeconds(9) }])]);
        waiting.Remove(messages[1].Attempt);
        Assert.Equal(messages[2].AskedAt, waiting.Oldest);

        waiting.ForgetWaiting(group: 1);
        waiting.Remove(messages[2].Attempt);
        Assert.Equal(Desk.Opening.AddSeconds(9), waiting.Oldest);
    }

    static OutboxItem Item(int number)
    {
        var verification = Given.Verification(number, Desk.Opening);
        return new OutboxItem { Position = 0, Verification = verification, Attempt = verification.Attempts[^1] };
    }

    static StoredMessage Stored(OutboxItem item) => new(item.Verification.Sid, item.Attempt.Sid, item.Attempt.At, default);

    static StoredMessage Message(int number)
    {
        var verification = Given.Verification(number, Desk.Opening);
        return new StoredMessage(verification.Sid, verification.Attempts[^1].Sid, Desk.Opening, default);
    }
}
