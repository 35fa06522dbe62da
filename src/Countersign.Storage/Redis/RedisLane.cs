using System.Net;
using System.Net.Sockets;
using System.Security.Authentication;
using Countersign.Core.Verifications;
using StackExchange.Redis;

namespace Countersign.Storage.Redis;

/// <summary>A connection to each master, for one exchange at a time: while it waits for replicas on one lane, the next exchange goes by another.</summary>
sealed class RedisLane(ConfigurationOptions options, TimeSpan timeout, TimeProvider clock) : IDisposable
{
    readonly Dictionary<EndPoint, RedisLink> _links = [];
    readonly Lock _gate = new();

    /// <summary>Sends commands to a server and reads so many replies. Two servers may be spoken to at a time, one never twice.</summary>
    /// <exception cref="StoreUnavailableException">No answer: what was sent was done or not.</exception>
    public async Task<object?[]> SendAsync(EndPoint server, ReadOnlyMemory<byte> commands, int replies)
    {
        using var limit = new CancellationTokenSource(timeout, clock);
        RedisLink? link;
        lock (_gate)
        {
            _links.Remove(server, out link);
        }

        try
        {
            link ??= await RedisLink.ConnectAsync(options, server, limit.Token);
            var values = await link.SendAsync(commands, replies, limit.Token);
            lock (_gate)
            {
                _links[server] = link;
            }

            return values;
        }
        catch (Exception problem) when (problem is IOException or SocketException or OperationCanceledException or AuthenticationException or InvalidDataException)
        {
            link?.Dispose();
            throw new StoreUnavailableException($"Redis at {server} does not answer.", problem);
        }
    }

    public void Dispose()
    {
        lock (_gate)
        {
            foreach (var link in _links.Values)
            {
                link.Dispose();
            }

            _links.Clear();
        }
    }
}
