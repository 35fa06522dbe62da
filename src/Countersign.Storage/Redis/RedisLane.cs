using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using System.Security.Authentication;
using Countersign.Core.Verifications;
using StackExchange.Redis;

namespace Countersign.Storage.Redis;

/// <summary>A connection to each master, for one exchange at a time: while it waits for replicas on one lane, the next exchange goes by another.</summary>
sealed class RedisLane(ConfigurationOptions options, TimeSpan timeout, TimeProvider clock) : IDisposable
{
    static readonly byte[] Ping = "*1\r\n$4\r\nPING\r\n"u8.ToArray();

    readonly Dictionary<EndPoint, RedisLink> _links = [];

    // What ends an exchange that takes too long: kept, since each would else make a timer of its own.
    readonly ConcurrentBag<CancellationTokenSource> _limits = [];
    readonly Lock _gate = new();
    bool _isDisposed;

    /// <summary>Sends commands to a server and reads so many replies. Two servers may be spoken to at a time, one never twice.</summary>
    /// <exception cref="StoreUnavailableException">No answer: what was sent was done or not.</exception>
    public async Task<object?[]> SendAsync(EndPoint server, ReadOnlyMemory<byte> commands, int replies)
    {
        var limit = _limits.TryTake(out var idle) ? idle : new CancellationTokenSource(Timeout.InfiniteTimeSpan, clock);
        limit.CancelAfter(timeout);
        var link = Take(server);
        if (link is { IsClosed: true })
        {
            // By a server that was restarted, while nobody used the link: nothing was sent by it yet, so nobody need be refused.
            link.Dispose();
            link = null;
        }

        try
        {
            link ??= await RedisLink.ConnectAsync(options, server, limit.Token);
            var values = await link.SendAsync(commands, replies, limit.Token);
            if (values is [RespError { Text: var text }, ..] && RedisDiagnosis.IsRefusal(text))
            {
                // Nothing was done. A link that was not let in stays so.
                throw new RedisSettingsException(RedisDiagnosis.Refused);
            }

            Keep(server, link);
            return values;
        }
        catch (Exception problem) when (problem is IOException or SocketException or OperationCanceledException or AuthenticationException or InvalidDataException or RedisSettingsException)
        {
            link?.Dispose();
            throw new StoreUnavailableException(problem is RedisSettingsException ? problem.Message : $"Redis at {server} does not answer.", problem);
        }
        finally
        {
            if (limit.TryReset())
            {
                _limits.Add(limit);
            }
            else
            {
                limit.Dispose();
            }
        }
    }

    /// <summary>Drops the links that have died while nobody used them: those of a server that went away without a word are noticed only by asking.</summary>
    public async Task CheckAsync()
    {
        List<EndPoint> servers;
        lock (_gate)
        {
            servers = [.. _links.Keys];
        }

        await Task.WhenAll(servers.Select(CheckAsync));
    }

    async Task CheckAsync(EndPoint server)
    {
        if (Take(server) is not { } link)
        {
            return;
        }

        using var limit = new CancellationTokenSource(timeout, TimeProvider.System);
        try
        {
            await link.SendAsync(Ping, 1, limit.Token);
            Keep(server, link);
        }
        catch (Exception problem) when (problem is IOException or SocketException or OperationCanceledException or InvalidDataException)
        {
            link.Dispose();
        }
    }

    /// <summary>The link to a server, which its taker has alone until it keeps it again.</summary>
    RedisLink? Take(EndPoint server)
    {
        lock (_gate)
        {
            return _links.Remove(server, out var link) ? link : null;
        }
    }

    void Keep(EndPoint server, RedisLink link)
    {
        lock (_gate)
        {
            if (!_isDisposed && _links.TryAdd(server, link))
            {
                return;
            }
        }

        // Another was made while this one was checked, or the lane is gone.
        link.Dispose();
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
            _isDisposed = true;
        }

        while (_limits.TryTake(out var limit))
        {
            limit.Dispose();
        }
    }
}
