using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Countersign.Bench.Timing;

/// <summary>One keep-alive connection that asks one thing after the other and waits for each answer; what it sends was made before the clock runs.</summary>
sealed class Asker : IDisposable
{
    readonly Socket _socket = new(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
    readonly byte[] _answer = new byte[16_384];

    public Asker(IPEndPoint server) => _socket.Connect(server);

    /// <summary>Asks, and gives the status of the answer.</summary>
    /// <exception cref="BenchException">The answer is none of HTTP, or not of the expected status.</exception>
    public void Ask(byte[] request, int expected)
    {
        _socket.Send(request);
        var (filled, end) = (0, 0);
        while (end == 0 || filled < end)
        {
            var read = _socket.Receive(_answer.AsSpan(filled));
            filled += read > 0 ? read : throw new BenchException("The server closed the connection.");
            end = end > 0 ? end : EndOf(_answer.AsSpan(0, filled));
        }

        var status = _answer.AsSpan(9, 3);
        if (!int.TryParse(status, out var got) || got != expected)
        {
            throw new BenchException($"{expected} was expected, and {Encoding.ASCII.GetString(status)} came.");
        }
    }

    public void Dispose() => _socket.Dispose();

    static int EndOf(ReadOnlySpan<byte> answer)
    {
        var head = answer.IndexOf("\r\n\r\n"u8);
        var length = answer.IndexOf("Content-Length: "u8);
        if (head < 0)
        {
            return 0;
        }

        if (length < 0 || length > head)
        {
            return head + 4;
        }

        var digits = answer[(length + "Content-Length: ".Length)..];
        return head + 4 + int.Parse(digits[..digits.IndexOf((byte)'\r')], System.Globalization.CultureInfo.InvariantCulture);
    }
}
