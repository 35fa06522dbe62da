using Countersign.Adapters.Tests.Stores;
using Countersign.Core.Tests.Privacy;
using Countersign.Storage.Redis;

namespace Countersign.Adapters.Tests.Redis;

/// <summary>Keys of their own on a cluster.</summary>
sealed class RedisHome(RedisCluster? cluster = null) : StoreHome
{
    static int _homes;

    readonly string _prefix = $"t{Interlocked.Increment(ref _homes)}";

    public MemoryHistory History { get; } = new();

    public RedisSettings Settings { get; set; } = new() { Configuration = "" };

    /// <summary>The store itself, where a test needs more than its ports.</summary>
    public async Task<RedisStore> OpenRedisAsync(TimeProvider? clock = null) => await RedisStore.OpenAsync(
        Settings with { Configuration = (cluster ?? await RedisCluster.SharedAsync()).Configuration, Prefix = _prefix }, History, History, Sealer, new ReplayedRandom(Interlocked.Increment(ref _homes)),
        Time, clock);

    public string KeyOf(int group, string name) => $"{{{_prefix}:{group}}}:{name}";

    public override async Task<OpenStore> OpenAsync()
    {
        var store = await OpenRedisAsync();
        return new OpenStore(store.DisposeAsync)
        {
            Verifications = store.Verifications,
            Outbox = store.Outbox,
            Services = null!,
            Accounts = null!,
            Attempts = null!,
            Alarms = store.Alarms,
            Carriers = null!,
            Templates = null!,
            MessagingServices = null!,
            MessagingConfigurations = null!,
        };
    }

    public override ValueTask DisposeAsync() => ValueTask.CompletedTask;
}
