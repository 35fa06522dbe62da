using Countersign.Core.Channels;
using Countersign.Core.Codes;
using Countersign.Core.Guard;
using Countersign.Core.Guard.Challenges;
using Countersign.Core.Guard.Limits;
using Countersign.Core.Guard.Sharing;
using Countersign.Core.Guard.Windows;
using Countersign.Core.Numbers;
using Countersign.Core.Privacy;
using Countersign.Core.Services;
using Countersign.Core.Tests.Privacy;
using Countersign.Core.Tests.Verifications;
using Countersign.Core.Verifications;

namespace Countersign.Core.Tests.Guard.Challenges;

/// <summary>One node whose every start is in doubt, over a store that it may share with others.</summary>
sealed class ChallengedNode
{
    readonly CreateVerification _create;
    readonly Asking _asking;
    readonly Later _later = new();

    readonly HandInSolution _handIn;
    readonly PassByFactor _pass;
    readonly SharedCounts _shared;

    public ChallengedNode(IVerificationStore store, TimeProvider time, int seed = 1, IGuardWire? wire = null, CancellationToken stop = default)
    {
        var (ring, random) = (Rings.WithKeys(1), new ReplayedRandom(seed));
        wire ??= NoWire.Instance;
        var news = new GuardNews(wire);
        Time = time;
        Gate = new ChallengeGate(new ChallengeSeal(ring, random), new ChallengeLoad(random), Passes, Spent, new LimitKeys(ring), news);
        _shared = new SharedCounts(new SlidingWindows(64), new KnownPlaces(), wire, random, time, news, [Gate]);
        Listening = _shared.ListenAsync(stop);
        _handIn = new HandInSolution(Gate, Passes, _shared, time);
        _pass = new PassByFactor(new DestinationIndex(ring), Passes, Spent, _shared, random, time);
        _asking = new Asking(Gate);
        var guard = new StartGuard([Gate, _asking, _later], time);
        _create = new CreateVerification(store, new CodeVault(ring, random), new DestinationIndex(ring), Delivery.Carriers.Served(Delivery.Carriers.SandboxOnly()), guard, random);
        Updates = new UpdateVerification(store, new DestinationIndex(ring), Delivery.Carriers.SandboxOnly(), new Core.Routing.RouteLearning(new Core.Routing.CarrierHealth()), guard);
    }

    public TimeProvider Time { get; }

    /// <summary>Hears what other nodes tell, until it is stopped.</summary>
    public Task Listening { get; }

    public ChallengeGate Gate { get; }

    public SpentChallenges Spent { get; } = new();

    public ChallengePasses Passes { get; } = new();

    public UpdateVerification Updates { get; }

    public VerifyService Service { get; set; } = new()
    {
        Sid = Sid.Parse("VA0123456789abcdef0123456789abcdef", "VA"),
        AccountSid = Sid.Parse("AC0123456789abcdef0123456789abcdef", "AC"),
        FriendlyName = "Node",
        CreatedAt = Desk.Opening,
        UpdatedAt = Desk.Opening,
    };

    /// <summary>How much work is asked for.</summary>
    public int Effort { set => _asking.Effort = value; }

    /// <summary>How much the second stage asks for, where it is not as much.</summary>
    public int? SecondEffort { set => _asking.SecondEffort = value; }

    /// <summary>Asked by two stages, not one.</summary>
    public bool AsksTwice { set => _asking.Times = value ? 2 : 1; }

    /// <summary>Refuses whatever got through the challenge.</summary>
    public bool RefusesLater { set => _later.Refuses = value; }

    /// <summary>Tells the other nodes whatever was not told at once.</summary>
    public void Tell() => Assert.True(_shared.SendAsync(CancellationToken.None).IsCompletedSuccessfully);

    /// <summary>As a browser does, for this node's service or another one.</summary>
    public Task<HandedIn> HandInAsync(string solution, Sid? service = null) => _handIn.RunAsync(service ?? Service.Sid, solution, CancellationToken.None);

    /// <summary>A person has shown a factor that is old enough.</summary>
    public Task<FactorPass> ShowFactorAsync(Destination to) => _pass.RunAsync(Service.Sid, to, Time.GetUtcNow() - PassByFactor.LeastAge, CancellationToken.None);

    public Task<CreateVerificationResult> StartAsync(Destination to, string? solution = null, string? deviceIp = null) => _create.RunAsync(
        new CreateVerificationCommand
        {
            Service = Service,
            To = to,
            Channel = Channel.Sms,
            Details = new VerificationDetails { DeviceIp = deviceIp },
            Signals = new StartSignals { Challenge = solution },
        },
        CancellationToken.None);

    /// <summary>A start that is asked to work first; the challenge.</summary>
    public async Task<Challenge> AskedAsync(Destination to, string? solution = null, string? problem = null, string? deviceIp = null)
    {
        var refused = Assert.IsType<CreateVerificationResult.Refused>(await StartAsync(to, solution, deviceIp)).Refusal;
        Assert.Equal((GuardRefusalKind.ChallengeRequired, "challenge_required"), (refused.Kind, refused.Reason));
        Assert.Equal(problem, refused.Facts.FirstOrDefault(fact => fact.Key == "problem").Value);
        return refused.Challenge!;
    }

    public async Task<Verification> SentAsync(Destination to, string? solution = null) =>
        Assert.IsType<CreateVerificationResult.Sent>(await StartAsync(to, solution)).Verification;

    public Task CancelAsync(Destination to) => Updates.RunAsync(Service, new VerificationName(null, to), VerificationStatus.Canceled, CancellationToken.None);

    sealed class Asking(ChallengeGate gate) : IGuardStage
    {
        public int Effort { get; set; }

        public int? SecondEffort { get; set; }

        public int Times { get; set; } = 1;

        public int Order => 60;

        public GuardRefusal? Judge(StartFacts start, DateTimeOffset now)
        {
            GuardRefusal? refusal = null;
            for (var i = 0; i < Times && refusal is null; i++)
            {
                refusal = gate.Ask(start, i == 0 ? Effort : SecondEffort ?? Effort, "a_doubt", now);
            }

            return refusal;
        }

        public void Settle(StartFacts start, bool sent, DateTimeOffset now)
        {
        }

        public void Approved(Verification verification, UInt128 destination, DateTimeOffset now)
        {
        }
    }

    sealed class Later : IGuardStage
    {
        public bool Refuses { get; set; }

        public int Order => 900;

        public GuardRefusal? Judge(StartFacts start, DateTimeOffset now) => Refuses ? new GuardRefusal(GuardRefusalKind.RateLimited, "later", "Later.") : null;

        public void Settle(StartFacts start, bool sent, DateTimeOffset now)
        {
        }

        public void Approved(Verification verification, UInt128 destination, DateTimeOffset now)
        {
        }
    }
}
