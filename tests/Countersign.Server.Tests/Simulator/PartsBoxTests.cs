using Countersign.Carriers.Smpp;
using Countersign.Core.Delivery.Simulation;
using Countersign.Server.Simulator.Smsc;
using CsCheck;

namespace Countersign.Server.Tests.Simulator;

public sealed class PartsBoxTests
{
    const int Room = 1000;

    static readonly SimulationPlan Taken = new() { Arrives = true };

    readonly PartsBox _box = new();

    // Packed septets are told from others by their octets, so not for every text: they are below.
    [Theory]
    [InlineData(SmppEncoding.Gsm7, "abc ñ{€")]
    [InlineData(SmppEncoding.Latin1, "abc ñÿ")]
    [InlineData(SmppEncoding.Ucs2, "ab✓")]
    public void A_long_text_is_whole_in_whatever_order_its_parts_come(SmppEncoding encoding, string letters) =>
        Gen.Select(Gen.String[Gen.Char[letters], 200, 700], Gen.Int).Sample((text, seed) => AssertWhole(text, encoding, new Random(seed)));

    [Fact]
    public void A_long_text_in_packed_septets_is_whole_too() =>
        AssertWhole(string.Join(' ', Enumerable.Repeat("Your verification code for {Acme} is: 123456.", 9)), SmppEncoding.Gsm7Packed, new Random(1));

    [Fact]
    public void Texts_to_two_numbers_are_not_mixed_up()
    {
        var first = Parts("to the first", 3);
        var second = Parts("to the second", 3);

        Assert.Null(_box.Add(Read(first[0], "46701740605"), Taken));
        Assert.Null(_box.Add(Read(second[0], "46701740606"), Taken));

        Assert.StartsWith("to the second", _box.Add(Read(second[1], "46701740606"), Taken), StringComparison.Ordinal);
        Assert.StartsWith("to the first", _box.Add(Read(first[1], "46701740605"), Taken), StringComparison.Ordinal);
    }

    [Fact]
    public void What_was_decided_of_the_first_part_is_known_until_the_last()
    {
        var parts = Parts("long", 1);

        _box.Add(Read(parts[0], "46701740605"), Taken);
        Assert.Same(Taken, _box.PlanOf(Read(parts[1], "46701740605")));

        _box.Add(Read(parts[1], "46701740605"), Taken);
        Assert.Null(_box.PlanOf(Read(parts[1], "46701740605")));
    }

    [Fact]
    public void When_there_is_no_more_room_the_text_goes_that_was_begun_first_however_often_its_number_was_used_before()
    {
        var parts = Parts("long", 1);
        _box.Add(Read(parts[0], "used"), Taken);
        _box.Add(Read(parts[1], "used"), Taken);
        for (var i = 1; i < Room; i++)
        {
            _box.Add(Read(parts[0], $"{i}"), Taken);
        }

        _box.Add(Read(parts[0], "used"), Taken);
        _box.Add(Read(parts[0], "one more"), Taken);

        Assert.Null(_box.Add(Read(parts[1], "1"), Taken));
        Assert.NotNull(_box.Add(Read(parts[1], "used"), Taken));
    }

    [Theory]
    [InlineData("")]
    [InlineData("05")]
    [InlineData("050003070200")]
    [InlineData("050003070203")]
    [InlineData("050003070000")]
    public void A_header_that_promises_what_is_not_there_is_no_text(string octets) => Assert.Null(PartsBox.Read(new SubmitSm
    {
        EsmClass = EsmClass.HasUserDataHeader,
        ShortMessage = Convert.FromHexString(octets),
    }));

    static void AssertWhole(string text, SmppEncoding encoding, Random random)
    {
        var box = new PartsBox();
        var parts = MessageParts.Of(text, encoding, LongMessage.UserDataHeader, 7)!.ToArray();
        random.Shuffle(parts);

        var wholes = parts.Select(part => box.Add(Read(part, "46701740605"), Taken)).ToList();

        Assert.Equal(text, wholes[^1]);
        Assert.All(wholes[..^1], Assert.Null);
    }

    /// <summary>A text that needs two parts.</summary>
    static IReadOnlyList<MessagePart> Parts(string start, byte reference) => MessageParts.Of(start.PadRight(200, '.'), SmppEncoding.Gsm7, LongMessage.UserDataHeader, reference)!;

    static PartText Read(MessagePart part, string to) => Assert.IsType<PartText>(PartsBox.Read(new SubmitSm
    {
        Destination = new SmppAddress(1, 1, to),
        EsmClass = part.EsmClass,
        DataCoding = part.DataCoding,
        ShortMessage = part.ShortMessage,
    }));
}
