using Countersign.Adapters.Tests.Stores;
using Countersign.Core.Tests.Verifications;
using Countersign.Core.Verifications;
using Countersign.Storage.PostgreSql;
using Npgsql;

namespace Countersign.Adapters.Tests.PostgreSql;

/// <summary>An exchange that starts late keeps the place of its batch among the messages.</summary>
public sealed class PostgresOutboxOrderTests : IAsyncLifetime
{
    /// <summary>What memory holds, less one exchange that may travel beside another.</summary>
    const int NearlyAll = 8192 - Second, Second = 64;

    readonly PostgresHome _home = new();
    PostgresStore _store = null!;

    static CancellationToken Ct => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync() => _store = await _home.OpenPostgresAsync();

    public async ValueTask DisposeAsync()
    {
        await _store.DisposeAsync();
        await _home.DisposeAsync();
    }

    [Fact]
    public async Task A_batch_that_has_to_wait_for_its_day_is_not_overtaken_in_memory_by_the_next()
    {
        var before = await Task.WhenAll(Enumerable.Range(0, NearlyAll).Select(number => SendAsync(number, Desk.Opening)));
        await using var other = new NpgsqlConnection(_home.ConnectionString + ";Pooling=false");
        await other.OpenAsync(Ct);
        await RunAsync(other, $"SELECT pg_advisory_lock({AdvisoryLocks.Partitions})");

        // The one more that fits, of a day that nobody has made, and an exchange that would have fitted in its stead.
        var late = SendAsync(NearlyAll, Desk.Opening.AddDays(40));
        var behind = Enumerable.Range(NearlyAll + 1, Second).Select(number => SendAsync(number, Desk.Opening)).ToList();
        Assert.False(late.IsCompleted);
        await RunAsync(other, $"SELECT pg_advisory_unlock({AdvisoryLocks.Partitions})");

        var claimed = new List<string>();
        Verification[] sent = [.. before, await late, .. await Task.WhenAll(behind)];
        while (claimed.Count < sent.Length)
            claimed.AddRange((await _store.Outbox.ClaimAsync(256, Ct)).Select(item => item.Attempt.Sid.ToString()));

        Assert.Equal(sent.Select(verification => verification.Attempts[0].Sid.ToString()), claimed);
    }

    Task<Verification> SendAsync(int number, DateTimeOffset at) => _store.Verifications.SendAsync(number, Given.Verification(number, at));

    static async Task RunAsync(NpgsqlConnection connection, string sql)
    {
#pragma warning disable CA2100 // Texts of this class.
        await using var command = new NpgsqlCommand(sql, connection);
#pragma warning restore CA2100
        await command.ExecuteNonQueryAsync(Ct);
    }
}
