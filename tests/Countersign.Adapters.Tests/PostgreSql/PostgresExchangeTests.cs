using Countersign.Adapters.Tests.Stores;
using Countersign.Core;
using Countersign.Core.Verifications;
using Countersign.Storage.PostgreSql;
using Countersign.Storage.Steps;
using Npgsql;

namespace Countersign.Adapters.Tests.PostgreSql;

/// <summary>One exchange with the database, where another transaction gets in its way.</summary>
public sealed class PostgresExchangeTests : IAsyncLifetime
{
    readonly PostgresHome _home = new();
    PostgresStore _store = null!;

    static CancellationToken Ct => TestContext.Current.CancellationToken;

    IStepBackend Backend => (IStepBackend)_store.Verifications;

    public async ValueTask InitializeAsync()
    {
        _store = await _home.OpenPostgresAsync();

        // The exchange has to be the one that looks for a ring, and not before there is one.
        await PostgresServer.ExecuteAsync(_home.ConnectionString, $"ALTER DATABASE {new NpgsqlConnectionStringBuilder(_home.ConnectionString).Database} SET deadlock_timeout = '3s'");
    }

    public async ValueTask DisposeAsync()
    {
        await _store.DisposeAsync();
        await _home.DisposeAsync();
    }

    [Fact]
    public async Task What_an_exchange_said_before_it_was_rolled_back_does_not_hold_for_its_repetition()
    {
        var there = await _store.Verifications.SendAsync(1, Given.Verification(1, _home.Time.GetUtcNow()));
        var changed = Written(there, new RecordedStep((current, _) => new StepDecision(current! with { Checks = 1 })) { ServiceSid = Given.Service, VerificationSid = there.Sid });
        var started = Written(null, new RecordedStep((_, _) => new StepDecision(Given.Verification(2, _home.Time.GetUtcNow()))) { ServiceSid = Given.Service, Destination = Given.Destination(2) });
        await using var other = new NpgsqlConnection(_home.ConnectionString + ";Pooling=false;Options=-c deadlock_timeout=100s");
        await other.OpenAsync(Ct);
        await using var transaction = await other.BeginTransactionAsync(Ct);
        await RunAsync(other, "UPDATE verification SET updated_at = updated_at WHERE sid = $1", there.Sid.ToUuid());

        // The exchange has made its verification and waits for the other's row; the other waits for the exchange's destination.
        var exchange = Backend.ExchangeAsync([started, changed]);
        await UntilSomebodyWaitsAsync();
        await RunAsync(other, "INSERT INTO head (key, shard, sid) VALUES ($1, $2, $3)", started.Key.ToUuid(), (short)Sid.ShardOf(started.Key), Guid.AllBitsSet);
        await transaction.CommitAsync(Ct);
        await exchange;

        Assert.False(started.Kept);
        Assert.True(changed.Kept);
        Assert.Null(await _store.Verifications.FindAsync(started.Decision.Save!.Sid));
        Assert.Equal(1, (await _store.Verifications.FindAsync(there.Sid))!.Checks);
    }

    StepEntry Written(Verification? current, VerificationStep step)
    {
        var entry = new StepEntry(step) { Current = current is null ? null : new StoredVerification(current, 1) };
        Assert.True(entry.Decide(_home.Time.GetUtcNow()));
        Backend.Prepare(entry);
        return entry;
    }

    async Task UntilSomebodyWaitsAsync()
    {
        while (await PostgresServer.ExecuteAsync(_home.ConnectionString, "SELECT count(*) FROM pg_locks WHERE NOT granted") is not > 0L)
            await Task.Delay(10, Ct);
    }

    static async Task RunAsync(NpgsqlConnection connection, string sql, params object[] values)
    {
#pragma warning disable CA2100 // Texts of this class.
        await using var command = new NpgsqlCommand(sql, connection) { CommandTimeout = 60 };
#pragma warning restore CA2100
        Array.ForEach(values, value => command.Parameters.Add(new NpgsqlParameter { Value = value }));
        await command.ExecuteNonQueryAsync(Ct);
    }
}
