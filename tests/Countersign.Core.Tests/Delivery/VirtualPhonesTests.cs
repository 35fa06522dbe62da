using Countersign.Core.Channels;
using Countersign.Core.Codes;
using Countersign.Core.Delivery;
using Countersign.Core.Messages;
using Countersign.Core.Numbers;
using CsCheck;

namespace Countersign.Core.Tests.Delivery;

public sealed class VirtualPhonesTests
{
    static readonly Sid Ours = Sid.Parse("AC0123456789abcdef0123456789abcdef", "AC");
    static readonly Sid Theirs = Sid.Parse("ACfedcba9876543210fedcba9876543210", "AC");
    static readonly DateTimeOffset Noon = new(2026, 1, 2, 12, 0, 0, TimeSpan.Zero);

    [Fact]
    public void Whatever_comes_in_it_answers_like_a_list_that_keeps_the_newest()
    {
        var message = Gen.Select(Gen.Int[0, 4], Gen.Bool);
        Gen.Select(Gen.Int[1, 12], message.List[0, 60], Gen.Int[1, 15]).Sample((capacity, messages, limit) =>
        {
            var phones = new VirtualPhones(capacity);
            var model = new List<(int Phone, bool Ours, string Code)>();
            foreach (var (phone, ours) in messages)
            {
                var code = (1000 + model.Count).ToString(null, null);
                phones.Receive(Message(phone, ours ? Ours : Theirs, code), Noon);
                model.Add((phone, ours, code));
            }

            var kept = model.TakeLast(capacity).Reverse().Where(entry => entry.Ours).ToList();
            Assert.Equal(kept.Take(limit).Select(entry => entry.Code), Codes(phones.Read(Ours, null, limit)));
            for (var phone = 0; phone <= 4; phone++)
            {
                Assert.Equal(
                    kept.Where(entry => entry.Phone == phone).Take(limit).Select(entry => entry.Code), Codes(phones.Read(Ours, Number(phone), limit)));
            }
        });
    }

    [Fact]
    public void Another_account_reads_nothing_of_ours()
    {
        var phones = new VirtualPhones(10);
        phones.Receive(Message(1, Ours, "1234"), Noon);

        Assert.Empty(phones.Read(Theirs, null, 10));
        Assert.Empty(phones.Read(Theirs, Number(1), 10));
    }

    [Fact]
    public void Who_watches_is_told_of_each_message_of_the_account_in_order()
    {
        var phones = new VirtualPhones(10);
        using var watcher = phones.Watch(Ours)!;

        phones.Receive(Message(1, Ours, "1111"), Noon);
        phones.Receive(Message(1, Theirs, "9999"), Noon);
        phones.Receive(Message(2, Ours, "2222"), Noon);

        Assert.Equal(["1111", "2222"], Drain(watcher));
        Assert.False(watcher.TakeLost());
    }

    [Fact]
    public void A_watcher_that_is_too_slow_is_told_to_read_again_and_holds_no_more_than_its_buffer()
    {
        var phones = new VirtualPhones(10);
        using var watcher = phones.Watch(Ours)!;

        for (var i = 0; i < 1000; i++)
        {
            phones.Receive(Message(1, Ours, "1234"), Noon);
        }

        Assert.InRange(Drain(watcher).Count, 1, 256);
        Assert.True(watcher.TakeLost());
        Assert.False(watcher.TakeLost());
    }

    [Fact]
    public void There_is_room_for_64_watchers_and_again_for_one_when_one_leaves()
    {
        var phones = new VirtualPhones(10);
        var watchers = Enumerable.Range(0, 64).Select(_ => phones.Watch(Ours)!).ToList();

        Assert.Null(phones.Watch(Ours));
        watchers[0].Dispose();
        Assert.NotNull(phones.Watch(Ours));
    }

    static OutgoingMessage Message(int phone, Sid account, string code) => new()
    {
        AttemptSid = Sid.Parse("VL0123456789abcdef0123456789abcdef", "VL"),
        VerificationSid = Sid.Parse("VE0123456789abcdef0123456789abcdef", "VE"),
        AccountSid = account,
        To = PhoneNumber.Restore(Number(phone)),
        Channel = Channel.Sms,
        Code = new OneTimeCode(code),
        Message = new RenderedMessage($"Your code is {code}", "en", new SegmentCount(SmsEncoding.Gsm7, 17, 1)),
    };

    static string Number(int phone) => $"+1415555010{phone}";

    static List<string> Drain(VirtualPhoneWatcher watcher)
    {
        var codes = new List<string>();
        while (watcher.Messages.TryRead(out var message))
        {
            codes.Add(message.Code.Reveal());
        }

        return codes;
    }

    static IEnumerable<string> Codes(IReadOnlyList<VirtualPhoneMessage> messages) => messages.Select(message => message.Code.Reveal());
}
