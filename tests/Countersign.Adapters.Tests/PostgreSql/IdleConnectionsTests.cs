using Countersign.Adapters.Tests.Cuts;
using Countersign.Adapters.Tests.Stores;
using Countersign.Core;
using Countersign.Core.Verifications;
using Countersign.Storage.PostgreSql;
using Npgsql;

namespace Countersign.Adapters.Tests.PostgreSql;

/// <summary>A node whose connections died between two requests.</summary>
public sealed class IdleConnectionsTests : IAsyncLifetime
{
    const string EndAll = "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()";

    readonly PostgresHome _home = new();
    CutWire _wire = null!;
    PostgresStore _store = null!;

    static CancellationToken Ct => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        await _home.MakeDatabaseAsync();
        var port = new NpgsqlConnectionStringBuilder(_home.ConnectionString).Port;
        _wire = new CutWire([port], PostgresCutStage.KindOf);
        _store = await _home.OpenPostgresAsync(settings: $";Port={_wire.PortOf(port)}");
    }

    public async ValueTask DisposeAsync()
    {
        await _store.DisposeAsync();
        _wire.Dispose();
        await _home.DisposeAsync();
    }

    [Fact]
    public async Task What_is_asked_for_after_the_server_ended_idle_connections_is_done_once()
    {
        for (var round = 1; round <= 3; round++)
        {
            await UseAllAsync(round);
            await PostgresServer.ExecuteAsync(_home.ConnectionString, EndAll);

            await IsServedAsync(100 + round, idleSeconds: 2);
        }
    }

    [Fact]
    public async Task A_step_that_the_server_answers_with_the_end_of_the_connection_is_done_once()
    {
        await using var direct = await _home.OpenPostgresAsync();
        await direct.Verifications.SendAsync(1, Given.Verification(1, _home.Time.GetUtcNow()));
        await PostgresServer.ExecuteAsync(_home.ConnectionString, EndAll);

        var sent = await direct.Verifications.SendAsync(2, Given.Verification(2, _home.Time.GetUtcNow()));

        await IsKeptOnceAsync(sent);
    }

    [Fact]
    public async Task What_is_asked_for_after_idle_connections_ended_without_a_word_is_done_once()
    {
        for (var round = 1; round <= 3; round++)
        {
            await UseAllAsync(round);
            _wire.EndAll();

            await IsServedAsync(100 + round, idleSeconds: 2);
        }
    }

    [Fact]
    public async Task What_is_asked_for_after_idle_connections_were_forgotten_on_the_way_is_done_once()
    {
        await UseAllAsync(1);
        _wire.ForgetAll();

        await IsServedAsync(101, idleSeconds: 2);
    }

    /// <summary>Both lanes of steps, and one of the connections for all else, and none of them for the last time.</summary>
    async Task UseAllAsync(int round)
    {
        await Task.WhenAll(Enumerable.Range(0, 200).Select(i => Task.Run(() => _store.Verifications.SendAsync((1000 * round) + i, Given.Verification((1000 * round) + i, _home.Time.GetUtcNow())))));
        await Task.WhenAll(Enumerable.Range(0, 5).Select(_ => FindNoAttemptAsync()));
    }

    async Task IsServedAsync(int number, int idleSeconds)
    {
        _home.Time.Advance(TimeSpan.FromSeconds(idleSeconds));
        var sent = await _store.Verifications.SendAsync(number, Given.Verification(number, _home.Time.GetUtcNow()));

        await FindNoAttemptAsync();
        await IsKeptOnceAsync(sent);
        Assert.Equal(sent.Sid, (await _store.Verifications.FindAsync(number))!.Sid);
    }

    async Task IsKeptOnceAsync(Verification sent) => Assert.Equal(
        "1 1", await PostgresServer.ExecuteAsync(_home.ConnectionString, $"SELECT version || ' ' || (SELECT count(*) FROM verification v WHERE v.destination = w.destination) FROM verification w WHERE sid = '{sent.Sid.ToUuid()}'"));

    async Task FindNoAttemptAsync() => Assert.Null(await _store.Attempts.FindAsync(Sid.FirstAt("VL", _home.Time.GetUtcNow()), Ct));
}
