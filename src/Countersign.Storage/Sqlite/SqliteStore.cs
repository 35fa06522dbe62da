using Countersign.Core;
using Countersign.Core.Accounts;
using Countersign.Core.Delivery;
using Countersign.Core.Delivery.Tries;
using Countersign.Core.Events;
using Countersign.Core.Factors;
using Countersign.Core.Guard.Geo;
using Countersign.Core.Guard.Limits;
using Countersign.Core.Guard.Lists;
using Countersign.Core.Guard.Refusals;
using Countersign.Core.Guard.Sharing;
using Countersign.Core.Insight;
using Countersign.Core.Messages.Senders;
using Countersign.Core.Messages.Templates;
using Countersign.Core.Privacy;
using Countersign.Core.Registry;
using Countersign.Core.Routing;
using Countersign.Core.Services;
using Countersign.Core.Verifications;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Win32.SafeHandles;

namespace Countersign.Storage.Sqlite;

/// <summary>The embedded store: one file, one writer, and the stores that share them.</summary>
public sealed class SqliteStore : IStores, IDisposable
{
    /// <summary>Destinations in one generation of the memory index, and ended ones that are remembered so that a check can say why it finds nothing.</summary>
    const int GenerationSize = 250_000, Remembered = 500_000;

    /// <summary>What the system calls a disk that is at fault, and not another server: ENOSPC, EROFS, EIO.</summary>
    const int NoSpace = 28, ReadOnlyDisk = 30, DiskFault = 5;

    readonly WriteContext _context;
    readonly GroupCommit _writer;
    readonly Checkpointer _checkpointer;
    readonly SqliteRollupStore _rollups;
    readonly SqliteRefusedStarts _refusedStarts;
    readonly AttemptScanner _scanner;
    readonly FileStream _lock;

    SqliteStore(FileStream directoryLock, string path, Sealer sealer, TimeProvider time, ILogger<SqliteStore> logger, Action<SafeFileHandle>? sync, int maxWaiting)
    {
        _lock = directoryLock;
        var connection = SqliteFile.Open(path);
        SqliteFile.Migrate(connection);
        _context = new WriteContext(connection, logger);
        KeyChecks.Verify(_context, sealer.Ring);
        _writer = new GroupCommit(_context, new LogSync(path, _context, sync), time);
        _checkpointer = new Checkpointer(path, _context);
        var rollups = new RollupRows(_writer, _context);
        _writer.BeforeCommit(new FilePresence(path, _context.Handle, logger).Check);
        _writer.AfterCommit(_checkpointer.AfterCommit);

        var services = new SqliteServiceStore(_writer, _context, sealer, logger);
        var rows = new VerificationRows(_context, sealer);
        var destinations = new DestinationMap(GenerationSize, Remembered);
        rows.FillNewest(destinations, time.GetUtcNow(), services.LongestLife, Remembered);

        var attempts = new AttemptRows(_context);
        var early = new EarlyReceipts(_context);
        var webhooks = new SqliteRegistry<Webhook>(_writer, _context, sealer, new WebhookDocuments(), logger);
        var sinks = new SqliteRegistry<EventSink>(_writer, _context, sealer, new EventSinkDocuments(), logger);
        Accounts = new SqliteAccountStore(_writer, _context, sealer, logger);
        (Webhooks, EventSinks, Subscriptions) = (webhooks, sinks, new Subscriptions(webhooks, sinks, services, Accounts));
        var maker = new EventMaker(Subscriptions);
        var events = new SqliteEventStore(_writer, _context, sealer, time);
        Events = events;
        var history = new SqliteAttemptStore(_writer, attempts, early, rollups, rows, maker, events, _scanner = new AttemptScanner(path));
        var outbox = new SqliteOutbox(_writer, _context, rows, attempts, history, rollups, sealer, maker, events, logger, maxWaiting);
        var alarms = new SqliteAlarmStore(_writer, _context);
        Services = services;
        Outbox = outbox;
        Attempts = history;
        Alarms = alarms;
        PushCredentials = new SqliteRegistry<PushCredential>(_writer, _context, sealer, new PushCredentialDocuments(), logger);
        Tries = new SqliteRegistry<TryRun>(_writer, _context, sealer, new TryRunDocuments(), logger);
        RouteScores = new SqliteRouteScores(_writer, _context);
        Routes = new SqliteRegistry<Route>(_writer, _context, sealer, new RouteDocuments(), logger);
        Carriers = new SqliteRegistry<CarrierDefinition>(_writer, _context, sealer, new CarrierDocuments(), logger);
        Templates = new SqliteRegistry<StoredTemplate>(_writer, _context, sealer, new TemplateDocuments(), logger);
        MessagingServices = new SqliteRegistry<MessagingService>(_writer, _context, sealer, new MessagingServiceDocuments(), logger);
        MessagingConfigurations = new SqliteRegistry<MessagingConfiguration>(_writer, _context, sealer, new MessagingConfigurationDocuments(), logger);
        RateLimits = new SqliteRegistry<RateLimit>(_writer, _context, sealer, new RateLimitDocuments(), logger);
        GeoPermissions = new SqliteRegistry<AccountGeoPermissions>(_writer, _context, sealer, new GeoPermissionsDocuments(), logger);
        NumberLists = new SqliteRegistry<NumberListPart>(_writer, _context, sealer, new NumberListDocuments(), logger);
        Verifications = new SqliteVerificationStore(_writer, rows, outbox, alarms, rollups, destinations, maker, events);
        Rollups = _rollups = new SqliteRollupStore(path);
        RefusedStarts = _refusedStarts = new SqliteRefusedStarts(_writer, _context, sealer, path);
        Retention = new SqliteRetention(_writer, _context, early, outbox, time);
        Entities = new SqliteEntityStore(_writer, _context, sealer);
    }

    public IAccountStore Accounts { get; }

    public IServiceStore Services { get; }

    public IVerificationStore Verifications { get; }

    public IOutbox Outbox { get; }

    public IAttemptStore Attempts { get; }

    public IAlarmStore Alarms { get; }

    public IRegistry<CarrierDefinition> Carriers { get; }

    public IRegistry<Route> Routes { get; }

    public IRegistry<StoredTemplate> Templates { get; }

    public IRegistry<MessagingService> MessagingServices { get; }

    public IRegistry<MessagingConfiguration> MessagingConfigurations { get; }

    /// <summary>One process has the file, and nobody to tell.</summary>
    public IGuardWire GuardWire => NoWire.Instance;

    public IRegistry<RateLimit> RateLimits { get; }

    public IRegistry<AccountGeoPermissions> GeoPermissions { get; }

    public IRegistry<NumberListPart> NumberLists { get; }

    public IRegistry<Webhook> Webhooks { get; }

    public IRegistry<EventSink> EventSinks { get; }

    public Subscriptions Subscriptions { get; }

    public IEventStore Events { get; }

    public IRegistry<PushCredential> PushCredentials { get; }

    public IRegistry<TryRun> Tries { get; }

    public IRouteScoreStore RouteScores { get; }

    public IRollupStore Rollups { get; }

    public IRefusedStartStore RefusedStarts { get; }

    public IRetention Retention { get; }

    public IEntityStore Entities { get; }

    public void OnCredentialChanged(Action<Sid> forget)
    {
        // Nobody else changes any.
    }

    /// <summary>The file belongs to this process alone.</summary>
    public Task<T> AloneAsync<T>(Func<Task<T>> work, CancellationToken ct) => work();

    /// <summary>Opens the store in a directory, making it on the first start.</summary>
    /// <exception cref="DirectoryInUseException">Another process has it open: two writers would not see each other's verifications.</exception>
    /// <exception cref="KeyRingException">The file was written with another key ring.</exception>
    /// <exception cref="StoreUnavailableException">The file is damaged, may not be written, or its disk is full.</exception>
    public static SqliteStore Open(string directory, Sealer sealer, TimeProvider time, ILogger<SqliteStore>? logger = null) => Open(directory, sealer, time, logger, sync: null);

    /// <summary>The same, with a disk of one's own (<see cref="LogSync"/>), and a bound for messages without an outcome (<see cref="Backlog"/>).</summary>
    internal static SqliteStore Open(
        string directory, Sealer sealer, TimeProvider time, ILogger<SqliteStore>? logger, Action<SafeFileHandle>? sync, int maxWaiting = Backlog.MaxMessages)
    {
        Directory.CreateDirectory(directory);
        var held = SqliteOpenFailure.Explained(Path.Combine(directory, "countersign.lock"), () => Lock(directory));
        try
        {
            var path = Path.Combine(directory, "countersign.db");
            return SqliteOpenFailure.Explained(path, () => new SqliteStore(held, path, sealer, time, logger ?? NullLogger<SqliteStore>.Instance, sync, maxWaiting));
        }
        catch
        {
            held.Dispose();
            throw;
        }
    }

    static FileStream Lock(string directory)
    {
        try
        {
            return new FileStream(Path.Combine(directory, "countersign.lock"), FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
        }
        catch (IOException problem) when (problem.HResult is not (NoSpace or ReadOnlyDisk or DiskFault))
        {
            throw new DirectoryInUseException(directory);
        }
    }

    /// <summary>The first account of a directory and its first service, whether a server has it open or not; null where there is none.</summary>
    /// <exception cref="KeyRingException">The file was written with another key ring.</exception>
    /// <exception cref="StoreUnavailableException">The file is damaged, or may not be read.</exception>
    public static Task<(Account? Account, Sid? Service)> ReadFirstAsync(string directory, Sealer sealer)
    {
        var path = Path.Combine(directory, "countersign.db");
        return Task.FromResult(SqliteOpenFailure.Explained(path, () => ReadFirst(path, sealer)));
    }

    static (Account? Account, Sid? Service) ReadFirst(string path, Sealer sealer)
    {
        try
        {
            // Unlike Exists this says so if one may not look.
            _ = File.GetAttributes(path);
        }
        catch (Exception problem) when (problem is FileNotFoundException or DirectoryNotFoundException)
        {
            return default;
        }

        using var context = new WriteContext(SqliteFile.Open(path));
        if (SqliteFile.IsEmpty(context))
        {
            return default;
        }

        KeyChecks.Compare(context, sealer.Ring);
        return SqliteAccountStore.ReadFirst(context, sealer) is { } account ? (account, FirstService(context, account.Sid)) : default;
    }

    static Sid? FirstService(WriteContext context, Sid account)
    {
        var first = context.Prepare("SELECT sid FROM service WHERE account_sid = ?1 ORDER BY position LIMIT 1").Bind(account);
        return first.Read() ? first.Sid(0, "VA") : null;
    }

    /// <summary>Commits what waits and closes the file.</summary>
    public void Dispose()
    {
        _writer.Dispose();
        _rollups.Dispose();
        _refusedStarts.Dispose();
        _scanner.Dispose();
        _checkpointer.Dispose();
        _context.Dispose();
        _lock.Dispose();
    }
}

/// <summary>The data directory belongs to a server that runs.</summary>
public sealed class DirectoryInUseException(string directory) : Exception(
    $"Another Countersign has the data directory {Path.GetFullPath(directory)} open. Stop it, or start this one with another --Countersign:DataDirectory.");
