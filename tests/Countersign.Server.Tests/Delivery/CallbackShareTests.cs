using System.Diagnostics;
using System.Net;
using Countersign.Server.Callbacks;
using Countersign.Server.Tests.Running;

namespace Countersign.Server.Tests.Delivery;

/// <summary>What one network may have of the memory for callbacks that are not proven yet.</summary>
public sealed class CallbackShareTests
{
    const string Attacker = "203.0.113.66", Neighbour = "203.0.113.7", Carrier = "198.51.100.7";

    [Fact]
    public async Task Whoever_holds_all_that_one_network_may_have_takes_none_from_another()
    {
        await using var wired = await Wired.StartAsync(null, "--Countersign:Proxies:0", "127.0.0.1");
        await wired.AddWhatsAppAsync("meta");
        var batch = "{}" + new string(' ', 3_000_000);
        var held = new List<RawConnection>();
        try
        {
            // 4 × 2 MiB of large ones; 63 × 64 KiB and 16 × 4 KiB of usual ones.
            await HoldAsync(4, 3 * 1024 * 1024, (1024 * 1024) + 1);
            await UntilAsync(503, () => wired.CallBackAsWhatsAppAsync("meta", batch, Neighbour));
            Assert.Equal(204, await wired.CallBackAsWhatsAppAsync("meta", batch, Carrier));
            Assert.Equal(204, await wired.CallBackAsWhatsAppAsync("meta", """{"entry":[]}""", Neighbour));

            await HoldAsync(63, 65_536, 33_000);
            await HoldAsync(16, 4096, 1);
            await UntilAsync(503, () => wired.CallBackAsWhatsAppAsync("meta", """{"entry":[]}""", Neighbour));
            Assert.Equal(204, await wired.CallBackAsWhatsAppAsync("meta", """{"entry":[]}""", Carrier));
            Assert.Equal(204, await wired.CallBackAsWhatsAppAsync("meta", """{"entry":[]}"""));
            Assert.Contains(wired.Server.Logs.Lines, line => line.Text.Contains("was refused: no_room for 203.0.113.0/24", StringComparison.Ordinal));

            // Whoever sends no more is not waited for.
            wired.Server.Clock.Advance(TimeSpan.FromSeconds(11));
            await UntilAsync(204, () => wired.CallBackAsWhatsAppAsync("meta", """{"entry":[]}""", Neighbour));
            await UntilAsync(204, () => wired.CallBackAsWhatsAppAsync("meta", batch, Neighbour));
        }
        finally
        {
            held.ForEach(connection => connection.Dispose());
        }

        async Task HoldAsync(int count, int announced, int sent)
        {
            for (var i = 0; i < count; i++)
            {
                held.Add(await RawConnection.HoldAsync(
                    wired.Server.Address, $"POST /callbacks/nobody/{RunningServer.AccountSid} HTTP/1.1\r\nHost: localhost\r\nX-Forwarded-For: {Attacker}\r\nContent-Length: {announced}\r\n"));
                await held[^1].SendAsync(new byte[sent]);
            }
        }
    }

    [Fact]
    public void A_network_gives_back_what_it_took_and_the_operators_own_may_take_all()
    {
        var room = new CallbackRoom(64 * 1024, 1024 * 1024);
        var (one, other) = (CallbackNetwork.Of(IPAddress.Parse(Attacker)), CallbackNetwork.Of(IPAddress.Parse(Carrier)));

        Assert.True(room.TryTake(4096, one) && room.TryTake(4096, one));
        Assert.False(room.TryTake(1, one));
        Assert.True(room.TryTake(8192, other));
        room.Give(4096, one);
        Assert.True(room.TryTake(4096, one));
        Assert.False(room.TryTake(1, one));
        Assert.True(room.TryTake(48 * 1024, CallbackNetwork.Own));
        Assert.False(room.TryTake(1, CallbackNetwork.Own));
        room.Give(48 * 1024, CallbackNetwork.Own);

        // Large ones have a room of their own, of which one network has a quarter.
        Assert.True(room.TryTake(256 * 1024, one));
        Assert.False(room.TryTake(CallbackRoom.UsualBody + 1, one));
        Assert.True(room.TryTake(256 * 1024, other));
    }

    [Theory]
    [InlineData("203.0.113.1", "203.0.113.254", true)]
    [InlineData("203.0.113.1", "203.0.112.1", false)]
    [InlineData("203.0.113.1", "::ffff:203.0.113.9", true)]
    [InlineData("2001:db8:7:1::1", "2001:db8:7:ffff::2", true)]
    [InlineData("2001:db8:7::1", "2001:db8:8::1", false)]
    [InlineData("64:ff9b::203.0.113.1", "203.0.113.9", true)]
    [InlineData("64:ff9b::203.0.113.1", "64:ff9b::198.51.100.7", false)]
    [InlineData("127.0.0.1", "10.1.2.3", true)]
    [InlineData("127.0.0.1", "::1", true)]
    [InlineData("192.168.0.1", "172.31.0.1", true)]
    [InlineData("172.32.0.1", "172.31.0.1", false)]
    [InlineData("fe80::1", "fd00::1", true)]
    [InlineData("fe80::1", "2001:db8::1", false)]
    public void A_network_is_what_limits_take_for_one_and_private_ones_are_the_operators(string left, string right, bool isOne) =>
        Assert.Equal(isOne, CallbackNetwork.Of(IPAddress.Parse(left)) == CallbackNetwork.Of(IPAddress.Parse(right)));

    static async Task UntilAsync(int status, Func<Task<int>> ask)
    {
        // The server may still be reading what was sent.
        var deadline = Stopwatch.StartNew();
        while (await ask() != status)
        {
            Assert.True(deadline.Elapsed < RunningServer.Patience, $"Not answered with {status}.");
        }
    }
}
