using System.Buffers.Binary;
using System.Globalization;
using System.Numerics;
using Countersign.Bench.Routing;
using Countersign.Core;
using Countersign.Core.Guard;
using Countersign.Core.Guard.Challenges;
using Countersign.Core.Guard.Fraud;
using Countersign.Core.Guard.Limits;
using Countersign.Core.Guard.Risk;
using Countersign.Core.Numbers;
using Countersign.Core.Privacy;
using Countersign.Core.Services;
using Microsoft.Extensions.Logging.Abstractions;

namespace Countersign.Bench.Guard;

/// <summary>
/// Fraud Guard, the risk score and challenges as the server composes them, for a service that enforces its risk with the thresholds as they come. Challenges and their solutions are real ones; only the
/// trying is left out, since the simulation knows which number is the right one, and counts how many a solver would have tried until then. Work takes no time here.
/// </summary>
sealed class ChallengedPolicy : Policy
{
    static readonly DateTimeOffset Beginning = SimulatedClock.Start;

    readonly SimulatedClock _clock = new();
    readonly DestinationIndex _index;
    readonly FraudGuard _fraud;
    readonly RiskStage _risk;
    readonly StartGuard _guard;
    readonly VerifyService _service;
    readonly OverheardSource _random;

    // Of the newest start to each number, the device.
    readonly Dictionary<string, RiskAssessment> _assessed = [];

    // The pending verification of each number, as a server keeps it; of a server's twin only.
    readonly Dictionary<string, Pending>? _pending;

    /// <param name="seed">What its keys and its chance are drawn from.</param>
    /// <param name="level">Of Fraud Guard.</param>
    /// <param name="devices">Where its addresses are known from, if they are.</param>
    /// <param name="twin">A server whose keys it has instead, and so its judgement; null for its own.</param>
    public ChallengedPolicy(ulong seed, FraudLevel level, Devices devices, SimulatedServer? twin = null)
    {
        // In the same order as without challenges, so that its tables are the same.
        var random = new SeededSource(seed);
        var own = EnginePolicy.IndexOf(random);
        _pending = twin is null ? null : [];
        _index = twin?.Index ?? own;
        var ring = twin?.Ring ?? RingOf(new SeededSource(seed + 1));
        _random = new OverheardSource(new SeededSource(seed + 2));
        var gate = new ChallengeGate(new ChallengeSeal(ring, _random), new ChallengeLoad(_random), new ChallengePasses(), new SpentChallenges(), new LimitKeys(ring));
        _fraud = new FraudGuard(new FraudOptions { JudgesFictional = true }, random, ring: ring, gate: gate);
        _service = EnginePolicy.ServiceOf(random, level) with { Guard = new GuardSettings { FraudLevel = level, Risk = new RiskSettings(RiskMode.Enforce) } };
        _service = twin is null ? _service : _service with { Sid = Sid.Parse(SimulatedServer.Service, "VA") };
        _risk = new RiskStage(new RiskOptions(), _index, ring, devices.HasPlaces ? devices.Places : new NoGeoSource(), NullLogger<RiskStage>.Instance, null, gate);
        _guard = new StartGuard([gate, _fraud, _risk], _clock);
    }

    public override bool Refuses(Visitor visitor, double now)
    {
        (_clock.Seconds, Challenged) = (now, null);
        var start = StartOf(visitor, null);
        var refusal = _guard.Judge(start);
        if (refusal?.Challenge is { } challenge)
        {
            var level = LevelOf(challenge.MaxNumber);
            var cause = refusal.Facts.First(static fact => fact.Key == "cause").Value;
            Challenged = new Asked(level, 0, IsDone: false, $"{cause} {string.Join('+', refusal.Lists.FirstOrDefault(static list => list.Key == "reasons").Value ?? [])}");
            if (visitor.Device!.MostLevel >= level)
            {
                var number = _random.NumberUpTo(challenge.MaxNumber);
                Challenged = Challenged with { Tries = number + 1, IsDone = true };
                start = StartOf(visitor, AltchaSolver.PayloadOf(new OfferedChallenge(Challenge.Algorithm, challenge.Hash, challenge.MaxNumber, challenge.Salt, challenge.Signature), number));
                refusal = _guard.Judge(start);
            }
        }

        if (refusal is not null)
        {
            Reason = Challenged is { IsDone: true } && refusal.Challenge is not null ? throw new BenchException("A solution did not count.") : refusal.Reason;
            return true;
        }

        var assessed = _pending is null && visitor.Device!.Fingerprint is null ? null : _risk.Look(start, _clock.GetUtcNow());
        if (_pending is not null)
            Keep(visitor.Number, assessed, now);
        else if (assessed is not null)
            _assessed[visitor.Number] = assessed;
        _guard.Settle(start, sent: true);
        return false;
    }

    public override bool? WouldRefuse(Visitor visitor, double now) =>
        _fraud.Look(EnginePolicy.StartOf(_service, _index, visitor, StartSignals.None), Beginning.AddSeconds(now)) is var look && look.Score >= look.Threshold;

    public override bool Typed(Visitor visitor, double sentAt, double now)
    {
        _clock.Seconds = now;
        Pending? pending = null;
        _pending?.Remove(visitor.Number, out pending);
        var approved = EnginePolicy.ApprovedOf(_service, visitor, Beginning.AddSeconds(pending?.SentAt ?? sentAt));
        var risk = _pending is null ? _assessed.GetValueOrDefault(visitor.Number) : pending?.Risk;
        if (_pending is not null || visitor.Device?.Fingerprint is not null)
            approved = approved with { Details = approved.Details with { Risk = risk } };
        _guard.Approved(approved, _index.Of(PhoneNumber.Restore(visitor.Number)));
        return true;
    }

    /// <summary>
    /// As a server does: a start of a number whose verification is pending is one more send of that, and where it comes from another device, nobody knows in which of them the code is typed. Moments are
    /// kept to the millisecond.
    /// </summary>
    void Keep(string number, RiskAssessment? assessed, double now)
    {
        Risk = assessed is null ? "" : TextOf(assessed.Score, RiskReasons.NamesOf(assessed.Reasons));
        if (_pending!.TryGetValue(number, out var before) && now < before.Until && assessed is { Device: not 0 } && assessed.Device != before.Risk?.Device)
            assessed = assessed with { Device = 0 };
        _pending[number] = new Pending(Math.Floor(now * 1000) / 1000, now + _service.CodeLifetime.TotalSeconds, assessed);
    }

    StartFacts StartOf(Visitor visitor, string? solution)
    {
        var device = visitor.Device!;
        return EnginePolicy.StartOf(_service, _index, visitor, new StartSignals
        {
            Challenge = solution,
            Caller = new CallerSignals
            {
                UserAgent = device.Agent,
                DeviceFingerprint = device.Fingerprint,
                AccountCreatedAt = device.AccountSince is { } since ? Beginning.AddSeconds(since) : null,
                PreviousNumber = device.PreviousNumber is { } before ? PhoneNumber.Restore(before) : null,
            },
        });
    }

    /// <summary>What the last start scored that was sent; of a server's twin only.</summary>
    public string Risk { get; private set; } = "";

    public static string TextOf(int score, IEnumerable<string> reasons) => string.Create(CultureInfo.InvariantCulture, $"{score} {string.Join('+', reasons)}");

    /// <summary>0 to 8: each doubles the work.</summary>
    public static int LevelOf(int maxNumber) => BitOperations.Log2((uint)(maxNumber / Challenge.MaxNumberOf(0)));

    static KeyRing RingOf(RandomSource random)
    {
        var secret = new byte[RingKey.SecretBytes];
        random.Fill(secret);
        return new KeyRing([(1, secret)], 1, 1);
    }

    sealed record Pending(double SentAt, double Until, RiskAssessment? Risk);

    /// <summary>Chance of which the last eight bytes are known: what a challenge's number was drawn from.</summary>
    sealed class OverheardSource(RandomSource source) : RandomSource
    {
        ulong _last;

        public override void Fill(Span<byte> bytes)
        {
            source.Fill(bytes);
            _last = bytes.Length == 8 ? BinaryPrimitives.ReadUInt64LittleEndian(bytes) : _last;
        }

        public int NumberUpTo(int max) => (int)(((UInt128)_last * (uint)(max + 1)) >> 64);
    }
}
