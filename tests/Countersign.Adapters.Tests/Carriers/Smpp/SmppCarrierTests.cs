using System.Collections.Concurrent;
using System.Text;
using Countersign.Carriers.Smpp;
using Countersign.Core.Delivery;
using Countersign.Core.Delivery.Errors;
using Countersign.Core.Delivery.Receipts;

namespace Countersign.Adapters.Tests.Carriers.Smpp;

/// <summary>The carrier against a message centre that the test holds by the hand.</summary>
public sealed class SmppCarrierTests
{
    [Theory(Timeout = SmppBench.Deadline)]
    [InlineData("Acme", 5, 0, "Acme")]
    [InlineData("+46701740605", 1, 1, "46701740605")]
    [InlineData("72404", 3, 0, "72404")]
    [InlineData(null, 0, 0, "")]
    public async Task The_kind_of_sender_is_said_as_centres_expect_it(string? sender, byte ton, byte npi, string value)
    {
        await using var smsc = Smsc.Accepting();
        await using var carrier = SmppBench.Create(smsc.Port);

        await carrier.AcceptedAsync(SmppBench.Message(sender: sender));

        Assert.Equal(new SmppAddress(ton, npi, value), (await smsc.NextAsync<SubmitSm>()).Pdu.Source);
    }

    [Fact(Timeout = SmppBench.Deadline)]
    public async Task Types_of_numbers_that_are_set_are_used()
    {
        await using var smsc = Smsc.Accepting();
        await using var carrier = SmppBench.Create(smsc.Port, new() { ["source_ton"] = "0", ["source_npi"] = "9", ["dest_ton"] = "2", ["dest_npi"] = "8" });

        await carrier.AcceptedAsync(SmppBench.Message());
        var (_, submit) = await smsc.NextAsync<SubmitSm>();

        Assert.Equal(new SmppAddress(0, 9, "Acme"), submit.Source);
        Assert.Equal(new SmppAddress(2, 8, "14155550100"), submit.Destination);
    }

    [Theory(Timeout = SmppBench.Deadline)]
    [InlineData("Ångström")]
    [InlineData("A sender of too many letters")]
    [InlineData("+")]
    public async Task A_sender_that_smpp_cannot_write_is_refused(string sender)
    {
        await using var smsc = Smsc.Accepting();
        await using var carrier = SmppBench.Create(smsc.Port);

        Assert.Equal(DeliveryError.InvalidSender, (await carrier.RefusedAsync(SmppBench.Message(sender: sender))).Error);
    }

    [Fact(Timeout = SmppBench.Deadline)]
    public async Task A_packed_text_is_packed()
    {
        await using var smsc = Smsc.Accepting();
        await using var carrier = SmppBench.Create(smsc.Port, new() { ["encoding"] = "gsm7_packed" });

        await carrier.AcceptedAsync(SmppBench.Message("hellohello"));
        var (_, submit) = await smsc.NextAsync<SubmitSm>();

        Assert.Equal("E8329BFD4697D9EC37", Convert.ToHexString(submit.ShortMessage.Span));
        Assert.Equal(0, submit.DataCoding);
    }

    [Theory(Timeout = SmppBench.Deadline)]
    [InlineData("final", 1)]
    [InlineData("failure", 2)]
    [InlineData("none", 0)]
    public async Task Receipts_are_asked_for_as_set(string setting, byte registered)
    {
        await using var smsc = Smsc.Accepting();
        await using var carrier = SmppBench.Create(smsc.Port, new() { ["registered_delivery"] = setting, ["validity"] = "none" });

        await carrier.AcceptedAsync(SmppBench.Message());
        var (_, submit) = await smsc.NextAsync<SubmitSm>();

        Assert.Equal(registered, submit.RegisteredDelivery);
        Assert.Equal("", submit.ValidityPeriod);
    }

    [Fact(Timeout = SmppBench.Deadline)]
    public async Task An_answer_that_cannot_be_read_is_malformed()
    {
        await using var smsc = new Smsc(async (peer, pdu) =>
        {
            if (pdu is SubmitSm)
            {
                var wrong = PduEncoder.Encode(new SubmitSmResponse { Sequence = pdu.Sequence, MessageId = new string('1', 64) });
                wrong[^1] = (byte)'2';
                await peer.SendAsync(wrong);
            }

            return pdu is SubmitSm;
        });
        await using var carrier = SmppBench.Create(smsc.Port);

        Assert.Equal(DeliveryError.MalformedAnswer, (await carrier.RefusedAsync(SmppBench.Message())).Error);
    }

    [Fact(Timeout = SmppBench.Deadline)]
    public async Task A_generic_nack_is_the_answer_that_it_stands_for()
    {
        await using var smsc = new Smsc(async (peer, pdu) =>
        {
            if (pdu is SubmitSm)
            {
                await peer.SendAsync(new GenericNack { Sequence = pdu.Sequence, Status = CommandStatus.InvalidCommandId });
            }

            return pdu is SubmitSm;
        });
        await using var carrier = SmppBench.Create(smsc.Port);

        var refused = await carrier.RefusedAsync(SmppBench.Message());

        Assert.Equal((DeliveryError.Misconfigured, "status:0x3"), (refused.Error, refused.CarrierCode));
    }

    [Fact(Timeout = SmppBench.Deadline)]
    public async Task A_message_without_an_id_is_taken_all_the_same()
    {
        await using var smsc = new Smsc(async (peer, pdu) =>
        {
            if (pdu is SubmitSm)
            {
                await peer.SendAsync(new SubmitSmResponse { Sequence = pdu.Sequence });
            }

            return pdu is SubmitSm;
        });
        await using var carrier = SmppBench.Create(smsc.Port);

        Assert.Null(await carrier.AcceptedAsync(SmppBench.Message()));
    }

    [Fact(Timeout = SmppBench.Deadline)]
    public async Task A_silent_centre_is_waited_for_until_the_caller_gives_up()
    {
        await using var smsc = new Smsc();
        await using var carrier = SmppBench.Create(smsc.Port);
        using var impatience = new CancellationTokenSource();
        var sending = carrier.SendAsync(SmppBench.Message(), impatience.Token).AsTask();
        var (peer, _) = await smsc.NextAsync<SubmitSm>();

        await impatience.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => sending);
        peer.Drop();
    }

    [Fact(Timeout = SmppBench.Deadline)]
    public async Task A_message_whose_connection_ends_twice_is_one_that_the_centre_may_have()
    {
        await using var smsc = new Smsc((peer, pdu) =>
        {
            if (pdu is SubmitSm)
            {
                peer.Drop();
            }

            return Task.FromResult(pdu is SubmitSm);
        });
        await using var carrier = SmppBench.Create(smsc.Port);

        var refused = await carrier.RefusedAsync(SmppBench.Message());

        Assert.Equal((DeliveryError.Timeout, "connection_lost"), (refused.Error, refused.CarrierCode));
        Assert.Equal(2, smsc.Connections);
    }

    [Fact(Timeout = SmppBench.Deadline)]
    public async Task A_message_whose_turn_does_not_come_in_time_never_left_and_does_not_count_as_unanswered()
    {
        await using var smsc = Smsc.Accepting();
        await using var carrier = SmppBench.Create(smsc.Port, new() { ["messages_per_second"] = "1" });
        using var impatience = new CancellationTokenSource();
        await carrier.AcceptedAsync(SmppBench.Message());
        var sending = Enumerable.Range(0, 20).Select(_ => carrier.SendAsync(SmppBench.Message(), impatience.Token).AsTask()).ToList();

        await impatience.CancelAsync();

        var refused = Assert.IsType<SendOutcome.Refused>(await sending[^1]);
        Assert.Equal((DeliveryError.Throttled, "messages_per_second"), (refused.Error, refused.CarrierCode));
    }

    [Fact(Timeout = SmppBench.Deadline)]
    public async Task Half_of_the_time_is_left_for_the_answer()
    {
        await using var smsc = Smsc.Accepting();
        await using var carrier = SmppBench.Create(smsc.Port, new() { ["messages_per_second"] = "1" });
        await carrier.AcceptedAsync(SmppBench.Message());

        var refused = await carrier.RefusedAsync(SmppBench.Message() with { SendTimeout = TimeSpan.FromMilliseconds(100) });

        Assert.Equal((DeliveryError.Throttled, "messages_per_second", false), (refused.Error, refused.CarrierCode, refused.WasAsked));
    }

    [Fact(Timeout = SmppBench.Deadline)]
    public async Task A_text_of_which_a_part_has_gone_out_is_one_that_the_centre_may_have()
    {
        await using var smsc = Smsc.Accepting();
        await using var carrier = SmppBench.Create(smsc.Port, new() { ["messages_per_second"] = "1" });

        var refused = await carrier.RefusedAsync(SmppBench.Message(new string('a', 400)) with { SendTimeout = TimeSpan.FromSeconds(1) });

        Assert.Equal((DeliveryError.Timeout, "messages_per_second", false), (refused.Error, refused.CarrierCode, refused.WasAsked));
    }

    [Fact(Timeout = SmppBench.Deadline)]
    public async Task Nor_does_one_that_finds_no_room_in_the_window()
    {
        await using var smsc = new Smsc();
        await using var carrier = SmppBench.Create(smsc.Port, new() { ["window"] = "1" });
        using var impatience = new CancellationTokenSource();
        var held = carrier.SendAsync(SmppBench.Message(), default).AsTask();
        var (peer, submit) = await smsc.NextAsync<SubmitSm>();
        var sending = carrier.SendAsync(SmppBench.Message(), impatience.Token).AsTask();

        await impatience.CancelAsync();

        var refused = Assert.IsType<SendOutcome.Refused>(await sending);
        Assert.Equal((DeliveryError.Throttled, "window"), (refused.Error, refused.CarrierCode));
        await peer.AcceptAsync(submit, "1");
        Assert.IsType<SendOutcome.Accepted>(await held);
    }

    [Fact(Timeout = SmppBench.Deadline)]
    public async Task Nor_does_one_that_comes_while_the_centre_wants_fewer()
    {
        var submits = 0;
        await using var smsc = new Smsc(async (peer, pdu) =>
        {
            if (pdu is SubmitSm)
            {
                Interlocked.Increment(ref submits);
                await peer.RefuseAsync(pdu, CommandStatus.Throttled);
            }

            return pdu is SubmitSm;
        });
        await using var carrier = SmppBench.Create(smsc.Port);
        using var impatience = new CancellationTokenSource();
        Assert.Equal("status:0x58", (await carrier.RefusedAsync(SmppBench.Message())).CarrierCode);
        var sending = carrier.SendAsync(SmppBench.Message(), impatience.Token).AsTask();

        await impatience.CancelAsync();

        var refused = Assert.IsType<SendOutcome.Refused>(await sending);
        Assert.Equal((DeliveryError.Throttled, "slowed_down", 1), (refused.Error, refused.CarrierCode, submits));
    }

    [Theory(Timeout = SmppBench.Deadline)]
    [InlineData(0x0Bu, DeliveryError.InvalidNumber, "status:0xB", true)]
    [InlineData(0x08u, DeliveryError.Timeout, "status:0x8", true)]
    [InlineData(0x64u, DeliveryError.Timeout, "status:0x64", false)]
    [InlineData(0x43u, DeliveryError.Timeout, "status:0x43", false)]
    public async Task A_text_whose_second_part_is_refused_is_refused_and_not_one_to_be_sent_again_and_again(uint status, DeliveryError error, string code, bool wasAsked)
    {
        var parts = new ConcurrentQueue<byte>();
        await using var smsc = Answering(parts, (_, part) => part == 2 ? status : CommandStatus.Ok);
        await using var carrier = SmppBench.Create(smsc.Port);

        var refused = await carrier.RefusedAsync(SmppBench.Message(new string('a', 400)));

        Assert.Equal((error, code, wasAsked), (refused.Error, refused.CarrierCode, refused.WasAsked));
        Assert.Equal<byte>([1, 2], parts);
    }

    [Theory(Timeout = SmppBench.Deadline)]
    [InlineData(CommandStatus.Throttled)]
    [InlineData(CommandStatus.MessageQueueFull)]
    public async Task A_later_part_that_the_centre_wants_later_is_sent_again_by_itself(uint status)
    {
        var parts = new ConcurrentQueue<byte>();
        await using var smsc = Answering(parts, (count, _) => count == 2 ? status : CommandStatus.Ok);
        await using var carrier = SmppBench.Create(smsc.Port);

        Assert.Equal("1", await carrier.AcceptedAsync(SmppBench.Message(new string('a', 400)) with { SendTimeout = TimeSpan.FromSeconds(30) }));

        Assert.Equal<byte>([1, 2, 2, 3], parts);
    }

    [Fact(Timeout = SmppBench.Deadline)]
    public async Task One_that_the_centre_never_wants_leaves_a_text_that_it_may_have()
    {
        var parts = new ConcurrentQueue<byte>();
        await using var smsc = Answering(parts, (_, part) => part == 2 ? CommandStatus.Throttled : CommandStatus.Ok);
        await using var carrier = SmppBench.Create(smsc.Port);

        var refused = await carrier.RefusedAsync(SmppBench.Message(new string('a', 400)) with { SendTimeout = TimeSpan.FromSeconds(1) });

        Assert.Equal((DeliveryError.Timeout, false), (refused.Error, refused.WasAsked));
        Assert.Single(parts, part => part == 1);
    }

    [Fact(Timeout = SmppBench.Deadline)]
    public async Task Nor_is_a_text_sent_again_and_again_that_lost_its_bind_between_two_parts()
    {
        var (binds, parts) = (0, new ConcurrentQueue<byte>());
        await using var smsc = new Smsc(async (peer, pdu) =>
        {
            switch (pdu)
            {
                case Bind bind when Interlocked.Increment(ref binds) > 1:
                    await peer.SendAsync(new BindResponse(bind.Type) { Sequence = pdu.Sequence, Status = CommandStatus.BindFailed });
                    return true;
                case SubmitSm submit:
                    parts.Enqueue(submit.ShortMessage.Span[5]);
                    await peer.SendAsync((byte[])[.. PduEncoder.Encode(new SubmitSmResponse { Sequence = pdu.Sequence, MessageId = "1" }), .. PduEncoder.Encode(new Unbind { Sequence = 1 })]);
                    return true;
                default:
                    return false;
            }
        });
        await using var carrier = SmppBench.Create(smsc.Port);

        var refused = await carrier.RefusedAsync(SmppBench.Message(new string('a', 400)) with { SendTimeout = TimeSpan.FromSeconds(2) });

        Assert.Equal(DeliveryError.Timeout, refused.Error);
        Assert.Single(parts, part => part == 1);
    }

    [Fact(Timeout = SmppBench.Deadline)]
    public async Task A_text_that_no_message_can_hold_is_refused()
    {
        await using var smsc = Smsc.Accepting();
        await using var carrier = SmppBench.Create(smsc.Port);

        Assert.Equal(DeliveryError.ContentTooLong, (await carrier.RefusedAsync(SmppBench.Message(new string('a', 50_000)))).Error);
    }

    [Fact(Timeout = SmppBench.Deadline)]
    public async Task The_ids_of_answers_and_receipts_meet()
    {
        var kept = new TaskCompletionSource<IReadOnlyList<Receipt>>();
        await using var smsc = new Smsc();
        await using var carrier = SmppBench.Create(smsc.Port, new() { ["receipt_id_format"] = "decimal_to_hex" }, list =>
        {
            kept.SetResult(list);
            return Task.CompletedTask;
        });
        var sending = carrier.SendAsync(SmppBench.Message(), default).AsTask();
        var (peer, submit) = await smsc.NextAsync<SubmitSm>();
        await peer.AcceptAsync(submit, "0A1B");

        await peer.SendAsync(new DeliverSm { Sequence = 1, EsmClass = EsmClass.Receipt, ShortMessage = "id:0000002587 stat:UNDELIV err:045"u8.ToArray() });

        var receipt = Assert.Single(await kept.Task);
        Assert.Equal(Assert.IsType<SendOutcome.Accepted>(await sending).CarrierMessageId, receipt.CarrierMessageId);
        Assert.Equal((ReceiptStatus.Undelivered, DeliveryError.Unknown, "stat:UNDELIV:045"), (receipt.Status, receipt.Error, receipt.CarrierCode));
    }

    [Fact(Timeout = SmppBench.Deadline)]
    public async Task A_phones_message_is_acknowledged_and_is_no_receipt()
    {
        var receipts = 0;
        await using var smsc = new Smsc();
        await using var carrier = SmppBench.Create(smsc.Port, onReceipts: list =>
        {
            receipts += list.Count;
            return Task.CompletedTask;
        });
        var (peer, _) = await smsc.NextAsync<Bind>();

        await peer.SendAsync(new DeliverSm { Sequence = 5, Source = new SmppAddress(1, 1, "14155550100"), ShortMessage = Encoding.ASCII.GetBytes("id:1 stat:DELIVRD") });

        Assert.Equal(CommandStatus.Ok, (await smsc.NextAsync<DeliverSmResponse>()).Pdu.Status);
        Assert.Equal(0, receipts);
    }

    /// <summary>A centre that answers the submit of that count, counted from one, and of that part of its text as the test says, and takes note of the parts.</summary>
    static Smsc Answering(ConcurrentQueue<byte> parts, Func<int, byte, uint> statusOf) => new(async (peer, pdu) =>
    {
        if (pdu is not SubmitSm submit)
        {
            return false;
        }

        // The last octet of the header that joins the parts.
        var part = submit.ShortMessage.Span[5];
        parts.Enqueue(part);
        var status = statusOf(parts.Count, part);
        await (status == CommandStatus.Ok ? peer.AcceptAsync(pdu, $"{parts.Count}") : peer.RefuseAsync(pdu, status));
        return true;
    });
}
