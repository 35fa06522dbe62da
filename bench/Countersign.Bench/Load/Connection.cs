using System.Buffers.Text;
using System.Net;
using System.Net.Sockets;

namespace Countersign.Bench.Load;

/// <summary>One keep-alive connection with one request on its way at most, and just enough of HTTP to know where its answer ends.</summary>
sealed class Connection : IDisposable
{
    readonly Socket _socket;
    readonly int _handle;
    readonly byte[] _request;
    readonly byte[] _answer = new byte[8192];
    int _filled;
    int _body;
    int _end;

    public Connection(IPEndPoint server, byte[] request)
    {
        _request = request;
        _socket = new Socket(server.AddressFamily, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        _socket.Connect(server);
        _handle = Epoll.HandleOf(_socket);
    }

    public Socket Socket => _socket;

    public Span<byte> Request => _request;

    /// <summary>When the request went out, in ticks of the generator's clock.</summary>
    public long SentAt { get; set; }

    /// <summary>The status of the answer that is whole.</summary>
    public int Status { get; private set; }

    /// <summary>Its body.</summary>
    public ReadOnlySpan<byte> Body => _answer.AsSpan(_body, _end - _body);

    public bool Send()
    {
        (_filled, _end) = (0, 0);
        return Epoll.Send(_handle, _request);
    }

    /// <summary>Reads what has come.</summary>
    public AnswerState Receive()
    {
        var count = Epoll.Receive(_handle, _answer.AsSpan(_filled));
        if (count < 0)
        {
            return AnswerState.Partial;
        }

        _filled += count;
        if (count == 0 || (_end == 0 && !TryReadHead()))
        {
            return AnswerState.Broken;
        }

        return _end > 0 && _filled == _end ? AnswerState.Whole : _filled == _answer.Length ? AnswerState.Broken : AnswerState.Partial;
    }

    public void Dispose() => _socket.Dispose();

    /// <summary>Finds status and length, if all of the head is there. False for what is not an answer of known length.</summary>
    bool TryReadHead()
    {
        ReadOnlySpan<byte> all = _answer.AsSpan(0, _filled);
        var head = all.IndexOf("\r\n\r\n"u8);
        if (head < 0)
        {
            return true;
        }

        var length = all[..head].IndexOf("\r\nContent-Length: "u8);
        if (length < 0 || !all.StartsWith("HTTP/1.1 "u8)
            || !Utf8Parser.TryParse(all.Slice(9, 3), out int status, out _)
            || !Utf8Parser.TryParse(all[(length + "\r\nContent-Length: ".Length)..], out int bytes, out _))
        {
            return false;
        }

        Status = status;
        _body = head + 4;
        _end = _body + bytes;
        return _end <= _answer.Length;
    }
}

/// <summary>How far an answer has come.</summary>
enum AnswerState
{
    Partial,
    Whole,
    Broken,
}
