using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Countersign.Adapters.Tests.Carriers;

/// <summary>
/// The other end of a carrier's HTTP: a bare socket on loopback that keeps each request byte for byte and answers with what the test wrote, byte for byte. Answers are
/// used in order, the last one again and again.
/// </summary>
public sealed class CarrierPeer : IAsyncDisposable
{
    readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    readonly CancellationTokenSource _stop = new();
    readonly Queue<string?> _answers = [];
    readonly List<PeerRequest> _requests = [];
    readonly Task _accepting;

    /// <summary>Starts with the answers that it will give, each a status line, headers and body; null for a connection that is closed without one, and
    /// <see cref="Silence"/> for one that is never answered.</summary>
    public CarrierPeer(params IEnumerable<string?> answers)
    {
        foreach (var answer in answers)
        {
            _answers.Enqueue(answer);
        }

        _listener.Start();
        _accepting = AcceptAsync();
    }

    /// <summary>The request is read and never answered.</summary>
    public const string Silence = "(silence)";

    public Uri Address => new($"http://127.0.0.1:{((IPEndPoint)_listener.LocalEndpoint).Port}");

    /// <summary>How long each answer takes.</summary>
    public TimeSpan Latency { get; init; }

    /// <summary>What answers wait for.</summary>
    public Task Until { get; set; } = Task.CompletedTask;

    /// <summary>What was asked so far, oldest first.</summary>
    public IReadOnlyList<PeerRequest> Requests
    {
        get
        {
            lock (_requests)
            {
                return [.. _requests];
            }
        }
    }

    /// <summary>The one request that was made.</summary>
    public PeerRequest Request => Assert.Single(Requests);

    /// <summary>An answer with a JSON body.</summary>
    public static string Json(int status, string body) => Answer(status, "application/json", body);

    /// <summary>An answer with any body.</summary>
    public static string Answer(int status, string contentType, string body) =>
        $"HTTP/1.1 {status} Whatever\r\nContent-Type: {contentType}\r\nContent-Length: {Encoding.UTF8.GetByteCount(body)}\r\n\r\n{body}";

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        _listener.Stop();
        await _accepting;
        _stop.Dispose();
    }

    async Task AcceptAsync()
    {
        var connections = new List<Task>();
        try
        {
            while (true)
            {
                connections.Add(ServeAsync(await _listener.AcceptTcpClientAsync(_stop.Token)));
            }
        }
        catch (Exception stopped) when (stopped is OperationCanceledException or SocketException or InvalidOperationException)
        {
            await Task.WhenAll(connections);
        }
    }

    async Task ServeAsync(TcpClient client)
    {
        using (client)
        {
            try
            {
                var stream = client.GetStream();
                while (await PeerRequest.ReadAsync(stream, _stop.Token) is { } request)
                {
                    string? answer;
                    lock (_requests)
                    {
                        _requests.Add(request);
                        answer = _answers.Count > 1 ? _answers.Dequeue() : _answers.Peek();
                    }

                    if (answer == Silence)
                    {
                        await Task.Delay(Timeout.Infinite, _stop.Token);
                    }

                    await Until.WaitAsync(_stop.Token);
                    if (answer is null)
                    {
                        return;
                    }

                    if (Latency > TimeSpan.Zero)
                    {
                        await Task.Delay(Latency, _stop.Token);
                    }

                    await stream.WriteAsync(Encoding.UTF8.GetBytes(answer), _stop.Token);
                }
            }
            catch (Exception gone) when (gone is OperationCanceledException or IOException)
            {
                // The test is over, or the adapter hung up.
            }
        }
    }
}

/// <summary>One request as it stood on the wire.</summary>
/// <param name="Line">Method, target and version.</param>
/// <param name="Headers">By name, in any case.</param>
/// <param name="Body">The bytes as text.</param>
public sealed record PeerRequest(string Line, IReadOnlyDictionary<string, string> Headers, string Body)
{
    internal static async Task<PeerRequest?> ReadAsync(Stream stream, CancellationToken ct)
    {
        var bytes = new List<byte>();
        var one = new byte[1];
        while (bytes.Count < 4 || !bytes[^4..].SequenceEqual("\r\n\r\n"u8.ToArray()))
        {
            if (await stream.ReadAsync(one, ct) == 0)
            {
                return null;
            }

            bytes.Add(one[0]);
        }

        var lines = Encoding.ASCII.GetString([.. bytes]).Split("\r\n", StringSplitOptions.RemoveEmptyEntries);
        var headers = lines[1..].Select(line => line.Split(": ", 2)).ToDictionary(pair => pair[0], pair => pair[1], StringComparer.OrdinalIgnoreCase);
        var body = new byte[headers.TryGetValue("Content-Length", out var length) ? int.Parse(length, null) : 0];
        await stream.ReadExactlyAsync(body, ct);
        return new PeerRequest(lines[0], headers, Encoding.UTF8.GetString(body));
    }
}
