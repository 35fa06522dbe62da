using Countersign.Core.Channels;
using Countersign.Core.Codes;
using Countersign.Core.Delivery;
using Countersign.Core.Messages;
using Countersign.Core.Tests.Numbers;
using CsCheck;

namespace Countersign.Core.Tests.Delivery;

public sealed class VirtualPhonesTests
{
    static readonly DateTimeOffset Start = new(2026, 3, 1, 12, 0, 0, TimeSpan.Zero);
    static readonly Sid Ours = Account('a');
    static readonly Sid Theirs = Account('b');
    static readonly string[] Numbers = ["+14155550123", "+447700900123", "+33639980012", "+14155550124"];

    [Fact]
    public void A_message_is_read_as_it_was_sent()
    {
        var phones = new VirtualPhones(4);

        phones.Receive(Message(Ours, Numbers[0], "428833"), Start);

        var message = Assert.Single(phones.Read(Ours, null, 10));
        Assert.Equal(Ours, message.AccountSid);
        Assert.Equal(Numbers[0], message.To);
        Assert.Equal(Channel.Sms, message.Channel);
        Assert.Equal("Your code is: 428833", message.Body);
        Assert.Equal("428833", message.Code.Reveal());
        Assert.Equal(Start, message.SentAt);
        Assert.Equal(Verification("428833"), message.VerificationSid);
    }

    [Fact]
    public void A_message_prints_neither_code_nor_text_nor_number()
    {
        var phones = new VirtualPhones(4);
        phones.Receive(Message(Ours, Numbers[0], "428833"), Start);

        var printed = phones.Read(Ours, null, 1)[0].ToString();

        // The verification's SID is all it says; here the SID happens to be made from the code.
        Assert.Equal($"message of {Verification("428833")}", printed);
        Assert.DoesNotContain(Numbers[0], printed, StringComparison.Ordinal);
    }

    [Fact]
    public void Messages_come_newest_first_and_no_more_than_asked_for()
    {
        var phones = Filled(10, (Ours, Numbers[0], "1111"), (Ours, Numbers[1], "2222"), (Ours, Numbers[0], "3333"));

        Assert.Equal(["3333", "2222", "1111"], Codes(phones.Read(Ours, null, 10)));
        Assert.Equal(["3333", "2222"], Codes(phones.Read(Ours, null, 2)));
    }

    [Fact]
    public void When_the_ring_is_full_the_oldest_message_makes_room()
    {
        var phones = Filled(2, (Ours, Numbers[0], "1111"), (Ours, Numbers[1], "2222"), (Ours, Numbers[2], "3333"));

        Assert.Equal(["3333", "2222"], Codes(phones.Read(Ours, null, 10)));
        Assert.Empty(phones.Read(Ours, Numbers[0], 10));
    }

    [Fact]
    public void A_number_shows_its_own_messages_only()
    {
        var phones = Filled(10, (Ours, Numbers[0], "1111"), (Ours, Numbers[1], "2222"), (Ours, Numbers[0], "3333"));

        Assert.Equal(["3333", "1111"], Codes(phones.Read(Ours, Numbers[0], 10)));
        Assert.Equal(["3333"], Codes(phones.Read(Ours, Numbers[0], 1)));
        Assert.Equal(["2222"], Codes(phones.Read(Ours, Numbers[1], 10)));
        Assert.Empty(phones.Read(Ours, Numbers[2], 10));
    }

    [Fact]
    public void A_numbers_chain_ends_where_its_older_messages_were_overwritten()
    {
        var phones = Filled(3, (Ours, Numbers[0], "1111"), (Ours, Numbers[0], "2222"), (Ours, Numbers[1], "3333"), (Ours, Numbers[0], "4444"));

        Assert.Equal(["4444", "2222"], Codes(phones.Read(Ours, Numbers[0], 10)));
    }

    [Fact]
    public void A_number_that_was_forgotten_starts_anew()
    {
        var phones = Filled(2, (Ours, Numbers[0], "1111"), (Ours, Numbers[1], "2222"), (Ours, Numbers[1], "3333"), (Ours, Numbers[0], "4444"));

        Assert.Equal(["4444"], Codes(phones.Read(Ours, Numbers[0], 10)));
    }

    [Fact]
    public void Another_accounts_messages_are_invisible_even_to_the_same_number()
    {
        var phones = Filled(10, (Ours, Numbers[0], "1111"), (Theirs, Numbers[0], "2222"));

        Assert.Equal(["1111"], Codes(phones.Read(Ours, null, 10)));
        Assert.Equal(["1111"], Codes(phones.Read(Ours, Numbers[0], 10)));
        Assert.Equal(["2222"], Codes(phones.Read(Theirs, Numbers[0], 10)));
    }

    [Fact]
    public void One_accounts_load_leaves_the_messages_of_another()
    {
        var phones = Filled(10, (Theirs, Numbers[0], "1111"), (Theirs, Numbers[1], "2222"));

        Receive(phones, Enumerable.Range(5000, 200).Select(code => (Ours, Numbers[0], $"{code}")));

        Assert.Equal(["2222", "1111"], Codes(phones.Read(Theirs, null, 10)));
        Assert.Equal(["1111"], Codes(phones.Read(Theirs, Numbers[0], 10)));
        Assert.Equal(Enumerable.Range(5192, 8).Reverse().Select(code => $"{code}"), Codes(phones.Read(Ours, null, 10)));
    }

    [Fact]
    public void Accounts_that_send_alike_have_the_same_share_and_a_new_one_finds_room()
    {
        var phones = new VirtualPhones(10);
        Receive(phones, Enumerable.Range(1000, 200).Select(code => (code % 2 == 0 ? Ours : Theirs, Numbers[0], $"{code}")));
        phones.Receive(Message(Account('c'), Numbers[0], "9999"), Start);

        Assert.Equal(["9999"], Codes(phones.Read(Account('c'), Numbers[0], 10)));
        Assert.Equal([4, 5], new[] { Ours, Theirs }.Select(account => phones.Read(account, null, 10).Count).Order());
    }

    [Fact]
    public void Phones_read_as_a_plain_list_of_the_latest_messages_would()
    {
        var message = Gen.Select(Gen.OneOf(Ours, Theirs), Gen.OneOf(Numbers));
        Gen.Select(Gen.Int[1, 9], message.Array[0, 40], Gen.Int[1, 12]).Sample(
            (capacity, sent, limit) =>
            {
                var coded = sent.Select((one, i) => (Account: one.Item1, To: one.Item2, Code: $"{1000 + i}")).ToArray();
                var latest = Kept(coded, capacity).AsEnumerable().Reverse().ToArray();

                var phones = Filled(capacity, coded);

                foreach (var account in new[] { Ours, Theirs })
                {
                    Assert.Equal(latest.Where(one => one.Account == account).Take(limit).Select(one => one.Code), Codes(phones.Read(account, null, limit)));
                    foreach (var number in Numbers)
                    {
                        var expected = latest.Where(one => one.Account == account && one.To == number).Take(limit).Select(one => one.Code);
                        Assert.Equal(expected, Codes(phones.Read(account, number, limit)));
                    }
                }
            },
            iter: 3_000);
    }

    [Fact]
    public void A_watcher_gets_what_comes_after_it_oldest_first()
    {
        var phones = Filled(10, (Ours, Numbers[0], "1111"));
        using var watcher = phones.Watch(Ours)!;

        phones.Receive(Message(Ours, Numbers[0], "2222"), Start);
        phones.Receive(Message(Ours, Numbers[1], "3333"), Start);

        Assert.Equal(["2222", "3333"], Codes(Drain(watcher)));
        Assert.False(watcher.TakeLost());
    }

    [Fact]
    public void A_watcher_sees_nothing_of_another_account()
    {
        var phones = new VirtualPhones(10);
        using var watcher = phones.Watch(Ours)!;

        phones.Receive(Message(Theirs, Numbers[0], "1111"), Start);

        Assert.Empty(Drain(watcher));
    }

    [Fact]
    public void A_watcher_that_falls_behind_is_told_once_and_what_it_missed_is_still_on_the_phone()
    {
        const int many = 2_000;
        var phones = new VirtualPhones(many);
        using var watcher = phones.Watch(Ours)!;

        Receive(phones, Enumerable.Range(1000, many).Select(code => (Ours, Numbers[0], $"{code}")));

        var got = Codes(Drain(watcher));
        Assert.InRange(got.Length, 1, many - 1);
        Assert.Equal(Enumerable.Range(1000, got.Length).Select(code => $"{code}"), got);
        Assert.True(watcher.TakeLost());
        Assert.False(watcher.TakeLost());
        Assert.Equal(many, phones.Read(Ours, null, many).Count);
    }

    [Fact]
    public void A_watcher_that_fell_behind_goes_on_with_what_comes_next()
    {
        var phones = new VirtualPhones(10);
        using var watcher = phones.Watch(Ours)!;
        Receive(phones, Enumerable.Range(1000, 2_000).Select(code => (Ours, Numbers[0], $"{code}")));
        Drain(watcher);
        watcher.TakeLost();

        phones.Receive(Message(Ours, Numbers[0], "9999"), Start);

        Assert.Equal(["9999"], Codes(Drain(watcher)));
        Assert.False(watcher.TakeLost());
    }

    [Fact]
    public void Another_accounts_flood_does_not_make_a_watcher_lose_anything()
    {
        var phones = new VirtualPhones(10);
        using var watcher = phones.Watch(Ours)!;

        Receive(phones, Enumerable.Range(1000, 2_000).Select(code => (Theirs, Numbers[0], $"{code}")));
        phones.Receive(Message(Ours, Numbers[0], "9999"), Start);

        Assert.False(watcher.TakeLost());
        Assert.Equal(["9999"], Codes(Drain(watcher)));
    }

    [Fact]
    public void A_watcher_that_left_gets_nothing_more()
    {
        var phones = new VirtualPhones(10);
        var watcher = phones.Watch(Ours)!;

        watcher.Dispose();
        phones.Receive(Message(Ours, Numbers[0], "1111"), Start);

        Assert.Empty(Drain(watcher));
    }

    [Fact]
    public void An_account_has_room_for_64_watchers_and_again_for_one_when_one_leaves()
    {
        var phones = new VirtualPhones(10);
        var watchers = Enumerable.Range(0, 64).Select(_ => phones.Watch(Ours)!).ToList();

        Assert.Null(phones.Watch(Ours));
        watchers[0].Dispose();

        Assert.NotNull(phones.Watch(Ours));
        Assert.Null(phones.Watch(Ours));
    }

    [Fact]
    public void One_accounts_watchers_leave_room_for_anothers()
    {
        var phones = new VirtualPhones(10);
        var ours = Enumerable.Range(0, 64).Select(_ => phones.Watch(Ours)).ToList();

        var theirs = phones.Watch(Theirs);

        Assert.DoesNotContain(null, ours);
        Assert.NotNull(theirs);
    }

    [Fact]
    public void There_is_room_for_512_watchers_of_all_accounts()
    {
        var phones = new VirtualPhones(10);
        var watchers = Enumerable.Range(0, 512).Select(i => phones.Watch(Account("01234567"[i / 64]))).ToList();

        Assert.DoesNotContain(null, watchers);
        Assert.Null(phones.Watch(Theirs));
    }

    [Fact]
    public async Task Messages_that_arrive_at_once_are_all_kept_in_one_order()
    {
        const int senders = 4, each = 500;
        var phones = new VirtualPhones(senders * each);

        await Task.WhenAll(Enumerable.Range(0, senders).Select(sender => Task.Run(
            () => Receive(phones, Enumerable.Range(0, each).Select(i => (Ours, Numbers[sender], $"{1000 + i}"))), TestContext.Current.CancellationToken)));

        var all = phones.Read(Ours, null, int.MaxValue);
        Assert.Equal(senders * each, all.Count);
        foreach (var number in Numbers)
        {
            Assert.Equal(all.Where(message => message.To == number).Select(What), phones.Read(Ours, number, int.MaxValue).Select(What));
            Assert.Equal(Enumerable.Range(1000, each).Reverse().Select(code => $"{code}"), Codes(phones.Read(Ours, number, int.MaxValue)));
        }
    }

    static (Sid, string, string, DateTimeOffset) What(VirtualPhoneMessage message) => (message.VerificationSid, message.To, message.Body, message.SentAt);

    /// <summary>What there is room for: the account that has the most makes it, and the one that receives where both have as many.</summary>
    static List<(Sid Account, string To, string Code)> Kept((Sid Account, string To, string Code)[] sent, int capacity)
    {
        var kept = new List<(Sid Account, string To, string Code)>();
        foreach (var message in sent)
        {
            if (kept.Count == capacity)
            {
                var own = kept.Count(one => one.Account == message.Account);
                kept.RemoveAt(kept.FindIndex(one => one.Account == message.Account == (2 * own >= capacity)));
            }

            kept.Add(message);
        }

        return kept;
    }

    static VirtualPhones Filled(int capacity, params (Sid Account, string To, string Code)[] messages)
    {
        var phones = new VirtualPhones(capacity);
        Receive(phones, messages);
        return phones;
    }

    static void Receive(VirtualPhones phones, IEnumerable<(Sid Account, string To, string Code)> messages)
    {
        foreach (var (account, to, code) in messages)
        {
            phones.Receive(Message(account, to, code), Start);
        }
    }

    static OutgoingMessage Message(Sid account, string to, string code) => new()
    {
        AttemptSid = Sid.Parse("VL" + code.PadLeft(32, '0'), "VL"),
        VerificationSid = Verification(code),
        AccountSid = account,
        To = Some.Number(to),
        Channel = Channel.Sms,
        Message = new RenderedMessage($"Your code is: {code}", "en", new SegmentCount(SmsEncoding.Gsm7, 20, 1)),
        Code = new OneTimeCode(code),
    };

    static Sid Account(char digit) => Sid.Parse("AC" + new string(digit, 32), "AC");

    static Sid Verification(string code) => Sid.Parse("VE" + code.PadLeft(32, '0'), "VE");

    static string[] Codes(IEnumerable<VirtualPhoneMessage> messages) => [.. messages.Select(message => message.Code.Reveal())];

    static List<VirtualPhoneMessage> Drain(VirtualPhoneWatcher watcher)
    {
        var messages = new List<VirtualPhoneMessage>();
        while (watcher.Messages.TryRead(out var message))
        {
            messages.Add(message);
        }

        return messages;
    }
}
