using System.Text;
using Countersign.Carriers.Smpp;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;

namespace Countersign.Adapters.Tests.Carriers.Smpp;

public sealed class SmppSessionTests
{
    readonly FakeTimeProvider _time = new();

    [Theory(Timeout = SmppBench.Deadline)]
    [InlineData(BindType.Receiver)]
    [InlineData(BindType.Transmitter)]
    [InlineData(BindType.Transceiver)]
    public async Task A_session_binds_as_it_is_told(BindType type)
    {
        await using var smsc = new Smsc();

        await using var session = await ConnectAsync(Endpoint(smsc) with { Bind = new Bind(type) { SystemId = "acme", Password = "secret", SystemType = "VMS" } });

        var (_, bind) = await smsc.NextAsync<Bind>();
        Assert.Equal((type, "acme", "secret", "VMS", 0x34), (bind.Type, bind.SystemId, bind.Password, bind.SystemType, bind.InterfaceVersion));
        Assert.True(session.IsOpen);
    }

    [Fact(Timeout = SmppBench.Deadline)]
    public async Task A_bind_that_is_refused_says_why()
    {
        await using var smsc = new Smsc(async (peer, pdu) =>
        {
            await peer.SendAsync(new BindResponse(BindType.Transceiver) { Sequence = pdu.Sequence, Status = CommandStatus.InvalidPassword });
            return true;
        });

        var refused = await Assert.ThrowsAsync<SmppBindRefusedException>(() => ConnectAsync(Endpoint(smsc)));

        Assert.Equal(CommandStatus.InvalidPassword, refused.Status);
    }

    [Fact(Timeout = SmppBench.Deadline)]
    public async Task A_bind_that_is_not_answered_fails_in_time()
    {
        var bound = new TaskCompletionSource();
        await using var smsc = new Smsc((_, _) =>
        {
            bound.SetResult();
            return Task.FromResult(true);
        });
        var connecting = ConnectAsync(Endpoint(smsc));

        await bound.Task;
        await AdvanceUntilAsync(TimeSpan.FromSeconds(10), connecting);

        await Assert.ThrowsAsync<IOException>(() => connecting);
    }

    [Fact(Timeout = SmppBench.Deadline)]
    public async Task Answers_find_their_submits_in_any_order()
    {
        await using var smsc = new Smsc();
        await using var session = await ConnectAsync(Endpoint(smsc));
        var first = session.SubmitAsync(Submit("1"), default);
        var (peer, firstPdu) = await smsc.NextAsync<SubmitSm>();
        var second = session.SubmitAsync(Submit("2"), default);
        var (_, secondPdu) = await smsc.NextAsync<SubmitSm>();

        await peer.AcceptAsync(secondPdu, "b");
        await peer.RefuseAsync(firstPdu, 0x0B);

        Assert.Equal("b", Assert.IsType<SubmitSmResponse>((await second).Response).MessageId);
        Assert.Equal(0x0Bu, (await first).Response!.Status);
    }

    [Fact(Timeout = SmppBench.Deadline)]
    public async Task No_more_submits_are_unanswered_than_the_window_has_room_for()
    {
        await using var smsc = new Smsc();
        await using var session = await ConnectAsync(Endpoint(smsc) with { Window = 3 });
        var submits = Enumerable.Range(0, 5).Select(i => session.SubmitAsync(Submit($"{i}"), default)).ToList();
        var (peer, first) = await smsc.NextAsync<SubmitSm>();
        await smsc.NextAsync<SubmitSm>();
        await smsc.NextAsync<SubmitSm>();

        // What is asked for later would come behind a fourth submit.
        await peer.SendAsync(new EnquireLink { Sequence = 1 });
        await smsc.NextAsync<EnquireLinkResponse>();
        Assert.Equal(0, smsc.Waiting);
        Assert.Equal(5, session.Load);

        await peer.AcceptAsync(first, "1");
        await smsc.NextAsync<SubmitSm>();
        peer.Drop();

        Assert.Equal(
            [ExchangeEnd.Answered, ExchangeEnd.Lost, ExchangeEnd.Lost, ExchangeEnd.Lost, ExchangeEnd.NotSent],
            (await Task.WhenAll(submits)).Select(exchange => exchange.End).Order());
    }

    [Fact(Timeout = SmppBench.Deadline)]
    public async Task A_submit_without_an_answer_times_out_and_a_silent_centre_is_left()
    {
        await using var smsc = new Smsc((_, pdu) => Task.FromResult(pdu is EnquireLink));
        await using var session = await ConnectAsync(Endpoint(smsc));
        var submit = session.SubmitAsync(Submit("1"), default);
        await smsc.NextAsync<SubmitSm>();

        await AdvanceUntilAsync(TimeSpan.FromSeconds(10), submit);
        Assert.Equal(ExchangeEnd.TimedOut, (await submit).End);

        await AdvanceUntilAsync(TimeSpan.FromSeconds(1), session.Closed);
        Assert.False(session.IsOpen);
    }

    [Fact(Timeout = SmppBench.Deadline)]
    public async Task The_centre_is_asked_whether_it_is_there()
    {
        await using var smsc = new Smsc();
        await using var session = await ConnectAsync(Endpoint(smsc) with { ResponseTimeout = TimeSpan.FromDays(1) });

        for (var i = 0; i < 3; i++)
        {
            var enquiry = smsc.NextAsync<EnquireLink>();
            await AdvanceUntilAsync(TimeSpan.FromSeconds(30), enquiry);
            await enquiry;
        }

        Assert.True(session.IsOpen);
    }

    [Fact(Timeout = SmppBench.Deadline)]
    public async Task The_centres_requests_are_answered()
    {
        await using var smsc = new Smsc();
        await using var session = await ConnectAsync(Endpoint(smsc));
        var (peer, _) = await smsc.NextAsync<Bind>();

        await peer.SendAsync(new EnquireLink { Sequence = 11 });
        await peer.SendAsync(new UnknownPdu(0x103) { Sequence = 12 });
        await peer.SendAsync(new UnknownPdu(CommandIds.AlertNotification) { Sequence = 13 });
        await peer.SendAsync(new GenericNack { Sequence = 0 });
        await peer.SendAsync(new Unbind { Sequence = 14 });

        Assert.Equal(11u, (await smsc.NextAsync<EnquireLinkResponse>()).Pdu.Sequence);
        var (_, nack) = await smsc.NextAsync<GenericNack>();
        Assert.Equal((12u, CommandStatus.InvalidCommandId), (nack.Sequence, nack.Status));
        Assert.Equal(14u, (await smsc.NextAsync<UnbindResponse>()).Pdu.Sequence);
        await session.Closed;
    }

    [Fact(Timeout = SmppBench.Deadline)]
    public async Task A_delivery_is_acknowledged_once_it_is_kept()
    {
        var kept = new TaskCompletionSource();
        var come = new TaskCompletionSource<DeliverSm>();
        await using var smsc = new Smsc();
        await using var session = await ConnectAsync(Endpoint(smsc), batch =>
        {
            come.SetResult(batch[0]);
            return kept.Task;
        });
        var (peer, _) = await smsc.NextAsync<Bind>();

        await peer.SendAsync(new DeliverSm { Sequence = 21, ShortMessage = "id:1"u8.ToArray() });
        await peer.SendAsync(new EnquireLink { Sequence = 22 });
        await smsc.NextAsync<EnquireLinkResponse>();
        Assert.Equal("id:1", Encoding.ASCII.GetString((await come.Task).ShortMessage.Span));
        Assert.Equal(0, smsc.Waiting);
        kept.SetResult();

        var (_, answer) = await smsc.NextAsync<DeliverSmResponse>();
        Assert.Equal((21u, CommandStatus.Ok), (answer.Sequence, answer.Status));
    }

    [Fact(Timeout = SmppBench.Deadline)]
    public async Task A_delivery_that_cannot_be_kept_is_to_come_again()
    {
        await using var smsc = new Smsc();
        await using var session = await ConnectAsync(Endpoint(smsc), _ => throw new InvalidOperationException("The store is away."));
        var (peer, _) = await smsc.NextAsync<Bind>();

        await peer.SendAsync(new DeliverSm { Sequence = 21 });

        Assert.Equal(CommandStatus.ReceiverTemporaryError, (await smsc.NextAsync<DeliverSmResponse>()).Pdu.Status);
        Assert.True(session.IsOpen);
    }

    [Fact(Timeout = SmppBench.Deadline)]
    public async Task A_connection_that_ends_within_a_pdu_loses_what_is_unanswered()
    {
        await using var smsc = new Smsc();
        await using var session = await ConnectAsync(Endpoint(smsc));
        var submit = session.SubmitAsync(Submit("1"), default);
        var (peer, pdu) = await smsc.NextAsync<SubmitSm>();

        await peer.SendAsync(PduEncoder.Encode(new SubmitSmResponse { Sequence = pdu.Sequence, MessageId = "1" }).AsMemory(0, 17));
        peer.Drop();

        Assert.Equal(ExchangeEnd.Lost, (await submit).End);
        await session.Closed;
        Assert.Equal(ExchangeEnd.NotSent, (await session.SubmitAsync(Submit("2"), default)).End);
    }

    [Fact(Timeout = SmppBench.Deadline)]
    public async Task Garbage_ends_the_connection()
    {
        await using var smsc = new Smsc();
        await using var session = await ConnectAsync(Endpoint(smsc));
        var (peer, _) = await smsc.NextAsync<Bind>();

        await peer.SendAsync("HTTP/1.1 400 Bad Request\r\n\r\n"u8.ToArray());

        await session.Closed;
        Assert.False(session.IsOpen);
    }

    [Fact(Timeout = SmppBench.Deadline)]
    public async Task A_pdu_that_is_wrong_within_leaves_the_connection_be()
    {
        await using var smsc = new Smsc();
        await using var session = await ConnectAsync(Endpoint(smsc));
        var submit = session.SubmitAsync(Submit("1"), default);
        var (peer, pdu) = await smsc.NextAsync<SubmitSm>();
        var wrongRequest = PduEncoder.Encode(new DeliverSm { Sequence = 31 });
        wrongRequest[^1] = 99;
        var wrongAnswer = PduEncoder.Encode(new SubmitSmResponse { Sequence = pdu.Sequence, MessageId = new string('1', 64) });
        wrongAnswer[^1] = (byte)'2';

        await peer.SendAsync(wrongRequest);
        await peer.SendAsync(wrongAnswer);

        Assert.Equal(31u, (await smsc.NextAsync<GenericNack>()).Pdu.Sequence);
        Assert.Equal(new Exchange(ExchangeEnd.Answered, null), await submit);
        Assert.True(session.IsOpen);
    }

    [Fact(Timeout = SmppBench.Deadline)]
    public async Task Who_waits_no_longer_leaves_the_window_as_it_is()
    {
        await using var smsc = new Smsc();
        await using var session = await ConnectAsync(Endpoint(smsc) with { Window = 1 });
        using var impatience = new CancellationTokenSource();
        var sent = session.SubmitAsync(Submit("1"), impatience.Token);
        var (peer, pdu) = await smsc.NextAsync<SubmitSm>();
        var waiting = session.SubmitAsync(Submit("2"), impatience.Token);

        await impatience.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => sent);
        Assert.Equal(new Exchange(ExchangeEnd.HeldBack, HeldBy: "window"), await waiting);
        Assert.Equal(1, session.Load);
        await peer.AcceptAsync(pdu, "1");
        var next = session.SubmitAsync(Submit("3"), default);
        await peer.AcceptAsync((await smsc.NextAsync<SubmitSm>()).Pdu, "3");
        Assert.Equal(ExchangeEnd.Answered, (await next).End);
    }

    [Fact(Timeout = SmppBench.Deadline)]
    public async Task A_session_that_is_left_unbinds_after_the_last_answer()
    {
        await using var smsc = new Smsc();
        var session = await ConnectAsync(Endpoint(smsc));
        var submit = session.SubmitAsync(Submit("1"), default);
        var (peer, pdu) = await smsc.NextAsync<SubmitSm>();

        var leaving = session.DisposeAsync();
        await peer.AcceptAsync(pdu, "1");
        await leaving;

        Assert.Equal(ExchangeEnd.Answered, (await submit).End);
        await smsc.NextAsync<Unbind>();
    }

    /// <summary>Lets time pass, second by second, until the task has ended: what runs on the socket has to come along.</summary>
    async Task AdvanceUntilAsync(TimeSpan step, Task task)
    {
        while (!task.IsCompleted)
        {
            _time.Advance(step);
            await Task.WhenAny(task, Task.Delay(10));
        }
    }

    Task<SmppSession> ConnectAsync(SmppEndpoint endpoint, Func<IReadOnlyList<DeliverSm>, Task>? onDeliveries = null) =>
        SmppSession.ConnectAsync(endpoint, onDeliveries ?? (_ => Task.CompletedTask), _time, NullLogger.Instance, default);

    static SmppEndpoint Endpoint(Smsc smsc) => new() { Host = "127.0.0.1", Port = smsc.Port, Bind = new Bind(BindType.Transceiver) { SystemId = "acme" } };

    static SubmitSm Submit(string text) => new() { Destination = new SmppAddress(1, 1, "14155550100"), ShortMessage = Encoding.ASCII.GetBytes(text) };
}
