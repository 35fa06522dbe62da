using Countersign.Storage.PostgreSql;
using Npgsql;

namespace Countersign.Adapters.Tests.PostgreSql;

/// <summary>Each statement about events has an index that leads it to its rows: what is asked is the planner, for the plan that it would keep.</summary>
public sealed class PostgresEventPlanTests : IAsyncLifetime
{
    readonly PostgresHome _home = new();
    NpgsqlConnection _connection = null!;

    static CancellationToken Ct => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        await using (await _home.OpenPostgresAsync())
        {
        }

        _connection = new NpgsqlConnection(_home.ConnectionString + ";Pooling=false");
        await _connection.OpenAsync(Ct);

        // The table is empty: let no saving of a few pages hide that there is an index.
        await using var set = new NpgsqlCommand("SET enable_seqscan = off; SET enable_sort = off; SET plan_cache_mode = force_generic_plan", _connection);
        await set.ExecuteNonQueryAsync(Ct);
    }

    public async ValueTask DisposeAsync()
    {
        await _connection.DisposeAsync();
        await _home.DisposeAsync();
    }

    [Theory]
    [InlineData(nameof(EventSql.Due), "uuid, bigint, bigint", "event_waiting")]
    [InlineData(nameof(EventSql.Claim), "uuid[], integer[], bigint, bigint", "event_waiting")]
    [InlineData(nameof(EventSql.Receivers), "uuid, bigint", "event_of_receiver")]
    [InlineData(nameof(EventSql.Waiting), "uuid[], bigint", "event_")]
    [InlineData(nameof(EventSql.Older), "uuid, boolean, bigint, bigint", "event_by_account")]
    [InlineData(nameof(EventSql.Newer), "uuid, boolean, bigint, bigint", "event_by_account")]
    [InlineData(nameof(EventSql.OlderOf), "uuid, boolean, bigint, bigint, uuid", "event_of_receiver")]
    [InlineData(nameof(EventSql.NewerOf), "uuid, boolean, bigint, bigint, uuid", "event_of_receiver")]
    [InlineData(nameof(EventSql.Find), "bigint, uuid", "event_pkey")]
    [InlineData(nameof(EventSql.Revive), "uuid, boolean, bigint, bigint", "event_by_account")]
    [InlineData(nameof(EventSql.ReviveOf), "uuid, boolean, bigint, bigint, uuid", "event_of_receiver")]
    [InlineData(nameof(EventSql.ReviveOne), "bigint, bigint, uuid", "event_pkey")]
    [InlineData(nameof(EventSql.RemoveOne), "bigint, uuid", "event_pkey")]
    [InlineData(nameof(EventSql.RemoveOf), "uuid, bigint", "event_of_receiver")]
    [InlineData(nameof(EventSql.RemoveDead), "bigint", "event_dead")]
    [InlineData(nameof(EventSql.RemoveOld), "bigint", "event_pkey")]
    public async Task No_statement_reads_the_table_of_events_from_end_to_end(string name, string types, string index)
    {
        var sql = (string)typeof(EventSql).GetField(name)!.GetValue(null)!;
#pragma warning disable CA2100 // Texts of the store.
        await using var prepare = new NpgsqlCommand($"PREPARE asked ({types}) AS {sql}", _connection) { AllResultTypesAreUnknown = true };
#pragma warning restore CA2100
        await prepare.ExecuteNonQueryAsync(Ct);

        var plan = await ExplainAsync(types.Split(", ").Length);

        Assert.DoesNotContain(plan, step => step.Contains("Seq Scan on event", StringComparison.Ordinal));

        Assert.Contains(plan, step => step.Contains(index, StringComparison.Ordinal));
    }

    [Fact]
    public void Every_statement_is_asked_about() => Assert.Equal(
        typeof(EventSql).GetFields().Select(field => field.Name).Order(StringComparer.Ordinal),
        typeof(PostgresEventPlanTests).GetMethod(nameof(No_statement_reads_the_table_of_events_from_end_to_end))!.GetCustomAttributes(typeof(InlineDataAttribute), false)
            .Select(data => (string)((InlineDataAttribute)data).Data[0]!).Order(StringComparer.Ordinal));

    async Task<List<string>> ExplainAsync(int parameters)
    {
#pragma warning disable CA2100
        await using var explain = new NpgsqlCommand($"EXPLAIN (COSTS OFF) EXECUTE asked ({string.Join(", ", Enumerable.Repeat("NULL", parameters))})", _connection);
#pragma warning restore CA2100
        return await explain.ReadAsync(row => row.GetString(0), Ct);
    }
}
