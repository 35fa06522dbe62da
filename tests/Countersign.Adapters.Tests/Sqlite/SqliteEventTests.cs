using System.Reflection;
using Countersign.Adapters.Tests.Stores;
using Countersign.Core;
using Countersign.Core.Events;
using Countersign.Core.Tests.Verifications;
using Countersign.Storage.Sqlite;

namespace Countersign.Adapters.Tests.Sqlite;

/// <summary>Events in the embedded store: claims that end by themselves, and statements that hold the writer up for no longer than they must.</summary>
public sealed class SqliteEventTests : IAsyncDisposable
{
    static readonly Sid Receiver = Sid.Parse("YW0123456789abcdef0123456789abcdef", "YW");

    readonly SqliteHome _home = new();

    static CancellationToken Ct => TestContext.Current.CancellationToken;

    public ValueTask DisposeAsync() => _home.DisposeAsync();

    [Fact]
    public async Task What_was_claimed_and_could_not_be_settled_is_due_again_after_a_minute()
    {
        using var store = _home.OpenSqlite();
        await store.Events.AddAsync(EventEntry.For([Webhook()], Given.Service, EventType.FactorCreated, Given.Service, Desk.Opening, "{}"u8.ToArray()), Ct);
        var lost = Assert.Single(await store.Events.ClaimAsync([(Receiver, 1)], Ct));

        _home.Time.Advance(TimeSpan.FromSeconds(59));
        Assert.Empty((await store.Events.DueAsync(default, 10, Ct)).Receivers);
        Assert.Empty(await store.Events.ClaimAsync([(Receiver, 1)], Ct));
        _home.Time.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal([Receiver], (await store.Events.DueAsync(default, 10, Ct)).Receivers);
        var again = Assert.Single(await store.Events.ClaimAsync([(Receiver, 1)], Ct));

        Assert.Equal(lost.Id, again.Id);
        await store.Events.SettleAsync([(again, EventOutcome.Taken)], Ct);
        _home.Time.Advance(TimeSpan.FromMinutes(2));
        Assert.Empty(await store.Events.ClaimAsync([(Receiver, 1)], Ct));
    }

    [Fact]
    public async Task What_was_claimed_by_a_clock_that_was_set_back_since_is_due_again_no_later_than_it_would_be()
    {
        using var store = _home.OpenSqlite();
        await store.Events.AddAsync(EventEntry.For([Webhook()], Given.Service, EventType.FactorCreated, Given.Service, Desk.Opening, "{}"u8.ToArray()), Ct);
        _home.Time.AdjustTime(Desk.Opening.AddHours(1));
        var lost = Assert.Single(await store.Events.ClaimAsync([(Receiver, 1)], Ct));

        _home.Time.AdjustTime(Desk.Opening.AddSeconds(1));
        Assert.Equal(lost.Id, Assert.Single(await store.Events.ClaimAsync([(Receiver, 1)], Ct)).Id);
    }

    [Fact]
    public void No_statement_reads_the_table_of_events_from_end_to_end()
    {
        var connection = SqliteFile.Open(_home.DatabasePath);
        SqliteFile.Migrate(connection);
        using var context = new WriteContext(connection);
        var rows = new SqliteEventRows(context);
        var statements = typeof(SqliteEventRows).GetFields(BindingFlags.Instance | BindingFlags.NonPublic).Where(field => field.FieldType == typeof(Statement)).ToList();

        Assert.True(statements.Count > 15, $"Only {statements.Count} were found.");
        Assert.All(statements, field =>
        {
            using var explain = new Statement(context.Handle, "EXPLAIN QUERY PLAN " + ((Statement)field.GetValue(rows)!).Sql);
            var plan = new List<string>();
            while (explain.Read())
                plan.Add(explain.Text(3));

            // In the order of positions and for a slice of a thousand: what is old comes first.
            Assert.True(field.Name == "_deleteOld" || !plan.Exists(step => step.StartsWith("SCAN event", StringComparison.Ordinal)), $"{field.Name}: {string.Join("; ", plan)}");
            Assert.DoesNotContain(plan, step => step.Contains("TEMP B-TREE", StringComparison.Ordinal));
        });
    }

    static Webhook Webhook() => new()
    {
        Sid = Receiver,
        AccountSid = Given.Account,
        ServiceSid = Given.Service,
        FriendlyName = "hook",
        EventNames = ["*"],
        Url = "https://hook.example/",
        Secret = SigningSecret.New(Given.Random),
        CreatedAt = Desk.Opening,
        UpdatedAt = Desk.Opening,
    };
}
