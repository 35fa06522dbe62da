using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using StackExchange.Redis;

namespace Countersign.Storage.Redis;

/// <summary>
/// One connection to one server, for the writes that are acknowledged. WAIT counts the replicas that have the last write of the connection that it is asked on. A client
/// that connects anew by itself could ask it on another connection than the write went by, where it says yes to everything; this one breaks instead, and stays broken.
/// </summary>
sealed class RedisLink : IDisposable
{
    readonly Socket _socket;
    readonly Stream _stream;
    byte[] _buffer = new byte[64 * 1024];
    int _from, _to;

    RedisLink(Socket socket, Stream stream) => (_socket, _stream) = (socket, stream);

    public static async Task<RedisLink> ConnectAsync(ConfigurationOptions options, EndPoint server, CancellationToken ct)
    {
        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        RedisLink? link = null;
        try
        {
            await socket.ConnectAsync(server, ct);
            Stream stream = new NetworkStream(socket, ownsSocket: true);
            if (options.Ssl)
            {
                var secure = new SslStream(stream);
                stream = secure;
                await secure.AuthenticateAsClientAsync(new SslClientAuthenticationOptions { TargetHost = options.SslHost ?? HostOf(server) }, ct);
            }

            link = new RedisLink(socket, stream);
            await link.LogInAsync(options, ct);
            return link;
        }
        catch
        {
            link?.Dispose();
            socket.Dispose();
            throw;
        }
    }

    /// <summary>The other side has closed it, or said what nobody asked for: not to be used again. Costs a look at the socket, and sends nothing.</summary>
    public bool IsClosed
    {
        get
        {
            try
            {
                return _to > _from || _socket.Poll(0, SelectMode.SelectRead);
            }
            catch (SocketException)
            {
                return true;
            }
        }
    }

    /// <summary>Sends commands in one piece and reads so many replies. When it throws, the link is of no more use.</summary>
    public async Task<object?[]> SendAsync(ReadOnlyMemory<byte> commands, int replies, CancellationToken ct)
    {
        await _stream.WriteAsync(commands, ct);
        var values = new object?[replies];
        for (var i = 0; i < replies; i++)
        {
            while (!TryRead(out values[i]))
            {
                await FillAsync(ct);
            }
        }

        return values;
    }

    public void Dispose()
    {
        _stream.Dispose();
        _socket.Dispose();
    }

    async Task LogInAsync(ConfigurationOptions options, CancellationToken ct)
    {
        if (string.IsNullOrEmpty(options.Password))
        {
            return;
        }

        var command = new RespWriter();
        command.Command(string.IsNullOrEmpty(options.User) ? 2 : 3);
        command.Bulk("AUTH"u8);
        if (!string.IsNullOrEmpty(options.User))
        {
            command.Bulk(options.User);
        }

        command.Bulk(options.Password);
        if ((await SendAsync(command.Written, 1, ct))[0] is RespError)
        {
            throw new RedisSettingsException(RedisDiagnosis.Refused);
        }
    }

    bool TryRead(out object? value)
    {
        var at = _from;
        if (_to == _from || !RespReader.TryRead(_buffer.AsSpan(0, _to), ref at, out value))
        {
            value = null;
            return false;
        }

        _from = at;
        return true;
    }

    async Task FillAsync(CancellationToken ct)
    {
        if (_from > 0)
        {
            _buffer.AsSpan(_from, _to - _from).CopyTo(_buffer);
            (_from, _to) = (0, _to - _from);
        }

        if (_to == _buffer.Length)
        {
            Array.Resize(ref _buffer, 2 * _buffer.Length);
        }

        var count = await _stream.ReadAsync(_buffer.AsMemory(_to), ct);
        if (count == 0)
        {
            throw new IOException("Redis closed the connection.");
        }

        _to += count;
    }

    static string HostOf(EndPoint server) => server is DnsEndPoint name ? name.Host : ((IPEndPoint)server).Address.ToString();
}
