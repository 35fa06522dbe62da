using System.Globalization;
using System.Text.RegularExpressions;
using Countersign.Adapters.Tests.Cuts;
using Countersign.Adapters.Tests.PostgreSql;
using Countersign.Core.Delivery;
using Countersign.Core.Verifications;
using Countersign.Storage.PostgreSql;
using Countersign.Storage.Redis;
using Microsoft.Extensions.Time.Testing;
using Npgsql;
using StackExchange.Redis;

namespace Countersign.Adapters.Tests.Redis;

/// <summary>Two nodes on a cluster, each by a wire of its own to all of its servers. What they do by themselves, such as bringing history, they do when the game is over.</summary>
sealed partial class RedisCutStage(RedisHome home) : CutStage
{
    // The third comes when the game is over.
    readonly Node?[] _nodes = new Node?[3];
    readonly FakeTimeProvider _clock = new();
    PostgresStore _postgres = null!;
    CutWire _toPostgres = null!;
    bool _isAtPostgres;
    string _configuration = "";

    /// <summary>Ends of nodes that were killed: one that speaks to nobody any more takes its time.</summary>
    public static List<Task> Ends { get; } = [];

    public override async Task OpenAsync()
    {
        _configuration = (await RedisCluster.SharedAsync()).Configuration;
        await home.MakeDatabaseAsync();
        var port = new NpgsqlConnectionStringBuilder(home.Database).Port;
        _toPostgres = new CutWire([port], PostgresCutStage.KindOf);
        _postgres = await home.OpenPostgresAsync($";Port={_toPostgres.PortOf(port)}");
        await SubscribeAsync(_postgres.Services, _postgres.Webhooks);
        _nodes[0] = await OpenNodeAsync();
        _nodes[1] = await OpenNodeAsync();
    }

    public override IVerificationStore At(int which) => _nodes[which]!.Store.Verifications;

    public override async Task ReplaceAsync(int which, bool kill)
    {
        await EndAsync(which, kill);
        _nodes[which] = await OpenNodeAsync();
    }

    /// <summary>Outcomes, and what changed, go to PostgreSQL: cut off from that a node is never killed, but it may be when it asks Redis for what changed.</summary>
    public override async Task PassAsync(int which, Cut? cut)
    {
        var alive = cut is null ? null : cut with { Kills = false };
        _isAtPostgres = true;
        await base.PassAsync(which, alive);
        _isAtPostgres = cut is { OfWrite: false };
        var brought = await PlayAsync(which, _isAtPostgres ? alive : cut, () => BringAsync(which));
        _isAtPostgres = false;
        if (brought is null)
            await AskAsync(which, () => BringAsync(which));
    }

    protected override string Watches => "SELECT count(*) + (SELECT count(*) FROM verification WHERE status <> 1 AND sid NOT IN (SELECT verification_sid FROM event_watch)) FROM event_watch";

    protected override IOutbox OutboxOf(int which) => _nodes[which]!.Store.Outbox;

    protected override bool Forgives(int which) => base.Forgives(which) || _toPostgres.Forgives();

    protected override CutWire WireOf(int which) => _isAtPostgres ? _toPostgres : _nodes[which]!.Wire;

    protected override async Task<List<(int Which, IOutbox From, OutboxItem Item)>> ClaimAsync(int count)
    {
        // What a living node has lost sight of it finds after a minute, and what a killed one began of history another does after half of one: by the clock of Redis.
        await IdleAsync("o");
        await IdleAsync("c");
        _clock.Advance(TimeSpan.FromSeconds(11));
        _nodes[2] = await OpenNodeAsync();
        var claimed = new List<(int, IOutbox, OutboxItem)>();
        for (var which = 0; which < _nodes.Length; which++)
        {
            var outbox = (RedisOutbox)_nodes[which]!.Store.Outbox;
            await AskAsync(which, async () =>
            {
                await outbox.BeatAsync();
                return true;
            });
            while (claimed.Count < count && outbox.Known > claimed.Count(claim => claim.Item1 == which))
                claimed.AddRange((await outbox.ClaimAsync(100, CancellationToken.None)).Select(item => (which, (IOutbox)outbox, item)));
        }

        return claimed;
    }

    protected override async Task<long> CountAsync(string sql)
    {
        if (_nodes[2] is not null)
            await AskAsync(2, () => BringAsync(2));

        return Convert.ToInt64(await PostgresServer.ExecuteAsync(home.Database, sql), CultureInfo.InvariantCulture);
    }

    public override async ValueTask DisposeAsync()
    {
        for (var which = 0; which < _nodes.Length; which++)
        {
            if (_nodes[which] is not null)
                await EndAsync(which, kill: false);
        }

        if (_postgres is not null)
            await _postgres.DisposeAsync();
        _toPostgres?.Dispose();
    }

    async Task<string> BringAsync(int which)
    {
        while (await _nodes[which]!.Store.BringHistoryAsync())
        {
            // There is more.
        }

        return "brought";
    }

    async Task EndAsync(int which, bool kill)
    {
        var (store, history, wire) = _nodes[which]!;
        _nodes[which] = null;
        if (kill)
        {
            wire.Kill();
            history.IsAway = true;

            // The others need not wait until its signs of life have gone.
            var outbox = (RedisOutbox)store.Outbox;
            await using var redis = await ConnectionMultiplexer.ConnectAsync(_configuration);
            for (var group = 0; group < RedisSettings.DefaultGroups; group++)
                await redis.GetDatabase().KeyDeleteAsync(home.KeyOf(group, $"n:{System.Text.Encoding.ASCII.GetString(outbox.NameIn(group))}"));
            lock (Ends)
                Ends.Add(store.DisposeAsync().AsTask());
        }
        else
        {
            await store.DisposeAsync();
            wire.Dispose();
        }
    }

    /// <summary>As if what nodes have in their hands of a stream had been there for a while.</summary>
    async Task IdleAsync(string stream)
    {
        await using var redis = await ConnectionMultiplexer.ConnectAsync(_configuration);
        var database = redis.GetDatabase();
        for (var group = 0; group < RedisSettings.DefaultGroups; group++)
        {
            RedisKey key = home.KeyOf(group, stream);
            foreach (var pending in await database.StreamPendingMessagesAsync(key, "nodes", 10_000, RedisValue.Null))
                await database.ExecuteAsync("XCLAIM", key, "nodes", pending.ConsumerName, 0, pending.MessageId, "IDLE", 61_000, "JUSTID");
        }
    }

    static (bool IsStep, bool IsWrite) KindOf(ReadOnlySpan<byte> request) =>
        (request.IndexOf("countersign_step"u8) >= 0 || request.IndexOf("countersign_changes"u8) >= 0, request.IndexOf("WAIT"u8) >= 0);

    async Task<Node> OpenNodeAsync()
    {
        var wire = new CutWire([.. Ports().Matches(_configuration).Select(port => int.Parse(port.ValueSpan, CultureInfo.InvariantCulture))], KindOf);
        home.Configure = settings => settings with
        {
            Configuration = Ports().Replace(settings.Configuration, port => wire.PortOf(int.Parse(port.ValueSpan, CultureInfo.InvariantCulture)).ToString(CultureInfo.InvariantCulture)) + ",asyncTimeout=1500",
        };
        var history = new AwayHistory(_postgres.History);
        return new Node(await home.OpenRedisAsync(history, _clock), history, wire);
    }

    [GeneratedRegex("(?<=:)[0-9]{5}")]
    private static partial Regex Ports();

    sealed record Node(RedisStore Store, AwayHistory History, CutWire Wire);
}
