using System.Text;
using Countersign.Carriers.Smpp;
using Countersign.Core;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;

namespace Countersign.Adapters.Tests.Carriers.Smpp;

public sealed class SmppPoolTests
{
    [Fact(Timeout = SmppBench.Deadline)]
    public async Task Each_bind_connects_and_unbinds_at_the_end()
    {
        await using var smsc = new Smsc();

        await using (NewPool(smsc.Port, binds: 2, withReceivers: true))
        {
            List<BindType> types = [];
            for (var i = 0; i < 4; i++)
            {
                types.Add((await smsc.NextAsync<Bind>()).Pdu.Type);
            }

            Assert.Equal([BindType.Receiver, BindType.Receiver, BindType.Transceiver, BindType.Transceiver], types.Order());
        }

        Assert.Equal(4, smsc.Connections);
    }

    [Fact(Timeout = SmppBench.Deadline)]
    public async Task Messages_go_to_the_bind_with_the_fewest_unanswered()
    {
        await using var smsc = new Smsc();
        await using var pool = NewPool(smsc.Port, binds: 3);
        await BoundAsync(smsc, pool, 3);

        var submits = Enumerable.Range(0, 6).Select(i => pool.SubmitAsync(Submit($"{i}"), default)).ToList();
        List<(SmscPeer Peer, SubmitSm Pdu)> come = [];
        for (var i = 0; i < 6; i++)
        {
            come.Add(await smsc.NextAsync<SubmitSm>());
        }

        Assert.Equal([2, 2, 2], come.GroupBy(one => one.Peer).Select(group => group.Count()));
        foreach (var (peer, pdu) in come)
        {
            await peer.AcceptAsync(pdu, "1");
        }

        Assert.All(await Task.WhenAll(submits), exchange => Assert.Equal(ExchangeEnd.Answered, exchange.End));
    }

    [Fact(Timeout = SmppBench.Deadline)]
    public async Task A_message_that_lost_its_connection_is_sent_once_more()
    {
        await using var smsc = new Smsc();
        await using var pool = NewPool(smsc.Port);
        var submit = pool.SubmitAsync(Submit("the one"), default);

        (await smsc.NextAsync<SubmitSm>()).Peer.Drop();
        var (peer, again) = await smsc.NextAsync<SubmitSm>();
        await peer.AcceptAsync(again, "7");

        Assert.Equal("the one", Encoding.ASCII.GetString(again.ShortMessage.Span));
        Assert.Equal("7", Assert.IsType<SubmitSmResponse>((await submit).Response).MessageId);
        Assert.Equal(2, smsc.Connections);
    }

    [Fact(Timeout = SmppBench.Deadline)]
    public async Task A_message_that_lost_two_connections_is_given_back()
    {
        await using var smsc = new Smsc();
        await using var pool = NewPool(smsc.Port);
        var submit = pool.SubmitAsync(Submit("the one"), default);

        (await smsc.NextAsync<SubmitSm>()).Peer.Drop();
        (await smsc.NextAsync<SubmitSm>()).Peer.Drop();

        Assert.Equal(ExchangeEnd.Lost, (await submit).End);
    }

    [Fact(Timeout = SmppBench.Deadline)]
    public async Task A_message_that_lost_its_connection_goes_by_another_bind_at_once()
    {
        await using var smsc = new Smsc();
        await using var pool = NewPool(smsc.Port, binds: 2);
        await BoundAsync(smsc, pool, 2);
        var submit = pool.SubmitAsync(Submit("the one"), default);

        var (first, _) = await smsc.NextAsync<SubmitSm>();
        first.Drop();
        var (second, pdu) = await smsc.NextAsync<SubmitSm>();
        await second.AcceptAsync(pdu, "1");

        Assert.NotSame(first, second);
        Assert.Equal(ExchangeEnd.Answered, (await submit).End);
    }

    [Fact(Timeout = SmppBench.Deadline)]
    public async Task A_message_waits_for_the_bind_and_no_longer_than_its_caller()
    {
        await using var smsc = new Smsc((_, _) => Task.FromResult(true));
        await using var pool = NewPool(smsc.Port);
        using var impatience = new CancellationTokenSource();
        var submit = pool.SubmitAsync(Submit("1"), impatience.Token);

        await impatience.CancelAsync();

        Assert.Equal(new Exchange(ExchangeEnd.NotSent), await submit);
    }

    [Fact(Timeout = SmppBench.Deadline)]
    public async Task A_bind_that_is_refused_is_said_to_whoever_sends()
    {
        await using var smsc = new Smsc(async (peer, pdu) =>
        {
            await peer.SendAsync(new BindResponse(BindType.Transceiver) { Sequence = pdu.Sequence, Status = CommandStatus.InvalidPassword });
            return true;
        });
        await using var pool = NewPool(smsc.Port);

        var exchange = await pool.SubmitAsync(Submit("1"), default);

        Assert.Equal((ExchangeEnd.NotSent, CommandStatus.InvalidPassword), (exchange.End, exchange.Response!.Status));
    }

    [Fact(Timeout = SmppBench.Deadline)]
    public async Task Nobody_waits_long_for_a_centre_that_is_not_there()
    {
        int port;
        await using (var gone = new Smsc())
        {
            port = gone.Port;
        }

        await using var pool = NewPool(port);

        Assert.Equal(new Exchange(ExchangeEnd.NotSent), await pool.SubmitAsync(Submit("1"), default));
    }

    [Fact(Timeout = SmppBench.Deadline)]
    public async Task A_centre_that_comes_back_is_found_again()
    {
        int port;
        await using (var gone = new Smsc())
        {
            port = gone.Port;
        }

        await using var pool = NewPool(port);
        await pool.SubmitAsync(Submit("1"), default);
        await using var smsc = new Smsc(port: port);

        await smsc.NextAsync<Bind>();

        Assert.Equal(1, smsc.Connections);
    }

    [Fact(Timeout = SmppBench.Deadline)]
    public async Task A_bind_slows_down_when_the_centre_asks_for_less()
    {
        var time = new FakeTimeProvider();
        await using var smsc = new Smsc();
        await using var pool = NewPool(smsc.Port, time: time);
        var refused = pool.SubmitAsync(Submit("1"), default);
        var (peer, pdu) = await smsc.NextAsync<SubmitSm>();
        await peer.RefuseAsync(pdu, CommandStatus.Throttled);
        Assert.Equal(CommandStatus.Throttled, (await refused).Response!.Status);

        var next = pool.SubmitAsync(Submit("2"), default);
        time.Advance(TimeSpan.FromMilliseconds(499));
        await peer.SendAsync(new EnquireLink { Sequence = 1 });
        await smsc.NextAsync<EnquireLinkResponse>();
        Assert.Equal(0, smsc.Waiting);

        time.Advance(TimeSpan.FromMilliseconds(1));
        await peer.AcceptAsync((await smsc.NextAsync<SubmitSm>()).Pdu, "2");
        Assert.Equal(ExchangeEnd.Answered, (await next).End);
    }

    [Fact(Timeout = SmppBench.Deadline)]
    public async Task A_connection_is_made_again_while_what_came_by_the_last_one_is_still_being_kept()
    {
        var (come, kept, isKept) = (new TaskCompletionSource(), new TaskCompletionSource(), false);
        await using var smsc = new Smsc();
        var pool = NewPool(smsc.Port, onDeliveries: async _ =>
        {
            come.TrySetResult();
            await kept.Task;
            isKept = true;
        });
        var (peer, _) = await smsc.NextAsync<Bind>();
        await peer.SendAsync(new DeliverSm { Sequence = 1, ShortMessage = "id:1"u8.ToArray() });
        await come.Task;

        peer.Drop();
        await BoundAsync(smsc, pool, 1);

        // Who stops the pool still finds it kept.
        var stopping = pool.DisposeAsync().AsTask();
        await smsc.NextAsync<Unbind>();
        Assert.False(stopping.IsCompleted);
        kept.SetResult();
        await stopping;
        Assert.True(isKept);
    }

    [Fact]
    public void Messages_go_at_the_rate_that_is_set()
    {
        var time = new FakeTimeProvider();
        using var pacer = new SmppPacer(20, time);

        // After a rest a tenth of a second's worth is free: two and the one that is due.
        var turns = Enumerable.Range(0, 23).Select(_ => pacer.WaitAsync(default)).ToList();
        Assert.Equal(3, turns.Count(turn => turn.IsCompleted));

        time.Advance(TimeSpan.FromMilliseconds(500));
        Assert.Equal(13, turns.Count(turn => turn.IsCompleted));

        time.Advance(TimeSpan.FromMilliseconds(500));
        Assert.All(turns, turn => Assert.True(turn.IsCompleted));
    }

    [Fact(Timeout = SmppBench.Deadline)]
    public async Task Turns_that_nobody_waits_for_any_more_hold_up_nobody()
    {
        var time = new FakeTimeProvider();
        using var pacer = new SmppPacer(10, time);
        using var impatience = new CancellationTokenSource();
        var turns = Enumerable.Range(0, 200).Select(_ => pacer.WaitAsync(impatience.Token)).ToList();
        Assert.Equal(2, turns.Count(turn => turn.IsCompleted));
        await impatience.CancelAsync();

        var next = pacer.WaitAsync(default);
        Assert.False(next.IsCompleted);
        time.Advance(TimeSpan.FromSeconds(1));

        Assert.True(next.IsCompleted);
        foreach (var turn in turns.Skip(2))
            await Assert.ThrowsAnyAsync<OperationCanceledException>(() => turn);
    }

    [Fact(Timeout = SmppBench.Deadline)]
    public async Task A_bind_that_fails_in_a_way_that_nobody_thought_of_is_tried_again()
    {
        var pool = new SmppPool(
            new SmppPoolOptions { Endpoint = new SmppEndpoint { Host = "127.0.0.1", Port = 65_536, Bind = new Bind(BindType.Transceiver) { SystemId = "acme" } } },
            _ => Task.CompletedTask, TimeProvider.System, RandomSource.System, NullLogger.Instance);

        Assert.Equal(new Exchange(ExchangeEnd.NotSent), await pool.SubmitAsync(Submit("1"), default));

        await pool.DisposeAsync();
    }

    static async Task BoundAsync(Smsc smsc, SmppPool pool, int binds)
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(20));
        for (var i = 0; i < binds; i++)
        {
            await smsc.NextAsync<Bind>();
        }

        while (pool.BoundCount < binds)
        {
            await Task.Delay(5, limit.Token);
        }
    }

    static SmppPool NewPool(int port, int binds = 1, bool withReceivers = false, TimeProvider? time = null, Func<IReadOnlyList<DeliverSm>, Task>? onDeliveries = null) => new(
        new SmppPoolOptions
        {
            Endpoint = new SmppEndpoint { Host = "127.0.0.1", Port = port, Bind = new Bind(BindType.Transceiver) { SystemId = "acme" } },
            Binds = binds,
            WithReceivers = withReceivers,
        },
        onDeliveries ?? (_ => Task.CompletedTask), time ?? TimeProvider.System, RandomSource.System, NullLogger.Instance);

    static SubmitSm Submit(string text) => new() { Destination = new SmppAddress(1, 1, "14155550100"), ShortMessage = Encoding.ASCII.GetBytes(text) };
}
