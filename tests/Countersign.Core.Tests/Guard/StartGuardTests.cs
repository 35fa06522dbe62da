using Countersign.Core.Channels;
using Countersign.Core.Guard;
using Countersign.Core.Tests.Verifications;
using Countersign.Core.Verifications;
using Microsoft.Extensions.Time.Testing;

namespace Countersign.Core.Tests.Guard;

public sealed class StartGuardTests
{
    readonly List<string> _log = [];
    readonly Stage _first;
    readonly Stage _second;
    readonly Desk _desk;

    public StartGuardTests()
    {
        (_first, _second) = (new Stage("first", 1, _log), new Stage("second", 2, _log));
        var time = new FakeTimeProvider(Desk.Opening);
        _desk = new Desk(new MemoryVerificationStore(time), time, guards: [_second, _first]);
    }

    [Fact]
    public async Task Stages_are_asked_in_their_order_and_told_of_the_send()
    {
        var sent = await _desk.StartAsync(Desk.Ann);

        Assert.IsType<CreateVerificationResult.Sent>(sent);
        Assert.Equal(["first judges", "second judges", "first: sent", "second: sent"], _log);
    }

    [Fact]
    public async Task What_an_earlier_stage_counted_is_given_back_when_a_later_one_refuses()
    {
        _second.Refusal = new GuardRefusal(GuardRefusalKind.Blocked, "a_reason", "For a reason.");

        var refused = Assert.IsType<CreateVerificationResult.Refused>(await _desk.StartAsync(Desk.Ann));

        Assert.Equal("a_reason", refused.Refusal.Reason);
        Assert.Equal(["first judges", "second judges", "first: given back"], _log);
        Assert.IsType<FetchVerificationResult.NotFound>(await _desk.FetchAsync(Desk.Ann));
    }

    [Fact]
    public async Task What_was_counted_is_given_back_when_the_verification_takes_no_more_sends()
    {
        for (var i = 0; i < VerificationLimits.MaxSends; i++)
        {
            await _desk.StartAsync(Desk.Ann);
        }

        _log.Clear();
        Assert.IsType<CreateVerificationResult.SendsExhausted>(await _desk.StartAsync(Desk.Ann));

        Assert.Equal(["first judges", "second judges", "first: given back", "second: given back"], _log);
    }

    [Fact]
    public async Task What_was_counted_is_given_back_when_a_stage_fails()
    {
        _second.Failure = new InvalidOperationException("A stage's own fault.");

        Assert.Same(_second.Failure, await Assert.ThrowsAsync<InvalidOperationException>(() => _desk.StartAsync(Desk.Ann)));

        Assert.Equal(["first judges", "second judges", "first: given back"], _log);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Stages_are_told_of_a_code_that_was_typed_back_and_of_one_that_the_caller_approved(bool typed)
    {
        var started = await _desk.StartedAsync(Desk.Ann);
        _log.Clear();

        if (typed)
        {
            await _desk.CheckedAsync(Desk.WrongFor(_desk.CodeOf(started)), sid: started.Sid);
            await _desk.CheckedAsync(_desk.CodeOf(started), sid: started.Sid);
        }
        else
        {
            await _desk.EndAsync(VerificationStatus.Approved, sid: started.Sid);
        }

        Assert.Equal(["first: approved", "second: approved"], _log);
    }

    [Theory]
    [InlineData("Sms Call", 2, 0)]
    [InlineData("Sms", 1, 1)]
    public async Task A_start_whose_channel_is_left_to_us_is_judged_again_by_another_one_and_without_that_only_once(string plan, int judged, int told)
    {
        var time = new FakeTimeProvider(Desk.Opening);
        var weak = new TooWeakForSms();
        var desk = new Desk(new MemoryVerificationStore(time), time, guards: [weak]);
        var steps = plan.Split(' ').Select(channel => new FallbackStep(Enum.Parse<Channel>(channel), 30)).ToList();

        var result = await desk.StartAsync(Desk.Ann, details: new VerificationDetails { Fallback = steps }, isAuto: true);

        Assert.Equal(judged == 2 ? "Sent" : "Refused", result.GetType().Name);
        Assert.Equal((judged, told), (weak.Judged, weak.Told));
    }

    /// <summary>Refuses what goes out by text message, and says so when it is asked to.</summary>
    sealed class TooWeakForSms : IGuardStage
    {
        public int Judged { get; private set; }

        public int Told { get; private set; }

        public int Order => 1;

        public GuardRefusal? Judge(StartFacts start, DateTimeOffset now)
        {
            Judged++;
            if (start.Channel != Channel.Sms)
                return null;

            start.Untold = () => Told++;
            return new GuardRefusal(GuardRefusalKind.ChannelTooWeak, "weak", "Weak.");
        }

        public void Settle(StartFacts start, bool sent, DateTimeOffset now)
        {
        }

        public void Approved(Verification verification, UInt128 destination, DateTimeOffset now)
        {
        }
    }

    sealed class Stage(string name, int order, List<string> log) : IGuardStage
    {
        public GuardRefusal? Refusal { get; set; }

        public Exception? Failure { get; set; }

        public int Order => order;

        public GuardRefusal? Judge(StartFacts start, DateTimeOffset now)
        {
            log.Add($"{name} judges");
            return Failure is null ? Refusal : throw Failure;
        }

        public void Settle(StartFacts start, bool sent, DateTimeOffset now) => log.Add($"{name}: {(sent ? "sent" : "given back")}");

        public void Approved(Verification verification, UInt128 destination, DateTimeOffset now) => log.Add($"{name}: approved");
    }
}
