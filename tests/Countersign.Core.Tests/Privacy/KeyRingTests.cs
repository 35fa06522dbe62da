using Countersign.Core.Privacy;

namespace Countersign.Core.Tests.Privacy;

public sealed class KeyRingTests
{
    [Theory]
    [InlineData(3, 1)]
    [InlineData(1, 3)]
    public void The_active_key_and_the_index_key_must_be_there(int active, int index)
    {
        Assert.Throws<ArgumentException>(() => new KeyRing([(1, Rings.Secret(1)), (2, Rings.Secret(2))], active, index));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(31)]
    [InlineData(33)]
    public void A_secret_has_32_bytes(int length)
    {
        Assert.Throws<ArgumentException>(() => new KeyRing([(1, new byte[length])], 1, 1));
    }

    [Fact]
    public void A_key_that_is_missing_is_named_with_what_to_do()
    {
        var problem = Assert.Throws<UnknownKeyException>(() => Rings.WithKeys(2).Find(7));

        Assert.Contains("no key 7", problem.Message, StringComparison.Ordinal);
        Assert.Contains("Restore", problem.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Every_purpose_has_a_key_of_its_own()
    {
        var ring = Rings.WithKeys(2);

        byte[][] keys = [.. new[] { ring.Find(1), ring.Find(2) }.SelectMany(key => new[] { key.Codes, key.Seals, key.Destinations, key.Credentials })];

        Assert.Equal(keys.Length, keys.Select(Convert.ToHexString).Distinct().Count());
        Assert.DoesNotContain(Convert.ToHexString(Rings.Secret(1)), keys.Select(Convert.ToHexString));
    }

    [Fact]
    public void A_key_prints_as_its_number()
    {
        Assert.Equal("key 2", Rings.WithKeys(2).Active.ToString());
    }
}
