using System.Net.Sockets;
using Countersign.Carriers.Smpp;
using Countersign.Core.Delivery.Errors;
using Countersign.Server.Simulator.Smsc;

namespace Countersign.Server.Tests.Simulator;

public sealed class SmscTests : IAsyncLifetime
{
    const string To = "46701740699";
    const string Long = "Your code is: 123456. This text is longer than one message may be, so that it has to be cut into parts, and the parts have to be put together again at the other end, with [brackets] and €.";

    RunningSimulator _simulator = null!;

    public static TheoryData<DeliveryError> Errors => [.. Enum.GetValues<DeliveryError>()];

    public async ValueTask InitializeAsync() => _simulator = await RunningSimulator.StartAsync();

    public ValueTask DisposeAsync() => _simulator.DisposeAsync();

    [Fact]
    public async Task A_message_is_taken_and_its_receipt_says_that_it_arrived()
    {
        using var esme = await BoundAsync();

        var id = (await esme.SubmitAsync(Text("Your code is: 123456"))).MessageId!;
        var receipt = await esme.ReadAsync<DeliverSm>();

        var read = DeliveryReceipt.Read(receipt)!;
        Assert.Equal((id, MessageState.Delivered, To, "Acme"), (read.MessageId, read.State, receipt.Source.Value, receipt.Destination.Value));
        var byText = DeliveryReceipt.Read(receipt with { Tlvs = [] })!;
        Assert.Equal((id, MessageState.Delivered), (byText.MessageId, byText.State));
        Assert.Equal("123456", (await _simulator.MessageAsync("+" + To)).GetProperty("code").GetString());
    }

    [Theory]
    [InlineData(SmppEncoding.Gsm7, LongMessage.UserDataHeader)]
    [InlineData(SmppEncoding.Gsm7Packed, LongMessage.UserDataHeader)]
    [InlineData(SmppEncoding.Ucs2, LongMessage.UserDataHeader)]
    [InlineData(SmppEncoding.Gsm7, LongMessage.Payload)]
    [InlineData(SmppEncoding.Ucs2, LongMessage.Payload)]
    public async Task A_long_text_is_put_together_however_it_travels(SmppEncoding encoding, LongMessage way)
    {
        using var esme = await BoundAsync();

        foreach (var part in MessageParts.Of(Long, encoding, way, 7)!.Reverse())
        {
            Assert.Equal(0u, (await esme.SubmitAsync(Of(part))).Status);
        }

        Assert.Equal(Long, (await _simulator.MessageAsync("+" + To)).GetProperty("body").GetString());
    }

    [Fact]
    public async Task Without_the_password_or_a_bind_nothing_is_taken()
    {
        using var wrong = await Esme.ConnectAsync(_simulator);
        await wrong.WriteAsync(new Bind(BindType.Transceiver) { Sequence = 1, SystemId = "x", Password = "wrong" });
        Assert.Equal(CommandStatus.InvalidPassword, (await wrong.ReadAsync<BindResponse>()).Status);

        using var unbound = await Esme.ConnectAsync(_simulator);
        Assert.Equal(CommandStatus.InvalidBindStatus, (await unbound.SubmitAsync(Text("x"))).Status);

        using var receiver = await BoundAsync(BindType.Receiver);
        Assert.Equal(CommandStatus.InvalidBindStatus, (await receiver.SubmitAsync(Text("x"))).Status);
    }

    [Fact]
    public async Task Enquiries_are_answered_and_unknown_commands_refused()
    {
        using var esme = await BoundAsync();

        await esme.WriteAsync(new EnquireLink { Sequence = 5 });
        Assert.Equal(5u, (await esme.ReadAsync<EnquireLinkResponse>()).Sequence);
        await esme.WriteAsync(new UnknownPdu(0x77) { Sequence = 6 });
        Assert.Equal(CommandStatus.InvalidCommandId, (await esme.ReadAsync<GenericNack>()).Status);
        await esme.WriteAsync(new Unbind { Sequence = 7 });
        Assert.Equal(7u, (await esme.ReadAsync<UnbindResponse>()).Sequence);
        Assert.True(await esme.IsClosedAsync());
    }

    [Theory]
    [InlineData(0, "delivered", false)]
    [InlineData(1, "delivered", true)]
    [InlineData(2, "delivered", false)]
    [InlineData(2, "undelivered", true)]
    public async Task Only_receipts_that_are_asked_for_are_sent(byte registered, string status, bool comes)
    {
        if (status == "undelivered")
        {
            await _simulator.SetRulesAsync("""{"prefix":"+467","undelivered":{"error":"unreachable"}}""");
        }

        using var esme = await BoundAsync();
        await esme.SubmitAsync(Text("x") with { RegisteredDelivery = registered });
        await _simulator.MessageAsync("+" + To, message => message.GetProperty("status").GetString() == status);

        // Whatever came before this answer was sent before it.
        await esme.WriteAsync(new EnquireLink { Sequence = 99 });
        var next = await esme.ReadAsync<Pdu>();
        Assert.Equal(comes, next is DeliverSm);
        if (next is DeliverSm receipt)
        {
            Assert.Equal(status == "delivered" ? null : (ushort?)6, DeliveryReceipt.Read(receipt)!.NetworkError);
        }
    }

    [Fact]
    public async Task Receipts_go_to_the_receiving_bind_and_wait_for_one_when_there_is_none()
    {
        using var transmitter = await BoundAsync(BindType.Transmitter);
        var id = (await transmitter.SubmitAsync(Text("x"))).MessageId;
        await _simulator.MessageAsync("+" + To, message => message.GetProperty("status").GetString() == "delivered");

        using var receiver = await BoundAsync(BindType.Receiver);

        Assert.Equal(id, DeliveryReceipt.Read(await receiver.ReadAsync<DeliverSm>())!.MessageId);
    }

    [Fact]
    public async Task What_was_not_acknowledged_is_delivered_again_to_the_next_bind()
    {
        string? id;
        using (var first = await BoundAsync())
        {
            id = (await first.SubmitAsync(Text("x"))).MessageId;
            await first.ReadAsync<DeliverSm>();
        }

        using var second = await BoundAsync();

        Assert.Equal(id, DeliveryReceipt.Read(await second.ReadAsync<DeliverSm>())!.MessageId);
    }

    [Fact]
    public async Task A_receipt_that_comes_back_while_another_binds_is_delivered_to_it()
    {
        var next = await BoundAsync();
        for (var round = 0; round < 200; round++)
        {
            var id = (await next.SubmitAsync(Text("x"))).MessageId;
            await next.ReadAsync<DeliverSm>();
            using var before = next;
            next = await Esme.ConnectAsync(_simulator);

            // The end of one connection and the bind of the next, as nearly at once as two threads of the other side can see them.
            var binding = next.BindAsync(BindType.Transceiver);
            Thread.SpinWait(round * 10);
            before.Dispose();
            await binding;

            var again = await next.ReadAsync<DeliverSm>();
            Assert.Equal(id, DeliveryReceipt.Read(again)!.MessageId);
            await next.WriteAsync(new DeliverSmResponse { Sequence = again.Sequence });
        }

        next.Dispose();
    }

    [Fact]
    public async Task A_throttle_refuses_and_an_outage_drops()
    {
        using var esme = await BoundAsync();
        await _simulator.SetRulesAsync("""{"prefix":"","messages_per_second":1,"receipts":"none"}""");

        Assert.Equal(0u, (await esme.SubmitAsync(Text("x"))).Status);
        Assert.Equal(CommandStatus.Throttled, (await esme.SubmitAsync(Text("x"))).Status);

        await _simulator.SetRulesAsync("""{"prefix":"","outage":{"seconds":60}}""");
        await esme.WriteAsync(Text("x"));
        Assert.True(await esme.IsClosedAsync());
        using var refused = await Esme.ConnectAsync(_simulator);
        Assert.True(await refused.IsClosedAsync());

        _simulator.Clock.Advance(TimeSpan.FromSeconds(60));
        using var back = await BoundAsync();
        Assert.Equal(0u, (await back.SubmitAsync(Text("x"))).Status);
    }

    [Theory]
    [MemberData(nameof(Errors))]
    public void Every_error_that_smpp_has_a_word_for_is_said_with_one_that_means_it(DeliveryError error)
    {
        var said = SmppErrors.All.Where(pair => pair.Value == error).Select(pair => pair.Key).ToList();

        if (said.Exists(code => code.StartsWith("status:", StringComparison.Ordinal)))
        {
            Assert.Contains($"status:0x{SmscCodes.OfRefusal(error):X}", said);
        }

        if (said.Exists(code => code.StartsWith("gsm:", StringComparison.Ordinal) || code.StartsWith("stat:", StringComparison.Ordinal)))
        {
            var (state, network) = SmscCodes.OfReceipt(error);
            Assert.Contains(network is null ? $"stat:{DeliveryReceipt.WordOf(state)}" : $"gsm:{network}", said);
        }
    }

    [Fact]
    public async Task Octets_that_are_no_pdu_end_the_connection_and_nothing_else()
    {
        using var broken = await Esme.ConnectAsync(_simulator);
        await broken.WriteAsync("GET / HTTP/1.1\r\n\r\n"u8.ToArray());
        await broken.ReadAsync<GenericNack>();
        Assert.True(await broken.IsClosedAsync());

        using var esme = await BoundAsync();
        Assert.Equal(0u, (await esme.SubmitAsync(Text("x"))).Status);
    }

    static SubmitSm Text(string text) => Of(MessageParts.Of(text, SmppEncoding.Gsm7, LongMessage.UserDataHeader, 0)!.Single());

    static SubmitSm Of(MessagePart part) => new()
    {
        Source = new SmppAddress(5, 0, "Acme"),
        Destination = new SmppAddress(1, 1, To),
        EsmClass = part.EsmClass,
        DataCoding = part.DataCoding,
        ShortMessage = part.ShortMessage,
        RegisteredDelivery = 1,
        Tlvs = part.Payload is { } payload ? [new Tlv(TlvTags.MessagePayload, payload)] : [],
    };

    async Task<Esme> BoundAsync(BindType type = BindType.Transceiver)
    {
        var esme = await Esme.ConnectAsync(_simulator);
        await esme.BindAsync(type);
        return esme;
    }

    /// <summary>The other end: a bare socket with the codec.</summary>
    sealed class Esme(TcpClient client) : IDisposable
    {
        readonly Queue<Pdu> _early = new();
        uint _sequence = 100;

        public static async Task<Esme> ConnectAsync(RunningSimulator simulator)
        {
            var client = new TcpClient { NoDelay = true };
            await client.ConnectAsync(simulator.Smpp);
            return new Esme(client);
        }

        public async Task BindAsync(BindType type)
        {
            await WriteAsync(new Bind(type) { Sequence = 1, SystemId = "tester", Password = RunningSimulator.Token[..8] });
            Assert.Equal((0u, "simulator"), await ReadAsync<BindResponse>() is var answer ? (answer.Status, answer.SystemId) : default);
        }

        public Task WriteAsync(Pdu pdu) => WriteAsync(PduEncoder.Encode(pdu));

        public Task WriteAsync(byte[] octets) => client.GetStream().WriteAsync(octets).AsTask();

        /// <summary>Submits and reads the answer; receipts that come before it are kept for later.</summary>
        public async Task<SubmitSmResponse> SubmitAsync(SubmitSm submit)
        {
            var sequence = ++_sequence;
            await WriteAsync(submit with { Sequence = sequence });
            while (await ReadFromAsync() is { } pdu)
            {
                if (pdu is SubmitSmResponse answer && answer.Sequence == sequence)
                {
                    return answer;
                }

                _early.Enqueue(pdu);
            }

            throw new EndOfStreamException();
        }

        public async Task<T> ReadAsync<T>()
            where T : Pdu => Assert.IsType<T>(_early.TryDequeue(out var early) ? early : await ReadFromAsync(), exactMatch: false);

        public async Task<bool> IsClosedAsync()
        {
            try
            {
                while (await ReadFromAsync() is not null)
                {
                }

                return true;
            }
            catch (IOException)
            {
                return true; // Reset.
            }
        }

        public void Dispose() => client.Dispose();

        async Task<Pdu?> ReadFromAsync()
        {
            using var limit = new CancellationTokenSource(Running.RunningServer.Patience);
            var length = new byte[4];
            if (await client.GetStream().ReadAtLeastAsync(length, 4, throwOnEndOfStream: false, limit.Token) < 4)
            {
                return null;
            }

            var frame = new byte[System.Buffers.Binary.BinaryPrimitives.ReadInt32BigEndian(length)];
            length.CopyTo(frame, 0);
            await client.GetStream().ReadExactlyAsync(frame.AsMemory(4), limit.Token);
            return PduDecoder.Decode(frame);
        }
    }
}
