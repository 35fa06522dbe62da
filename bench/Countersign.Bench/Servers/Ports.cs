using System.Net;
using System.Net.Sockets;

namespace Countersign.Bench.Servers;

/// <summary>
/// Ports of the loopback interface that nobody listens on. Each is given once, and all are below those that the system gives to connections: what was killed or stopped finds its own free when it starts again.
/// </summary>
static class Ports
{
    // From one to the next process as far apart as what one of them needs.
    const int First = 20_000, Apart = 100, Processes = 120;

    static int _last = First + (Environment.ProcessId % Processes * Apart);

    public static int Free()
    {
        while (true)
        {
            var port = Interlocked.Increment(ref _last);
            if (IsFree(port))
            {
                return port;
            }
        }
    }

    /// <summary>Different ones.</summary>
    public static int[] Free(int count) => [.. Enumerable.Range(0, count).Select(_ => Free())];

    static bool IsFree(int port)
    {
        using var socket = new Socket(SocketType.Stream, ProtocolType.Tcp);
        try
        {
            socket.Bind(new IPEndPoint(IPAddress.Loopback, port));
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }
}
