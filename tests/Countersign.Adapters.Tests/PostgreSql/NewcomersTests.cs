using Countersign.Adapters.Tests.Stores;
using Countersign.Core.Tests.Verifications;
using Countersign.Core.Verifications;
using Countersign.Storage.PostgreSql;
using Countersign.Storage.Steps;

namespace Countersign.Adapters.Tests.PostgreSql;

/// <summary>Destinations that are written without being looked for, and are there after all.</summary>
public sealed class NewcomersTests : IAsyncLifetime
{
    readonly PostgresHome _home = new();

    public ValueTask InitializeAsync() => ValueTask.CompletedTask;

    public ValueTask DisposeAsync() => _home.DisposeAsync();

    [Fact]
    public async Task Of_many_that_start_at_once_those_that_another_node_started_before_replace_its_and_all_count_once()
    {
        var (before, after) = (new Verification?[64], new Verification?[64]);
        await using (var first = await _home.OpenPostgresAsync())
        {
            await Task.WhenAll(Enumerable.Range(0, 64).Where(number => number % 3 == 1).Select(async number => before[number] = await StartAsync(first, number, after)));
        }

        Array.Clear(after);
        await using var second = await _home.OpenPostgresAsync();
        await Task.WhenAll(Enumerable.Range(0, 64).Select(number => StartAsync(second, number, after)));

        // Each was decided on what was there; the first went alone, and the second exchange trusted that all of its were new.
        Assert.Equal(before.Select(verification => verification?.Sid), after.Select(verification => verification?.Sid));
        foreach (var (sql, rows) in ((string, long)[])[("SELECT count(*) FROM verification", 85), ("SELECT count(*) FROM head", 64), ("SELECT sum(waiting) FROM outbox", 85), ("SELECT sum(starts) FROM rollup", 85)])
            Assert.Equal(rows, Convert.ToInt64(await PostgresServer.ExecuteAsync(_home.ConnectionString, sql), System.Globalization.CultureInfo.InvariantCulture));
    }

    [Fact]
    public void Once_one_was_there_the_next_hundred_exchanges_look()
    {
        var newcomers = new Newcomers();
        var batch = Enumerable.Range(0, 8).Select(number => New(number)).ToList();
        Assert.True(newcomers.MayBeTrusted(batch));

        newcomers.Refuted();

        for (var exchange = 0; exchange < 100; exchange++)
        {
            Assert.False(newcomers.MayBeTrusted(batch));
            newcomers.Learn(batch);
        }

        Assert.True(newcomers.MayBeTrusted(batch));
        newcomers.Learn([New(0), New(1, kept: false)]);
        Assert.False(newcomers.MayBeTrusted(batch));
    }

    [Fact]
    public void A_destination_that_is_known_is_looked_for_and_few_are_not_worth_the_risk()
    {
        var newcomers = new Newcomers();

        Assert.False(newcomers.MayBeTrusted([.. Enumerable.Range(0, 8).Select(number => New(number)), New(8, head: 1)]));
        Assert.False(newcomers.MayBeTrusted([.. Enumerable.Range(0, 7).Select(number => New(number))]));
    }

    static StepEntry New(int number, bool kept = true, UInt128? head = null)
    {
        var entry = new StepEntry(new RecordedStep((_, now) => new StepDecision(Given.Verification(number, now))) { ServiceSid = Given.Service, Destination = Given.Destination(number) }) { Head = head };
        Assert.True(entry.Decide(Desk.Opening));
        entry.Kept = kept;
        return entry;
    }

    /// <summary>Starts one, and notes what the step that was kept had seen.</summary>
    async Task<Verification> StartAsync(PostgresStore store, int number, Verification?[] seen)
    {
        var verification = Given.Verification(number, _home.Time.GetUtcNow());
        await store.Verifications.ApplyAsync(
            new RecordedStep((current, _) =>
            {
                seen[number] = current;
                return new StepDecision(verification, verification.Attempts[^1]);
            })
            { ServiceSid = Given.Service, Destination = Given.Destination(number) },
            TestContext.Current.CancellationToken);
        return verification;
    }
}
