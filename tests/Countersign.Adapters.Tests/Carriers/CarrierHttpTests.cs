using System.Net;
using System.Net.Sockets;
using System.Text;
using Countersign.Carriers;
using Countersign.Core.Delivery;

namespace Countersign.Adapters.Tests.Carriers;

public sealed class CarrierHttpTests
{
    [Theory]
    [InlineData("http://169.254.169.254/latest/meta-data/")]
    [InlineData("http://[fe80::1]/")]
    [InlineData("http://[::ffff:169.254.169.254]/")]
    public async Task A_metadata_service_is_not_spoken_to(string address)
    {
        using var http = new CarrierHttp(CarrierNetworks.Any);

        var refused = await Assert.ThrowsAsync<HttpRequestException>(
            async () => await http.SendAsync(new HttpRequestMessage(HttpMethod.Get, address), TestContext.Current.CancellationToken));

        Assert.Contains("link-local", refused.ToString(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{\"sid\":\"SM1\"")]
    [InlineData("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n8\r\n{\"sid\":")]
    [InlineData("HTTP/1.1 20")]
    [InlineData("no HTTP at all\r\n\r\n")]
    public async Task An_answer_that_breaks_off_leaves_it_open_whether_the_message_was_taken(string start)
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        using var http = new CarrierHttp(CarrierNetworks.Any);
        var sending = http.SendAsync(CarrierHttp.Form(new Uri($"http://{listener.LocalEndpoint}"), []), TestContext.Current.CancellationToken).AsTask();

        using (var peer = await listener.AcceptTcpClientAsync(TestContext.Current.CancellationToken))
        {
            await peer.GetStream().WriteAsync(Encoding.ASCII.GetBytes(start), TestContext.Current.CancellationToken);
            peer.Client.Shutdown(SocketShutdown.Send);
            await Assert.ThrowsAsync<TimeoutException>(() => sending);
        }
    }

    [Fact]
    public async Task A_name_that_is_none_and_a_peer_that_is_not_there_or_agrees_on_no_tls_never_had_it()
    {
        // It waits for the end of a request's head, which does not come.
        await using var peer = new CarrierPeer(CarrierPeer.Json(200, "{}"));
        using var http = new CarrierHttp(CarrierNetworks.Any, connectTimeout: TimeSpan.FromMilliseconds(200));

        foreach (var address in (string[])["http://nobody.invalid/", "http://127.0.0.1:1/", $"https://{peer.Address.Authority}/"])
            await Assert.ThrowsAsync<HttpRequestException>(async () => await http.SendAsync(CarrierHttp.Form(new Uri(address), []), TestContext.Current.CancellationToken));
    }

    [Fact]
    public void A_proxy_of_the_environment_is_not_used()
    {
        using var handler = CarrierHttp.Handler(CarrierNetworks.Any, TimeSpan.FromSeconds(1));

        Assert.False(handler.UseProxy);
    }
}
