namespace Countersign.Storage.Redis;

/// <summary>What the Redis store is opened with.</summary>
public sealed record RedisSettings
{
    public const int DefaultGroups = 4, MaxGroups = 4096;

    /// <summary>Servers and options as StackExchange.Redis reads them: <c>host:6379,host:6379,password=…,ssl=true</c>; without a port it is 6379.</summary>
    public required string Configuration { get; init; }

    /// <summary>Replicas that must have a write before it is acknowledged. 0 for a single server, which loses what it acknowledged when it is lost.</summary>
    public int Replicas { get; init; } = 1;

    /// <summary>Shard groups, a power of two, 1 to 4096: into so many hash slots all keys go. Fixed once the store was opened.</summary>
    public int Groups { get; init; } = DefaultGroups;

    /// <summary>Begins the names of all keys.</summary>
    public string Prefix { get; init; } = "cs";

    /// <summary>How long a verification stays in Redis after its end. PostgreSQL has it by then.</summary>
    public TimeSpan Keep { get; init; } = TimeSpan.FromHours(24);

    /// <summary>Without a sign of life for so long, a node counts as dead, and others send its messages.</summary>
    public TimeSpan NodeLife { get; init; } = TimeSpan.FromSeconds(15);

    /// <summary>Entries of history that may wait for PostgreSQL; each is what one exchange changed in a group. At more, nothing new is started.</summary>
    public long MaxHistory { get; init; } = 1_000_000;

    /// <summary>Messages without an outcome that a node may know of, some 100 bytes each. At more it starts nothing new and sends nothing again, and takes over no more of others.</summary>
    public int MaxKnown { get; init; } = Backlog.MaxMessages;

    /// <summary>How long a write waits for its replicas before it fails.</summary>
    public TimeSpan ReplicaTimeout { get; init; } = TimeSpan.FromSeconds(1);
}

/// <summary>The settings do not fit what is in Redis, or Redis is not what the store needs.</summary>
public sealed class RedisSettingsException(string message) : Exception(message);
