using Countersign.Bench.Endure.Stores;

namespace Countersign.Bench.Endure.Scenarios;

/// <summary>Nodes that go away: by force, and as they should.</summary>
static class NodeFaults
{
    /// <summary>kill -9, each node in turn, while people go on over the other.</summary>
    public static async Task KillAsync(Stage stage)
    {
        var random = new Random(stage.Options.Kills);
        await stage.UnderLoadAsync(async () =>
        {
            for (var kill = 0; kill < stage.Options.Kills; kill++)
            {
                var node = stage.Nodes[kill % stage.Nodes.Count];
                await stage.UntilAnsweredAsync(100 + random.Next(400));
                await node.KillAsync();
                await node.StartAsync(stage.Ct);
                if (kill % 10 == 9)
                {
                    Console.Error.WriteLine($"  {kill + 1} kills, {stage.Tally.Answered} answers");
                }
            }
        });
        stage.Note = $", {stage.Options.Kills} kills";
    }

    /// <summary>Each node is told to end and started again, while a load balancer goes by what it says of itself.</summary>
    public static Task RollingAsync(Stage stage) => stage.UnderLoadAsync(async () =>
    {
        for (var round = 0; round < (stage.Options.Short ? 1 : 5); round++)
        {
            foreach (var node in stage.Nodes)
            {
                await RollAsync(stage, node);
            }
        }
    });

    /// <summary>A later version of the schema, which only adds, while nodes of this one serve; then they are restarted on it, and so are still the older ones.</summary>
    public static Task SchemaAsync(Stage stage) => stage.UnderLoadAsync(async () =>
    {
        var database = (PostgresUnderTest)stage.Store;
        await database.ExecuteAsync(
            """
            ALTER TABLE verification ADD COLUMN added_later integer;
            ALTER TABLE attempt ADD COLUMN added_later text NOT NULL DEFAULT '';
            CREATE TABLE made_later (id bigint PRIMARY KEY);
            INSERT INTO schema_version (version, requires) SELECT max(version) + 1, max(requires) FROM schema_version;
            """,
            stage.Ct);
        await stage.PauseAsync(stage.Options.Short ? 1 : stage.Options.Load.TotalSeconds);
        foreach (var node in stage.Nodes)
        {
            await RollAsync(stage, node);
        }
    });

    static async Task RollAsync(Stage stage, Node node)
    {
        await EndAsync(stage, node);
        await node.StartAsync(stage.Ct);
        await stage.UntilReadyAsync();
    }

    /// <summary>SIGTERM, while a load balancer goes by what it says of itself.</summary>
    public static async Task EndAsync(Stage stage, Node node)
    {
        var ending = node.TerminateAsync(stage.Ct);
        while (!ending.IsCompleted && await node.IsReadyAsync(stage.Ct))
        {
            await stage.PauseAsync(0.05);
        }

        node.TakesRequests = false;
        await ending;
    }
}
