using System.Diagnostics;
using Countersign.Adapters.Tests.Cuts;
using Countersign.Adapters.Tests.Stores;
using Countersign.Core.Tests.Verifications;
using Npgsql;

namespace Countersign.Adapters.Tests.PostgreSql;

/// <summary>A claim that was made, and whose answer nobody waits for any more.</summary>
public sealed class GivenUpClaimTests
{
    [Fact]
    public async Task What_it_claimed_comes_with_the_next_claim()
    {
        await using var home = new PostgresHome();
        await home.MakeDatabaseAsync();
        var port = new NpgsqlConnectionStringBuilder(home.ConnectionString).Port;
        using var wire = new CutWire([port], PostgresCutStage.KindOf);
        await using var store = await home.OpenPostgresAsync(settings: $";Port={wire.PortOf(port)}");
        await using (var other = await home.OpenPostgresAsync())
            await other.Verifications.SendAsync(1, Given.Verification(1, Desk.Opening));
        wire.Hold();
        using var patience = new CancellationTokenSource();
        var claim = store.Outbox.ClaimAsync(10, patience.Token).AsTask();
        for (var waited = Stopwatch.StartNew(); (long)(await PostgresServer.ExecuteAsync(home.ConnectionString, "SELECT count(*) FROM outbox WHERE owner IS NOT NULL"))! == 0; await Task.Delay(20, TestContext.Current.CancellationToken))
            Assert.True(waited.Elapsed < TimeSpan.FromSeconds(20), "Nobody claims it.");

        await patience.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => claim);
        wire.LetGo();
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(10));

        Assert.Equal(Given.Number(1), Assert.Single(await store.Outbox.ClaimAsync(10, limit.Token)).Verification.To);
    }
}
