using Countersign.Core.Guard.Sharing;
using Countersign.Core.Verifications;
using StackExchange.Redis;

namespace Countersign.Storage.Redis;

/// <summary>What Guard counts, from node to node by a channel that a cluster's servers pass on among themselves. Whoever does not listen misses it.</summary>
sealed class RedisGuardWire(IConnectionMultiplexer redis, string prefix, Func<bool>? seesOthers) : IGuardWire
{
    const int MostBytes = 60_000;

    readonly RedisChannel _channel = RedisChannel.Literal(prefix + ":counts");

    public bool HasOthers => true;

    public bool SeesOthers => seesOthers?.Invoke() ?? false;

    public int MaxBatchBytes => MostBytes;

    public async Task SendAsync(ReadOnlyMemory<byte> batch, CancellationToken ct)
    {
        try
        {
            await redis.GetSubscriber().PublishAsync(_channel, batch).WaitAsync(ct);
        }
        catch (Exception problem) when (problem is RedisException or TimeoutException)
        {
            throw new StoreUnavailableException("Redis does not pass on what is counted.", problem);
        }
    }

    public async Task ListenAsync(Action<ReadOnlyMemory<byte>> heard, CancellationToken ct)
    {
        // Once subscribed, the library subscribes again by itself whenever a connection comes back.
        ChannelMessageQueue queue;
        try
        {
            queue = await redis.GetSubscriber().SubscribeAsync(_channel);
        }
        catch (Exception problem) when (problem is RedisException or TimeoutException)
        {
            throw new StoreUnavailableException("Redis does not pass on what is counted.", problem);
        }

        var echoes = new Echoes(TimeProvider.System);
        try
        {
            while (true)
            {
                if ((byte[]?)(await queue.ReadAsync(ct)).Message is { } batch && !echoes.IsEcho(batch))
                {
                    heard(batch);
                }
            }
        }
        finally
        {
            await queue.UnsubscribeAsync(CommandFlags.FireAndForget);
        }
    }
}
