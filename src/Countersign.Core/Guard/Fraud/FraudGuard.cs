using System.Collections.Concurrent;
using System.Diagnostics.CodeAnalysis;
using Countersign.Core.Channels;
using Countersign.Core.Guard.Challenges;
using Countersign.Core.Guard.Lists;
using Countersign.Core.Guard.Remembering;
using Countersign.Core.Guard.Risk;
using Countersign.Core.Guard.Sharing;
using Countersign.Core.Numbers;
using Countersign.Core.Privacy;
using Countersign.Core.Verifications;

namespace Countersign.Core.Guard.Fraud;

/// <summary>
/// Stops messages that are asked for to earn from them (SMS pumping): refuses a start when the codes sent to numbers like its own are not typed back, far more than
/// people's forgetting explains. Nothing is blocked for a time: each start is weighed anew, and answers lift a block. Nodes tell each other of sends and answers, and what was
/// learned is kept over a restart.
/// </summary>
public sealed class FraudGuard : IGuardStage, IGuardHearer, IGuardMemory
{
    // Of what is written to keep, and what lies further back than that has faded.
    const byte Layout = 1;
    static readonly TimeSpan Faded = TimeSpan.FromDays(100);

    const int ProbePriceMicros = 50_000;
    const long TicksPerTick = TimeSpan.TicksPerSecond / 16;

    // Refused in an hour that make probes half as frequent: one in an hour tells enough.
    const float ProbeRefused = 40;

    // Where nobody answers, a probe shows little that hours without an attack would not.
    const int DesertedProbes = 4;

    readonly FraudMemory _memory;
    readonly bool _judgesFictional;
    readonly ulong _seed;
    readonly NumberLists? _lists;
    readonly int _probeEvery;
    readonly GuardNews? _news;
    readonly IChallengeGate? _gate;
    readonly KeyRing? _ring;

    // As many as starts were under way at once: each has some 700 bytes.
    readonly ConcurrentQueue<WeighedStart> _spare = new();
    long _probes;
    long _start;

    /// <param name="options">How much it may remember.</param>
    /// <param name="random">What keeps its tables from being aimed at, where no ring is given.</param>
    /// <param name="lists">The safe lists, whose numbers are neither judged nor counted; null for none.</param>
    /// <param name="ring">What does so where other nodes, and this one after a restart, have to find the same things, and what devices are known by; null for neither.</param>
    /// <param name="news">What other nodes are to be told; null for nothing.</param>
    /// <param name="gate">Asks for work, where a service has that; null for never.</param>
    public FraudGuard(FraudOptions options, RandomSource random, NumberLists? lists = null, KeyRing? ring = null, GuardNews? news = null, IChallengeGate? gate = null)
    {
        (_lists, _probeEvery, _news, _gate, _ring) = (lists, options.ProbeEvery, news, gate, ring);
        _seed = ring is null ? GuardSeed.Of(random) : GuardSeed.Of(ring, "fraud"u8);
        _memory = new FraudMemory(options, _seed);
        _judgesFictional = options.JudgesFictional;
    }

    /// <inheritdoc/>
    public int Order => 50;

    /// <summary>Bytes that its tables take at most.</summary>
    public long MemoryBytes => _memory.Bytes;

    /// <inheritdoc/>
    public GuardRefusal? Judge(StartFacts start, DateTimeOffset now)
    {
        if (!Concerns(start, now, out var number))
        {
            return null;
        }

        var (at, threshold) = (TicksAt(now), ThresholdOf(start.Service.Guard.FraudLevel));
        var weighed = _spare.TryDequeue(out var spare) ? spare : new WeighedStart();
        weighed.HasWorked = false;
        weighed.Keys = _memory.KeysOf(start.Service.Sid, number, start.DestinationKey, start.DeviceIp, DeviceOf(start));
        weighed.Score = Weigh(start, weighed.Keys, number.Country, at, now, threshold);
        var isTrusted = weighed.Score.Total >= threshold - FraudRules.Doubt && _memory.Numbers.IsTrusted(weighed.Keys.Number, at);
        if (weighed.Score.Total >= threshold && !isTrusted)
        {
            _memory.Refused(weighed.Keys, weighed.Score, at, threshold);
            FraudNews.Judged(_news, NewsWriter.FraudRefused, weighed.Keys, number.Country, now, threshold);
            if (!start.Service.Guard.FraudWatchOnly && !IsProbe(number.Country, weighed.Score))
            {
                var refusal = FraudRefusals.Refused(weighed.Score, threshold, number.Country);
                _spare.Enqueue(weighed);
                return refusal;
            }
        }

        if (!isTrusted && AsksForWork(start.Service.Guard) && FraudRules.IsDoubtful(weighed.Score, threshold) && AskForWork(start, weighed, threshold, at, now) is { } challenge)
        {
            _spare.Enqueue(weighed);
            return challenge;
        }

        start.Weighed = weighed;
        return null;
    }

    /// <inheritdoc/>
    public void Settle(StartFacts start, bool sent, DateTimeOffset now)
    {
        if (start.Weighed is not { } weighed)
        {
            return;
        }

        // A millisecond ago, before the store was asked: what became of other starts meanwhile is in the counts all the same.
        start.Weighed = null;
        if (sent)
        {
            var (at, threshold) = (TicksAt(now), ThresholdOf(start.Service.Guard.FraudLevel));
            if (weighed.HasWorked)
            {
                _memory.Worked(weighed.Keys, weighed.Score, at, threshold);
                FraudNews.Judged(_news, NewsWriter.FraudWorked, weighed.Keys, start.To.Country, now, threshold);
            }

            _memory.Sent(weighed.Keys, weighed.Score, at, now.Hour, threshold);
            FraudNews.Judged(_news, NewsWriter.FraudSent, weighed.Keys, start.To.Country, now, threshold);
        }

        _spare.Enqueue(weighed);
    }

    /// <inheritdoc/>
    public void Approved(Verification verification, UInt128 destination, DateTimeOffset now)
    {
        // A mailbox of the plan is anybody's, and costs nothing to answer from.
        if (verification.To is not PhoneNumber number || verification.Details.IsTest || (number.IsFictional && !_judgesFictional)
            || verification.WentToMailbox || SendOrigins.LastCounted(verification) is not { } sentAt || SendOrigins.Of(verification) is not { } origins)
        {
            return;
        }

        var since = (float)Math.Max(0, (now - sentAt).TotalSeconds);
        for (var i = 0; i < origins.Addresses.Count; i++)
        {
            var address = IpAddress.TryParse(origins.Addresses[i], out var parsed) ? parsed : null;
            var keys = _memory.KeysOf(verification.ServiceSid, number, destination, address, origins.Device);
            if (i == 0)
            {
                _memory.Approved(keys, TicksAt(now), since, ThresholdOf(FraudLevel.Standard));
                FraudNews.Approved(_news, NewsWriter.FraudApproved, keys, now, since);
            }
            else if (address is not null)
            {
                _memory.ApprovedAgain(keys, TicksAt(now), since, ThresholdOf(FraudLevel.Standard));
                FraudNews.Approved(_news, NewsWriter.FraudApprovedAgain, keys, now, since);
            }
        }
    }

    /// <inheritdoc/>
    public void Hear(byte kind, ReadOnlySpan<byte> news, DateTimeOffset now)
    {
        if (!NewsWriter.IsOfFraud(kind) || !FraudNews.TryRead(news, now, out var told))
        {
            return;
        }

        var at = TicksAt(told.At);
        if (kind == NewsWriter.FraudApproved)
        {
            _memory.Approved(told.Keys, at, told.Number, ThresholdOf(FraudLevel.Standard));
            return;
        }

        if (kind == NewsWriter.FraudApprovedAgain)
        {
            _memory.ApprovedAgain(told.Keys, at, told.Number, ThresholdOf(FraudLevel.Standard));
            return;
        }

        var score = _memory.Weigh(told.Keys, told.Country, at, told.At.Hour, told.Number);
        switch (kind)
        {
            case NewsWriter.FraudRefused:
                _memory.Refused(told.Keys, score, at, told.Number);
                break;
            case NewsWriter.FraudAsked:
                _memory.Asked(told.Keys, score, at, told.Number);
                break;
            case NewsWriter.FraudWorked:
                _memory.Worked(told.Keys, score, at, told.Number);
                break;
            default:
                _memory.Sent(told.Keys, score, at, told.At.Hour, told.Number);
                break;
        }
    }

    /// <inheritdoc/>
    string IGuardMemory.Name => "fraud";

    /// <inheritdoc/>
    void IGuardMemory.Save(BinaryWriter to)
    {
        to.Write(Layout);
        to.Write(Volatile.Read(ref _start));
        _memory.Save(to);
    }

    /// <inheritdoc/>
    void IGuardMemory.Load(BinaryReader from, DateTimeOffset now)
    {
        if (from.ReadByte() != Layout)
        {
            throw new InvalidDataException("Another version wrote this.");
        }

        // What was counted by a clock that ran ahead would not fade: it is left.
        var then = from.ReadInt64();
        var start = Math.Max(then, (now - Faded).UtcTicks);
        if (then > 0 && then <= now.UtcTicks && Interlocked.CompareExchange(ref _start, start, 0) == 0)
        {
            _memory.Load(from, (uint)Math.Min(uint.MaxValue, (start - then) / TicksPerTick));
        }
    }

    /// <summary>What a start's number would be judged by at this moment, without counting anything.</summary>
    public FraudLook Look(StartFacts start, DateTimeOffset now)
    {
        var threshold = ThresholdOf(start.Service.Guard.FraudLevel);
        if (!Concerns(start, now, out var number))
        {
            return new FraudLook(0, threshold, [], IsProven: false);
        }

        var at = TicksAt(now);
        var keys = _memory.KeysOf(start.Service.Sid, number, start.DestinationKey, start.DeviceIp, DeviceOf(start));
        var score = Weigh(start, keys, number.Country, at, now, threshold);
        var isProven = _memory.Numbers.IsTrusted(keys.Number, at);
        return new FraudLook(score.Total, threshold, FraudRefusals.ReasonsOf(score), isProven)
        {
            IsChallenged = !isProven && AsksForWork(start.Service.Guard) && FraudRules.IsDoubtful(score, threshold),
        };
    }

    /// <summary>Asks for work of what is in doubt. Whoever does it is counted as ever.</summary>
    GuardRefusal? AskForWork(StartFacts start, WeighedStart weighed, float threshold, uint at, DateTimeOffset now)
    {
        if (_gate!.Ask(start, FraudRules.EffortOf(weighed.Score, threshold), FraudReasons.Name(weighed.Score.Strongest), now) is not { } challenge)
        {
            // The repetition that a solution is good for was not asked for anything.
            weighed.HasWorked = start.Spent is { Pass.IsAgain: false };
            return null;
        }

        _memory.Asked(weighed.Keys, weighed.Score, at, threshold);
        FraudNews.Judged(_news, NewsWriter.FraudAsked, weighed.Keys, start.To.Country, now, threshold);
        return FraudRefusals.Explained(challenge, weighed.Score, threshold);
    }

    bool AsksForWork(GuardSettings settings) => _gate is not null && settings.Risk is { Mode: RiskMode.Enforce, ChallengeFrom: > 0 } && !settings.FraudWatchOnly;

    FraudScore Weigh(StartFacts start, in FraudKeys keys, string country, uint at, DateTimeOffset now, float threshold)
    {
        var score = _memory.Weigh(keys, country, at, now.Hour, threshold);
        if (start.HasCustomCode && score.Service.Approved < 3)
        {
            // An application that makes its own codes may check them itself, and never say so: that nobody answers here means nothing.
            score.Parts[(int)FraudReason.Prefix] = score.Parts[(int)FraudReason.Country] = 0;
            score.Parts[(int)FraudReason.Network] = score.Parts[(int)FraudReason.Device] = score.Parts[(int)FraudReason.Service] = 0;
        }

        return score;
    }

    /// <summary>The device as a verification keeps it, or its answers would not be known to be its own: where risk is judged.</summary>
    ulong DeviceOf(StartFacts start) => _ring is null || start.Service.Guard.Risk.Mode == RiskMode.Off ? 0 : DeviceHashes.Of(start, _ring);

    bool Concerns(StartFacts start, DateTimeOffset now, [NotNullWhen(true)] out PhoneNumber? number)
    {
        number = start.To as PhoneNumber;
        return number is not null && GoesByPhone(start) && !start.IsTest && start.Signals.RiskCheck
            && start.Service.Guard.FraudLevel != FraudLevel.Off && (_judgesFictional || !number.IsFictional)
            && !(start.HasCustomCode && start.Service.Guard.FraudLevel == FraudLevel.Basic)
            && _lists?.IsSafe(start.Service.AccountSid, start.DestinationKey, number, now) != true;
    }

    /// <summary>By text or call, at once or by a later step of its plan: what is let through goes on to that by itself, and is not judged again.</summary>
    static bool GoesByPhone(StartFacts start) =>
        start.Channel is Channel.Sms or Channel.Call || (start.Plan is { } plan && FallbackPlan.LeadsToPhone(plan, start.Channel, start.Open));

    /// <summary>Whether a start that would be refused goes out to see whether it is answered. Dear probes are rarer, so that watching a range costs about the same anywhere.</summary>
    bool IsProbe(string country, in FraudScore score)
    {
        if (_probeEvery == 0)
        {
            return false;
        }

        var every = (ulong)(_probeEvery * Math.Max(1, CountryPriors.Of(country).PriceMicros / ProbePriceMicros) * (score.IsDeserted ? DesertedProbes : 1) * (1 + (score.RefusedLately / ProbeRefused)));
        return FraudKeys.Mix(_seed + (ulong)Interlocked.Increment(ref _probes)) % every == 0;
    }

    static float ThresholdOf(FraudLevel level) => level switch
    {
        FraudLevel.Basic => 11,
        FraudLevel.Max => 6.5f,
        _ => 8.5f,
    };

    /// <summary>Time in four bytes: sixteenths of a second since the day before the first look, eight years of them.</summary>
    uint TicksAt(DateTimeOffset now)
    {
        var start = Volatile.Read(ref _start);
        if (start == 0)
        {
            Interlocked.CompareExchange(ref _start, now.AddDays(-1).UtcTicks, 0);
            start = Volatile.Read(ref _start);
        }

        return (uint)Math.Clamp((now.UtcTicks - start) / TicksPerTick, 1, uint.MaxValue);
    }
}

/// <summary>What a start that was let through is counted by, once its message is in the outbox.</summary>
sealed class WeighedStart
{
    public FraudKeys Keys;
    public FraudScore Score;

    /// <summary>It was asked to work first, and did.</summary>
    public bool HasWorked;
}

/// <summary>How a start to a number would be judged.</summary>
/// <param name="Score">In natural log-odds.</param>
/// <param name="Threshold">The score from which on a start is refused, by the service's level.</param>
/// <param name="Reasons">What adds to the score, by the names of <c>details.reason</c>.</param>
/// <param name="IsProven">The number typed a code back before, and gets through whatever the score.</param>
public sealed record FraudLook(float Score, float Threshold, IReadOnlyList<string> Reasons, bool IsProven)
{
    public bool IsRefused => Score >= Threshold && !IsProven;

    /// <summary>It would be asked to work first.</summary>
    public bool IsChallenged { get; init; }
}
