using Countersign.Core.Delivery;
using Countersign.Core.Guard.Challenges;
using Countersign.Core.Guard.Lists;
using Countersign.Core.Guard.Remembering;
using Countersign.Core.Guard.Sharing;
using Countersign.Core.Lookups;
using Countersign.Core.Numbers;
using Countersign.Core.Privacy;
using Countersign.Core.Verifications;
using Microsoft.Extensions.Logging;

namespace Countersign.Core.Guard.Risk;

/// <summary>
/// Scores each start by what is odd about the person who asks, as Fraud Guard does by what became of others; and, where the service says so, has it go another way, asks for work
/// first, or refuses it. Nodes tell each other of approvals, and what was learned is kept over a restart.
/// </summary>
public sealed partial class RiskStage : IGuardStage, IGuardHearer, IGuardMemory
{
    // Of what is written to keep.
    const byte Layout = 1;

    static readonly TimeSpan LongestRetry = TimeSpan.FromDays(1);

    readonly RiskSignals _signals;
    readonly NumberLists? _lists;
    readonly IChallengeGate? _gate;
    readonly ILogger<RiskStage> _logger;
    readonly FewASecond _lines;
    int _saidThereIsNoGate;

    /// <param name="options">How much it may remember.</param>
    /// <param name="index">Finds destinations that were approved again.</param>
    /// <param name="ring">The key that fingerprints are hashed with, and what keeps its memory from being aimed at.</param>
    /// <param name="geo">Where addresses are.</param>
    /// <param name="logger">Told of what was refused or challenged.</param>
    /// <param name="lists">The safe lists, whose numbers are not judged; null for none.</param>
    /// <param name="gate">Asks for work; with null, what would be challenged goes through.</param>
    /// <param name="news">What other nodes are to be told; null for nothing.</param>
    /// <param name="lines">What the operator's table says of lines; null for none.</param>
    /// <param name="time">By whose seconds lines of the log are few; null for the system's.</param>
    public RiskStage(
        RiskOptions options, DestinationIndex index, KeyRing ring, IGeoSource geo, ILogger<RiskStage> logger, NumberLists? lists = null, IChallengeGate? gate = null, GuardNews? news = null,
        ILineTable? lines = null, TimeProvider? time = null)
    {
        (_lists, _gate, _logger, _lines) = (lists, gate, logger, new FewASecond(time ?? TimeProvider.System));
        _signals = new RiskSignals(options, index, ring, geo, lines ?? new NoLineTable(), GuardSeed.Of(ring, "risk"u8), news);
    }

    /// <summary>After what refuses for others' sake, before what counts.</summary>
    public int Order => 100;

    /// <summary>Bytes that its memory takes at most.</summary>
    public long MemoryBytes => _signals.MemoryBytes;

    /// <inheritdoc/>
    public GuardRefusal? Judge(StartFacts start, DateTimeOffset now)
    {
        if (!Concerns(start, now))
        {
            return null;
        }

        var settings = start.Service.Guard.Risk;
        var findings = _signals.Find(start, now);
        var score = RiskScore.Of(findings.Reasons, findings.IsKnownDevice);
        var (action, withoutSms) = score == 0 ? default : RiskPolicy.Of(settings, score, start.Open);
        if (settings.Mode != RiskMode.Enforce)
        {
            start.Risk = Assess(findings, score, RiskAction.Allow, action == RiskAction.Allow ? null : action);
            Count(start);
            if (action != RiskAction.Allow)
            {
                Log(start, findings, score, action, "watched");
            }
            else
            {
                LogHarmless(start, findings, score, "watched");
            }

            return null;
        }

        if (action == RiskAction.Challenge && _gate is null)
        {
            SayThatThereIsNoGate();
            action = withoutSms ? RiskAction.StrongerChannel : RiskAction.Allow;
        }

        start.Risk = Assess(findings, score, action, null);
        start.WithoutSms = withoutSms;
        Count(start);
        var refusal = Follow(start, settings, findings, now);
        if (refusal?.Kind == GuardRefusalKind.ChannelTooWeak && start is { IsAuto: true, IsJudgedAgain: false })
        {
            start.Untold = Later(start, findings, score, action, HeldBack(refusal));
        }
        else if (action != RiskAction.Allow)
        {
            Log(start, findings, score, action, refusal is null ? "let through" : HeldBack(refusal));
        }
        else
        {
            LogHarmless(start, findings, score, "let through");
        }

        return refusal;
    }

    /// <inheritdoc/>
    public void Settle(StartFacts start, bool sent, DateTimeOffset now)
    {
    }

    /// <inheritdoc/>
    public void Approved(Verification verification, UInt128 destination, DateTimeOffset now)
    {
        if (!verification.Details.IsTest)
        {
            _signals.Approved(verification, destination, now);
        }
    }

    /// <inheritdoc/>
    public void Hear(byte kind, ReadOnlySpan<byte> news, DateTimeOffset now)
    {
        if (kind == NewsWriter.RiskApproved && RiskNews.TryRead(news, now, out var learned))
        {
            _signals.Learn(learned);
        }
    }

    /// <inheritdoc/>
    string IGuardMemory.Name => "risk";

    /// <inheritdoc/>
    void IGuardMemory.Save(BinaryWriter to)
    {
        to.Write(Layout);
        _signals.Save(to);
    }

    /// <inheritdoc/>
    void IGuardMemory.Load(BinaryReader from, DateTimeOffset now)
    {
        if (from.ReadByte() != Layout)
        {
            throw new InvalidDataException("Another version wrote this.");
        }

        _signals.Load(from);
    }

    /// <summary>How a start would be judged at this moment, as if its service enforced; null where it would not be judged. Has no effect.</summary>
    public RiskAssessment? Look(StartFacts start, DateTimeOffset now)
    {
        if (!Concerns(start, now))
        {
            return null;
        }

        var findings = _signals.Find(start, now);
        var score = RiskScore.Of(findings.Reasons, findings.IsKnownDevice);
        return Assess(findings, score, score == 0 ? RiskAction.Allow : RiskPolicy.Of(start.Service.Guard.Risk, score, start.Open).Action, null);
    }

    bool Concerns(StartFacts start, DateTimeOffset now) =>
        start.Service.Guard.Risk.Mode != RiskMode.Off && !start.IsTest && start.Signals.RiskCheck
        && !(start.To is PhoneNumber number && _lists?.IsSafe(start.Service.AccountSid, start.DestinationKey, number, now) == true);

    GuardRefusal? Follow(StartFacts start, RiskSettings settings, in RiskFindings findings, DateTimeOffset now)
    {
        var risk = start.Risk!;
        if (risk.Action == RiskAction.Refuse)
        {
            return RiskRefusals.Refused(risk, findings, settings, LongestRetry);
        }

        if (start.WithoutSms && start.Channel == Channels.Channel.Sms)
        {
            // Asked before any work is: the start comes again by another channel, and a solution is good for one.
            return RiskRefusals.ByAnotherChannel(risk, settings, start.Open);
        }

        return risk.Action == RiskAction.Challenge && _gate!.Ask(start, RiskPolicy.EffortOf(settings, risk.Score), RiskRefusals.Reason, now) is { } challenge
            ? RiskRefusals.Explained(challenge, risk)
            : null;
    }

    Action Later(StartFacts start, RiskFindings findings, int score, RiskAction action, string outcome) => () => Log(start, findings, score, action, outcome);

    /// <summary>A score that nothing follows from, for whoever looks for thresholds: a few a second, since many starts may have one.</summary>
    void LogHarmless(StartFacts start, in RiskFindings findings, int score, string outcome)
    {
        if (score > 0 && !start.IsJudgedAgain && _logger.IsEnabled(LogLevel.Information) && _lines.May(out var untold))
        {
            Log(start, findings, score, RiskAction.Allow, untold == 0 ? outcome : $"{outcome}; {untold} others before it were not told");
        }
    }

    /// <summary>With what was answered: who would be challenged may be told to come by another channel first.</summary>
    static string HeldBack(GuardRefusal refusal) => $"held back with {refusal.Reason}";

    void Log(StartFacts start, in RiskFindings findings, int score, RiskAction action, string outcome)
    {
        if (_logger.IsEnabled(LogLevel.Information))
        {
            LogJudged(score, string.Join(',', RiskReasons.NamesOf(findings.Reasons)), start.To.ToString()!, RiskActions.NameOf(action), outcome);
        }
    }

    static void Count(StartFacts start)
    {
        if (!start.IsJudgedAgain)
        {
            RiskMetrics.Judged(start.Risk!);
        }
    }

    static RiskAssessment Assess(in RiskFindings findings, int score, RiskAction action, RiskAction? watched) =>
        score == 0 && findings.Device == 0 ? RiskAssessment.Clear : new RiskAssessment(score, score == 0 ? RiskReason.None : findings.Reasons, action, watched, findings.Device);

    void SayThatThereIsNoGate()
    {
        if (Interlocked.Exchange(ref _saidThereIsNoGate, 1) == 0)
        {
            LogNoGate();
        }
    }

    [LoggerMessage(1501, LogLevel.Information, "Risk {Score} ({Reasons}) of a start to {To}: {Action}, {Outcome}")]
    partial void LogJudged(int score, string reasons, string to, string action, string outcome);

    [LoggerMessage(1502, LogLevel.Warning, "A service challenges starts by their risk, and this server has no challenge: they go through")]
    partial void LogNoGate();
}
