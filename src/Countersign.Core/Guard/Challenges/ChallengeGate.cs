using System.Globalization;
using Countersign.Core.Guard.Limits;
using Countersign.Core.Guard.Sharing;
using Countersign.Core.Verifications;

namespace Countersign.Core.Guard.Challenges;

/// <summary>
/// Asks for proof of work, and takes it: a solution lets one start of its service and destination through, and one repetition of it. Challenges themselves are kept nowhere; what
/// was spent is (<see cref="SpentChallenges"/>), and travels with the start so that the verification keeps it as well, for the other nodes. These are told of what was handed in,
/// and what of it was spent; who missed the latter is refused by the store.
/// </summary>
// Note: it is a stage only to hear what becomes of starts. It stands before all others, so that it hears of every refusal after the one that asked it.
public sealed class ChallengeGate(ChallengeSeal seal, ChallengeLoad load, ChallengePasses passes, SpentChallenges spent, LimitKeys keys, GuardNews? news = null)
    : IChallengeGate, IGuardStage, IGuardHearer
{
    long _latest;

    /// <inheritdoc/>
    public int Order => 0;

    /// <inheritdoc/>
    public GuardRefusal? Ask(StartFacts start, int effort, string reason, DateTimeOffset now)
    {
        var at = SecondsAt(now);
        ChallengeProblem? problem = null;
        if (start.Spent is { } used)
        {
            // Two kinds of doubt are one piece of work, if it is enough for the greater one.
            if (used.Pass.Solved.PaysFor(effort))
            {
                return null;
            }

            GuardMetrics.Challenged(ChallengeProblems.Name(ChallengeProblem.TooLittle));
            return Refuse(start, effort, reason, used.IsPass ? null : ChallengeProblem.TooLittle, at);
        }

        if (start.Signals.Challenge is { } payload)
        {
            problem = TrySpend(start, payload, effort, at);
            if (problem is null)
            {
                Took(start, effort, reason, at, isPass: false);
                return null;
            }
        }

        if (TryPass(start, effort, at))
        {
            Took(start, effort, reason, at, isPass: true);
            return null;
        }

        GuardMetrics.Challenged(problem is { } known ? ChallengeProblems.Name(known) : "asked");
        return Refuse(start, effort, reason, problem, at);
    }

    /// <summary>Reads a solution that comes without a start (<see cref="HandInSolution"/>). Null when it would let one through; nothing is spent by it.</summary>
    internal ChallengeProblem? Open(Sid service, string payload, DateTimeOffset now, out SolvedChallenge solved)
    {
        var problem = seal.Open(service, payload, out solved) ?? spent.Look(solved, SecondsAt(now));
        if (problem is { } known)
        {
            GuardMetrics.Challenged(ChallengeProblems.Name(known));
        }

        return problem;
    }

    /// <inheritdoc/>
    public GuardRefusal? Judge(StartFacts start, DateTimeOffset now) => null;

    /// <inheritdoc/>
    public void Settle(StartFacts start, bool sent, DateTimeOffset now)
    {
        if (start.Spent is not { } used)
        {
            return;
        }

        start.Spent = null;
        if (sent)
        {
            if (!used.Pass.IsAgain)
            {
                // Counted here, and not when it was taken: what is given back can be taken over and over.
                load.Solved(start.Service.Sid.Value, NetworkOf(start), SecondsAt(now));
                passes.Put(used.Pass with { IsAgain = true });
                TellSpent(used.Pass.Solved);
            }
        }
        else if (!used.IsReplay)
        {
            // Nothing was sent for the work, so it is still worth a start.
            if (!used.Pass.IsAgain)
            {
                spent.GiveBack(used.Pass.Solved);
            }

            if (used.IsPass)
            {
                passes.GiveBack(used.Pass, SecondsAt(now));
            }
        }
    }

    /// <inheritdoc/>
    public void Approved(Verification verification, UInt128 destination, DateTimeOffset now)
    {
    }

    /// <inheritdoc/>
    public void Hear(byte kind, ReadOnlySpan<byte> news, DateTimeOffset now)
    {
        if (kind is not (NewsWriter.ChallengeHandedIn or NewsWriter.ChallengeSpent) || !ChallengeNews.TryRead(news, out var solved))
        {
            return;
        }

        if (kind == NewsWriter.ChallengeSpent)
        {
            passes.Drop(solved);
        }
        else if (spent.Look(solved, SecondsAt(now)) is null)
        {
            passes.Offer(solved, SecondsAt(now));
        }
    }

    void TellSpent(in SolvedChallenge solved)
    {
        if (news is { HasOthers: true })
        {
            Span<byte> bytes = stackalloc byte[ChallengeNews.Bytes];
            ChallengeNews.Write(solved, bytes);
            news.Waiting.Add(NewsWriter.ChallengeSpent, bytes);
        }
    }

    ChallengeProblem? TrySpend(StartFacts start, string payload, int effort, long now)
    {
        if (seal.Open(start.Service.Sid, payload, out var solved) is { } problem)
        {
            return problem;
        }

        if (solved.Key != KeyOf(start))
        {
            return ChallengeProblem.OtherDestination;
        }

        // What was spent or has expired is said to be that.
        if (!solved.PaysFor(effort))
        {
            return spent.Look(solved, now) ?? ChallengeProblem.TooLittle;
        }

        if (spent.TrySpend(solved, now) is { } late)
        {
            return late;
        }

        start.Spent = new SpentOnStart(new ChallengePass(solved, IsAgain: false));
        return null;
    }

    bool TryPass(StartFacts start, int effort, long now)
    {
        if (passes.Take(KeyOf(start), effort, now) is not { } pass || (!pass.IsAgain && spent.TrySpend(pass.Solved, now) is not null))
        {
            return false;
        }

        start.Spent = new SpentOnStart(pass);
        return true;
    }

    void Took(StartFacts start, int effort, string reason, long now, bool isPass)
    {
        var used = start.Spent!;
        used.IsPass = isPass;
        used.AskAgain = () => Refuse(start, effort, reason, ChallengeProblem.Used, now);
        GuardMetrics.Challenged(used.Pass.IsAgain ? "repeated" : "solved");
    }

    GuardRefusal Refuse(StartFacts start, int effort, string reason, ChallengeProblem? problem, long now)
    {
        var level = Math.Clamp(effort, 0, Challenge.MaxEffort) + load.Asked(start.Service.Sid.Value, NetworkOf(start), now);

        // Never earlier than what is forgotten already, or nobody could get through while the clock catches up.
        var expires = Math.Max(now, spent.Floor) + (long)Challenge.Lifetime.TotalSeconds;
        var challenge = seal.New(start.Service.Sid, KeyOf(start), Math.Min(level, Challenge.MaxLevel), expires);
        var facts = new List<KeyValuePair<string, string>>(3) { new("cause", reason) };
        if (problem is { } known)
        {
            facts.Add(new("problem", ChallengeProblems.Name(known)));
        }

        facts.Add(new("solutions", string.Create(CultureInfo.InvariantCulture, $"/challenges/{start.Service.Sid}/solutions")));
        return new GuardRefusal(
            GuardRefusalKind.ChallengeRequired,
            "challenge_required",
            "This start has to show a little work first: have the person's browser solve details.challenge (ALTCHA), and send the same start again with the solution as Challenge. Instead, check an authenticator or backup code of the person with this To.")
        {
            Facts = facts,
            Numbers = [new("expires_in", (int)(expires - now))],
            Challenge = challenge,
        };
    }

    /// <summary>The network of the device within the service; null where the caller passed none.</summary>
    UInt128? NetworkOf(StartFacts start) => keys.OfAddress(start)?.Network;

    static UInt128 KeyOf(StartFacts start) => VerificationStep.KeyOf(start.Service.Sid, start.DestinationKey);

    /// <summary>The latest second that was seen: a clock that is set back neither revives what has expired nor makes the memory of what was spent too short.</summary>
    long SecondsAt(DateTimeOffset now)
    {
        var seconds = now.ToUnixTimeSeconds();
        var latest = Volatile.Read(ref _latest);
        while (seconds > latest)
        {
            var before = Interlocked.CompareExchange(ref _latest, seconds, latest);
            if (before == latest)
            {
                return seconds;
            }

            latest = before;
        }

        return latest;
    }
}

/// <summary>What a start was let through for, so that it can be given back, and kept with the verification.</summary>
sealed class SpentOnStart(ChallengePass pass)
{
    public ChallengePass Pass => pass;

    /// <summary>It came of a pass, and not with the start itself.</summary>
    public bool IsPass { get; set; }

    /// <summary>Another node let a start through for it: it stays spent.</summary>
    public bool IsReplay { get; set; }

    /// <summary>The refusal with a fresh challenge, should the store know that it was spent before.</summary>
    public Func<GuardRefusal> AskAgain { get; set; } = null!;
}
