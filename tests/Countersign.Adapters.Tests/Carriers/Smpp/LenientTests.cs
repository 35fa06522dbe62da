using System.Buffers.Binary;
using Countersign.Carriers.Smpp;

namespace Countersign.Adapters.Tests.Carriers.Smpp;

/// <summary>What centres write that the specification does not allow, and that must not lose a status or a receipt.</summary>
public sealed class LenientTests
{
    [Theory]
    [InlineData("id-1")]
    [InlineData("id-1\0")]
    [InlineData("id-1\0\0")]
    [InlineData("id-1\0\x04\x23\0")]
    public void An_answer_without_its_last_zero_or_with_some_more_is_read(string body)
    {
        var response = Assert.IsType<SubmitSmResponse>(PduDecoder.Decode(Frame(CommandIds.SubmitSm | CommandIds.Response, CommandStatus.Throttled, body)));

        Assert.Equal(("id-1", CommandStatus.Throttled, 7u), (response.MessageId, response.Status, response.Sequence));
    }

    [Fact]
    public void A_request_is_read_strictly() =>
        Assert.Throws<SmppProtocolException>(() => PduDecoder.Decode(Frame(CommandIds.EnquireLink, 0, "\x04\x23\0")));

    [Theory]
    [InlineData("0000123456", "123456")]
    [InlineData("123456", "0000123456")]
    [InlineData("0", "0")]
    [InlineData("00ab", "00ab")]
    public void A_number_is_the_same_with_zeros_in_front(string answered, string received) => Assert.Equal(
        MessageIds.OfResponse(answered, ReceiptIdFormat.Same),
        MessageIds.OfReceipt(new DeliveryReceipt { MessageId = received, State = MessageState.Delivered }, ReceiptIdFormat.Same));

    static byte[] Frame(uint id, uint status, string body)
    {
        var frame = new byte[16 + body.Length];
        BinaryPrimitives.WriteUInt32BigEndian(frame, (uint)frame.Length);
        BinaryPrimitives.WriteUInt32BigEndian(frame.AsSpan(4), id);
        BinaryPrimitives.WriteUInt32BigEndian(frame.AsSpan(8), status);
        BinaryPrimitives.WriteUInt32BigEndian(frame.AsSpan(12), 7);
        System.Text.Encoding.Latin1.GetBytes(body).CopyTo(frame, 16);
        return frame;
    }
}
