using Countersign.Core.Verifications;
using Countersign.Storage.Sqlite;
using Microsoft.Extensions.Logging.Abstractions;

namespace Countersign.Adapters.Tests.Sqlite;

/// <summary>The parts of the embedded store that start and send, put together as the store does, for tests that need the writer's thread in their hands.</summary>
sealed class SqliteParts : IDisposable
{
    public SqliteParts(SqliteHome home, int generationSize = 1_000)
    {
        var connection = SqliteFile.Open(home.DatabasePath);
        SqliteFile.Migrate(connection);
        Context = new WriteContext(connection);
        Writer = new GroupCommit(Context, new LogSync(home.DatabasePath, Context), home.Time);
        Services = new SqliteServiceStore(Writer, Context, home.Sealer, NullLogger.Instance);
        Destinations = new DestinationMap(generationSize, remembered: 2 * generationSize);
        var rows = new VerificationRows(Context, home.Sealer);
        var attempts = new AttemptRows(Context);
        var rollups = new RollupRows(Writer, Context);
        var (maker, events) = Untold.Parts(Writer, Context, home.Sealer, home.Time);
        var history = new SqliteAttemptStore(Writer, attempts, new EarlyReceipts(Context), rollups, rows, maker, events);
        Outbox = new SqliteOutbox(Writer, Context, rows, attempts, history, rollups, home.Sealer, maker, events, NullLogger<SqliteStore>.Instance);
        Verifications = new SqliteVerificationStore(Writer, rows, Outbox, new SqliteAlarmStore(Writer, Context), rollups, Destinations, maker, events);
    }

    public WriteContext Context { get; }

    public GroupCommit Writer { get; }

    public SqliteServiceStore Services { get; }

    public DestinationMap Destinations { get; }

    public SqliteOutbox Outbox { get; }

    public SqliteVerificationStore Verifications { get; }

    /// <summary>Has all that is begun meanwhile wait for the writer and share a batch, which fails by a full disk where it <paramref name="fails"/>. Gives what was begun.</summary>
    public async Task<List<Task>> InOneBatchAsync(Func<IEnumerable<Task>> begin, bool fails = false)
    {
        using var hold = new ManualResetEventSlim();
        var holds = new TaskCompletionSource();
        var held = Writer.RunAsync(_ =>
        {
            holds.SetResult();
            hold.Wait();
            return 0;
        });
        await holds.Task;
        var begun = begin().ToList();
        var full = fails ? Writer.RunAsync<int>(_ => throw new SqliteFailure(13, "database or disk is full")) : null;
        hold.Set();
        await held;
        if (full is not null)
            await Assert.ThrowsAsync<StoreUnavailableException>(() => full);
        await Task.WhenAll(begun).ContinueWith(_ => { }, TaskScheduler.Default);
        return begun;
    }

    public void Dispose()
    {
        Writer.Dispose();
        Context.Dispose();
    }
}
