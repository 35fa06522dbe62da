using System.Collections.Concurrent;
using System.Threading.Channels;
using Countersign.Adapters.Tests.PostgreSql;
using Countersign.Adapters.Tests.Stores;
using Countersign.Core;
using Countersign.Core.Tests.Verifications;
using Countersign.Storage;
using Countersign.Storage.Redis;
using Microsoft.Extensions.Logging;
using StackExchange.Redis;

namespace Countersign.Adapters.Tests.Redis;

/// <summary>A Redis that loses what it had, or may: servers say so while they run, and go on.</summary>
public sealed class EmptiedRedisTests : IAsyncDisposable
{
    readonly PostgresHome _home = new();
    readonly Lines _lines = new();

    [Fact]
    public async Task A_Redis_that_comes_back_empty_is_told_of_and_another_server_can_start()
    {
        using var redis = await SingleRedis.StartAsync("--appendonly", "yes");
        var settings = new RedisSettings { Configuration = $"127.0.0.1:{redis.Port},allowAdmin=true", Replicas = 0, Groups = 2, NodeLife = TimeSpan.FromSeconds(1) };
        await using var running = await OpenAsync(settings);
        await running.Verifications.SendAsync(1, Given.Verification(1, Desk.Opening));

        await using (var multiplexer = await ConnectionMultiplexer.ConnectAsync(settings.Configuration))
        {
            await multiplexer.GetServers()[0].FlushAllDatabasesAsync();
            await _lines.ComeAsync(3332, 2);
            while (!await multiplexer.GetDatabase().KeyExistsAsync("{cs}:name"))
            {
                await Task.Delay(20, TestContext.Current.CancellationToken);
            }
        }

        await using var another = await OpenAsync(settings);
        await another.Verifications.SendAsync(2, Given.Verification(2, Desk.Opening));
        Assert.NotNull(await running.Verifications.FindAsync(2));
        Assert.Equal(2, _lines.Count(3332));
    }

    [Theory]
    [InlineData("--appendonly no", true)]
    [InlineData("--appendonly yes --maxmemory-policy allkeys-lru", true)]
    [InlineData("--appendonly yes --maxmemory-policy noeviction", false)]
    public async Task A_Redis_that_may_lose_what_was_acknowledged_is_told_of_at_the_start(string server, bool isTold)
    {
        using var redis = await SingleRedis.StartAsync(server.Split(' '));

        await using var store = await OpenAsync(new RedisSettings { Configuration = $"127.0.0.1:{redis.Port}", Replicas = 0 });

        Assert.Equal(isTold ? 1 : 0, _lines.Count(3323));
    }

    public ValueTask DisposeAsync() => _home.DisposeAsync();

    async Task<RedisStores> OpenAsync(RedisSettings settings) =>
        await RedisStores.OpenAsync(settings, await _home.OpenPostgresAsync(), _home.Sealer, RandomSource.System, _home.Time, _lines);

    sealed class Lines : ILogger<RedisStore>
    {
        readonly ConcurrentQueue<int> _said = new();
        readonly Channel<int> _more = Channel.CreateUnbounded<int>();

        public int Count(int id) => _said.Count(said => said == id);

        /// <summary>Waits until so many lines of that number were said.</summary>
        public async Task ComeAsync(int id, int count)
        {
            while (Count(id) < count)
            {
                await _more.Reader.ReadAsync(TestContext.Current.CancellationToken).AsTask().WaitAsync(TimeSpan.FromSeconds(30));
            }
        }

        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
        {
            _said.Enqueue(eventId.Id);
            _more.Writer.TryWrite(eventId.Id);
        }
    }
}
