using Countersign.Core.Guard.Sharing;
using Countersign.Core.Numbers;
using Countersign.Core.Privacy;
using Countersign.Core.Verifications;

namespace Countersign.Core.Guard.Challenges;

/// <summary>
/// Lets the next start of a destination go on without work, at whichever node it comes to, because a person has just shown a factor of theirs: a code of an authenticator app, or a backup code. Each is good once
/// by itself, and so is what it opens.
/// </summary>
public sealed class PassByFactor(DestinationIndex index, ChallengePasses passes, SpentChallenges spent, SharedCounts shared, RandomSource random, TimeProvider time)
{
    /// <summary>How old a factor must be. One that was made for the occasion shows a program, and no person; practice numbers take any.</summary>
    public static readonly TimeSpan LeastAge = TimeSpan.FromDays(1);

    /// <summary>Opens it. The moments are those of the pass; closed where the factor is too new.</summary>
    /// <param name="service">The service of the person and of the start.</param>
    /// <param name="to">Where the start will go.</param>
    /// <param name="madeAt">When the factor was made that the person has shown.</param>
    /// <param name="ct">Ends the waiting for the other nodes.</param>
    public async Task<FactorPass> RunAsync(Sid service, Destination to, DateTimeOffset madeAt, CancellationToken ct)
    {
        var now = time.GetUtcNow();
        if (now - madeAt < LeastAge && !PracticeChallenges.Has(to))
        {
            GuardMetrics.Challenged("factor_too_new");
            return new FactorPass(ExpiresIn: null, OpensIn: madeAt + LeastAge - now);
        }

        Span<byte> id = stackalloc byte[sizeof(ulong)];
        random.Fill(id);
        var seconds = Math.Max(now.ToUnixTimeSeconds(), spent.Floor);
        var shown = new SolvedChallenge(
            VerificationStep.KeyOf(service, index.Of(to)), BitConverter.ToUInt64(id), seconds + (long)Challenge.Lifetime.TotalSeconds, Challenge.MaxLevel);

        // Here in any case: the code is used up, and the start may well come to this node.
        passes.Offer(shown, seconds);
        try
        {
            await ChallengeNews.TellHandedInAsync(shared, shown, ct);
        }
        catch (StoreUnavailableException)
        {
            // The others ask for work, as those that were cut off do.
        }

        GuardMetrics.Challenged("factor");
        return new FactorPass(Challenge.Lifetime, OpensIn: null);
    }
}

/// <summary>Whether the next start of a destination goes on without work.</summary>
/// <param name="ExpiresIn">For how long; null where it does not.</param>
/// <param name="OpensIn">When the factor is old enough; null where it is.</param>
public readonly record struct FactorPass(TimeSpan? ExpiresIn, TimeSpan? OpensIn);
