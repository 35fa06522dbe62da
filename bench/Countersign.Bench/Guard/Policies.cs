using Countersign.Bench.Routing;
using Countersign.Core;
using Countersign.Core.Channels;
using Countersign.Core.Codes;
using Countersign.Core.Guard;
using Countersign.Core.Guard.Fraud;
using Countersign.Core.Numbers;
using Countersign.Core.Privacy;
using Countersign.Core.Services;
using Countersign.Core.Verifications;

namespace Countersign.Bench.Guard;

/// <summary>Something that refuses starts, in simulated seconds.</summary>
abstract class Policy
{
    /// <summary>Judges a start; one that is not refused is sent.</summary>
    public abstract bool Refuses(Visitor visitor, double now);

    /// <summary>The last start was refused since there is no such number: it counts neither for nor against.</summary>
    public bool WasImpossible { get; protected set; }

    /// <summary>The last start was asked to show work first, by whatever it came to then.</summary>
    public Asked? Challenged { get; protected set; }

    /// <summary>What the last refused start was refused for.</summary>
    public string Reason { get; protected set; } = "";

    /// <summary>The code of a send was typed back. False where it was not taken.</summary>
    public abstract bool Typed(Visitor visitor, double sentAt, double now);

    /// <summary>An attacker spends all guesses of the code that was sent, none of them right.</summary>
    public virtual void Guess(Visitor visitor, double now)
    {
    }

    /// <summary>Whether a start would be refused, without starting it; null where there is no such number.</summary>
    public abstract bool? WouldRefuse(Visitor visitor, double now);
}

/// <summary>Work that a start was asked to show.</summary>
/// <param name="Level">0 to 8: each doubles it.</param>
/// <param name="Tries">Numbers that were tried until the right one; 0 where nobody tried.</param>
/// <param name="IsDone">It was shown.</param>
/// <param name="Doubt">What raised it.</param>
sealed record Asked(int Level, int Tries, bool IsDone, string Doubt);

/// <summary>Fraud Guard as the server runs it.</summary>
sealed class EnginePolicy : Policy
{
    static readonly DateTimeOffset Beginning = SimulatedClock.Start;
    static readonly CodeSeed NoCode = new() { KeyId = 1, Nonce = new byte[16], Length = 6 };

    readonly DestinationIndex _index;
    readonly FraudGuard _guard;
    readonly VerifyService _service;

    public EnginePolicy(ulong seed, FraudLevel level, FraudOptions? options = null)
    {
        var random = new SeededSource(seed);
        _index = IndexOf(random);
        _guard = new FraudGuard(options ?? new FraudOptions { JudgesFictional = true }, random);
        _service = ServiceOf(random, level);
    }

    public static DestinationIndex IndexOf(RandomSource random)
    {
        var secret = new byte[32];
        random.Fill(secret);
        return new DestinationIndex(new KeyRing([(1, secret)], 1, 1));
    }

    public static VerifyService ServiceOf(RandomSource random, FraudLevel level) => new()
    {
        Sid = Sid.NewRandom("VA", random),
        AccountSid = Sid.NewRandom("AC", random),
        FriendlyName = "Simulated",
        CreatedAt = Beginning,
        UpdatedAt = Beginning,
        Guard = new GuardSettings { FraudLevel = level },
    };

    public override bool Refuses(Visitor visitor, double now)
    {
        var (start, at) = (FactsOf(visitor), Beginning.AddSeconds(now));
        if (_guard.Judge(start, at) is { } refusal)
        {
            Reason = refusal.Reason;
            return true;
        }

        _guard.Settle(start, sent: true, at);
        return false;
    }

    public override bool? WouldRefuse(Visitor visitor, double now) => _guard.Look(FactsOf(visitor), Beginning.AddSeconds(now)) is var look && look.Score >= look.Threshold;

    public override bool Typed(Visitor visitor, double sentAt, double now)
    {
        var at = Beginning.AddSeconds(sentAt);
        _guard.Approved(ApprovedOf(_service, visitor, at), _index.Of(PhoneNumber.Restore(visitor.Number)), Beginning.AddSeconds(now));
        return true;
    }

    /// <summary>A verification whose code was typed back.</summary>
    public static Verification ApprovedOf(VerifyService service, Visitor visitor, DateTimeOffset sentAt) => new()
    {
        Sid = default,
        ServiceSid = service.Sid,
        AccountSid = service.AccountSid,
        To = PhoneNumber.Restore(visitor.Number),
        Status = VerificationStatus.Approved,
        Channel = Channel.Sms,
        CreatedAt = sentAt,
        UpdatedAt = sentAt,
        ExpiresAt = sentAt,
        Checks = 1,
        Code = NoCode,
        Details = new VerificationDetails { DeviceIp = visitor.TypesAt?.ToString(), Origins = OriginsOf(visitor) },
        Attempts = visitor.Again is { } again
            ? [new SendAttempt(default, Beginning.AddSeconds(again.FirstAt), Channel.Sms), new SendAttempt(default, sentAt, again.By)]
            : [new SendAttempt(default, sentAt, Channel.Sms)],
    };

    static SendOrigins? OriginsOf(Visitor visitor) => visitor switch
    {
        { Elsewhere: null } => null,
        { Again.By: Channel.Sms } => new SendOrigins([visitor.Network!.ToString(), visitor.Elsewhere.ToString()], 0),
        _ => new SendOrigins([visitor.Network!.ToString()], 0),
    };

    public static StartFacts StartOf(VerifyService service, DestinationIndex index, Visitor visitor, StartSignals signals)
    {
        var number = PhoneNumber.Restore(visitor.Number);
        return new StartFacts
        {
            Service = service,
            To = number,
            DestinationKey = index.Of(number),
            Channel = visitor.Again?.By ?? Channel.Sms,
            IsTest = false,
            HasCustomCode = false,
            DeviceIp = visitor.StartsAt is { } device ? IpAddress.Of(device) : null,
            Signals = signals,
        };
    }

    StartFacts FactsOf(Visitor visitor) => StartOf(_service, _index, visitor, StartSignals.None);
}

/// <summary>
/// The best open design found, to compare with (authgear's fraud protection as its documentation describes it): unanswered sends by country and by network, in a day and in an
/// hour, against a floor and a share of what was answered lately.
/// </summary>
sealed class BudgetPolicy : Policy
{
    readonly Dictionary<string, Budget> _countries = [];
    readonly Dictionary<string, Budget> _networks = [];

    public override bool Refuses(Visitor visitor, double now)
    {
        if (IsSpent(visitor, now))
            return true;
        Of(_countries, visitor.Land.Code).Send(now, 1);
        if (visitor.Network is { } network)
            Of(_networks, network.ToString()).Send(now, 1);
        return false;
    }

    public override bool Typed(Visitor visitor, double sentAt, double now)
    {
        Of(_countries, visitor.Land.Code).Answer(sentAt, now);
        if (visitor.Network is { } network)
            Of(_networks, network.ToString()).Answer(sentAt, now);
        return true;
    }

    public override bool? WouldRefuse(Visitor visitor, double now) => IsSpent(visitor, now);

    bool IsSpent(Visitor visitor, double now) =>
        Of(_countries, visitor.Land.Code).IsSpent(now, floorDay: 20, shareDay: 0.3, floorHour: 3, shareHour: 0.2)
        || (visitor.Network is { } network && Of(_networks, network.ToString()).IsSpent(now, floorDay: 10, shareDay: 0, floorHour: 5, shareHour: 0));

    static Budget Of(Dictionary<string, Budget> all, string key)
    {
        if (!all.TryGetValue(key, out var budget))
            all.Add(key, budget = new Budget());
        return budget;
    }

    sealed class Budget
    {
        readonly Dictionary<int, (int Open, int Answered)> _hours = [];

        public void Send(double at, int count)
        {
            var hour = _hours.GetValueOrDefault((int)(at / 3600));
            _hours[(int)(at / 3600)] = hour with { Open = Math.Max(0, hour.Open + count) };
        }

        public void Answer(double sentAt, double now)
        {
            Send(sentAt, -1);
            var hour = _hours.GetValueOrDefault((int)(now / 3600));
            _hours[(int)(now / 3600)] = hour with { Answered = hour.Answered + 1 };
        }

        public bool IsSpent(double now, double floorDay, double shareDay, double floorHour, double shareHour)
        {
            var current = (int)(now / 3600);
            int openDay = 0, answeredDay = 0, most = 0;
            for (var hour = current - 23; hour <= current; hour++)
            {
                var (open, answered) = _hours.GetValueOrDefault(hour);
                (openDay, answeredDay) = (openDay + open, answeredDay + answered);
            }

            if (shareDay > 0)
            {
                for (var day = 0; day < 14; day++)
                {
                    var sum = 0;
                    for (var hour = 0; hour < 24; hour++)
                        sum += _hours.GetValueOrDefault(current - (24 * day) - hour).Answered;
                    most = Math.Max(most, sum);
                }
            }

            var last = _hours.GetValueOrDefault(current);
            return openDay >= Math.Max(floorDay, Math.Max(shareDay * answeredDay, shareDay * most))
                || last.Open >= Math.Max(floorHour, Math.Max(shareHour * last.Answered, shareHour * most / 24));
        }
    }
}
