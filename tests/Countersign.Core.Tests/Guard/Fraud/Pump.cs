using System.Globalization;
using System.Net;
using Countersign.Core.Channels;
using Countersign.Core.Codes;
using Countersign.Core.Guard;
using Countersign.Core.Guard.Challenges;
using Countersign.Core.Guard.Fraud;
using Countersign.Core.Guard.Limits;
using Countersign.Core.Guard.Risk;
using Countersign.Core.Guard.Sharing;
using Countersign.Core.Numbers;
using Countersign.Core.Privacy;
using Countersign.Core.Services;
using Countersign.Core.Tests.Privacy;
using Countersign.Core.Verifications;

namespace Countersign.Core.Tests.Guard.Fraud;

/// <summary>A guard with a clock, and what it is told of people and of others. The numbers are those for fiction, which it is told to judge.</summary>
sealed class Pump
{
    readonly DestinationIndex _index = new(Rings.WithKeys(1));

    public Pump(FraudOptions? options = null, FraudLevel level = FraudLevel.Standard, bool watchOnly = false, KeyRing? ring = null, GuardNews? news = null, IChallengeGate? gate = null)
    {
        Guard = new FraudGuard(options ?? new FraudOptions { JudgesFictional = true }, new ReplayedRandom(), null, ring, news, gate);
        Service = new VerifyService
        {
            Sid = Sid.Parse("VA0123456789abcdef0123456789abcdef", "VA"),
            AccountSid = Sid.Parse("AC0123456789abcdef0123456789abcdef", "AC"),
            FriendlyName = "Pumped",
            CreatedAt = Now,
            UpdatedAt = Now,
            Guard = new GuardSettings { FraudLevel = level, FraudWatchOnly = watchOnly, Risk = gate is null ? RiskSettings.Default : new RiskSettings(RiskMode.Enforce) },
        };
    }

    public FraudGuard Guard { get; }

    public VerifyService Service { get; set; }

    public DateTimeOffset Now { get; set; } = new(2026, 1, 2, 3, 4, 5, TimeSpan.Zero);

    /// <summary>What asks for work, for a service that does.</summary>
    public static ChallengeGate NewGate()
    {
        var (ring, random) = (Rings.WithKeys(1), new ReplayedRandom());
        return new ChallengeGate(new ChallengeSeal(ring, random), new ChallengeLoad(random), new ChallengePasses(), new SpentChallenges(), new LimitKeys(ring));
    }

    /// <summary>One of Ofcom's thousand numbers for fiction.</summary>
    public static PhoneNumber British(int index) => PhoneNumber.Restore(string.Create(CultureInfo.InvariantCulture, $"+447700900{index % 1000:000}"));

    /// <summary>One of ARCEP's ten thousand numbers for fiction.</summary>
    public static PhoneNumber French(int index) => PhoneNumber.Restore(string.Create(CultureInfo.InvariantCulture, $"+3363998{index % 10_000:0000}"));

    /// <summary>The hundred numbers for fiction of an area code.</summary>
    public static PhoneNumber American(int area, int index) => PhoneNumber.Restore(string.Create(CultureInfo.InvariantCulture, $"+1{area}55501{index % 100:00}"));

    public StartFacts Facts(PhoneNumber to, string? device = null, string? fingerprint = null) => new()
    {
        Service = Service,
        To = to,
        DestinationKey = _index.Of(to),
        Channel = Channel.Sms,
        IsTest = false,
        HasCustomCode = false,
        DeviceIp = device is null ? null : IpAddress.Of(IPAddress.Parse(device)),
        Signals = fingerprint is null ? StartSignals.None : new StartSignals { Caller = new CallerSignals { DeviceFingerprint = fingerprint } },
    };

    /// <summary>A start, sent unless it is refused; then the clock goes on.</summary>
    public GuardRefusal? Start(StartFacts facts, double secondsAfter = 1)
    {
        var refusal = Guard.Judge(facts, Now);
        if (refusal is null)
        {
            Guard.Settle(facts, sent: true, Now);
        }

        Now += TimeSpan.FromSeconds(secondsAfter);
        return refusal;
    }

    /// <summary>A person: a start whose code is typed back half a minute later, if it is not refused.</summary>
    public GuardRefusal? Person(PhoneNumber to, string? device = null)
    {
        var refusal = Start(Facts(to, device), secondsAfter: 30);
        if (refusal is null)
        {
            Type(to, device);
        }

        return refusal;
    }

    /// <summary>The code that was sent half a minute ago is typed back.</summary>
    public void Type(PhoneNumber to, string? device = null, Channel channel = Channel.Sms, IReadOnlyList<FallbackStep>? plan = null, RiskAssessment? risk = null, bool afterMailbox = false) => Guard.Approved(
        new Verification
        {
            Sid = default,
            ServiceSid = Service.Sid,
            AccountSid = Service.AccountSid,
            To = to,
            Status = VerificationStatus.Approved,
            Channel = channel,
            CreatedAt = Now,
            UpdatedAt = Now,
            ExpiresAt = Now,
            Checks = 1,
            Code = new CodeSeed { KeyId = 1, Nonce = new byte[16], Length = 6 },
            Details = new VerificationDetails { DeviceIp = device, Fallback = plan, Risk = risk },
            Attempts = afterMailbox
                ? [new SendAttempt(default, Now.AddSeconds(-60), Channel.Email), new SendAttempt(default, Now.AddSeconds(-30), channel)]
                : [new SendAttempt(default, Now.AddSeconds(-30), channel)],
        },
        _index.Of(to),
        Now);

    /// <summary>A person on a device, as the risk score keeps it with the verification.</summary>
    public GuardRefusal? PersonOn(string fingerprint, PhoneNumber to)
    {
        var facts = Facts(to, fingerprint: fingerprint);
        var refusal = Start(facts, secondsAfter: 30);
        if (refusal is null)
        {
            Type(to, device: null, risk: new RiskAssessment(0, RiskReason.None, Device: facts.Device ?? 0));
        }

        return refusal;
    }

    /// <summary>People of many area codes for some hours.</summary>
    public int People(int count)
    {
        var refused = 0;
        for (var i = 0; i < count; i++)
        {
            refused += Person(American(201 + (i * 7 % 89), i)) is null ? 0 : 1;
            Now += TimeSpan.FromSeconds(20);
        }

        return refused;
    }

    /// <summary>Starts that nobody answers, until the first is refused.</summary>
    public int UntilRefused(Func<int, PhoneNumber> number, int most, out GuardRefusal? refusal, double everySeconds = 1)
    {
        for (var i = 0; i < most; i++)
        {
            if ((refusal = Start(Facts(number(i)), everySeconds)) is not null)
            {
                return i;
            }
        }

        refusal = null;
        return most;
    }
}
