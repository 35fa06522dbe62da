using Countersign.Adapters.Tests.Stores;
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
        var lost = waiting.StoredBeside(waiting.NextStored(100), [messages[1], messages[2]]);

        Assert.Equal([messages[0].Attempt], lost);
        Assert.Empty(waiting.StoredBeside(waiting.NextStored(100), messages));
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

    static StoredMessage Message(int number)
    {
        var verification = Given.Verification(number, Desk.Opening);
        return new StoredMessage(verification.Sid, verification.Attempts[^1].Sid, Desk.Opening, default);
    }
}
