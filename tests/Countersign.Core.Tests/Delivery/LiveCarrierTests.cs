using Countersign.Core.Channels;
using Countersign.Core.Delivery;
using Countersign.Core.Tests.Verifications;

namespace Countersign.Core.Tests.Delivery;

public sealed class LiveCarrierTests : IAsyncDisposable
{
    readonly Disposed _carrier = new();
    readonly LiveCarrier _live;

    public LiveCarrierTests() => _live = new LiveCarrier(
        _carrier,
        new CarrierDefinition
        {
            AccountSid = Sid.Parse("AC000000000000000000000000000000a1", "AC"),
            Name = "acme",
            Kind = "test",
            Settings = new Dictionary<string, string>(),
            Secrets = new Dictionary<string, string>(),
            MaxInFlight = 1,
            CreatedAt = Desk.Opening,
            UpdatedAt = Desk.Opening,
        },
        [Channel.Sms]);

    public ValueTask DisposeAsync()
    {
        _carrier.Dispose();
        return _live.DisposeAsync();
    }

    [Fact]
    public async Task One_that_is_retired_lets_nobody_in_who_waits_and_ends_once_with_its_last_send()
    {
        Assert.True(await _live.EnterAsync(wait: false, CancellationToken.None));
        var waiting = _live.EnterAsync(wait: true, CancellationToken.None).AsTask();

        _live.Retire();
        Assert.Equal((true, 0), (_live.IsRetired, _carrier.Times));
        _live.Leave();

        Assert.False(await waiting);
        Assert.False(await _live.EnterAsync(wait: false, CancellationToken.None));
        Assert.Equal(1, _carrier.Times);
    }

    [Fact]
    public async Task One_that_is_retired_with_no_send_under_way_lets_nobody_in()
    {
        _live.Retire();

        Assert.False(await _live.EnterAsync(wait: true, CancellationToken.None));
        Assert.Equal(1, _carrier.Times);
    }

    sealed class Disposed : ICarrier, IDisposable
    {
        int _times;

        public int Times => Volatile.Read(ref _times);

        public string Name => "acme";

        public ValueTask<SendOutcome> SendAsync(OutgoingMessage message, CancellationToken ct) => new(new SendOutcome.Accepted(null));

        public void Dispose() => Interlocked.Increment(ref _times);
    }
}
