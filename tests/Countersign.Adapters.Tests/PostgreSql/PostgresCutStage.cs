using Countersign.Adapters.Tests.Cuts;
using Countersign.Core.Delivery;
using Countersign.Core.Verifications;
using Countersign.Storage.PostgreSql;
using Npgsql;

namespace Countersign.Adapters.Tests.PostgreSql;

/// <summary>Two nodes on PostgreSQL, each by a wire of its own.</summary>
sealed class PostgresCutStage(PostgresHome home) : CutStage
{
    // The third comes when the game is over.
    readonly Node[] _nodes = new Node[3];
    readonly List<Node> _killed = [];

    public override async Task OpenAsync()
    {
        _nodes[0] = await OpenNodeAsync();
        await SubscribeAsync(_nodes[0].Store.Services, _nodes[0].Store.Webhooks);
        _nodes[1] = await OpenNodeAsync();
    }

    public override IVerificationStore At(int which) => _nodes[which].Store.Verifications;

    public override async Task ReplaceAsync(int which, bool kill)
    {
        var node = _nodes[which];
        if (kill)
        {
            node.Wire.Kill();
            _killed.Add(node);

            // The others need not wait until they may take it for dead.
            await PostgresServer.ExecuteAsync(home.ConnectionString, $"UPDATE node SET seen_at = '2000-01-01' WHERE id = {node.Id}");
        }
        else
        {
            await node.Store.DisposeAsync();
            node.Wire.Dispose();
        }

        _nodes[which] = await OpenNodeAsync();
    }

    protected override CutWire WireOf(int which) => _nodes[which].Wire;

    protected override IOutbox OutboxOf(int which) => _nodes[which].Store.Outbox;

    protected override async Task<List<(int Which, IOutbox From, OutboxItem Item)>> ClaimAsync(int count)
    {
        // What the killed ones had, whoever looks first gets; what the living ones have, and what they lost sight of, is theirs.
        _nodes[2] = await OpenNodeAsync();
        using var enough = new CancellationTokenSource(TimeSpan.FromSeconds(20));
        var claimed = new List<(int, IOutbox, OutboxItem)>();
        await Task.WhenAll(_nodes.Select((node, which) => ClaimAsync(which, node.Store.Outbox, count, claimed, enough)));
        return claimed;
    }

    static async Task ClaimAsync(int which, IOutbox outbox, int count, List<(int Which, IOutbox From, OutboxItem Item)> claimed, CancellationTokenSource enough)
    {
        while (true)
        {
            lock (claimed)
            {
                // Where the machine stands still for a second, one takes another for dead, and has its messages as well.
                if (claimed.DistinctBy(claim => claim.Item.Attempt.Sid).Count() >= count)
                    enough.Cancel();
            }

            try
            {
                var items = await outbox.ClaimAsync(100, enough.Token);
                lock (claimed)
                    claimed.AddRange(items.Select(item => (which, outbox, item)));
            }
            catch (OperationCanceledException)
            {
                return;
            }
        }
    }

    protected override async Task<long> CountAsync(string sql) => Convert.ToInt64(await PostgresServer.ExecuteAsync(home.ConnectionString, sql), null);

    public override async ValueTask DisposeAsync()
    {
        foreach (var node in _nodes.Concat(_killed).OfType<Node>())
        {
            await node.Store.DisposeAsync();
            node.Wire.Dispose();
        }
    }

    /// <summary>What begins a connection begins with its length, and so with a zero. What is kept is in the words of a statement, or, where the server has these already, in many arrays.</summary>
    public static (bool IsStep, bool IsWrite) KindOf(ReadOnlySpan<byte> request) =>
        (request[0] != 0, request.IndexOf("INSERT INTO"u8) >= 0 || request.IndexOf("UPDATE verification"u8) >= 0 || (request.Length > 450 && request.IndexOf("SELECT"u8) < 0));

    async Task<Node> OpenNodeAsync()
    {
        await home.MakeDatabaseAsync();
        var port = new NpgsqlConnectionStringBuilder(home.ConnectionString).Port;
        var wire = new CutWire([port], KindOf);
        var store = await home.OpenPostgresAsync(settings: $";Port={wire.PortOf(port)}");
        return new Node(store, wire, (long)(await PostgresServer.ExecuteAsync(home.ConnectionString, "SELECT id FROM node ORDER BY started_at DESC LIMIT 1"))!);
    }

    sealed record Node(PostgresStore Store, CutWire Wire, long Id);
}
