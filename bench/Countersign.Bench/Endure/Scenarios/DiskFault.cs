using Countersign.Bench.Endure.Stores;

namespace Countersign.Bench.Endure.Scenarios;

/// <summary>A disk without room.</summary>
static class DiskFault
{
    /// <summary>
    /// Filled under load until calls are refused, and for some seconds more; then there is room again. Redis, which goes on in memory when its log finds no room, is killed before
    /// that, all of it: what was acknowledged is on the disk all the same.
    /// </summary>
    public static Task FillAsync(Stage stage) => stage.UnderLoadAsync(async () =>
    {
        var before = stage.Tally.Refused;
        for (var tries = 0; stage.Tally.Refused == before; tries++)
        {
            if (tries > 600)
            {
                throw new BenchException("The disk is full for a minute, and nothing was refused.");
            }

            // What was freed meanwhile, by a log that starts anew, is taken too.
            stage.Disk.Fill();
            await stage.PauseAsync(0.1);
        }

        await stage.PauseAsync(stage.Options.Short ? 2 : 20);
        if (stage.Store is PostgresUnderTest { Redis: { } redis })
        {
            await redis.KillAllAsync(stage.Ct);
        }

        stage.Disk.MakeRoom();
        stage.Note = await stage.Store.RecoverAsync(stage.Ct);
        await stage.UntilReadyAsync();
        await stage.PauseAsync(1);
    });
}
