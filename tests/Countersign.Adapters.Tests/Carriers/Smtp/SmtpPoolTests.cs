using Countersign.Core.Delivery;
using Countersign.Core.Delivery.Errors;
using Microsoft.Extensions.Time.Testing;

namespace Countersign.Adapters.Tests.Carriers.Smtp;

/// <summary>When a connection is kept, asked, renewed and closed.</summary>
public sealed class SmtpPoolTests
{
    const string NoLonger = "421 4.4.2 Timeout exceeded\r\n";

    readonly FakeTimeProvider _time = new(CarrierBench.Now);

    [Fact]
    public async Task Mails_in_a_row_use_one_connection_without_asking()
    {
        await using var peer = new SmtpPeer();
        await using var carrier = SmtpBench.Plain(peer.Port, _time);

        await carrier.Acceptance();
        await carrier.Acceptance();

        Assert.Equal("greeting EHLO MAIL RCPT DATA body MAIL RCPT DATA body", string.Join(' ', peer.Commands));
    }

    [Fact]
    public async Task A_connection_that_rested_is_asked_first()
    {
        await using var peer = new SmtpPeer();
        await using var carrier = SmtpBench.Plain(peer.Port, _time);
        await carrier.Acceptance();

        _time.Advance(TimeSpan.FromSeconds(10));
        await carrier.Acceptance();

        Assert.Equal("greeting EHLO MAIL RCPT DATA body NOOP MAIL RCPT DATA body", string.Join(' ', peer.Commands));
    }

    [Theory]
    [InlineData(NoLonger)]
    [InlineData(SmtpPeer.Drop)]
    [InlineData("nonsense\r\n")]
    public async Task A_connection_that_does_not_answer_as_it_should_is_replaced(string reply)
    {
        await using var peer = new SmtpPeer(("NOOP", reply));
        await using var carrier = SmtpBench.Plain(peer.Port, _time);
        await carrier.Acceptance();

        _time.Advance(TimeSpan.FromSeconds(10));
        await carrier.Acceptance();

        Assert.Equal(2, peer.Connections);
        await peer.EndedAsync();
    }

    [Theory]
    [InlineData(NoLonger)]
    [InlineData(SmtpPeer.Drop)]
    public async Task A_kept_connection_that_the_server_has_given_up_costs_no_mail(string reply)
    {
        await using var peer = new SmtpPeer(("MAIL", "250 2.1.0 Ok\r\n"), ("MAIL", reply), ("MAIL", "250 2.1.0 Ok\r\n"));
        await using var carrier = SmtpBench.Plain(peer.Port, _time);
        await carrier.Acceptance();

        await carrier.Acceptance();

        Assert.Equal(2, peer.Connections);
        Assert.Equal(2, peer.Commands.Count(command => command == "body"));
    }

    [Theory]
    [InlineData(NoLonger, "Throttled 421 4.4.2")]
    [InlineData(SmtpPeer.Drop, "Timeout dropped_in_data")]
    public async Task What_the_server_may_have_taken_is_never_sent_again_by_itself(string reply, string refusal)
    {
        await using var peer = new SmtpPeer(("body", "250 2.0.0 Ok\r\n"), ("body", reply));
        await using var carrier = SmtpBench.Plain(peer.Port, _time);
        await carrier.Acceptance();

        Assert.Equal(refusal, await carrier.Refusal());
        Assert.Equal(1, peer.Connections);
    }

    [Fact]
    public async Task A_broken_connection_is_not_used_for_the_next_mail()
    {
        await using var peer = new SmtpPeer(("body", SmtpPeer.Drop), ("body", "250 2.0.0 Ok\r\n"));
        await using var carrier = SmtpBench.Plain(peer.Port, _time);

        await carrier.Refusal();
        await carrier.Acceptance();

        Assert.Equal(2, peer.Connections);
    }

    [Fact]
    public async Task An_idle_connection_is_closed_with_a_goodbye()
    {
        await using var peer = new SmtpPeer();
        await using var carrier = SmtpBench.Plain(peer.Port, _time);
        await carrier.Acceptance();

        _time.Advance(TimeSpan.FromSeconds(90));

        await peer.EndedAsync();
        Assert.Equal("QUIT", peer.Commands[^1]);
    }

    [Fact]
    public async Task A_mail_beyond_the_allowed_connections_waits_and_is_refused_when_half_of_its_time_is_up()
    {
        await using var peer = new SmtpPeer(("body", SmtpPeer.Silence));
        await using var carrier = SmtpBench.Plain(peer.Port, _time, new() { ["connections"] = "1" });
        var first = carrier.Refusal();
        await peer.SilentAsync();
        _time.Advance(TimeSpan.FromSeconds(1));
        using var cancel = new CancellationTokenSource();
        var second = carrier.SendAsync(SmtpBench.Message(), cancel.Token).AsTask();
        _time.Advance(TimeSpan.FromSeconds(3));
        Assert.False(second.IsCompleted);

        _time.Advance(TimeSpan.FromSeconds(2));
        AssertNotAsked(await second);
        Assert.False(first.IsCompleted);
        _time.Advance(TimeSpan.FromSeconds(6));

        Assert.Equal("Timeout timeout_in_data", await first);
        Assert.Equal(1, peer.Connections);
    }

    [Fact]
    public async Task A_mail_that_only_waited_here_when_its_time_was_over_says_nothing_of_the_server()
    {
        await using var peer = new SmtpPeer(("body", SmtpPeer.Silence));
        await using var carrier = SmtpBench.Plain(peer.Port, _time, new() { ["connections"] = "1" });
        var first = carrier.Refusal();
        await peer.SilentAsync();
        using var limit = new CancellationTokenSource();
        var second = carrier.SendAsync(SmtpBench.Message(), limit.Token).AsTask();

        // As whoever hands it over does, by a clock of its own.
        await limit.CancelAsync();

        AssertNotAsked(await second);
        _time.Advance(TimeSpan.FromSeconds(10));
        await first;
    }

    static void AssertNotAsked(SendOutcome outcome)
    {
        var refused = Assert.IsType<SendOutcome.Refused>(outcome);
        Assert.Equal((DeliveryError.Throttled, "no_free_connection", false), (refused.Error, refused.CarrierCode, refused.WasAsked));
    }

    [Fact]
    public async Task Refusals_and_failures_give_their_places_back()
    {
        await using var peer = new SmtpPeer(
            ("RCPT", "550 5.1.1 No\r\n"), ("RCPT", SmtpPeer.Drop), ("RCPT", "nonsense\r\n"), ("RCPT", "421 4.7.0 Slow down\r\n"), ("RCPT", "250 2.1.5 Ok\r\n"));
        await using var carrier = SmtpBench.Plain(peer.Port, _time, new() { ["connections"] = "1" });

        var outcomes = new List<SendOutcome>();
        for (var i = 0; i < 5; i++)
        {
            outcomes.Add(await carrier.SendAsync(SmtpBench.Message(), default));
        }

        Assert.IsType<SendOutcome.Accepted>(outcomes[^1]);
    }

    [Fact]
    public async Task No_place_in_time_is_a_throttle_and_not_a_timeout()
    {
        await using var peer = new SmtpPeer(("body", SmtpPeer.Silence));
        await using var carrier = SmtpBench.Plain(peer.Port, _time, new() { ["connections"] = "1" });
        using var cancel = new CancellationTokenSource();
        var first = carrier.SendAsync(SmtpBench.Message(), cancel.Token).AsTask();
        await peer.SilentAsync();
        var second = carrier.Refusal();

        // Both run out in the same moment; the one that waits for a place must not be told that the server may have its mail.
        _time.Advance(TimeSpan.FromSeconds(10));
        await first;

        Assert.Contains(await second, (string[])["Throttled no_free_connection", "ConnectionFailed timeout_in_connect"]);
    }
}
