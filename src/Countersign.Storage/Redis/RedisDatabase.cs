using System.Collections.Concurrent;
using System.Net;
using System.Numerics;
using Countersign.Core.Verifications;
using Countersign.Storage.History;
using StackExchange.Redis;

namespace Countersign.Storage.Redis;

/// <summary>
/// The servers: who is the master of which group, the functions on them, and the ways to call these. What is acknowledged goes by <see cref="RedisLane"/>s; all else by the
/// multiplexer, which also finds the servers and notices when they change.
/// </summary>
sealed class RedisDatabase : IAsyncDisposable
{
    /// <summary>How long what is asked of many groups waits for those that do not answer. By the machine's own clock, whatever clock a test has.</summary>
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(1);

    const int DefaultPort = 6379;

    readonly ConnectionMultiplexer _redis;
    readonly ConfigurationOptions _options;
    readonly EndPoint?[] _masters;
    readonly ConcurrentBag<RedisLane> _lanes = [];
    int _asked;

    RedisDatabase(ConnectionMultiplexer redis, ConfigurationOptions options, RedisSettings settings)
    {
        (_redis, _options, Settings) = (redis, options, settings);
        Keys = new RedisKeys(settings.Prefix, settings.Groups);
        _masters = new EndPoint?[settings.Groups];
        Identity = new RedisIdentity(redis, settings);
    }

    public RedisSettings Settings { get; }

    public RedisKeys Keys { get; }

    /// <summary>Whose Redis this is, by what is kept in it.</summary>
    public RedisIdentity Identity { get; }

    /// <summary>Told of a group whose master came back without its keys, while this node runs.</summary>
    public Action<int>? Emptied { get; set; }

    /// <summary>Which start of a node this is, among all: later ones have greater numbers.</summary>
    public long Start { get; private set; }

    /// <summary>Opens it. <paramref name="claim"/> is asked before anything is written, and throws where this is not the Redis to use.</summary>
    /// <exception cref="RedisSettingsException">The settings are wrong, or not those that the store was made with.</exception>
    /// <exception cref="StoreUnavailableException">No server answers.</exception>
    public static async Task<RedisDatabase> OpenAsync(RedisSettings settings, Func<INamedPlace, Task>? claim = null)
    {
        if (!BitOperations.IsPow2(settings.Groups) || settings.Groups is < 1 or > RedisSettings.MaxGroups)
        {
            throw new RedisSettingsException("Countersign:RedisGroups is a power of two, 1 to 4096.");
        }

        var options = Read(settings.Configuration);
        if (options.DefaultDatabase is > 0)
        {
            throw new RedisSettingsException("Countersign:Redis names a database other than 0 (defaultDatabase). A cluster has no other; give Countersign a server of its own.");
        }

        options.ClientName ??= "countersign";
        options.AllowAdmin = true;
        ConnectionMultiplexer redis;
        try
        {
            redis = await ConnectionMultiplexer.ConnectAsync(options);
        }
        catch (RedisConnectionException problem)
        {
            throw new StoreUnavailableException(await RedisDiagnosis.ExplainAsync(options), problem);
        }

        var database = new RedisDatabase(redis, options, settings);
        try
        {
            await RedisDiagnosis.CheckLogInAsync(options, redis);
            await database.Identity.CheckGroupsAsync();
            await (claim?.Invoke(database.Identity) ?? Task.CompletedTask);
            await database.PrepareAsync();
            return database;
        }
        catch (StoreUnavailableException problem) when (problem.InnerException is not null)
        {
            await database.DisposeAsync();
            throw new StoreUnavailableException(await RedisDiagnosis.ExplainAsync(options), problem);
        }
        catch
        {
            await database.DisposeAsync();
            throw;
        }
    }

    /// <summary>Servers and options; a server without a port is at that of Redis, with TLS as without.</summary>
    /// <exception cref="RedisSettingsException">They cannot be read.</exception>
    internal static ConfigurationOptions Read(string configuration)
    {
        try
        {
            var options = ConfigurationOptions.Parse(configuration);
            for (var i = 0; i < options.EndPoints.Count; i++)
            {
                options.EndPoints[i] = options.EndPoints[i] switch
                {
                    DnsEndPoint { Port: 0 } named => new DnsEndPoint(named.Host, DefaultPort, named.AddressFamily),
                    IPEndPoint { Port: 0 } address => new IPEndPoint(address.Address, DefaultPort),
                    var server => server,
                };
            }

            return options;
        }
        catch (ArgumentException)
        {
            // What it says may hold a part of the password.
            throw new RedisSettingsException("Countersign:Redis cannot be read. It is host:port,host:port and then options, such as password=… and ssl=true. A password with a comma cannot be written there.");
        }
    }

    /// <inheritdoc cref="UnsafeServers.FindAsync"/>
    public Task<IReadOnlyList<(string Server, string Setting)>> UnsafeAsync() => UnsafeServers.FindAsync(_redis);

    public RedisGuardWire NewGuardWire(Func<bool>? seesOthers) => new(_redis, Settings.Prefix, seesOthers);

    public RedisLane NewLane(TimeProvider clock)
    {
        var lane = new RedisLane(_options, Settings.ReplicaTimeout + TimeSpan.FromSeconds(3), clock);
        _lanes.Add(lane);
        return lane;
    }

    /// <summary>Drops the links of all lanes that have died while nobody used them.</summary>
    public Task CheckLanesAsync() => Task.WhenAll(_lanes.Select(lane => lane.CheckAsync()));

    /// <summary>The master of a group, as far as is known.</summary>
    public async ValueTask<EndPoint> MasterOfAsync(int group) => Volatile.Read(ref _masters[group]) is { } known ? known : await FindMasterAsync(group);

    /// <summary>Calls by the masters of their groups; those whose master nobody names fail.</summary>
    public async Task<Dictionary<EndPoint, List<T>>> ByMasterAsync<T>(IEnumerable<T> calls, Func<T, int> groupOf, Action<T, StoreUnavailableException> fail)
    {
        var byMaster = new Dictionary<EndPoint, List<T>>();
        foreach (var call in calls)
        {
            try
            {
                var master = await MasterOfAsync(groupOf(call));
                if (!byMaster.TryGetValue(master, out var list))
                {
                    byMaster.Add(master, list = []);
                }

                list.Add(call);
            }
            catch (StoreUnavailableException problem)
            {
                fail(call, problem);
            }
        }

        return byMaster;
    }

    /// <summary>
    /// Has a server wait for its replicas behind what is written to it by then, and say whether it could write that to its own log. A master whose disk is full learns so only behind
    /// its answer to the write, and so does its replica: without the question both would have it in memory alone, and say that all is well. PING is refused then (MISCONF).
    /// Gives how many replies that brings: two, or none where no replica is asked for.
    /// </summary>
    public int AddWait(RespWriter writer)
    {
        if (Settings.Replicas == 0)
        {
            return 0;
        }

        writer.Command(3);
        writer.Bulk("WAIT"u8);
        writer.Bulk(Settings.Replicas);
        writer.Bulk((long)Settings.ReplicaTimeout.TotalMilliseconds);
        writer.Command(1);
        writer.Bulk("PING"u8);
        return 2;
    }

    /// <summary>Whether the replies to that, which are the last ones, say that as many have it as were asked for, and that the master could write it to its log.</summary>
    public bool IsSafe(object?[] replies) => replies[^2] is long replicas && replicas >= Settings.Replicas && !HasNoRoom(replies);

    /// <summary>Whether the last of the replies to that says that the master cannot write to its log.</summary>
    public static bool HasNoRoom(object?[] replies) => replies[^1] is RespError { Text: var text } && text.StartsWith("MISCONF", StringComparison.Ordinal);

    /// <summary>A server did not answer, or is master no more: the masters are asked for again when they are needed.</summary>
    public void Forget(EndPoint server)
    {
        for (var group = 0; group < _masters.Length; group++)
        {
            Interlocked.CompareExchange(ref _masters[group], null, server);
        }
    }

    /// <summary>A server said who has a group now: "MOVED slot host:port".</summary>
    public void Moved(int group, string error)
    {
        var moved = EndPointCollection.TryParse(error.Split(' ')[^1]);
        Volatile.Write(ref _masters[group], moved);
    }

    /// <summary>Makes of an error that a master answered what can be made of it. True when the call was surely not executed and may succeed now.</summary>
    /// <exception cref="StoreUnavailableException">The functions could not be loaded.</exception>
    public async Task<bool> LearnAsync(EndPoint master, int group, string error)
    {
        switch (error.Split(' ')[0])
        {
            case "MOVED":
                Moved(group, error);
                return true;
            case "READONLY" or "MASTERDOWN" or "CLUSTERDOWN" or "LOADING" or "TRYAGAIN" or "ASK":
                Forget(master);
                return false;
            default:
                var isMissing = RedisLibrary.IsMissing(error);
                if (isMissing || RedisLibrary.IsClosed(error))
                {
                    await OpenAsync(group);
                }

                return isMissing;
        }
    }

    /// <summary>Gives the functions to the master of a group, and makes the group's streams. Asks no other master, which may refuse or hang.</summary>
    async Task OpenAsync(int group)
    {
        // As the multiplexer sees it, which calls it: CLUSTER SLOTS may have another name for the same server.
        var master = await Wrapped(_redis.GetDatabase().IdentifyEndpointAsync(Keys.Tag(group), CommandFlags.DemandMaster | CommandFlags.NoRedirect))
            ?? throw new StoreUnavailableException("No server of Countersign:Redis says who has the keys.");
        await Wrapped(RedisLibrary.LoadAsync(_redis.GetServer(master)));
        if ((long)await Wrapped(FunctionAsync([RedisLibrary.Function("open"), 1, (RedisKey)Keys.Tag(group)])) == 1)
        {
            Identity.IsInDoubt = true;
            Emptied?.Invoke(group);
        }
    }

    /// <summary>Calls a function for a group, by the shared connection.</summary>
    public Task<RedisResult> CallAsync(int group, string function, params ReadOnlySpan<object> arguments) =>
        CallAsync(group, [RedisLibrary.Function(function), 1, (RedisKey)Keys.Tag(group), .. arguments]);

    async Task<RedisResult> CallAsync(int group, object[] all)
    {
        try
        {
            return await FunctionAsync(all);
        }
        catch (RedisServerException problem) when (RedisLibrary.IsMissing(problem.Message))
        {
            await OpenAsync(group);
            return await Wrapped(FunctionAsync(all));
        }
        catch (RedisServerException problem) when (RedisLibrary.IsClosed(problem.Message))
        {
            // Not called again: a part of it may have been done.
            await OpenAsync(group);
            throw Unavailable(problem);
        }
        catch (RedisServerException problem) when (problem.Message.Contains("MOVED", StringComparison.Ordinal))
        {
            // The library has learned by this who has the slot now.
            return await Wrapped(FunctionAsync(all));
        }
        catch (Exception problem) when (problem is RedisException or TimeoutException)
        {
            throw Unavailable(problem);
        }
    }

    /// <summary>
    /// Never on to where a server points: while a slot is being moved (ASK), a part of the group's keys is here and a part there, and a function that does not find one takes it for gone.
    /// </summary>
    Task<RedisResult> FunctionAsync(object[] arguments) => _redis.GetDatabase().ExecuteAsync("FCALL", arguments, CommandFlags.DemandMaster | CommandFlags.NoRedirect);

    /// <summary>The entries of a group's stream with these ids; null for those that are gone.</summary>
    public Task<RedisResult[]> EntriesAsync(int group, IReadOnlyList<string> ids)
    {
        var database = _redis.GetDatabase();
        RedisKey stream = Keys.Of(group, "o");
        return Task.WhenAll(ids.Select(id => Wrapped(database.ExecuteAsync("XRANGE", [stream, id, id], CommandFlags.DemandMaster))));
    }

    /// <summary>How many entries of a group's history wait, and how much older the oldest is than the newest.</summary>
    public async Task<HistoryLength> HistoryAsync(int group)
    {
        var (data, key) = (_redis.GetDatabase(), (RedisKey)Keys.Of(group, "c"));
        var length = data.StreamLengthAsync(key);
        var oldest = data.StreamRangeAsync(key, count: 1);
        var newest = data.StreamRangeAsync(key, count: 1, messageOrder: Order.Descending);
        var count = await Wrapped(length);
        return new HistoryLength(count, (await Wrapped(oldest), await Wrapped(newest)) is ([var first], [var last]) ? (Moment(last) - Moment(first)) / 1000 : 0);
    }

    static long Moment(StreamEntry entry) => long.Parse(entry.Id.ToString().Split('-')[0], System.Globalization.CultureInfo.InvariantCulture);

    public Task RemoveAlarmsAsync(int group, RedisValue[] alarms) => Wrapped(_redis.GetDatabase().SortedSetRemoveAsync(Keys.Of(group, "a"), alarms));

    /// <summary>Sets when alarms ring that are there; those that are done stay gone.</summary>
    public Task SetAlarmsAsync(int group, SortedSetEntry[] alarms) => Wrapped(_redis.GetDatabase().SortedSetAddAsync(Keys.Of(group, "a"), alarms, SortedSetWhen.Exists));

    public async ValueTask DisposeAsync() => await _redis.DisposeAsync();

    async Task PrepareAsync()
    {
        var database = _redis.GetDatabase();
        await Identity.TakeAsync();
        await Wrapped(RedisLibrary.LoadAsync(_redis));
        Start = await Wrapped(database.StringIncrementAsync($"{{{Settings.Prefix}}}:starts"));
        await Task.WhenAll(Enumerable.Range(0, Keys.Groups).Select(group => CallAsync(group, "open")));
    }

    async Task<EndPoint> FindMasterAsync(int group)
    {
        var slot = _redis.GetHashSlot(Keys.Tag(group));
        var servers = _redis.GetServers().Where(server => server.IsConnected).ToList();
        for (var i = 0; i < servers.Count; i++)
        {
            // Not always the same one: it may be one that is cut off from the others.
            var server = servers[(int)((uint)Interlocked.Increment(ref _asked) % (uint)servers.Count)];
            try
            {
                var found = server.ServerType == ServerType.Cluster ? await MasterBySlotAsync(server, slot) : server.IsReplica ? null : server.EndPoint;
                if (found is not null)
                {
                    Volatile.Write(ref _masters[group], found);
                    return found;
                }
            }
            catch (Exception problem) when (problem is RedisException or TimeoutException)
            {
                // The next one may know.
            }
        }

        throw new StoreUnavailableException("No server of Countersign:Redis says who has the keys.");
    }

    static async Task<EndPoint?> MasterBySlotAsync(IServer server, int slot)
    {
        var ranges = (RedisResult[])(await server.ExecuteAsync("CLUSTER", "SLOTS"))!;
        foreach (var range in ranges)
        {
            if (slot >= (int)range[0] && slot <= (int)range[1])
            {
                var host = (string?)range[2][0];
                var port = (int)range[2][1];
                return string.IsNullOrEmpty(host) || host == "?" ? WithPort(server.EndPoint, port) : EndPointCollection.TryParse($"{host}:{port}");
            }
        }

        return null;
    }

    static EndPoint WithPort(EndPoint server, int port) => server is DnsEndPoint name ? new DnsEndPoint(name.Host, port) : new IPEndPoint(((IPEndPoint)server).Address, port);

    /// <exception cref="StoreUnavailableException">The call failed.</exception>
    internal static async Task Wrapped(Task call)
    {
        try
        {
            await call;
        }
        catch (Exception problem) when (problem is RedisException or TimeoutException)
        {
            throw Unavailable(problem);
        }
    }

    /// <inheritdoc cref="Wrapped(Task)"/>
    internal static async Task<T> Wrapped<T>(Task<T> call)
    {
        try
        {
            return await call;
        }
        catch (Exception problem) when (problem is RedisException or TimeoutException)
        {
            throw Unavailable(problem);
        }
    }

    static StoreUnavailableException Unavailable(Exception problem) =>
        new(RedisDiagnosis.IsRefusal(problem) ? RedisDiagnosis.Refused : $"Redis does not answer: {problem.GetType().Name}", problem);

    /// <summary>Whether one of the first servers that answer refuses the user or the password: where the multiplexer is connected to none, nobody else says why.</summary>
    public Task<bool> IsRefusedAsync() => RedisDiagnosis.IsRefusedAsync(_options);
}

/// <summary>What waits in a group's history: entries, and the seconds between the oldest and the newest.</summary>
sealed record HistoryLength(long Length, long Seconds);
