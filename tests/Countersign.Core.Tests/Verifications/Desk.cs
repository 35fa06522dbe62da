using Countersign.Core.Channels;
using Countersign.Core.Codes;
using Countersign.Core.Delivery;
using Countersign.Core.Guard;
using Countersign.Core.Guard.Limits;
using Countersign.Core.Guard.Sharing;
using Countersign.Core.Guard.Windows;
using Countersign.Core.Numbers;
using Countersign.Core.Privacy;
using Countersign.Core.Routing;
using Countersign.Core.Services;
using Countersign.Core.Tests.Privacy;
using Countersign.Core.Verifications;
using Microsoft.Extensions.Time.Testing;

namespace Countersign.Core.Tests.Verifications;

/// <summary>One service with its use cases over a store, and the clock that they go by.</summary>
sealed class Desk
{
    public static readonly DateTimeOffset Opening = new(2026, 1, 2, 3, 4, 5, TimeSpan.Zero);
    public static readonly PhoneNumber Ann = PhoneNumber.Restore("+14155550123");
    public static readonly PhoneNumber Bob = PhoneNumber.Restore("+447700900456");

    readonly CreateVerification _create;
    readonly CheckVerification _check;
    readonly UpdateVerification _update;
    readonly FetchVerification _fetch;

    public Desk(IVerificationStore store, FakeTimeProvider time, int keys = 1, int seed = 1, CarrierDirectory? carriers = null, IEnumerable<IGuardStage>? guards = null, GuardNews? news = null)
    {
        var guard = new StartGuard(guards ?? [], time);
        var ring = Rings.WithKeys(keys);
        var random = new ReplayedRandom(seed);
        Time = time;
        Codes = new CodeVault(ring, random);
        Index = new DestinationIndex(ring);
        Learning = new RouteLearning(new CarrierHealth(), news: news);
        carriers ??= Delivery.Carriers.SandboxOnly();
        _create = new CreateVerification(store, Codes, Index, Delivery.Carriers.Served(carriers), guard, random);
        _check = new CheckVerification(store, Codes, Index, carriers, Learning, guard);
        _update = new UpdateVerification(store, Index, carriers, Learning, guard);
        var windows = new SlidingWindows(SlidingWindows.MinCapacity);
        _fetch = new FetchVerification(store, Index, new FetchLimits(windows, new SharedCounts(windows, new KnownPlaces(), NoWire.Instance, random, time)));
    }

    public FakeTimeProvider Time { get; }

    public RouteLearning Learning { get; }

    public CodeVault Codes { get; }

    public DestinationIndex Index { get; }

    public VerifyService Service { get; set; } = new()
    {
        Sid = Sid.Parse("VA0123456789abcdef0123456789abcdef", "VA"),
        AccountSid = Sid.Parse("AC0123456789abcdef0123456789abcdef", "AC"),
        FriendlyName = "Desk",
        CodeLength = 10,
        CreatedAt = Opening,
        UpdatedAt = Opening,
    };

    /// <summary>A desk over a store in memory, with a clock of its own.</summary>
    public static (Desk Desk, MemoryVerificationStore Store) InMemory()
    {
        var time = new FakeTimeProvider(Opening);
        var store = new MemoryVerificationStore(time);
        return (new Desk(store, time), store);
    }

    public Task<CreateVerificationResult> StartAsync(Destination to, string? customCode = null, VerificationDetails? details = null, Channel channel = Channel.Sms, bool isAuto = false) =>
        _create.RunAsync(
            new CreateVerificationCommand
            {
                Service = Service,
                To = to,
                Channel = to is EmailAddress ? Channel.Email : channel, // A mailbox has no other.
                IsAuto = isAuto,
                CustomCode = customCode is null ? null : new OneTimeCode(customCode),
                Details = details ?? new VerificationDetails(),
            },
            CancellationToken.None);

    /// <summary>A start that is known to be accepted.</summary>
    public async Task<Verification> StartedAsync(Destination to, string? customCode = null, VerificationDetails? details = null) =>
        Assert.IsType<CreateVerificationResult.Sent>(await StartAsync(to, customCode, details)).Verification;

    public Task<CheckVerificationResult> CheckAsync(string code, Destination? to = null, Sid? sid = null, string? amount = null, string? payee = null, string? deviceIp = null) =>
        _check.RunAsync(
            new CheckVerificationCommand { Service = Service, To = to, VerificationSid = sid, Code = new OneTimeCode(code), Amount = amount, Payee = payee, DeviceIp = deviceIp },
            CancellationToken.None);

    /// <summary>A check that is known to be evaluated.</summary>
    public async Task<Verification> CheckedAsync(string code, Destination? to = null, Sid? sid = null, string? amount = null, string? payee = null) =>
        Assert.IsType<CheckVerificationResult.Checked>(await CheckAsync(code, to, sid, amount, payee)).Verification;

    public Task<UpdateVerificationResult> EndAsync(VerificationStatus status, Destination? to = null, Sid? sid = null) =>
        _update.RunAsync(Service, new VerificationName(sid, to), status, CancellationToken.None);

    public Task<FetchVerificationResult> FetchAsync(Destination? to = null, Sid? sid = null) =>
        _fetch.RunAsync(Service, new VerificationName(sid, to), CancellationToken.None);

    /// <summary>The code that a message of this verification holds.</summary>
    public string CodeOf(Verification verification) =>
        Codes.Derive(verification.Code, Verification.BindingOf(verification.Details.Amount, verification.Details.Payee)).Reveal();

    /// <summary>A code of the same length that it does not hold.</summary>
    public static string WrongFor(string code) => $"{(char)('0' + (code[0] - '0' + 1) % 10)}{code[1..]}";

    /// <summary>Guesses wrong so many times.</summary>
    public async Task GuessWrongAsync(Verification verification, int times)
    {
        for (var i = 0; i < times; i++)
            await CheckedAsync(WrongFor(CodeOf(verification)), sid: verification.Sid);
    }
}
