using Countersign.Carriers.Smpp;
using Countersign.Core.Messages;
using CsCheck;

namespace Countersign.Adapters.Tests.Carriers.Smpp;

public sealed class TextTests
{
    const string Gsm7Characters = "@£$¥èéùìòÇ\nØøÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?¡ABCXYZÄÖÑÜ§¿abcxyzäöñüà^{}\\[~]|€";

    static readonly Gen<string> Gsm7Text = Gen.Int[0, Gsm7Characters.Length - 1].Array[0, 700].Select(at => string.Concat(at.Select(i => Gsm7Characters[i])));
    static readonly Gen<string> Latin1Text = Gen.Char['\u00A0', '\u00FF'].Array[0, 700].Select(chars => new string(chars));
    static readonly Gen<string> AnyText = Gen.OneOf("a", "é", "漢", "😀", "👍🏽", " ").Array[0, 300].Select(string.Concat);

    [Theory]
    [InlineData("Your code is 123456", SmppEncoding.Gsm7)]
    [InlineData("{€}", SmppEncoding.Gsm7)]
    [InlineData("Votre code à usage unique ê", SmppEncoding.Latin1)]
    [InlineData("Ваш код: 123456", SmppEncoding.Ucs2)]
    [InlineData("ê €", SmppEncoding.Ucs2)]
    public void The_narrowest_encoding_is_chosen(string text, SmppEncoding expected) => Assert.Equal(expected, SmppText.Narrowest(text));

    [Fact]
    public void The_alphabet_has_the_octets_of_the_standard()
    {
        Assert.Equal("00010304051B651C1F2040111B281B3E5F7F", Convert.ToHexString(SmppText.Encode("@£¥èé€ÆÉ ¡_{]§à", SmppEncoding.Gsm7)));
    }

    [Fact]
    public void Packing_gives_the_octets_that_everybody_knows()
    {
        Assert.Equal("E8329BFD4697D9EC37", Convert.ToHexString(Septets.Pack(SmppText.Encode("hellohello", SmppEncoding.Gsm7), 0)));
    }

    [Fact]
    public void Seven_bits_that_are_left_are_not_another_at_sign()
    {
        var packed = Septets.Pack(SmppText.Encode("1234567", SmppEncoding.Gsm7), 0);

        Assert.Equal("1234567", SmppText.Decode(packed, 0, packed: true));
        Assert.Equal(0x0D, packed[6] >> 1);
    }

    [Fact]
    public void Any_text_of_the_alphabet_comes_back_in_one_part_or_many() =>
        Gen.Select(Gsm7Text, Gen.Bool).Sample((text, packed) => AssertComesBack(text, packed ? SmppEncoding.Gsm7Packed : SmppEncoding.Gsm7, 153));

    [Fact]
    public void Any_latin_text_comes_back_in_one_part_or_many() => Latin1Text.Sample(text => AssertComesBack(text, SmppEncoding.Latin1, 134));

    [Fact]
    public void Any_other_text_comes_back_in_one_part_or_many() => AnyText.Sample(text => AssertComesBack(text, SmppEncoding.Ucs2, 67));

    [Fact]
    public void A_text_has_as_many_parts_as_it_is_charged_as() =>
        Gen.OneOf(Gsm7Text, AnyText).Sample(text =>
        {
            var count = Segments.Count(text);
            var encoding = count.Encoding == SmsEncoding.Gsm7 ? SmppEncoding.Gsm7 : SmppEncoding.Ucs2;

            Assert.Equal(count.Segments, MessageParts.Of(text, encoding, LongMessage.UserDataHeader, 1)!.Count);
        });

    [Fact]
    public void A_part_begins_with_the_header_that_joins_it()
    {
        var parts = MessageParts.Of(new string('a', 161), SmppEncoding.Gsm7, LongMessage.UserDataHeader, 0xCC)!;

        Assert.Equal(2, parts.Count);
        Assert.Equal("050003CC0201", Convert.ToHexString(parts[0].ShortMessage.Span[..6]));
        Assert.Equal("050003CC0202", Convert.ToHexString(parts[1].ShortMessage.Span[..6]));
        Assert.Equal([159, 14], parts.Select(part => part.ShortMessage.Length));
        Assert.All(parts, part => Assert.Equal(0x40, part.EsmClass));
    }

    [Theory]
    [InlineData(SmppEncoding.Gsm7, 160)]
    [InlineData(SmppEncoding.Gsm7Packed, 140)]
    [InlineData(SmppEncoding.Latin1, 140)]
    [InlineData(SmppEncoding.Ucs2, 140)]
    public void A_full_message_has_no_header(SmppEncoding encoding, int octets)
    {
        var characters = encoding switch { SmppEncoding.Latin1 => 140, SmppEncoding.Ucs2 => 70, _ => 160 };

        var part = Assert.Single(MessageParts.Of(new string('a', characters), encoding, LongMessage.UserDataHeader, 1)!);

        Assert.Equal(0, part.EsmClass);
        Assert.Equal(octets, part.ShortMessage.Length);
    }

    [Fact]
    public void A_packed_part_fills_140_octets_and_no_more()
    {
        var parts = MessageParts.Of(new string('a', 306), SmppEncoding.Gsm7Packed, LongMessage.UserDataHeader, 1)!;

        Assert.Equal([140, 140], parts.Select(part => part.ShortMessage.Length));
    }

    [Fact]
    public void A_long_text_may_travel_whole_in_the_payload()
    {
        var text = new string('ж', 500);

        var part = Assert.Single(MessageParts.Of(text, SmppEncoding.Ucs2, LongMessage.Payload, 1)!);

        Assert.True(part.ShortMessage.IsEmpty);
        Assert.Equal(text, SmppText.Decode(part.Payload!.Value.Span, part.DataCoding));
    }

    [Theory]
    [InlineData(LongMessage.UserDataHeader)]
    [InlineData(LongMessage.Payload)]
    public void A_text_that_no_message_can_hold_has_no_parts(LongMessage longMessage) =>
        Assert.Null(MessageParts.Of(new string('a', 70_000), SmppEncoding.Gsm7, longMessage, 1));

    [Fact]
    public void Any_octets_can_be_read_as_text() => Gen.Select(Gen.Byte.Array[0, 200], Gen.Byte, Gen.Bool).Sample((octets, dataCoding, packed) =>
    {
        var text = SmppText.Decode(octets, dataCoding, packed);

        Assert.Equal(dataCoding is 0 or 1 or 3 or 8, text is not null);
    });

    static void AssertComesBack(string text, SmppEncoding encoding, int joined)
    {
        var parts = MessageParts.Of(text, encoding, LongMessage.UserDataHeader, 200)!;

        var read = parts.Select(part => Read(part, encoding)).ToList();

        Assert.Equal(text, string.Concat(read));
        Assert.All(parts, part => Assert.InRange(part.ShortMessage.Length, 0, encoding == SmppEncoding.Gsm7 ? 160 : 140));
        Assert.All(read, part => Assert.True(parts.Count == 1 || part.Length <= joined));
        Assert.DoesNotContain(read, part => part.Length > 0 && (char.IsLowSurrogate(part[0]) || char.IsHighSurrogate(part[^1])));
    }

    static string Read(MessagePart part, SmppEncoding encoding)
    {
        var header = (part.EsmClass & EsmClass.HasUserDataHeader) != 0 ? MessageParts.HeaderLength : 0;
        var octets = part.ShortMessage.Span[header..];
        return encoding == SmppEncoding.Gsm7Packed ? Gsm7.Decode(Septets.Unpack(octets, header)) : SmppText.Decode(octets, part.DataCoding)!;
    }
}
