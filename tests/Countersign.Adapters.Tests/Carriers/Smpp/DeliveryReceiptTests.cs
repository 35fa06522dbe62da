using System.Text;
using Countersign.Carriers.Smpp;
using CsCheck;

namespace Countersign.Adapters.Tests.Carriers.Smpp;

public sealed class DeliveryReceiptTests
{
    const string Standard = "id:0123456789 sub:001 dlvrd:001 submit date:2611231200 done date:2611231201 stat:DELIVRD err:000 text:Your Acme";

    [Fact]
    public void The_text_of_the_specification_is_read()
    {
        var receipt = DeliveryReceipt.Read(Deliver(Standard))!;

        Assert.Equal("0123456789", receipt.MessageId);
        Assert.Equal(MessageState.Delivered, receipt.State);
        Assert.Null(receipt.Error);
    }

    [Theory]
    [InlineData("id:a-1 stat:UNDELIV err:0A1", MessageState.Undeliverable, "0A1")]
    [InlineData("ID:a-1 SUB:1 STAT:Undeliv ERR:12 Text:", MessageState.Undeliverable, "12")]
    [InlineData("id: a-1 stat: EXPIRED err: 9", MessageState.Expired, "9")]
    [InlineData("id:a-1 sub:001 dlvrd:000 submit date:261123120000 done date:261123120001 stat:REJECTD err: text:", MessageState.Rejected, null)]
    [InlineData("id:a-1;stat:DELETED;err:7", MessageState.Deleted, "7")]
    [InlineData("stat:ACCEPTD id:a-1", MessageState.Accepted, null)]
    [InlineData("id:a-1 err: stat:ENROUTE", MessageState.Enroute, null)]
    [InlineData("id:a-1 stat:UNKNOWN err:000 text:id:b-2 stat:DELIVRD", MessageState.Unknown, null)]
    public void A_text_that_is_written_freely_is_read(string text, MessageState state, string? error)
    {
        var receipt = DeliveryReceipt.Read(Deliver(text))!;

        Assert.Equal("a-1", receipt.MessageId);
        Assert.Equal(state, receipt.State);
        Assert.Equal(error, receipt.Error);
    }

    [Theory]
    [InlineData("")]
    [InlineData("Hello")]
    [InlineData("id:1 stat:PARTIAL")]
    [InlineData("stat:DELIVRD")]
    [InlineData("id: stat:DELIVRD")]
    [InlineData("grid:1 stat:DELIVRD")]
    public void A_text_that_names_no_message_or_no_state_is_no_receipt(string text) => Assert.Null(DeliveryReceipt.Read(Deliver(text)));

    [Fact]
    public void A_phone_cannot_write_a_receipt() => Assert.Null(DeliveryReceipt.Read(Deliver(Standard) with { EsmClass = 0 }));

    [Fact]
    public void Parameters_win_over_the_text()
    {
        var receipt = DeliveryReceipt.Read(Deliver("id:99 stat:DELIVRD err:001") with
        {
            EsmClass = 0,
            Tlvs =
            [
                new Tlv(TlvTags.ReceiptedMessageId, "ff\0"u8.ToArray()),
                new Tlv(TlvTags.MessageState, new byte[] { 5 }),
                new Tlv(TlvTags.NetworkErrorCode, new byte[] { 3, 0, 27 }),
            ],
        })!;

        Assert.Equal("ff", receipt.MessageId);
        Assert.Equal(MessageState.Undeliverable, receipt.State);
        Assert.Equal((byte)3, receipt.NetworkType);
        Assert.Equal((ushort)27, receipt.NetworkError);
    }

    [Fact]
    public void Parameters_that_are_malformed_leave_the_text()
    {
        var receipt = DeliveryReceipt.Read(Deliver(Standard) with
        {
            Tlvs = [new Tlv(TlvTags.ReceiptedMessageId, ReadOnlyMemory<byte>.Empty), new Tlv(TlvTags.MessageState, new byte[] { 77 }), new Tlv(TlvTags.NetworkErrorCode, new byte[] { 3 })],
        })!;

        Assert.Equal("0123456789", receipt.MessageId);
        Assert.Equal(MessageState.Delivered, receipt.State);
        Assert.Null(receipt.NetworkError);
    }

    [Fact]
    public void A_text_in_the_payload_or_in_ucs2_is_read_too()
    {
        var payload = new DeliverSm { EsmClass = EsmClass.Receipt, Tlvs = [new Tlv(TlvTags.MessagePayload, Encoding.ASCII.GetBytes(Standard))] };
        var ucs2 = new DeliverSm { EsmClass = EsmClass.Receipt, DataCoding = 8, ShortMessage = Encoding.BigEndianUnicode.GetBytes("id:7 stat:DELIVRD") };

        Assert.Equal("0123456789", DeliveryReceipt.Read(payload)?.MessageId);
        Assert.Equal("7", DeliveryReceipt.Read(ucs2)?.MessageId);
    }

    [Fact]
    public void Any_octets_are_a_receipt_or_none() => Gen.Select(Gen.Byte.Array[0, 254], Gen.Byte, Gen.Byte).Sample((octets, esmClass, dataCoding) =>
    {
        var receipt = DeliveryReceipt.Read(new DeliverSm { EsmClass = (byte)(esmClass | EsmClass.Receipt), DataCoding = dataCoding, ShortMessage = octets });

        Assert.True(receipt is null || receipt.MessageId.Length is > 0 and <= 64);
    }, iter: 20_000);

    [Theory]
    [InlineData(ReceiptIdFormat.Same, "0A1b", "0A1b")]
    [InlineData(ReceiptIdFormat.HexToDecimal, "2587", "0A1B")]
    [InlineData(ReceiptIdFormat.HexToDecimal, "0002587", "a1b")]
    [InlineData(ReceiptIdFormat.DecimalToHex, "0A1B", "2587")]
    [InlineData(ReceiptIdFormat.DecimalToHex, "0000000000000000a1b", "0000002587")]
    [InlineData(ReceiptIdFormat.HexToDecimal, "not-a-number", "not-a-number")]
    [InlineData(ReceiptIdFormat.DecimalToHex, "ffffffffffffffffffffffff", "79228162514264337593543950335")]
    public void The_ids_of_answer_and_receipt_are_brought_into_one_form(ReceiptIdFormat format, string response, string receipt)
    {
        var read = new DeliveryReceipt { MessageId = receipt, State = MessageState.Delivered };

        Assert.Equal(MessageIds.OfResponse(response, format), MessageIds.OfReceipt(read, format));
    }

    [Fact]
    public void An_id_of_the_parameter_is_written_as_in_the_answer()
    {
        var read = new DeliveryReceipt { MessageId = "0A1B", IsIdOfParameter = true, State = MessageState.Delivered };

        Assert.Equal(MessageIds.OfResponse("0a1b", ReceiptIdFormat.DecimalToHex), MessageIds.OfReceipt(read, ReceiptIdFormat.DecimalToHex));
    }

    static DeliverSm Deliver(string text) => new() { EsmClass = EsmClass.Receipt, ShortMessage = Encoding.ASCII.GetBytes(text) };
}
