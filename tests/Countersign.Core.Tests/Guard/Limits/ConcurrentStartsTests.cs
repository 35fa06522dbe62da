using Countersign.Core.Guard;
using Countersign.Core.Guard.Limits;
using Countersign.Core.Tests.Verifications;
using Countersign.Core.Verifications;
using Microsoft.Extensions.Time.Testing;

namespace Countersign.Core.Tests.Guard.Limits;

public sealed class ConcurrentStartsTests
{
    readonly ConcurrentStarts _stage = new();
    readonly Held _held = new();
    readonly Desk _desk;

    public ConcurrentStartsTests()
    {
        var time = new FakeTimeProvider(Desk.Opening);
        _desk = new Desk(new MemoryVerificationStore(time), time, guards: [_stage, _held]);
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
