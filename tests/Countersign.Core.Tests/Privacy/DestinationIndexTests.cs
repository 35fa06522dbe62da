using Countersign.Core.Numbers;
using Countersign.Core.Privacy;
using Countersign.Core.Tests.Numbers;

namespace Countersign.Core.Tests.Privacy;

public sealed class DestinationIndexTests
{
    static readonly Destination Number = Some.Number("+14155550123");

    [Fact]
    public void A_destination_has_one_value_before_and_after_a_rotation()
    {
        var before = new DestinationIndex(Rings.WithKeys(1)).Of(Number);

        Assert.Equal(before, new DestinationIndex(Rings.WithKeys(1)).Of(Some.Number("+1 (415) 555-0123")));
        Assert.Equal(before, new DestinationIndex(Rings.WithKeys(3)).Of(Number));
    }

    [Fact]
    public void Another_key_gives_another_value()
    {
        var other = new DestinationIndex(new KeyRing([(1, Rings.Secret(5))], 1, 1));

        Assert.NotEqual(new DestinationIndex(Rings.WithKeys(1)).Of(Number), other.Of(Number));
    }

    [Fact]
    public void Neighbouring_numbers_share_nothing()
    {
        var index = new DestinationIndex(Rings.WithKeys(1));

        var values = Enumerable.Range(0, 1000).Select(last => index.Of(PhoneNumber.Restore($"+447700900{last:D3}"))).ToList();

        Assert.Equal(1000, values.Distinct().Count());
        Assert.True(values.Select(value => (uint)(value >> 96)).Distinct().Count() == 1000, "The first 32 bits of two values are the same.");
    }

    [Fact]
    public void A_destination_of_any_length_has_a_value()
    {
        var index = new DestinationIndex(Rings.WithKeys(1));

        var values = new[] { 0, 1, 511, 512, 513, 4000 }.Select(length => index.Of(new LongDestination(new string('ä', length)))).ToList();

        Assert.Equal(values.Count, values.Distinct().Count());
    }

    sealed class LongDestination(string text) : Destination
    {
        public override string Country => "ZZ";

        public override string Reveal() => text;

        public override string ToString() => "*";
    }
}
