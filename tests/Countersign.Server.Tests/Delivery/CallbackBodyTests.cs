using System.Diagnostics;
using System.Security.Cryptography;
using System.Text;
using Countersign.Server.Tests.Running;

namespace Countersign.Server.Tests.Delivery;

/// <summary>What of callbacks is in memory before anybody has proven them, over real connections.</summary>
public sealed class CallbackBodyTests : IAsyncLifetime
{
    Wired _wired = null!;

    public async ValueTask InitializeAsync() => _wired = await Wired.StartAsync();

    public ValueTask DisposeAsync() => _wired.DisposeAsync();

    [Fact]
    public async Task Callbacks_that_are_not_proven_have_only_so_much_memory_and_usual_ones_are_taken_beside_those_that_use_it_up()
    {
        await _wired.AddTwilioAsync("acme", Wired.Taken(5));
        await _wired.AddWhatsAppAsync("meta");
        var batch = "{}" + new string(' ', 3_000_000);
        Assert.Equal(204, await _wired.CallBackAsWhatsAppAsync("meta", batch));

        // Fifteen of 3 MiB of which more than one has come: 30 of the 32 MiB for large ones.
        var held = new List<RawConnection>();
        try
        {
            for (var i = 0; i < 15; i++)
            {
                var carrier = i % 2 == 0 ? "meta" : "nobody";
                held.Add(await RawConnection.HoldAsync(_wired.Server.Address, $"POST /callbacks/{carrier}/{RunningServer.AccountSid} HTTP/1.1\r\nHost: localhost\r\nContent-Length: 3145728\r\n"));
                await held[^1].SendAsync(new byte[1024 * 1024 + 1]);
            }

            // The server may still be reading what was sent.
            var deadline = Stopwatch.StartNew();
            while (await _wired.CallBackAsWhatsAppAsync("meta", batch) != 503)
            {
                Assert.True(deadline.Elapsed < RunningServer.Patience);
            }

            foreach (var carrier in (string[])["acme", "meta", "nobody"])
            {
                var head = $"POST /callbacks/{carrier}/{RunningServer.AccountSid} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n";
                var refused = (await RawConnection.AskAsync(_wired.Server.Address, $"{head}Content-Length: 3000000\r\n\r\n{new string('x', 3_000_000)}"))!.AssertError(503, 20503, "too_many_callbacks");
                Assert.Equal("5", refused.Headers["Retry-After"]);
                (await RawConnection.AskAsync(_wired.Server.Address, $"{head}Content-Length: 65536\r\n\r\n{new string('x', 65_536)}"))!.AssertError(403, 20403, "not_authentic");
            }

            Assert.Equal(204, await _wired.CallBackAsWhatsAppAsync("meta", """{"entry":[]}"""));
            Assert.Contains(_wired.Server.Logs.Lines, line => line.Text.Contains("was refused: no_room", StringComparison.Ordinal));

            // Whoever sends no more is not waited for.
            _wired.Server.Clock.Advance(TimeSpan.FromSeconds(11));
            var freed = Stopwatch.StartNew();
            while (await _wired.CallBackAsWhatsAppAsync("meta", batch) != 204)
            {
                Assert.True(freed.Elapsed < RunningServer.Patience);
            }
        }
        finally
        {
            held.ForEach(connection => connection.Dispose());
        }
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(4096)]
    [InlineData(65_536)]
    [InlineData(65_537)]
    [InlineData(3_000_000)]
    public async Task A_signed_callback_of_any_size_is_read_as_it_was_sent_however_it_is_framed(int length)
    {
        await _wired.AddWhatsAppAsync("meta");
        var body = Encoding.Latin1.GetBytes(length < 2 ? new string(' ', length) : "{}" + string.Concat(Enumerable.Range(0, length - 2).Select(i => " \t\n\r"[i * 7 % 4])));
        var signature = Convert.ToHexStringLower(HMACSHA256.HashData(Encoding.UTF8.GetBytes(Wired.WhatsAppSecret), body));

        foreach (var isChunked in (bool[])[false, true])
        {
            using var client = new HttpClient();
            using var request = new HttpRequestMessage(HttpMethod.Post, new Uri(_wired.Server.Address, $"/callbacks/meta/{RunningServer.AccountSid}")) { Content = new ByteArrayContent(body) };
            request.Headers.TransferEncodingChunked = isChunked;
            request.Headers.Add("X-Hub-Signature-256", $"sha256={signature}");
            using var response = await client.SendAsync(request);

            // What is not two braces is signed, and not to be understood.
            Assert.Equal(length < 2 ? 400 : 204, (int)response.StatusCode);
        }
    }
}
