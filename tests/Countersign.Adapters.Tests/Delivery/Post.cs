using Countersign.Adapters.Tests.Sqlite;
using Countersign.Adapters.Tests.Stores;
using Countersign.Core;
using Countersign.Core.Channels;
using Countersign.Core.Codes;
using Countersign.Core.Delivery;
using Countersign.Core.Delivery.Receipts;
using Countersign.Core.Guard;
using Countersign.Core.Guard.Geo;
using Countersign.Core.Guard.Lines;
using Countersign.Core.Guard.Lists;
using Countersign.Core.Lookups;
using Countersign.Core.Messages.Senders;
using Countersign.Core.Messages.Templates;
using Countersign.Core.Numbers;
using Countersign.Core.Privacy;
using Countersign.Core.Routing;
using Countersign.Core.Services;
using Countersign.Core.Tests.Privacy;
using Countersign.Core.Verifications;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace Countersign.Adapters.Tests.Delivery;

/// <summary>Everything from a start to a record, over the real embedded store, with carriers that answer as the test says and a clock that it moves.</summary>
sealed class Post : IAsyncDisposable
{
    /// <summary>Reserved for fiction in Sweden, which this server does not know: it goes to carriers.</summary>
    public static readonly PhoneNumber Eva = PhoneNumber.Restore("+46701740605");

    /// <summary>What every wait is bounded by. Never reached unless something is broken.</summary>
    static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);

    readonly SqliteHome _home = new();
    CancellationTokenSource _stop = new();
    readonly RandomSource _random = new ReplayedRandom(5);
    Task _running = Task.CompletedTask;

    /// <param name="maxOutstanding">Messages under way at once.</param>
    /// <param name="log">Where delivery says what it has to say; null for nowhere.</param>
    public Post(int maxOutstanding = 16_384, (ILogger<DeliverMessage> Deliver, ILogger<AskCarrier> Ask, ILogger<DispatchMessages> Dispatch)? log = null)
    {
        var ring = Rings.WithKeys(1);
        Store = _home.OpenSqlite();
        Directory = Core.Tests.Delivery.Carriers.Directory(Store.Carriers, [Kind], _home.Time, Store.Attempts);
        var served = new ServedChannels(Directory, Store.Routes);
        Learning = new RouteLearning(Health);
        Index = new DestinationIndex(ring);
        Lists = new NumberLists(Store.NumberLists, Index, _random, _home.Time);
        Guard = new StartGuard([new BlockListStage(Lists), new GeoStage(Store.GeoPermissions, Lists), new LineTypeStage(Lists, new NoLineTable())], _home.Time);
        Codes = new CodeVault(ring, _random);
        Advance = new AdvanceVerification(Advanced = new ShakyVerifications(Store.Verifications), Store.Services, served, Index, Guard, _random, NullLogger<AdvanceVerification>.Instance);
        Receipts = new ReceiveReceipts(Store.Attempts, Advance, Learning, _home.Time);
        var compose = new ComposeMessage(Codes, new TemplateCatalog(Store.Templates), new SenderPools(Store.MessagingConfigurations, Store.MessagingServices));
        Deliver = new DeliverMessage(
            Store.Verifications, Store.Services, History = new ShakyHistory(Store.Attempts), Store.Routes, Directory, compose, new RoutePlanner(Learning, Health, _random, _home.Time), Learning,
            new AskCarrier(Directory, Health, _home.Time, log?.Ask ?? NullLogger<AskCarrier>.Instance), _home.Time, log?.Deliver ?? NullLogger<DeliverMessage>.Instance);
        Dispatch = new DispatchMessages(Outbox = new StandingOutbox(Store.Outbox), Deliver, Advance, Receipts, _home.Time, log?.Dispatch ?? NullLogger<DispatchMessages>.Instance, maxOutstanding);
        Create = new CreateVerification(Store.Verifications, Codes, Index, served, Guard, _random);
    }

    public ScriptedKind Kind { get; } = new();

    public Storage.Sqlite.SqliteStore Store { get; }

    /// <summary>The history as delivery sees it.</summary>
    public ShakyHistory History { get; }

    /// <summary>The verifications as what moves them on sees them.</summary>
    public ShakyVerifications Advanced { get; }

    /// <summary>The outbox as delivery sees it.</summary>
    public StandingOutbox Outbox { get; }

    public CarrierDirectory Directory { get; }

    public CarrierHealth Health { get; } = new();

    public RouteLearning Learning { get; }

    public DestinationIndex Index { get; }

    public CodeVault Codes { get; }

    public AdvanceVerification Advance { get; }

    public StartGuard Guard { get; }

    /// <summary>The account's safe list and block list.</summary>
    public NumberLists Lists { get; }

    public ReceiveReceipts Receipts { get; }

    public DeliverMessage Deliver { get; }

    public DispatchMessages Dispatch { get; }

    public CreateVerification Create { get; }

    public Microsoft.Extensions.Time.Testing.FakeTimeProvider Time => _home.Time;

    public VerifyService Service { get; private set; } = Given.FullService(Given.Service) with { CustomCodeEnabled = false, Psd2Enabled = false, CodeLifetime = TimeSpan.FromMinutes(10), TestNumbers = new Dictionary<UInt128, TestNumber>(), DefaultTemplateSid = null };

    /// <summary>Makes the service and the carriers, in that order of preference, and starts dispatching.</summary>
    public async Task<Post> OpenAsync(params string[] carriers)
    {
        await Store.Services.CreateAsync(Service, CancellationToken.None);
        foreach (var name in carriers)
        {
            await Store.Carriers.PutAsync(Given.Account, name, _ => Definition(name), CancellationToken.None);
        }

        _running = RunAsync();
        return this;
    }

    /// <summary>What moves verifications on, over another view of them.</summary>
    public AdvanceVerification AdvanceOver(IVerificationStore verifications) =>
        new(verifications, Store.Services, new ServedChannels(Directory, Store.Routes), Index, Guard, _random, NullLogger<AdvanceVerification>.Instance);

    /// <summary>Takes no more messages out, as at a stop.</summary>
    public async Task PauseAsync()
    {
        await _stop.CancelAsync();
        await _running;
    }

    /// <summary>Takes messages out again.</summary>
    public void GoOn()
    {
        _stop.Dispose();
        _stop = new CancellationTokenSource();
        _running = RunAsync();
    }

    public static CarrierDefinition Definition(string name) => new()
    {
        AccountSid = Given.Account,
        Name = name,
        Kind = "scripted",
        Settings = new Dictionary<string, string>(),
        Secrets = new Dictionary<string, string>(),
        CreatedAt = Core.Tests.Verifications.Desk.Opening,
        UpdatedAt = Core.Tests.Verifications.Desk.Opening,
    };

    /// <summary>Starts a verification, or sends its code again.</summary>
    public async Task<Verification> StartAsync(PhoneNumber? to = null, Channel channel = Channel.Sms, VerificationDetails? details = null, VerifyService? service = null)
    {
        var result = await Create.RunAsync(
            new CreateVerificationCommand { Service = service ?? Service, To = to ?? Eva, Channel = channel, Details = details ?? new VerificationDetails() }, CancellationToken.None);
        return Assert.IsType<CreateVerificationResult.Sent>(result).Verification;
    }

    /// <summary>
    /// The attempt's record, once there is one. The clock moves only while a message is under way that did not end at once: it waits for its next round, or for a carrier.
    /// </summary>
    public async Task<AttemptRecord> RecordedAsync(Sid attempt)
    {
        var waiting = System.Diagnostics.Stopwatch.StartNew();
        while (waiting.Elapsed < Patience)
        {
            if (_running.IsFaulted)
            {
                await _running; // Says why.
            }

            if (await Store.Attempts.FindAsync(attempt, CancellationToken.None) is { } found)
            {
                return found;
            }

            if (Dispatch.Outstanding > 0)
            {
                Time.Advance(TimeSpan.FromMilliseconds(200));
            }

            await Task.Yield();
        }

        throw new TimeoutException($"{attempt} was never recorded.");
    }

    /// <summary>Waits until carriers were given so many messages in all, while time goes by.</summary>
    public async Task HandedAsync(int count)
    {
        var waiting = System.Diagnostics.Stopwatch.StartNew();
        while (Kind.Handed.Count < count)
        {
            if (waiting.Elapsed > Patience)
                throw new TimeoutException($"{Kind.Handed.Count} of {count} messages were handed to carriers.");
            // Not much faster than the clock on the wall: code that runs for the first time takes a while, and messages are good for two minutes.
            Time.Advance(TimeSpan.FromMilliseconds(20));
            await Task.Delay(1);
        }
    }

    /// <summary>The verification as it is stored.</summary>
    public async Task<Verification> FindAsync(Sid sid)
    {
        Verification? found = null;
        await Store.Verifications.ApplyAsync(
            new RecordedStep((current, _) =>
            {
                found = current;
                return StepDecision.Nothing;
            })
            { ServiceSid = Given.Service, VerificationSid = sid },
            CancellationToken.None);
        return found!;
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _running;
        await Directory.DisposeAsync();
        Store.Dispose();
        await _home.DisposeAsync();
        _stop.Dispose();
    }

    async Task RunAsync()
    {
        while (!_stop.IsCancellationRequested)
        {
            try
            {
                await Dispatch.RunOnceAsync(_stop.Token);
            }
            catch (OperationCanceledException)
            {
            }
        }
    }
}
