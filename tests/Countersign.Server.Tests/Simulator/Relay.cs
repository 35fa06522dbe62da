using System.Net;
using System.Net.Sockets;

namespace Countersign.Server.Tests.Simulator;

/// <summary>An address that is known before the server behind it listens: what a public address is to a server on a free port.</summary>
sealed class Relay : IAsyncDisposable
{
    readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    readonly CancellationTokenSource _stop = new();
    readonly TaskCompletionSource<Uri> _target = new();
    readonly Task _accepting;

    public Relay()
    {
        _listener.Start();
        _accepting = AcceptAsync();
    }

    public Uri Address => new($"http://127.0.0.1:{((IPEndPoint)_listener.LocalEndpoint).Port}");

    public void To(Uri server) => _target.SetResult(server);

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

    async Task ServeAsync(TcpClient near)
    {
        using (near)
        using (var far = new TcpClient())
        {
            try
            {
                var server = await _target.Task.WaitAsync(_stop.Token);
                await far.ConnectAsync(server.Host, server.Port, _stop.Token);
                await Task.WhenAny(near.GetStream().CopyToAsync(far.GetStream(), _stop.Token), far.GetStream().CopyToAsync(near.GetStream(), _stop.Token));
            }
            catch (Exception gone) when (gone is OperationCanceledException or IOException or SocketException)
            {
                // One of the two hung up.
            }
        }
    }
}
