using Countersign.Core.Guard.Sharing;
using Countersign.Core.Verifications;

namespace Countersign.Core.Guard.Challenges;

/// <summary>Takes the solution of a browser that has no credentials, so that the next start of the destination is let through once, at whichever node it comes to.</summary>
public sealed class HandInSolution(ChallengeGate gate, ChallengePasses passes, SharedCounts shared, TimeProvider time)
{
    /// <exception cref="StoreUnavailableException">The other nodes could not be told, and nothing was taken: handing it in again may do.</exception>
    public async Task<HandedIn> RunAsync(Sid service, string payload, CancellationToken ct)
    {
        var now = time.GetUtcNow();
        if (gate.Open(service, payload, now, out var solved) is { } problem)
        {
            return new HandedIn(problem, default);
        }

        if (passes.Wants(solved, now.ToUnixTimeSeconds()))
        {
            // Told before it is answered: the application's start comes right after, and to any node. Not told twice, or one solution would buy as much of the wire as somebody likes.
            await ChallengeNews.TellHandedInAsync(shared, solved, ct);
            passes.Offer(solved, now.ToUnixTimeSeconds());
        }

        return new HandedIn(null, DateTimeOffset.FromUnixTimeSeconds(solved.Expires));
    }
}

/// <summary>What became of a solution that was handed in.</summary>
/// <param name="Problem">Why it does not count; null where it was taken.</param>
/// <param name="ExpiresAt">Until when the start may come.</param>
public readonly record struct HandedIn(ChallengeProblem? Problem, DateTimeOffset ExpiresAt);
