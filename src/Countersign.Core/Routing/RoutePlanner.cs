using System.Globalization;

namespace Countersign.Core.Routing;

/// <summary>
/// Puts the carriers of a message in order. Under an adaptive route by Thompson sampling: for each carrier a rate is drawn from what is known of it, and the highest wins,
/// so that a carrier is tried as often as it may be the best. What is as good is picked by price.
/// </summary>
public sealed class RoutePlanner(RouteLearning learning, CarrierHealth health, RandomSource random, TimeProvider time)
{
    /// <summary>Carriers whose drawn rates are at most so far below the best one's are as good: the cheapest of them is taken.</summary>
    internal const double AsGood = 0.01;

    /// <summary>The order in which to try the carriers. It may take a breaker's probe, so ask once for a message, and use it; to look only, say so in the request.</summary>
    public RoutePlan Plan(RouteRequest request)
    {
        var now = time.GetUtcNow();
        var strategy = request.Route?.Strategy ?? RouteStrategy.Ordered;
        var candidates = Candidates(request, now);
        IEnumerable<RouteCandidate> ranked = strategy switch
        {
            RouteStrategy.Weighted => ByWeight(candidates),
            RouteStrategy.Adaptive => Adaptive(request, candidates, now),
            _ => InOrder(request, candidates, now),
        };

        // Stable: within a group the strategy's order stays.
        var ordered = ranked.OrderBy(static candidate => candidate.Group).ToList();
        TakeProbe(request, ordered, now);
        return new RoutePlan
        {
            Choices = [.. ordered.Select(static candidate => new RouteChoice(candidate.Name, candidate.Explain()) { IsLastResort = candidate.IsBlocked })],
            RouteName = request.Route?.Name,
            Strategy = strategy,
        };
    }

    List<RouteCandidate> Candidates(RouteRequest request, DateTimeOffset now)
    {
        var elsewhereAfter = request.Route?.ResendElsewhereAfter ?? Route.DefaultResendElsewhereAfter;
        var carriers = request.Route is { } route
            ? route.Carriers.Where(carrier => request.Available.Contains(carrier.Name))
            : request.Available.Select(static name => new RouteCarrier { Name = name });
        return [.. carriers.DistinctBy(static carrier => carrier.Name).Select(carrier =>
        {
            var verdict = health.Judge(new CarrierKey(request.Account, carrier.Name), request.Country, now);
            return new RouteCandidate(carrier, verdict)
            {
                // A person who asks again has waited long enough: no probes with them.
                IsBlocked = verdict.IsOpen && !(verdict.IsDue && request.Previous.Count == 0),
                WasSilent = request.Previous.Any(send => send.Carrier == carrier.Name && (send.Failed || (!send.Delivered && now - send.At >= elsewhereAfter))),
            };
        })];
    }

    List<RouteCandidate> InOrder(RouteRequest request, List<RouteCandidate> candidates, DateTimeOffset now)
    {
        // Nobody is asked about rates here, but silence must be noticed all the same.
        learning.LookAt(now);
        for (var i = 0; i < candidates.Count; i++)
            candidates[i].Why = string.Create(CultureInfo.InvariantCulture, $"number {i + 1} of {candidates.Count} in {(request.Route is null ? "the order of creation" : "the route's order")}");
        return candidates;
    }

    // P. S. Efraimidis and P. G. Spirakis, "Weighted random sampling with a reservoir" (2006).
    IEnumerable<RouteCandidate> ByWeight(List<RouteCandidate> candidates)
    {
        learning.LookAt(time.GetUtcNow());
        var total = candidates.Sum(static candidate => Weight(candidate));
        foreach (var candidate in candidates)
        {
            candidate.Drawn = Math.Log(BetaSampler.Uniform(random)) / Weight(candidate);
            candidate.Why = string.Create(CultureInfo.InvariantCulture, $"drawn by weight, {Weight(candidate)} of {total}");
        }

        return candidates.OrderByDescending(static candidate => candidate.Drawn);
    }

    static int Weight(RouteCandidate candidate) => Math.Max(1, candidate.Carrier.Weight);

    List<RouteCandidate> Adaptive(RouteRequest request, List<RouteCandidate> candidates, DateTimeOffset now)
    {
        var rates = learning.Rates(request.Account, [.. candidates.Select(static candidate => candidate.Name)], request.Channel, request.Country, request.Digits, now);
        for (var i = 0; i < candidates.Count; i++)
        {
            var rate = rates[i];
            candidates[i].Drawn = BetaSampler.Beta(rate.Hits, rate.Misses, random);
            candidates[i].Why = string.Create(
                CultureInfo.InvariantCulture,
                $"codes typed back {rate.Mean:0.0%} of about {rate.Total:0} first sends, drawn {candidates[i].Drawn:0.000}{(candidates[i].Carrier.Cost is { } cost ? $", cost {cost}" : "")}");
        }

        candidates.Sort(static (left, right) => right.Drawn.CompareTo(left.Drawn));
        var first = Explorer(request, candidates) ?? Cheapest(candidates);
        if (first is not null)
        {
            candidates.Remove(first);
            candidates.Insert(0, first);
        }

        return candidates;
    }

    // The dice are thrown for each first send, whoever may be picked: the same bytes are read whatever the state.
    RouteCandidate? Explorer(RouteRequest request, List<RouteCandidate> candidates)
    {
        if (request.Previous.Count > 0 || request.Route is not { Exploration: > 0 } route)
            return null;

        var (dice, pick) = (BetaSampler.Uniform(random), BetaSampler.Uniform(random));
        var ready = candidates.FindAll(static candidate => candidate.Group == 0);
        if (dice >= route.Exploration || ready.Count < 2)
            return null;

        var explorer = ready[(int)(pick * ready.Count)];
        explorer.Why += string.Create(CultureInfo.InvariantCulture, $", picked to keep knowing it ({route.Exploration:0.0%} of first sends)");
        return explorer;
    }

    static RouteCandidate? Cheapest(List<RouteCandidate> candidates)
    {
        if (candidates.Find(static candidate => candidate.Group == 0) is not { } best)
            return null;

        var cheapest = candidates
            .Where(candidate => candidate.Group == 0 && candidate.Drawn >= best.Drawn - AsGood && candidate.Carrier.Cost < best.Carrier.Cost)
            .MinBy(static candidate => candidate.Carrier.Cost);
        if (cheapest is null)
        {
            best.Why += ", the highest";
            return best;
        }

        cheapest.Why += ", as good as the highest and cheaper";
        return cheapest;
    }

    // Only who stands first gets the message for certain, so only that one may use up a probe; the others step back.
    void TakeProbe(RouteRequest request, List<RouteCandidate> ordered, DateTimeOffset now)
    {
        while (ordered is [{ IsBlocked: false } first, ..] && first.Verdict.IsOpen)
        {
            if (request.IsOnlyAsked ? first.Verdict.MayBeAsked : health.TryProbe(new CarrierKey(request.Account, first.Name), request.Country, now))
            {
                first.IsProbe = true;
                break;
            }

            StepBack(first);
        }

        foreach (var other in ordered.Where(static candidate => candidate.Verdict.IsOpen && !candidate.IsBlocked && !candidate.IsProbe).ToArray())
            StepBack(other);

        void StepBack(RouteCandidate candidate)
        {
            candidate.IsBlocked = true;
            ordered.Remove(candidate);
            var index = ordered.FindIndex(other => other.Group > candidate.Group);
            ordered.Insert(index < 0 ? ordered.Count : index, candidate);
        }
    }
}
