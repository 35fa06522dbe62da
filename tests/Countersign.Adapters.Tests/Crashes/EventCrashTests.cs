using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Countersign.Adapters.Tests.Crashes;

/// <summary>The real server is killed (SIGKILL) while events are on their way: each is told after the next start, by the id that it had before.</summary>
public sealed class EventCrashTests : IDisposable
{
    readonly string _directory = Directory.CreateTempSubdirectory("countersign-crash-").FullName;

    public void Dispose() => Directory.Delete(_directory, recursive: true);

    [Fact]
    public async Task Events_of_what_was_acknowledged_are_told_after_a_kill()
    {
        const int starts = 12;
        var ct = TestContext.Current.CancellationToken;
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        var (answers, told, first) = (false, new ConcurrentDictionary<string, string>(), new ConcurrentBag<string>());
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(ct);
        var accepting = AcceptAsync();
        string[] settings = ["--Countersign:Webhooks:AllowedNetworks:0", "127.0.0.1"];
        var server = await ServerProcess.StartAsync(_directory, ct, more: settings);
        try
        {
            (await server.Http.PostAsync($"/v2/Services/{ServerProcess.Service}/Webhooks", Form(
                ("FriendlyName", "hook"), ("EventTypes", "verification.pending"), ("WebhookUrl", $"http://127.0.0.1:{((IPEndPoint)listener.LocalEndpoint).Port}/")), ct)).EnsureSuccessStatusCode();
            var sids = new List<string>();
            for (var i = 0; i < starts; i++)
            {
                var started = (await server.Http.PostAsync($"/v2/Services/{ServerProcess.Service}/Verifications", Form(("To", $"+1415555010{i % 10}".Replace("415", i < 10 ? "415" : "212", StringComparison.Ordinal)), ("Channel", "sms")), ct)).EnsureSuccessStatusCode();
                sids.Add(System.Text.Json.JsonDocument.Parse(await started.Content.ReadAsStringAsync(ct)).RootElement.GetProperty("sid").GetString()!);
            }

            server.Kill();
            server.Dispose();
            answers = true;
            server = await ServerProcess.StartAsync(_directory, ct, more: settings);

            var deadline = Environment.TickCount64 + 30_000;
            while (told.Count < starts)
            {
                Assert.True(Environment.TickCount64 < deadline, $"{starts - told.Count} events were not told after the kill.");
                await Task.Delay(20, ct);
            }

            Assert.Equal(sids.Order(), told.Keys.Order());
            Assert.All(first, id => Assert.Contains(id, told.Values));
            Assert.NotEmpty(first);
        }
        finally
        {
            server.Dispose();
            await stop.CancelAsync();
            await accepting;
        }

        async Task AcceptAsync()
        {
            try
            {
                while (true)
                    _ = ServeAsync(await listener.AcceptTcpClientAsync(stop.Token));
            }
            catch (OperationCanceledException)
            {
            }
        }

        async Task ServeAsync(TcpClient client)
        {
            using (client)
            {
                try
                {
                    using var reader = new StreamReader(client.GetStream(), Encoding.ASCII);
                    while (await reader.ReadLineAsync(stop.Token) is { Length: > 0 })
                    {
                        var (id, length) = ("", 0);
                        while (await reader.ReadLineAsync(stop.Token) is { Length: > 0 } line)
                        {
                            id = line.StartsWith("webhook-id: ", StringComparison.OrdinalIgnoreCase) ? line[12..] : id;
                            length = line.StartsWith("Content-Length: ", StringComparison.OrdinalIgnoreCase) ? int.Parse(line[16..], null) : length;
                        }

                        var body = new char[length];
                        await reader.ReadBlockAsync(body, stop.Token);
                        if (!answers)
                        {
                            first.Add(id);
                            await Task.Delay(Timeout.Infinite, stop.Token);
                        }

                        var sid = new string(body).Split('&').Single(field => field.StartsWith("verification_sid=", StringComparison.Ordinal))["verification_sid=".Length..];
                        told[sid] = id;
                        await client.GetStream().WriteAsync("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"u8.ToArray(), stop.Token);
                    }
                }
                catch (Exception problem) when (problem is IOException or OperationCanceledException or SocketException)
                {
                }
            }
        }
    }

    static FormUrlEncodedContent Form(params (string Name, string Value)[] fields) => new(fields.Select(field => KeyValuePair.Create(field.Name, field.Value)));
}
