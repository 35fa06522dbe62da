using Countersign.Core.Channels;
using Countersign.Core.Guard;
using Countersign.Core.Guard.Limits;
using Countersign.Core.Numbers;
using Countersign.Core.Tests.Guard.Fraud;
using Countersign.Core.Tests.Privacy;
using Countersign.Core.Tests.Verifications;
using Countersign.Core.Verifications;
using Microsoft.Extensions.Time.Testing;

namespace Countersign.Core.Tests.Guard.Limits;

public sealed class ConcurrentStartsTests
{
    readonly LimitKeys _keys = new(Rings.WithKeys(1));
    readonly KnownPlaces _places = new();
    readonly Held _held = new();
    readonly Desk _desk;

    public ConcurrentStartsTests()
    {
        var time = new FakeTimeProvider(Desk.Opening);
        _desk = new Desk(new MemoryVerificationStore(time), time, guards: [new ConcurrentStarts(_keys, _places), _held]);
        _desk.Service = _desk.Service with { Guard = new GuardSettings { Limits = new LimitSettings(ConcurrentStarts: 2) } };
    }

    [Fact]
    public async Task More_than_so_many_at_once_for_a_destination_are_refused_and_the_next_are_not()
    {
        CreateVerificationResult? third = null;
        CreateVerificationResult? other = null;
        _held.WhileJudged = depth =>
        {
            if (depth == 1)
                _ = _desk.StartAsync(Desk.Ann);
            else if (depth == 2)
                (third, other) = (_desk.StartAsync(Desk.Ann).Result, _desk.StartAsync(Desk.Bob).Result);
        };

        var first = await _desk.StartAsync(Desk.Ann);

        Assert.IsType<CreateVerificationResult.Sent>(first);
        var refused = Assert.IsType<CreateVerificationResult.Refused>(third).Refusal;
        Assert.Equal((GuardRefusalKind.Concurrent, "concurrent_requests", TimeSpan.FromSeconds(1)), (refused.Kind, refused.Reason, refused.RetryIn));
        Assert.IsType<CreateVerificationResult.Sent>(other);
        _held.WhileJudged = _ => { };
        Assert.IsType<CreateVerificationResult.Sent>(await _desk.StartAsync(Desk.Ann));
    }

    [Fact]
    public async Task Nor_more_for_one_mailbox_that_plans_for_several_numbers_name()
    {
        VerificationDetails Plan(string mailbox) => new() { Fallback = [new(Channel.Sms, 30), new(Channel.Email, 30, mailbox)] };
        CreateVerificationResult? third = null;
        CreateVerificationResult? other = null;
        _held.WhileJudged = depth =>
        {
            if (depth == 1)
                _ = _desk.StartAsync(Pump.British(1), details: Plan("ann@example.com"));
            else if (depth == 2)
                (third, other) = (_desk.StartAsync(Pump.British(2), details: Plan("ann@example.com")).Result, _desk.StartAsync(Pump.British(2), details: Plan("bob@example.com")).Result);
        };

        var first = await _desk.StartAsync(Pump.British(0), details: Plan("ann@example.com"));

        Assert.IsType<CreateVerificationResult.Sent>(first);
        Assert.Equal("concurrent_requests", Assert.IsType<CreateVerificationResult.Refused>(third).Refusal.Reason);
        Assert.IsType<CreateVerificationResult.Sent>(other);
        _held.WhileJudged = _ => { };
        for (var i = 0; i < 4; i++)
            Assert.IsType<CreateVerificationResult.Sent>(await _desk.StartAsync(Pump.British(i), details: Plan("ann@example.com")));
    }

    [Fact]
    public async Task Nor_more_for_one_mailbox_however_it_is_written()
    {
        CreateVerificationResult? third = null;
        _held.WhileJudged = depth =>
        {
            if (depth == 1)
                _ = _desk.StartAsync(EmailAddress.Restore("ann+1@example.com"));
            else if (depth == 2)
                third = _desk.StartAsync(EmailAddress.Restore("ann+2@example.com")).Result;
        };

        Assert.IsType<CreateVerificationResult.Sent>(await _desk.StartAsync(EmailAddress.Restore("ann@example.com")));

        Assert.Equal("concurrent_requests", Assert.IsType<CreateVerificationResult.Refused>(third).Refusal.Reason);
    }

    [Fact]
    public async Task Whoever_keeps_starts_in_flight_elsewhere_keeps_the_person_at_home_from_none()
    {
        var (home, elsewhere) = (new VerificationDetails { DeviceIp = "198.51.100.7" }, new VerificationDetails { DeviceIp = "203.0.113.9" });
        _places.Learn(_keys.OfPlace(_desk.Service.Sid, _desk.Index.Of(Desk.Ann), IpAddress.TryParse("198.51.100.99", out var neighbour) ? neighbour : throw new InvalidOperationException()));
        CreateVerificationResult? mine = null, theirs = null;
        _held.WhileJudged = depth =>
        {
            if (depth == 1)
                _ = _desk.StartAsync(Desk.Ann, details: elsewhere);
            else if (depth == 2)
                (mine, theirs) = (_desk.StartAsync(Desk.Ann, details: home).Result, _desk.StartAsync(Desk.Ann, details: elsewhere).Result);
        };

        await _desk.StartAsync(Desk.Ann, details: elsewhere);

        Assert.IsType<CreateVerificationResult.Sent>(mine);
        Assert.IsType<CreateVerificationResult.Refused>(theirs);
    }

    [Fact]
    public async Task A_start_that_becomes_known_to_be_at_home_while_it_is_in_flight_leaves_nothing_behind()
    {
        var home = new VerificationDetails { DeviceIp = "198.51.100.7" };
        _held.WhileJudged = _ => _places.Learn(_keys.OfPlace(_desk.Service.Sid, _desk.Index.Of(Desk.Ann), IpAddress.TryParse("198.51.100.7", out var at) ? at : throw new InvalidOperationException()));
        await _desk.StartAsync(Desk.Ann, details: home);
        _held.WhileJudged = _ => { };

        for (var i = 0; i < 3; i++)
        {
            Assert.IsType<CreateVerificationResult.Sent>(await _desk.StartAsync(Desk.Ann, details: home));
        }
    }

    /// <summary>Does something while a start is in flight.</summary>
    sealed class Held : IGuardStage
    {
        int _depth;

        public Action<int> WhileJudged { get; set; } = _ => { };

        public int Order => 900;

        public GuardRefusal? Judge(StartFacts start, DateTimeOffset now)
        {
            _depth++;
            WhileJudged(_depth);
            return null;
        }

        public void Settle(StartFacts start, bool sent, DateTimeOffset now)
        {
        }

        public void Approved(Verification verification, UInt128 destination, DateTimeOffset now)
        {
        }
    }
}
