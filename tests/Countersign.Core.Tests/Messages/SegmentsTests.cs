using Countersign.Core.Messages;
using CsCheck;

namespace Countersign.Core.Tests.Messages;

public sealed class SegmentsTests
{
    // Written from the columns of 3GPP TS 23.038 (the low four bits run down), by code point where a glyph is easily mistaken.
    const string DefaultAlphabet =
        "\u0040\u00A3\u0024\u00A5\u00E8\u00E9\u00F9\u00EC\u00F2\u00C7\u000A\u00D8\u00F8\u000D\u00C5\u00E5" +
        "\u0394\u005F\u03A6\u0393\u039B\u03A9\u03A0\u03A8\u03A3\u0398\u039E\u00C6\u00E6\u00DF\u00C9" +
        "\u0020\u0021\u0022\u0023\u00A4\u0025\u0026\u0027\u0028\u0029\u002A\u002B\u002C\u002D\u002E\u002F" +
        "\u0030\u0031\u0032\u0033\u0034\u0035\u0036\u0037\u0038\u0039\u003A\u003B\u003C\u003D\u003E\u003F" +
        "\u00A1\u0041\u0042\u0043\u0044\u0045\u0046\u0047\u0048\u0049\u004A\u004B\u004C\u004D\u004E\u004F" +
        "\u0050\u0051\u0052\u0053\u0054\u0055\u0056\u0057\u0058\u0059\u005A\u00C4\u00D6\u00D1\u00DC\u00A7" +
        "\u00BF\u0061\u0062\u0063\u0064\u0065\u0066\u0067\u0068\u0069\u006A\u006B\u006C\u006D\u006E\u006F" +
        "\u0070\u0071\u0072\u0073\u0074\u0075\u0076\u0077\u0078\u0079\u007A\u00E4\u00F6\u00F1\u00FC\u00E0";

    const string ExtensionTable = "\u000C\u005E\u007B\u007D\u005C\u005B\u007E\u005D\u007C\u20AC";

    const string Grin = "\U0001F600";

    static readonly Gen<string> Gsm7Texts = Gen.Char[DefaultAlphabet + ExtensionTable].Array[0, 400].Select(chars => new string(chars));

    static readonly Gen<string> MixedTexts = Gen.OneOf(
        Gen.Char[DefaultAlphabet].Select(c => c.ToString()),
        Gen.Char[ExtensionTable].Select(c => c.ToString()),
        Gen.OneOf("ж", "中", "`", "ç", Grin)).Array[0, 400].Select(string.Concat);

    [Fact]
    public void The_default_alphabet_has_127_characters_of_one_septet()
    {
        Assert.Equal(127, DefaultAlphabet.Distinct().Count());
        Assert.All(DefaultAlphabet, c => Assert.Equal(new SegmentCount(SmsEncoding.Gsm7, 1, 1), Segments.Count(c.ToString())));
    }

    [Fact]
    public void The_extension_table_has_ten_characters_of_two_septets_the_euro_sign_among_them()
    {
        Assert.Equal(10, ExtensionTable.Distinct().Count());
        Assert.All(ExtensionTable, c => Assert.Equal(new SegmentCount(SmsEncoding.Gsm7, 2, 1), Segments.Count(c.ToString())));
        Assert.Contains('€', ExtensionTable);
    }

    [Fact]
    public void Every_other_character_needs_UCS2()
    {
        var others = Enumerable.Range(0, char.MaxValue + 1).Select(i => (char)i).Except(DefaultAlphabet + ExtensionTable);

        Assert.All(others, c => Assert.Equal(new SegmentCount(SmsEncoding.Ucs2, 1, 1), Segments.Count(c.ToString())));
    }

    [Theory]
    [InlineData(0, 1)]
    [InlineData(1, 1)]
    [InlineData(160, 1)]
    [InlineData(161, 2)]
    [InlineData(306, 2)]
    [InlineData(307, 3)]
    [InlineData(459, 3)]
    [InlineData(460, 4)]
    public void A_GSM7_text_has_160_septets_alone_and_153_joined(int length, int segments) =>
        Assert.Equal(new SegmentCount(SmsEncoding.Gsm7, length, segments), Segments.Count(new string('a', length)));

    [Theory]
    [InlineData(1, 1)]
    [InlineData(70, 1)]
    [InlineData(71, 2)]
    [InlineData(134, 2)]
    [InlineData(135, 3)]
    [InlineData(201, 3)]
    [InlineData(202, 4)]
    public void A_UCS2_text_has_70_units_alone_and_67_joined(int length, int segments) =>
        Assert.Equal(new SegmentCount(SmsEncoding.Ucs2, length, segments), Segments.Count(new string('ж', length)));

    [Fact]
    public void An_escape_pair_fills_the_last_two_septets_of_a_lone_message()
    {
        Assert.Equal(new SegmentCount(SmsEncoding.Gsm7, 160, 1), Segments.Count(new string('a', 158) + "€"));
        Assert.Equal(new SegmentCount(SmsEncoding.Gsm7, 161, 2), Segments.Count(new string('a', 159) + "€"));
    }

    [Fact]
    public void An_escape_pair_is_not_cut_between_joined_messages()
    {
        var fits = new string('a', 151) + "€" + new string('a', 153);
        var pushed = new string('a', 152) + "€" + new string('a', 152);

        Assert.Equal(new SegmentCount(SmsEncoding.Gsm7, 306, 2), Segments.Count(fits));
        Assert.Equal(new SegmentCount(SmsEncoding.Gsm7, 306, 3), Segments.Count(pushed));
    }

    [Fact]
    public void An_emoji_fills_the_last_two_units_of_a_lone_message()
    {
        Assert.Equal(new SegmentCount(SmsEncoding.Ucs2, 70, 1), Segments.Count(new string('a', 68) + Grin));
        Assert.Equal(new SegmentCount(SmsEncoding.Ucs2, 71, 2), Segments.Count(new string('a', 69) + Grin));
    }

    [Fact]
    public void An_emoji_is_not_cut_between_joined_messages()
    {
        var fits = new string('a', 65) + Grin + new string('a', 67);
        var pushed = new string('a', 66) + Grin + new string('a', 66);

        Assert.Equal(new SegmentCount(SmsEncoding.Ucs2, 134, 2), Segments.Count(fits));
        Assert.Equal(new SegmentCount(SmsEncoding.Ucs2, 134, 3), Segments.Count(pushed));
    }

    [Fact]
    public void Half_an_emoji_counts_as_one_unit() =>
        Assert.Equal(new SegmentCount(SmsEncoding.Ucs2, 3, 1), Segments.Count("a" + Grin[0] + "a"));

    [Fact]
    public void A_text_is_UCS2_exactly_if_a_character_is_outside_both_tables() => MixedTexts.Sample(text =>
        Segments.Count(text).Encoding == SmsEncoding.Ucs2 == text.Except(DefaultAlphabet + ExtensionTable).Any());

    [Fact]
    public void A_longer_text_never_takes_fewer_segments() => Gen.Select(MixedTexts, MixedTexts).Sample((text, more) =>
        Segments.Count(text).Segments <= Segments.Count(text + more).Segments);

    [Fact]
    public void Segments_have_room_for_all_units_and_none_is_needlessly_empty() => Gsm7Texts.Sample(text =>
    {
        var count = Segments.Count(text);

        Assert.Equal(text.Length + text.Count(ExtensionTable.Contains), count.Units);
        Assert.True(count.Segments == 1 ? count.Units <= 160 : count.Units is > 160 && count.Units <= count.Segments * 153);
        Assert.True(count.Units > (count.Segments - 1) * 152 || count.Segments == 1);
    });

    [Fact]
    public void Counting_does_not_allocate()
    {
        var text = new string('a', 300) + "€";
        Segments.Count(text);

        Assert.Equal(0, Allocated.By(() =>
        {
            for (var i = 0; i < 100; i++)
                Segments.Count(text);
        }));
    }
}
