using Countersign.Bench.Endure.Stores;

namespace Countersign.Bench.Endure.Scenarios;

/// <summary>A database that goes away and comes back. Callers get 503 with Retry-After meanwhile, or wait.</summary>
static class DatabaseFaults
{
    static readonly string[] Signals = ["INT", "QUIT", "KILL"];

    /// <summary>The fast way, the one that leaves recovery to the next start, and kill -9: of one of its processes, and of all.</summary>
    public static Task RestartAsync(Stage stage) => stage.UnderLoadAsync(async () =>
    {
        var database = (PostgresUnderTest)stage.Store;
        for (var round = 0; round < (stage.Options.Short ? 1 : 5); round++)
        {
            foreach (var signal in Signals)
            {
                await database.Server.StopAsync(signal, stage.Ct);
                database.Server.Start();
                await RecoverAsync(stage, database);
            }

            // With Redis the nodes may have no connection at the moment.
            string process;
            while ((process = $"{await database.ExecuteAsync("SELECT min(pid) FROM pg_stat_activity WHERE backend_type = 'client backend' AND pid <> pg_backend_pid()", stage.Ct)}").Length == 0)
            {
                await stage.PauseAsync(0.05);
            }

            // PostgreSQL then ends all other processes too, and recovers.
            await database.Server.KillOneAsync(process, stage.Ct);
            await RecoverAsync(stage, database);
        }
    });

    public static Task PauseAsync(Stage stage) => stage.UnderLoadAsync(async () =>
    {
        var database = (PostgresUnderTest)stage.Store;

        // The last one is longer than a node without a sign of life is held to live, and than its messages in Redis go unasked for.
        double[] pauses = stage.Options.Short ? [5] : [.. Enumerable.Repeat(5.0, 10), 75];
        foreach (var seconds in pauses)
        {
            await database.Server.SignalAllAsync("STOP", stage.Ct);
            try
            {
                await stage.PauseAsync(seconds);
            }
            finally
            {
                await database.Server.SignalAllAsync("CONT", CancellationToken.None);
            }

            await RecoverAsync(stage, database);
        }
    });

    public static Task RefuseAsync(Stage stage) => stage.UnderLoadAsync(async () =>
    {
        var database = (PostgresUnderTest)stage.Store;
        for (var round = 0; round < (stage.Options.Short ? 1 : 10); round++)
        {
            await database.Server.StopAsync("INT", stage.Ct);
            await stage.PauseAsync(5);
            database.Server.Start();
            await RecoverAsync(stage, database);
        }
    });

    /// <summary>
    /// One of three masters; its replica takes over when the others have missed it for long enough. In the long form again and again: the dead one comes back as a replica, and
    /// the next one is killed.
    /// </summary>
    public static Task MasterAsync(Stage stage) => stage.UnderLoadAsync(async () =>
    {
        var redis = ((PostgresUnderTest)stage.Store).Redis!;
        var rounds = stage.Options.Short ? 1 : 4;
        for (var round = 0; round < rounds; round++)
        {
            await stage.UntilAnsweredAsync(200);
            await redis.KillMasterAsync(round, stage.Ct);
            await stage.PauseAsync(8);
            await stage.UntilReadyAsync();
            await stage.UntilAnsweredAsync(200);
            await redis.RestartEndedAsync(stage.Ct);
        }

        stage.Note = $", {rounds} kills";
    });

    static async Task RecoverAsync(Stage stage, PostgresUnderTest database)
    {
        await database.WaitAsync("countersign", stage.Ct);
        await stage.UntilReadyAsync();
        await stage.PauseAsync(0.5);
    }
}
