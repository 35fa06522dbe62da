using System.Net;
using System.Net.Sockets;

namespace Countersign.Bench.Servers;

/// <summary>Ports of the loopback interface that nobody listens on.</summary>
static class Ports
{
    public static int Free() => Free(1)[0];

    /// <summary>Different ones: all are held until all are found.</summary>
    public static int[] Free(int count)
    {
        var listeners = Enumerable.Range(0, count).Select(_ => new TcpListener(IPAddress.Loopback, 0)).ToList();
        try
        {
            listeners.ForEach(listener => listener.Start());
            return [.. listeners.Select(listener => ((IPEndPoint)listener.LocalEndpoint).Port)];
        }
        finally
        {
            listeners.ForEach(listener => listener.Dispose());
        }
    }
}
