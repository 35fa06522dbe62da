using Countersign.Core.Channels;
using Countersign.Core.Codes;
using Countersign.Core.Guard;
using Countersign.Core.Guard.Limits;
using Countersign.Core.Guard.Sharing;
using Countersign.Core.Guard.Windows;
using Countersign.Core.Numbers;
using Countersign.Core.Services;
using Countersign.Core.Tests.Guard.Fraud;
using Countersign.Core.Tests.Privacy;
using Countersign.Core.Tests.Registry;
using Countersign.Core.Tests.Verifications;
using Countersign.Core.Verifications;
using Microsoft.Extensions.Time.Testing;

namespace Countersign.Core.Tests.Guard.Limits;

public sealed class StartLimitsTests
{
    const string Mailbox = "ann@example.com";

    readonly FakeTimeProvider _time = new(Desk.Opening);
    readonly StartLimits _limits;
    readonly Desk _desk;

    public StartLimitsTests()
    {
        var (windows, places, random) = (new SlidingWindows(SlidingWindows.MinCapacity), new KnownPlaces(), new ReplayedRandom(3));
        var shared = new SharedCounts(windows, places, NoWire.Instance, random, _time);
        _limits = new StartLimits(windows, new LimitKeys(Rings.WithKeys(1)), new MemoryRegistry<RateLimit>(), new AccountLimitOptions(), shared, places);
        _desk = new Desk(new MemoryVerificationStore(_time), _time, guards: [_limits]);
        _desk.Service = _desk.Service with { Guard = new GuardSettings { Limits = new LimitSettings(DestinationPerHour: 3, DestinationPerDay: 5) } };
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task The_mailbox_of_plans_gets_no_more_than_a_destination_may_whatever_numbers_they_are_for(bool first)
    {
        IReadOnlyList<FallbackStep> plan = first ? [new(Channel.Email, 30, Mailbox)] : [new(Channel.Sms, 30), new(Channel.Email, 30, Mailbox)];
        for (var i = 0; i < 3; i++)
            Assert.IsType<CreateVerificationResult.Sent>(await StartAsync(i, plan));

        var refused = Assert.IsType<CreateVerificationResult.Refused>(await StartAsync(3, plan)).Refusal;

        Assert.Equal((GuardRefusalKind.RateLimited, "destination_limit", TimeSpan.FromHours(1)), (refused.Kind, refused.Reason, refused.RetryIn));
        Assert.Contains("mailbox", refused.Explanation, StringComparison.Ordinal);
        Assert.DoesNotContain("ann", refused.Explanation, StringComparison.Ordinal);
        Assert.IsType<CreateVerificationResult.Sent>(await StartAsync(3, [new(Channel.Email, 30, "bob@example.com")]));
        _time.Advance(TimeSpan.FromHours(1));
        Assert.IsType<CreateVerificationResult.Sent>(await StartAsync(4, plan));
        Assert.IsType<CreateVerificationResult.Sent>(await StartAsync(5, plan));
        Assert.Equal(TimeSpan.FromHours(23), Assert.IsType<CreateVerificationResult.Refused>(await StartAsync(6, plan)).Refusal.RetryIn);
    }

    [Fact]
    public async Task What_is_sent_to_a_mailbox_counts_however_it_is_named()
    {
        Assert.True(EmailAddress.TryParse(Mailbox, out var ann, out _));
        await _desk.StartedAsync(ann);
        await _desk.StartedAsync(ann);

        var last = Assert.IsType<CreateVerificationResult.Sent>(await StartAsync(0, [new(Channel.Email, 30, Mailbox)]));

        Assert.Equal(TimeSpan.FromHours(1), last.NextSendIn);
        Assert.IsType<CreateVerificationResult.Refused>(await _desk.StartAsync(ann));
        Assert.IsType<CreateVerificationResult.Sent>(await _desk.StartAsync(Pump.British(0)));
    }

    [Theory]
    [InlineData("ann+1@example.com", "Ann+2@example.com", "ann+x+y@example.com", "ann@example.com")]
    [InlineData("a.nn@gmail.com", "an.n@googlemail.com", "ann+x@gmail.com", "ann@googlemail.com")]
    public async Task Spellings_that_lead_to_one_mailbox_are_limited_as_one(string first, string second, string third, string fourth)
    {
        foreach (var spelling in (string[])[first, second, third])
            await _desk.StartedAsync(Mail(spelling));

        var refused = Assert.IsType<CreateVerificationResult.Refused>(await _desk.StartAsync(Mail(fourth))).Refusal;

        Assert.Equal((GuardRefusalKind.RateLimited, "destination_limit"), (refused.Kind, refused.Reason));
        Assert.IsType<CreateVerificationResult.Refused>(await StartAsync(0, [new(Channel.Email, 30, fourth)]));
        await _desk.StartedAsync(Mail("bob+1@example.com"));
        await _desk.StartedAsync(Mail("a.nn@example.com"));
    }

    [Fact]
    public async Task A_code_typed_back_ends_the_pause_of_every_spelling()
    {
        _desk.Service = _desk.Service with { Guard = new GuardSettings { Limits = new LimitSettings(CooldownSeconds: 30) } };
        var started = await _desk.StartedAsync(Mail("ann+1@example.com"));
        Assert.Equal("cooldown", Assert.IsType<CreateVerificationResult.Refused>(await _desk.StartAsync(Mail("ann+2@example.com"))).Refusal.Reason);

        await _desk.CheckedAsync(_desk.CodeOf(started), sid: started.Sid);

        await _desk.StartedAsync(Mail("ann+2@example.com"));
    }

    [Fact]
    public async Task A_destination_that_its_plan_names_again_is_counted_once()
    {
        Assert.True(EmailAddress.TryParse(Mailbox, out var ann, out _));
        for (var i = 0; i < 3; i++)
            await _desk.StartedAsync(ann, details: new VerificationDetails { Fallback = [new(Channel.Email, 30, Mailbox)] });

        Assert.IsType<CreateVerificationResult.Refused>(await _desk.StartAsync(ann));
    }

    [Fact]
    public void Starts_that_look_at_the_clock_in_one_order_and_count_in_another_are_given_back_when_they_come_to_nothing()
    {
        for (var i = 0; i < 100; i += 10)
        {
            var (first, second) = (Facts(), Facts());
            Assert.Null(_limits.Judge(first, Desk.Opening.AddMilliseconds(i + 1)));
            Assert.Null(_limits.Judge(second, Desk.Opening.AddMilliseconds(i)));
            _limits.Settle(first, sent: false, Desk.Opening.AddMilliseconds(i + 2));
            _limits.Settle(second, sent: false, Desk.Opening.AddMilliseconds(i + 2));
        }

        StartFacts Facts() => new()
        {
            Service = _desk.Service,
            To = Desk.Ann,
            DestinationKey = 7,
            Channel = Channel.Sms,
            IsTest = false,
            HasCustomCode = false,
            DeviceIp = null,
            Signals = StartSignals.None,
        };
    }

    [Fact]
    public async Task However_many_values_a_caller_makes_up_the_built_in_limits_hold()
    {
        const int room = 64 * 64;
        var (windows, places, registry) = (new SlidingWindows(room), new KnownPlaces(), new MemoryRegistry<RateLimit>());
        var limits = new StartLimits(
            windows, new LimitKeys(Rings.WithKeys(1)), registry, new AccountLimitOptions(), new SharedCounts(windows, places, NoWire.Instance, new ReplayedRandom(3), _time), places);
        var limit = new RateLimit
        {
            Sid = Sid.Parse("RK0123456789abcdef0123456789abcdef", "RK"),
            AccountSid = _desk.Service.AccountSid,
            ServiceSid = _desk.Service.Sid,
            UniqueName = "who",
            Buckets = [.. Enumerable.Range(1, 10).Select(i => new RateLimitBucket
            {
                Sid = Sid.Parse($"BL0123456789abcdef0123456789abcd{i:d2}", "BL"), Max = 1, IntervalSeconds = 3600 + i, CreatedAt = Desk.Opening, UpdatedAt = Desk.Opening,
            })],
            CreatedAt = Desk.Opening,
            UpdatedAt = Desk.Opening,
        };
        await registry.PutAsync(limit.AccountSid, limit.Name, _ => limit, TestContext.Current.CancellationToken);
        Assert.Null(limits.Judge(Facts(0, StartSignals.None), Desk.Opening));

        // Ten windows each, and two of the built-in limits.
        for (var i = 1; i <= room / 8; i++)
            Assert.Null(limits.Judge(Facts(i, new StartSignals { RateLimits = new Dictionary<string, string> { ["who"] = $"{i}" } }), Desk.Opening.AddSeconds(1)));

        Assert.Equal("destination_limit", limits.Judge(Facts(0, StartSignals.None), Desk.Opening.AddSeconds(2))?.Reason);

        StartFacts Facts(int destination, StartSignals signals) => new()
        {
            Service = _desk.Service with { Guard = new GuardSettings { Limits = new LimitSettings(DestinationPerDay: 1) } },
            To = Desk.Ann,
            DestinationKey = new UInt128((ulong)destination, (ulong)destination),
            Channel = Channel.Sms,
            IsTest = false,
            HasCustomCode = false,
            DeviceIp = null,
            Signals = signals,
        };
    }

    [Fact]
    public async Task The_mailbox_of_a_test_number_gets_nothing_and_is_not_counted()
    {
        _desk.Service = _desk.Service with { TestNumbers = new Dictionary<UInt128, TestNumber> { [_desk.Index.Of(Desk.Ann)] = new(Desk.Ann, new OneTimeCode("770077")) } };

        for (var i = 0; i < 4; i++)
            await _desk.StartedAsync(Desk.Ann, details: new VerificationDetails { Fallback = [new(Channel.Sms, 30), new(Channel.Email, 30, Mailbox)] });

        Assert.IsType<CreateVerificationResult.Sent>(await StartAsync(0, [new(Channel.Email, 30, Mailbox)]));
    }

    [Fact]
    public async Task A_start_that_is_refused_for_its_number_does_not_count_for_its_mailbox()
    {
        for (var i = 0; i < 3; i++)
            await _desk.StartedAsync(Desk.Ann);
        for (var i = 0; i < 5; i++)
            Assert.IsType<CreateVerificationResult.Refused>(await _desk.StartAsync(Desk.Ann, details: new VerificationDetails { Fallback = [new(Channel.Sms, 30), new(Channel.Email, 30, Mailbox)] }));

        for (var i = 0; i < 3; i++)
            Assert.IsType<CreateVerificationResult.Sent>(await StartAsync(i, [new(Channel.Email, 30, Mailbox)]));
    }

    static EmailAddress Mail(string text) => EmailAddress.TryParse(text, out var mail, out _) ? mail : throw new ArgumentException("no mailbox", nameof(text));

    Task<CreateVerificationResult> StartAsync(int number, IReadOnlyList<FallbackStep> plan) =>
        _desk.StartAsync(Pump.British(number), details: new VerificationDetails { Fallback = plan }, isAuto: true);
}
