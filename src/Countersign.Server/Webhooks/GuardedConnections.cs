using System.Net;
using System.Net.Sockets;
using Countersign.Core.Events;

namespace Countersign.Server.Webhooks;

/// <summary>
/// Connects to receivers: looks the name up, and connects only to an address that the rules allow. What is judged is what is connected to, so a name that is looked up a second
/// time with another answer gains nothing.
/// </summary>
sealed class GuardedConnections(AddressRules rules, Func<string, CancellationToken, Task<IPAddress[]>>? resolve = null)
{
    readonly Func<string, CancellationToken, Task<IPAddress[]>> _resolve = resolve ?? Dns.GetHostAddressesAsync;

    public async ValueTask<Stream> ConnectAsync(SocketsHttpConnectionContext context, CancellationToken ct)
    {
        var (host, port) = (context.DnsEndPoint.Host, context.DnsEndPoint.Port);
        var found = IPAddress.TryParse(host.Trim('[', ']'), out var literal) ? [literal] : await _resolve(host, ct);
        var allowed = Array.FindAll(found, rules.Allows);
        if (allowed.Length == 0)
        {
            throw found.Length == 0 ? new SocketException((int)SocketError.HostNotFound) : new AddressNotAllowedException();
        }

        SocketException? last = null;
        foreach (var address in allowed)
        {
            var socket = new Socket(address.AddressFamily, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
            try
            {
                await socket.ConnectAsync(new IPEndPoint(address, port), ct);
                return new NetworkStream(socket, ownsSocket: true);
            }
            catch (SocketException problem)
            {
                socket.Dispose();
                last = problem;
            }
            catch
            {
                socket.Dispose();
                throw;
            }
        }

        throw last!;
    }
}

/// <summary>A name leads to addresses that events may not go to, and to no other.</summary>
sealed class AddressNotAllowedException() : Exception("The receiver's address is not allowed.");
