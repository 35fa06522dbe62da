using System.Net;
using Countersign.Core.Numbers;
using CsCheck;

namespace Countersign.Core.Tests.Numbers;

public sealed class IpAddressTests
{
    [Theory]
    [InlineData("203.0.113.7", "203.0.113.7", "203.0.113.0/24")]
    [InlineData("0.0.0.0", "0.0.0.0", "0.0.0.0/24")]
    [InlineData("255.255.255.255", "255.255.255.255", "255.255.255.0/24")]
    [InlineData("2001:db8:7:1::99", "2001:db8:7:1::99", "2001:db8:7::/48")]
    [InlineData("2001:0DB8:0007:0000:0000:0000:0000:0001", "2001:db8:7::1", "2001:db8:7::/48")]
    [InlineData("::1", "::1", "::/48")]
    [InlineData("::ffff:203.0.113.7", "203.0.113.7", "203.0.113.0/24")]
    [InlineData("::ffff:cb00:7107", "203.0.113.7", "203.0.113.0/24")]
    public void An_address_has_one_text_and_prints_as_its_network(string text, string plain, string masked)
    {
        Assert.True(IpAddress.TryParse(text, out var address));

        Assert.Equal(plain, address.Reveal());
        Assert.Equal(masked, address.ToString());
    }

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData("localhost")]
    [InlineData("203.0.113")]
    [InlineData("203.0.113.7.1")]
    [InlineData("203.0.113.256")]
    [InlineData("203.0.113.07")]
    [InlineData("0313.0.113.7")]
    [InlineData("0xcb.0.113.7")]
    [InlineData("3405803783")]
    [InlineData("203.0.113.7:80")]
    [InlineData("203.0.113.7/24")]
    [InlineData("203.0.113.7 ")]
    [InlineData("203.0.113.\u0667")]
    [InlineData("203..113.7")]
    [InlineData("[2001:db8::1]")]
    [InlineData("[2001:db8::1]:80")]
    [InlineData("2001:db8::1%eth0")]
    [InlineData("2001:db8::1%1")]
    [InlineData("2001:db8::1/48")]
    [InlineData("2001:db8::1::2")]
    [InlineData("2001:db8:1")]
    [InlineData(":")]
    [InlineData(":::")]
    [InlineData("12345::")]
    [InlineData("::ffff:203.0.113.07")]
    [InlineData("::ffff:203.0.113")]
    [InlineData("::203.0.113.7:1")]
    public void Anything_but_a_bare_address_is_refused(string? text)
    {
        Assert.False(IpAddress.TryParse(text, out var address));
        Assert.Null(address);
    }

    [Fact]
    public void What_an_address_reveals_parses_to_it()
    {
        Gen.OneOf(Gen.Byte.Array[4], Gen.Byte.Array[16], Gen.OneOf((byte)0, (byte)255).Array[16]).Sample(bytes =>
        {
            Assert.True(IpAddress.TryParse(new IPAddress(bytes).ToString(), out var address));

            Assert.True(IpAddress.TryParse(address.Reveal(), out var again));
            Assert.True(address == again && address.GetHashCode() == again.GetHashCode());
        });
    }

    [Fact]
    public void The_family_is_that_of_the_address_and_not_of_the_text()
    {
        Assert.True(IpAddress.TryParse("2001:db8::1", out var v6));
        Assert.True(IpAddress.TryParse("::ffff:203.0.113.7", out var mapped));

        Assert.True(v6.IsV6);
        Assert.False(mapped.IsV6);
    }
}
