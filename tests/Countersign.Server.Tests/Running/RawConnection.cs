using System.Net.Sockets;
using System.Text;

namespace Countersign.Server.Tests.Running;

/// <summary>A socket to the server, for what no HTTP client would send.</summary>
sealed class RawConnection : IDisposable
{
    readonly Socket _socket = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);

    /// <summary>
    /// Sends bytes and reads what comes back until the server closes, which a whole request asks for with <c>Connection: close</c>; null when that is nothing.
    /// With <paramref name="hangUp"/> the server is told that no more will come.
    /// </summary>
    public static async Task<Answer?> AskAsync(Uri address, string request, bool hangUp = false)
    {
        using var connection = new RawConnection();
        await connection._socket.ConnectAsync(address.Host, address.Port);
        return await connection.AskAsync(Encoding.Latin1.GetBytes(request), hangUp).WaitAsync(RunningServer.Patience);
    }

    /// <summary>Sends bytes and resets the connection, as a client does that crashed.</summary>
    public static async Task ResetAsync(Uri address, string request)
    {
        using var connection = new RawConnection();
        await connection._socket.ConnectAsync(address.Host, address.Port);
        await connection._socket.SendAsync(Encoding.Latin1.GetBytes(request));
        connection._socket.LingerState = new LingerOption(true, 0);
    }

    /// <summary>Makes a request whose body does not come. The server is at it, and waits, by the time that this returns.</summary>
    public static async Task<RawConnection> HoldAsync(Uri address, string headers)
    {
        var connection = new RawConnection();
        await connection._socket.ConnectAsync(address.Host, address.Port);
        await connection._socket.SendAsync(Encoding.Latin1.GetBytes(headers + "Expect: 100-continue\r\n\r\n"));
        var go = new byte["HTTP/1.1 100".Length];
        await new NetworkStream(connection._socket).ReadExactlyAsync(go).AsTask().WaitAsync(RunningServer.Patience);
        Assert.Equal("HTTP/1.1 100", Encoding.Latin1.GetString(go));
        return connection;
    }

    /// <summary>Sends a part of the body that a held request has announced.</summary>
    public async Task SendAsync(byte[] part) => await new NetworkStream(_socket).WriteAsync(part).AsTask().WaitAsync(RunningServer.Patience);

    public void Dispose() => _socket.Dispose();

    async Task<Answer?> AskAsync(byte[] request, bool hangUp)
    {
        var text = new StringBuilder();
        try
        {
            await _socket.SendAsync(request);
            if (hangUp)
            {
                _socket.Shutdown(SocketShutdown.Send);
            }
        }
        catch (SocketException)
        {
            // A server that has heard enough answers and cuts the line.
        }

        try
        {
            var buffer = new byte[8192];
            int read;
            while ((read = await _socket.ReceiveAsync(buffer)) > 0)
            {
                text.Append(Encoding.UTF8.GetString(buffer, 0, read));
            }
        }
        catch (SocketException)
        {
            // What came until then counts.
        }

        return text.Length == 0 ? null : Parse(text.ToString());
    }

    static Answer Parse(string text)
    {
        var end = text.IndexOf("\r\n\r\n", StringComparison.Ordinal);
        var lines = text[..end].Split("\r\n");
        var headers = lines[1..].Select(line => line.Split(": ", 2)).ToDictionary(part => part[0], part => part[1], StringComparer.OrdinalIgnoreCase);
        return new Answer(int.Parse(lines[0].Split(' ')[1], null), headers, text[(end + 4)..]);
    }
}
