using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using System.Text;
using System.Threading.Channels;
using Countersign.Server.Tests.Running;

namespace Countersign.Server.Tests.Webhooks;

/// <summary>A receiver of events on a socket of its own, which answers as a test says, also wrongly.</summary>
sealed class Receiver : IAsyncDisposable
{
    public const string Ok = "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n";

    readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    readonly Func<Received, NetworkStream, CancellationToken, Task> _behave;
    readonly Channel<Received> _received = Channel.CreateUnbounded<Received>();
    readonly CancellationTokenSource _stop = new();
    readonly ConcurrentBag<Task> _connections = [];
    readonly Task _accepting;
    int _connected;

    public Receiver(string answer = Ok)
        : this((_, _) => answer)
    {
    }

    /// <summary>Answers with the text for the request; the number is how many came before it.</summary>
    public Receiver(Func<Received, int, string> answer)
    {
        var count = 0;
        _behave = (request, stream, ct) => stream.WriteAsync(Encoding.ASCII.GetBytes(answer(request, Interlocked.Increment(ref count) - 1)), ct).AsTask();
        _listener.Start();
        _accepting = AcceptAsync();
    }

    public Receiver(Func<Received, NetworkStream, CancellationToken, Task> behave)
    {
        _behave = behave;
        _listener.Start();
        _accepting = AcceptAsync();
    }

    public int Port => ((IPEndPoint)_listener.LocalEndpoint).Port;

    public string Url => $"http://127.0.0.1:{Port}/hook?tenant=7";

    /// <summary>Connections that were made, whatever came over them.</summary>
    public int Connected => Volatile.Read(ref _connected);

    /// <summary>The next request.</summary>
    public async Task<Received> NextAsync() => await _received.Reader.ReadAsync().AsTask().WaitAsync(RunningServer.Patience);

    public bool TryNext(out Received? received) => _received.Reader.TryRead(out received);

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        _listener.Dispose();
        await _accepting;
        await Task.WhenAll(_connections);
        _stop.Dispose();
    }

    async Task AcceptAsync()
    {
        while (!_stop.IsCancellationRequested)
        {
            try
            {
                var client = await _listener.AcceptTcpClientAsync(_stop.Token);
                Interlocked.Increment(ref _connected);
                _connections.Add(ServeAsync(client));
            }
            catch (Exception problem) when (problem is OperationCanceledException or SocketException or ObjectDisposedException)
            {
                return;
            }
        }
    }

    async Task ServeAsync(TcpClient client)
    {
        using (client)
        {
            try
            {
                var stream = client.GetStream();
                while (await ReadAsync(stream) is { } request)
                {
                    await _received.Writer.WriteAsync(request, _stop.Token);
                    await _behave(request, stream, _stop.Token);
                }
            }
            catch (Exception problem) when (problem is IOException or OperationCanceledException or SocketException or ObjectDisposedException)
            {
                // The other side, or the test, has had enough.
            }
        }
    }

    async Task<Received?> ReadAsync(NetworkStream stream)
    {
        var head = new List<byte>();
        var one = new byte[1];
        while (head.Count < 4 || !(head[^1] == '\n' && head[^2] == '\r' && head[^3] == '\n'))
        {
            if (await stream.ReadAsync(one, _stop.Token) == 0)
                return null;
            head.Add(one[0]);
        }

        var lines = Encoding.ASCII.GetString([.. head]).Split("\r\n", StringSplitOptions.RemoveEmptyEntries);
        var headers = lines.Skip(1).Select(line => line.Split(": ", 2)).ToDictionary(parts => parts[0], parts => parts[1], StringComparer.OrdinalIgnoreCase);
        var body = new byte[int.Parse(headers["Content-Length"], null)];
        await stream.ReadExactlyAsync(body, _stop.Token);
        return new Received(lines[0], headers, Encoding.UTF8.GetString(body));
    }
}

/// <summary>One request as it came.</summary>
sealed record Received(string Line, IReadOnlyDictionary<string, string> Headers, string Body)
{
    public string Path => Line.Split(' ')[1];

    /// <summary>The fields of a form.</summary>
    public IReadOnlyList<KeyValuePair<string, string>> Form =>
        [.. Body.Split('&').Select(pair => pair.Split('=', 2)).Select(pair => KeyValuePair.Create(Uri.UnescapeDataString(pair[0]), Uri.UnescapeDataString(pair[1])))];

    public string Field(string name) => Form.Single(field => field.Key == name).Value;
}
