using Countersign.Core.Channels;
using Countersign.Core.Guard.Fraud;
using Countersign.Core.Guard.Risk;
using Countersign.Core.Numbers;
using Countersign.Core.Tests.Privacy;
using Countersign.Core.Tests.Verifications;
using Countersign.Core.Verifications;
using Microsoft.Extensions.Time.Testing;

namespace Countersign.Core.Tests.Guard.Fraud;

/// <summary>People do not type a code where they asked for it, or ask again from elsewhere or by another channel: that is no fraud, and what they prove is counted where it was asked for.</summary>
public sealed class SendOriginsTests
{
    const string Home = "198.51.100.7", Elsewhere = "203.0.113.9", HelpDesk = "192.0.2.1";

    readonly FraudGuard _guard = new(new FraudOptions { JudgesFictional = true }, new ReplayedRandom());
    readonly FakeTimeProvider _time = new(Desk.Opening);
    readonly Desk _desk;

    public SendOriginsTests() => _desk = new Desk(new MemoryVerificationStore(_time), _time, guards: [_guard]);

    [Theory]
    [InlineData(Elsewhere)]
    [InlineData("198.51.100.8")]
    [InlineData("2001:db8::1")]
    public async Task Codes_that_are_typed_in_another_network_answer_those_sent_to_the_first(string typedAt)
    {
        for (var i = 0; i < 300; i++)
        {
            var verification = await StartedAsync(Person(i), Home);
            await TypeAsync(verification, typedAt);
        }
    }

    [Fact]
    public async Task Codes_that_are_typed_elsewhere_buy_nothing_there()
    {
        for (var i = 0; i < 100; i++)
        {
            await TypeAsync(await StartedAsync(Person(i), Home), Elsewhere);
        }

        Assert.InRange(await SentBeforeRefusalAsync(Elsewhere), 5, 60);
    }

    [Fact]
    public async Task A_help_desk_that_sends_again_what_people_asked_for_is_answered_too()
    {
        for (var i = 0; i < 300; i++)
        {
            await StartedAsync(Person(i), $"10.{i / 250}.{i % 250}.1");
            var again = await StartedAsync(Person(i), HelpDesk);
            await TypeAsync(again, typedAt: null);
        }
    }

    [Fact]
    public async Task A_code_sent_by_text_and_again_by_whatsapp_is_answered_when_it_is_typed()
    {
        for (var i = 0; i < 200; i++)
        {
            await StartedAsync(Person(i), deviceIp: null);
            var again = await StartedAsync(Person(i), deviceIp: null, Channel.WhatsApp);
            await TypeAsync(again, typedAt: null);
            Assert.True(IsProven(Person(i)));
        }
    }

    [Fact]
    public async Task A_code_sent_by_whatsapp_alone_proves_nothing_of_what_texts_do()
    {
        await TypeAsync(await StartedAsync(Person(1), deviceIp: null, Channel.WhatsApp), typedAt: null);

        Assert.False(IsProven(Person(1)));
    }

    [Fact]
    public async Task The_first_that_was_counted_is_kept_whatever_comes_after()
    {
        var first = await StartedAsync(Person(1), Home, Channel.WhatsApp);
        Assert.Null(SendOrigins.Of(first));
        var text = await StartedAsync(Person(1), Elsewhere);
        Assert.Equal([Elsewhere], SendOrigins.Of(text)!.Addresses);
        var third = await StartedAsync(Person(1), HelpDesk, Channel.Call);
        Assert.Equal([Elsewhere, HelpDesk], SendOrigins.Of(third)!.Addresses);
        var fourth = await StartedAsync(Person(1), Elsewhere);
        Assert.Equal([Elsewhere, HelpDesk], SendOrigins.Of(fourth)!.Addresses);

        var approved = await TypeAsync(fourth, Home);

        Assert.Equal([Elsewhere, HelpDesk], SendOrigins.Of(approved)!.Addresses);
        Assert.Equal(Home, approved.Details.DeviceIp);
        Assert.Null((await StartedAsync(Person(1), Home)).Details.Origins);
    }

    [Fact]
    public void Another_device_that_asks_again_leaves_the_first_counted()
    {
        var (mine, others) = (Judged(7), Judged(9));
        var pending = Pending(mine);

        Assert.Null(Resend(pending, mine).Details.Origins);
        var second = Resend(pending, others);
        Assert.Equal((0UL, 7UL), (second.Details.Risk!.Device, SendOrigins.Of(second)!.Device));
        var third = Resend(second, mine);
        Assert.Equal((0UL, 7UL), (third.Details.Risk!.Device, SendOrigins.Of(third)!.Device));

        static Verification Resend(Verification pending, VerificationDetails asked) =>
            pending with { Details = SendOrigins.Keep(pending, asked, FailedChecks.Keep(pending, asked), Channel.Sms) };

        static VerificationDetails Judged(ulong device) => new() { DeviceIp = Home, Risk = new RiskAssessment(0, RiskReason.None, Device: device) };

        Verification Pending(VerificationDetails details) => new()
        {
            Sid = default,
            ServiceSid = _desk.Service.Sid,
            AccountSid = _desk.Service.AccountSid,
            To = Person(1),
            Status = VerificationStatus.Pending,
            Channel = Channel.Sms,
            CreatedAt = Desk.Opening,
            UpdatedAt = Desk.Opening,
            ExpiresAt = Desk.Opening.AddMinutes(10),
            Checks = 0,
            Code = _desk.Codes.NewSeed(6),
            Details = details,
            Attempts = [new SendAttempt(default, Desk.Opening, Channel.Sms)],
        };
    }

    static PhoneNumber Person(int index) => Pump.American(201 + (index * 7 % 89), index);

    async Task<Verification> StartedAsync(PhoneNumber to, string? deviceIp, Channel channel = Channel.Sms)
    {
        var result = await _desk.StartAsync(to, details: new VerificationDetails { DeviceIp = deviceIp }, channel: channel);
        _time.Advance(TimeSpan.FromSeconds(30));
        return Assert.IsType<CreateVerificationResult.Sent>(result).Verification;
    }

    async Task<Verification> TypeAsync(Verification verification, string? typedAt)
    {
        var result = await _desk.CheckAsync(_desk.CodeOf(verification), sid: verification.Sid, deviceIp: typedAt);
        _time.Advance(TimeSpan.FromSeconds(30));
        var approved = Assert.IsType<CheckVerificationResult.Checked>(result).Verification;
        Assert.Equal(VerificationStatus.Approved, approved.Status);
        return approved;
    }

    async Task<int> SentBeforeRefusalAsync(string deviceIp)
    {
        for (var i = 0; i < 300; i++)
        {
            if (await _desk.StartAsync(Pump.American(301 + (i * 13 % 89), i), details: new VerificationDetails { DeviceIp = deviceIp }) is not CreateVerificationResult.Sent)
            {
                return i;
            }

            _time.Advance(TimeSpan.FromSeconds(60));
        }

        return 300;
    }

    bool IsProven(PhoneNumber number) => _guard.Look(new Pump { Service = _desk.Service }.Facts(number), _time.GetUtcNow()).IsProven;
}
