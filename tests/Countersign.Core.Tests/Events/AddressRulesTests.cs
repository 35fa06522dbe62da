using System.Net;
using Countersign.Core.Events;

namespace Countersign.Core.Tests.Events;

public sealed class AddressRulesTests
{
    [Theory]
    [InlineData("0.0.0.0")]
    [InlineData("10.1.2.3")]
    [InlineData("100.64.0.1")]
    [InlineData("100.100.100.200")]
    [InlineData("127.0.0.1")]
    [InlineData("127.255.255.254")]
    [InlineData("169.254.169.254")]
    [InlineData("168.63.129.16")]
    [InlineData("172.16.0.1")]
    [InlineData("172.31.255.255")]
    [InlineData("192.0.0.192")]
    [InlineData("192.168.1.1")]
    [InlineData("198.19.0.1")]
    [InlineData("224.0.0.1")]
    [InlineData("240.0.0.1")]
    [InlineData("255.255.255.255")]
    [InlineData("::")]
    [InlineData("::1")]
    [InlineData("::127.0.0.1")]
    [InlineData("::ffff:127.0.0.1")]
    [InlineData("::ffff:a9fe:a9fe")]
    [InlineData("64:ff9b::10.0.0.1")]
    [InlineData("64:ff9b::169.254.169.254")]
    [InlineData("64:ff9b:1::8.8.8.8")]
    [InlineData("2002:7f00:1::")]
    [InlineData("2002:a9fe:a9fe::1")]
    [InlineData("2001:0:53aa:64c::1")]
    [InlineData("2001:db8::1")]
    [InlineData("3fff::1")]
    [InlineData("fc00::1")]
    [InlineData("fd00:ec2::254")]
    [InlineData("fe80::1")]
    [InlineData("fe80::1%3")]
    [InlineData("fec0::1")]
    [InlineData("ff02::1")]
    [InlineData("5f00::1")]
    public void What_not_everybody_can_reach_is_not_allowed(string address) => Assert.False(new AddressRules(new EventOptions()).Allows(IPAddress.Parse(address)));

    [Theory]
    [InlineData("8.8.8.8")]
    [InlineData("172.15.255.255")]
    [InlineData("172.32.0.1")]
    [InlineData("169.253.1.1")]
    [InlineData("::ffff:8.8.8.8")]
    [InlineData("64:ff9b::8.8.8.8")]
    [InlineData("2002:808:808::1")]
    [InlineData("2606:4700:4700::1111")]
    [InlineData("2a00:1450:4001::1")]
    public void What_everybody_can_reach_is_allowed(string address) => Assert.True(new AddressRules(new EventOptions()).Allows(IPAddress.Parse(address)));

    [Fact]
    public void The_operator_can_allow_networks_and_addresses_and_nothing_beside_them()
    {
        var rules = new AddressRules(new EventOptions { AllowedNetworks = ["10.1.0.0/16", "127.0.0.1", "fd00:1::/32"] });

        Assert.All(new[] { "10.1.2.3", "::ffff:10.1.2.3", "127.0.0.1", "fd00:1::9" }, text => Assert.True(rules.Allows(IPAddress.Parse(text)), text));
        Assert.All(new[] { "10.2.0.1", "127.0.0.2", "::1", "fd00:2::9" }, text => Assert.False(rules.Allows(IPAddress.Parse(text)), text));
    }
}
