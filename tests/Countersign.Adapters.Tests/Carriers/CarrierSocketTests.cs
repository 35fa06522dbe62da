using System.Net;
using System.Net.Sockets;
using Countersign.Adapters.Tests.Carriers.Smtp;
using Countersign.Carriers;
using Countersign.Carriers.Smpp;
using Countersign.Core.Delivery;

namespace Countersign.Adapters.Tests.Carriers;

public sealed class CarrierSocketTests
{
    [Theory]
    [InlineData("169.254.169.254")]
    [InlineData("169.254.0.1")]
    [InlineData("fe80::1")]
    [InlineData("fe80::1%3")]
    [InlineData("fd00:ec2::254")]
    [InlineData("fd00:ec2::23")]
    [InlineData("fd20:ce::254")]
    [InlineData("168.63.129.16")]
    [InlineData("100.100.100.200")]
    [InlineData("::ffff:169.254.169.254")]
    [InlineData("::ffff:100.100.100.200")]
    [InlineData("64:ff9b::169.254.169.254")]
    [InlineData("64:ff9b::a83f:8110")]
    [InlineData("64:ff9b:1::100.100.100.200")]
    [InlineData("2002:a9fe:a9fe::1")]
    public async Task A_clouds_own_services_are_not_connected_to(string address)
    {
        var refused = await Assert.ThrowsAsync<SocketException>(() => CarrierSocket.ConnectAsync(address, 9, CarrierNetworks.Any, TestContext.Current.CancellationToken).AsTask());

        Assert.Equal(SocketError.AccessDenied, refused.SocketErrorCode);
    }

    [Theory]
    [InlineData("127.0.0.1")]
    [InlineData("10.0.0.1")]
    [InlineData("169.253.0.1")]
    [InlineData("168.63.129.17")]
    [InlineData("100.100.100.100")]
    [InlineData("::1")]
    [InlineData("fd00:1::1")]
    [InlineData("2001:db8::1")]
    [InlineData("64:ff9b::10.0.0.1")]
    [InlineData("::ffff:10.0.0.1")]
    public void Other_addresses_of_an_operators_network_are(string address) => Assert.False(CarrierSocket.IsRefused(IPAddress.Parse(address)));

    [Fact]
    public async Task A_mail_server_is_not_looked_for_there()
    {
        await using var carrier = SmtpBench.Plain(25, more: new() { ["host"] = "169.254.169.254", ["allow_plain"] = "true" });

        Assert.Equal("ConnectionFailed AccessDenied", await carrier.Refusal());
    }

    [Theory]
    [InlineData("none", "127.0.0.1", false)]
    [InlineData("10.2.0.0/16", "127.0.0.1", false)]
    [InlineData("10.2.0.0/16", "::ffff:127.0.0.1", false)]
    [InlineData("10.2.0.0/16", "64:ff9b::10.0.0.1", false)]
    [InlineData("127.0.0.0/8", "127.0.0.1", true)]
    [InlineData("127.0.0.1", "::ffff:127.0.0.1", true)]
    [InlineData(null, "127.0.0.1", true)]
    public async Task Where_the_operator_names_networks_carriers_are_in_those_or_public(string? named, string address, bool isReached)
    {
        using var listener = new TcpListener(IPAddress.IPv6Any, 0) { Server = { DualMode = true } };
        listener.Start();
        var networks = new CarrierNetworks(named is null ? [] : [named]);

        var connecting = CarrierSocket.ConnectAsync(address, ((IPEndPoint)listener.LocalEndpoint).Port, networks, TestContext.Current.CancellationToken).AsTask();

        if (isReached)
        {
            await using var stream = await connecting;
            Assert.True(stream.Socket.Connected);
        }
        else
        {
            Assert.Equal(SocketError.AccessDenied, (await Assert.ThrowsAsync<SocketException>(() => connecting)).SocketErrorCode);
        }
    }

    [Theory]
    [InlineData("none", "8.8.8.8", true)]
    [InlineData("none", "192.168.0.1", false)]
    [InlineData("10.2.0.0/16", "10.2.3.4", true)]
    [InlineData("10.2.0.0/16", "10.3.0.1", false)]
    [InlineData("10.2.0.0/16", "2606:4700::1111", true)]
    [InlineData("10.2.0.0/16", "fd00::1", false)]
    public void Public_addresses_are_always_among_them(string named, string address, bool isAllowed) =>
        Assert.Equal(isAllowed, new CarrierNetworks([named]).Allows(IPAddress.Parse(address)));

    [Fact]
    public async Task Nor_is_a_message_centre()
    {
        var endpoint = new SmppEndpoint { Host = "fd00:ec2::254", Port = 2775, Bind = new Bind(BindType.Transceiver) { SystemId = "acme" } };

        var refused = await Assert.ThrowsAsync<SocketException>(() => endpoint.OpenAsync(TestContext.Current.CancellationToken));

        Assert.Equal(SocketError.AccessDenied, refused.SocketErrorCode);
    }
}
