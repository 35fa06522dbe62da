using Countersign.Storage.PostgreSql;
using Npgsql;

namespace Countersign.Adapters.Tests.PostgreSql;

/// <summary>Statements that are made once and sent with many batches.</summary>
public sealed class KeptCommandTests : IAsyncLifetime
{
    readonly PostgresHome _home = new();
    readonly ArrayParameter<long> _ids = ArrayParameter.Long();
    NpgsqlDataSource _source = null!;
    NpgsqlConnection _connection = null!;

    static CancellationToken Ct => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        await using (await _home.OpenPostgresAsync())
        {
            // Makes the database.
        }

        // As a lane has it: statements are prepared once they came twice, each under the next name of its connection.
        _source = NpgsqlDataSource.Create(new NpgsqlConnectionStringBuilder(_home.ConnectionString) { MaxAutoPrepare = 4, AutoPrepareMinUsages = 2 });
        _connection = await _source.OpenConnectionAsync(Ct);
        await ExecuteAsync("CREATE TABLE kept (id bigint PRIMARY KEY)");
    }

    public async ValueTask DisposeAsync()
    {
        await _connection.DisposeAsync();
        await _source.DisposeAsync();
        await _home.DisposeAsync();
    }

    [Fact]
    public async Task Arrays_and_single_values_are_those_of_the_batch()
    {
        var command = new KeptCommand("SELECT count(*) FROM unnest($1) AS i (id) WHERE id < $2", () => [_ids.AsParameter(), new NpgsqlParameter<long>()]);
        for (var batch = 1; batch <= 5; batch++)
        {
            Fill([.. Enumerable.Range(1, batch).Select(id => (long)id)]);

            Assert.Equal(batch - 1L, await AskAsync(to => command.AddTo(to).Set(2, (long)batch)));
        }
    }

    [Fact]
    public async Task A_value_may_be_absent_and_there_by_turns()
    {
        var command = new KeptCommand("SELECT coalesce($1, -1)", () => [new NpgsqlParameter<long?> { NpgsqlDbType = NpgsqlTypes.NpgsqlDbType.Bigint }]);
        foreach (var value in new long?[] { 7, null, 8, null, null, 9 })
        {
            Assert.Equal(value ?? -1, await AskAsync(to => command.AddTo(to).Set(1, value)));
        }
    }

    /// <summary>Prepared on one connection, it would name there what another statement is called on the next.</summary>
    [Fact]
    public async Task On_another_connection_it_is_still_itself()
    {
        var sum = new KeptCommand("SELECT sum(id)::bigint FROM unnest($1) AS i (id)", _ids);
        var largest = new KeptCommand("SELECT max(id) FROM unnest($1) AS i (id)", _ids);
        Fill(1, 2, 3);
        for (var i = 0; i < 4; i++)
        {
            Assert.Equal(6L, await AskAsync(to => sum.AddTo(to)));
            Assert.Equal(3L, await AskAsync(to => largest.AddTo(to)));
        }

        await using var before = _connection; // It lives on: what it has prepared does not end with it.
        _connection = await _source.OpenConnectionAsync(Ct);
        for (var i = 0; i < 4; i++)
        {
            Assert.Equal(3L, await AskAsync(to => largest.AddTo(to)));
            Assert.Equal(6L, await AskAsync(to => sum.AddTo(to)));
        }
    }

    /// <summary>What was worked out of one batch's arrays, such as their length, is not what is said of the next one's.</summary>
    [Fact]
    public async Task After_a_batch_that_failed_before_it_was_sent_or_after_it_says_what_is_in_it_now()
    {
        var count = new KeptCommand("SELECT count(*) FROM unnest($1) AS i (id)", _ids);
        foreach (var (length, isSent) in new[] { (3, true), (1000, false), (2, false), (500, true), (7, false) })
        {
            Fill([.. Enumerable.Range(0, length).Select(id => (long)id)]);
            await using (var batch = new NpgsqlBatch(_connection))
            {
                count.AddTo(batch);
                if (isSent)
                {
                    batch.BatchCommands.Add(new NpgsqlBatchCommand("SELECT 1 / 0"));
                    await Assert.ThrowsAsync<PostgresException>(() => batch.ExecuteNonQueryAsync(Ct));
                }
                else
                {
                    // Without a value it cannot be sent.
                    batch.BatchCommands.Add(new NpgsqlBatchCommand("SELECT $1") { Parameters = { new NpgsqlParameter() } });
                    await Assert.ThrowsAsync<InvalidOperationException>(() => batch.ExecuteNonQueryAsync(Ct));
                }
            }

            Fill([.. Enumerable.Range(0, length * 2).Select(id => (long)id)]);
            Assert.Equal(length * 2L, await AskAsync(to => count.AddTo(to)));
        }
    }

    /// <summary>Where it was the last of a transaction, a batch that follows has it in the midst of one.</summary>
    [Fact]
    public async Task Where_it_ended_a_transaction_once_it_does_not_end_the_next()
    {
        var insert = new KeptCommand("INSERT INTO kept SELECT * FROM unnest($1)", _ids);
        Fill(1);
        await using (var alone = new NpgsqlBatch(_connection))
        {
            insert.AddTo(alone);
            alone.BatchCommands[^1].AppendErrorBarrier = true;
            alone.BatchCommands.Add(new NpgsqlBatchCommand("SELECT 1"));
            await alone.ExecuteNonQueryAsync(Ct);
        }

        Fill(2);
        await using (var failing = new NpgsqlBatch(_connection))
        {
            insert.AddTo(failing);
            failing.BatchCommands.Add(new NpgsqlBatchCommand("SELECT 1 / 0"));
            await Assert.ThrowsAsync<PostgresException>(() => failing.ExecuteNonQueryAsync(Ct));
        }

        Assert.Equal(1L, await ExecuteAsync("SELECT count(*) FROM kept"));
    }

    void Fill(params long[] ids)
    {
        _ids.Clear();
        Array.ForEach(ids, _ids.Add);
    }

    async Task<object?> AskAsync(Action<NpgsqlBatch> add)
    {
        await using var batch = new NpgsqlBatch(_connection);
        add(batch);
        return await batch.ExecuteScalarAsync(Ct);
    }

    async Task<object?> ExecuteAsync(string sql)
    {
        await using var command = new NpgsqlCommand(sql, _connection);
        return await command.ExecuteScalarAsync(Ct);
    }
}
