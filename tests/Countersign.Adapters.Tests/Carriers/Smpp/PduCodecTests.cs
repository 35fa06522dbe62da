using System.Buffers;
using System.Buffers.Binary;
using System.Text.Json;
using Countersign.Carriers.Smpp;
using CsCheck;

namespace Countersign.Adapters.Tests.Carriers.Smpp;

public sealed class PduCodecTests
{
    [Fact]
    public void A_submit_sm_is_written_as_the_specification_lays_it_out()
    {
        var pdu = new SubmitSm
        {
            Sequence = 7,
            Source = new SmppAddress(5, 0, "ACME"),
            Destination = new SmppAddress(1, 1, "14155550100"),
            EsmClass = 0x40,
            ValidityPeriod = "000000001000000R",
            RegisteredDelivery = 1,
            DataCoding = 8,
            ShortMessage = new byte[] { 0x00, 0x41 },
            Tlvs = [new Tlv(0x0424, new byte[] { 0xAA })],
        };

        var octets = PduEncoder.Encode(pdu);

        Assert.Equal(
            "00000047" + "00000004" + "00000000" + "00000007" +
            "00" + "050041434D4500" + "0101" + "313431353535353031303000" + "40" + "00" + "00" + "00" + "3030303030303030313030303030305200" +
            "01" + "00" + "08" + "00" + "02" + "0041" + "04240001AA",
            Convert.ToHexString(octets));
    }

    [Fact]
    public void A_bind_transceiver_is_written_as_the_specification_lays_it_out()
    {
        var octets = PduEncoder.Encode(new Bind(BindType.Transceiver) { Sequence = 1, SystemId = "acme", Password = "secret", SystemType = "VMS" });

        Assert.Equal("00000024" + "00000009" + "00000000" + "00000001" + "61636D6500" + "73656372657400" + "564D5300" + "34" + "00" + "00" + "00", Convert.ToHexString(octets));
    }

    [Fact]
    public void Any_pdu_comes_back_as_it_was() => PduGen.Any.Sample(pdu =>
    {
        var octets = PduEncoder.Encode(pdu);

        var read = PduDecoder.Decode(octets);

        Assert.Equal(Describe(pdu), Describe(read));
        Assert.Equal(octets, PduEncoder.Encode(read));
    });

    [Fact]
    public void Any_octets_are_a_pdu_or_a_protocol_error() => Gen.Byte.Array[0, 400].Sample(octets => AssertReadOrRefused(octets), iter: 20_000);

    [Fact]
    public void Any_body_behind_any_known_header_is_a_pdu_or_a_protocol_error() =>
        Gen.Select(Gen.OneOf(1u, 2u, 4u, 5u, 6u, 9u, 0x15u), Gen.Bool, Gen.Byte.Array[0, 400]).Sample((id, response, body) =>
        {
            var octets = new byte[16 + body.Length];
            BinaryPrimitives.WriteInt32BigEndian(octets, octets.Length);
            BinaryPrimitives.WriteUInt32BigEndian(octets.AsSpan(4), id | (response ? 0x8000_0000 : 0));
            body.CopyTo(octets, 16);

            AssertReadOrRefused(octets);
        }, iter: 20_000);

    [Fact]
    public void A_valid_pdu_with_some_octets_changed_is_a_pdu_or_a_protocol_error() =>
        Gen.Select(PduGen.Any, Gen.Select(Gen.Int[0, 100_000], Gen.Byte).Array[1, 6]).Sample((pdu, changes) =>
        {
            var octets = PduEncoder.Encode(pdu);
            foreach (var (at, value) in changes)
            {
                octets[at % octets.Length] = value;
            }

            AssertReadOrRefused(octets);
        }, iter: 20_000);

    [Fact]
    public void A_valid_pdu_cut_short_with_its_length_put_right_is_a_pdu_or_a_protocol_error() =>
        Gen.Select(PduGen.Any, Gen.Int[0, 100_000]).Sample((pdu, cut) =>
        {
            var whole = PduEncoder.Encode(pdu);
            var octets = whole[..Math.Max(16, cut % (whole.Length + 1))];
            BinaryPrimitives.WriteInt32BigEndian(octets, octets.Length);

            AssertReadOrRefused(octets);
        }, iter: 20_000);

    [Fact]
    public void A_stream_cut_anywhere_gives_the_same_pdus() =>
        Gen.Select(PduGen.Any.Array[1, 4], Gen.Int[1, 60]).Sample((pdus, step) =>
        {
            var stream = pdus.SelectMany(PduEncoder.Encode).ToArray();
            var read = new List<Pdu>();
            var consumed = 0;
            for (var come = 0; come < stream.Length;)
            {
                come = Math.Min(come + step, stream.Length);
                var buffer = InSegments(stream.AsMemory(consumed, come - consumed), step);
                while (PduDecoder.TryRead(ref buffer, out var pdu))
                {
                    read.Add(pdu);
                }

                consumed = come - (int)buffer.Length;
            }

            Assert.Equal(pdus.Select(Describe), read.Select(Describe));
        });

    [Theory]
    [InlineData(0u)]
    [InlineData(15u)]
    [InlineData(65_537u)]
    [InlineData(uint.MaxValue)]
    public void An_impossible_length_is_refused_on_its_four_octets(uint length)
    {
        var octets = new byte[4];
        BinaryPrimitives.WriteUInt32BigEndian(octets, length);

        var error = Assert.Throws<SmppProtocolException>(() =>
        {
            var buffer = new ReadOnlySequence<byte>(octets);
            PduDecoder.TryRead(ref buffer, out _);
        });

        Assert.True(error.IsFatal);
        Assert.Equal(0x02u, error.Status);
    }

    [Fact]
    public void What_a_peer_says_is_to_come_is_not_allocated()
    {
        // A text of 64 KiB is announced again and again; 20 octets come.
        var octets = new byte[20];
        BinaryPrimitives.WriteUInt32BigEndian(octets, PduDecoder.MaxLength);
        var before = GC.GetAllocatedBytesForCurrentThread();

        for (var i = 0; i < 1_000; i++)
        {
            var buffer = new ReadOnlySequence<byte>(octets);
            Assert.False(PduDecoder.TryRead(ref buffer, out _));
        }

        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 1_000_000);
    }

    [Fact]
    public void After_a_pdu_that_is_wrong_within_the_next_one_is_read()
    {
        var wrong = PduEncoder.Encode(new SubmitSm { Sequence = 5 });
        wrong[^1] = 200; // sm_length, with nothing behind it
        var buffer = new ReadOnlySequence<byte>([.. wrong, .. PduEncoder.Encode(new EnquireLink { Sequence = 6 })]);

        SmppProtocolException? error = null;
        try
        {
            PduDecoder.TryRead(ref buffer, out _);
        }
        catch (SmppProtocolException thrown)
        {
            error = thrown;
        }

        Assert.NotNull(error);
        Assert.False(error.IsFatal);
        Assert.Equal(5u, error.Sequence);
        Assert.True(PduDecoder.TryRead(ref buffer, out var next));
        Assert.Equal(6u, Assert.IsType<EnquireLink>(next).Sequence);
    }

    [Fact]
    public void A_field_that_is_too_long_is_not_written_and_not_repeated()
    {
        var error = Assert.Throws<ArgumentException>(() => PduEncoder.Encode(new Bind(BindType.Transceiver) { Password = "ninechars" }));

        Assert.Contains("password", error.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("ninechars", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_pdu_prints_nothing_of_what_it_carries()
    {
        var bind = new Bind(BindType.Transceiver) { SystemId = "acme", Password = "secret" };
        var submit = new SubmitSm { Destination = new SmppAddress(1, 1, "14155550100"), ShortMessage = "123456"u8.ToArray() };

        Assert.Equal("Bind 0, status 0x0", bind.ToString());
        Assert.Equal("SubmitSm 0, status 0x0", submit.ToString());
        Assert.DoesNotContain("5550100", submit.Destination.ToString(), StringComparison.Ordinal);
    }

    static void AssertReadOrRefused(byte[] octets)
    {
        try
        {
            var pdu = PduDecoder.Decode(octets);

            // What is read leniently may lack its last zero, or have a piece of a parameter behind it.
            var again = PduEncoder.Encode(pdu).Length;
            if (pdu.IsResponse || pdu is DeliverSm)
            {
                Assert.InRange(again, PduDecoder.HeaderLength, octets.Length + 1);
                Assert.Equal(pdu.Sequence, PduDecoder.Decode(PduEncoder.Encode(pdu)).Sequence);
            }
            else
            {
                Assert.Equal(octets.Length, again);
            }
        }
        catch (SmppProtocolException refused)
        {
            Assert.NotEqual(0u, refused.Status);
        }
    }

    static string Describe(Pdu pdu)
    {
        var plain = JsonSerializer.Serialize<object>(pdu);
        var octets = pdu switch
        {
            MessagePdu message => Convert.ToHexString(message.ShortMessage.Span),
            UnknownPdu unknown => Convert.ToHexString(unknown.Body.Span),
            _ => "",
        };
        return $"{pdu.GetType().Name} {plain} {octets} {string.Join(' ', pdu.Tlvs.Select(tlv => $"{tlv.Tag}={Convert.ToHexString(tlv.Value.Span)}"))}";
    }

    static ReadOnlySequence<byte> InSegments(ReadOnlyMemory<byte> octets, int length)
    {
        var first = new Segment(octets[..Math.Min(length, octets.Length)], 0);
        var last = first;
        for (var at = first.Memory.Length; at < octets.Length; at += length)
        {
            last = last.Append(octets.Slice(at, Math.Min(length, octets.Length - at)));
        }

        return new ReadOnlySequence<byte>(first, 0, last, last.Memory.Length);
    }

    sealed class Segment : ReadOnlySequenceSegment<byte>
    {
        public Segment(ReadOnlyMemory<byte> memory, long index) => (Memory, RunningIndex) = (memory, index);

        public Segment Append(ReadOnlyMemory<byte> memory)
        {
            var next = new Segment(memory, RunningIndex + Memory.Length);
            Next = next;
            return next;
        }
    }
}
