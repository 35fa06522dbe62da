using Countersign.Core.Guard.Sharing;
using Countersign.Core.Guard.Windows;
using Countersign.Core.Numbers;
using Countersign.Core.Registry;
using Countersign.Core.Verifications;

namespace Countersign.Core.Guard.Limits;

/// <summary>
/// Refuses starts that are too many: by the service's own limits, and by the built-in ones of destination, device, service and account. Counts by all of them or by none, and gives back
/// what comes to nothing. Fails open where memory runs out of windows; see <see cref="SlidingWindows"/>.
/// </summary>
public sealed class StartLimits(SlidingWindows windows, LimitKeys keys, IRegistry<RateLimit> limits, AccountLimitOptions options, SharedCounts shared, KnownPlaces places) : IGuardStage
{
    // Rules that lie on the stack; a start that names many limits has the rest on the heap.
    const int OnStack = 16;

    /// <summary>Behind whatever refuses without counting.</summary>
    public int Order => 500;

    public GuardRefusal? Judge(StartFacts start, DateTimeOffset now)
    {
        RateLimit[]? named = null;
        var most = StartRules.MostBuiltIn + (StartRules.MostOther * start.OtherKeys.Count);
        if (start.Signals.RateLimits is { Count: > 0 } values)
        {
            // A name that does not exist is wrong with a test number too, which is where it ought to be found.
            named = Named(start, values, out var unknown);
            if (unknown is not null)
            {
                return LimitRefusals.Unknown(unknown);
            }

            foreach (var limit in named)
            {
                most += limit.Buckets.Count;
            }
        }

        if (start.IsTest)
        {
            return null;
        }

        var rules = new StartRules(
            most <= OnStack ? stackalloc WindowRule[OnStack] : new WindowRule[most], most <= OnStack ? stackalloc LimitKind[OnStack] : new LimitKind[most]);
        foreach (var limit in named ?? [])
        {
            rules.AddBuckets(limit, start.Signals.RateLimits![limit.UniqueName], keys);
        }

        var own = rules.All.Length;
        rules.AddDestination(start, IsAtHome(start, start.CountedKey));
        var others = rules.All.Length;
        for (var i = 0; i < start.OtherKeys.Count; i++)
        {
            rules.AddOther(start, start.OtherKeys[i], IsAtHome(start, start.OtherKeys[i]));
        }

        var destination = rules.All[own..];
        var rest = rules.All.Length;
        rules.AddRest(start, keys, options);
        if (windows.TryTake(rules.All, destination, now, out var refusing, out var retryIn, out var takenAt, out var nextIn))
        {
            start.Counted = new CountedStart(rules.All.ToArray(), takenAt);
            start.NextAt = takenAt + nextIn;
            return null;
        }

        return rules.KindOf(refusing) is not 0 and var kind ? LimitRefusals.Of(kind, rules.All[refusing], retryIn, ofPlan: refusing >= others && refusing < rest) : OfBucket(named!, refusing, retryIn);
    }

    public void Settle(StartFacts start, bool sent, DateTimeOffset now)
    {
        if (start.Counted is { } counted)
        {
            if (sent)
            {
                shared.Counted(counted.Rules, counted.At);
            }
            else
            {
                windows.GiveBack(counted.Rules, counted.At);
            }
        }

        start.Counted = null;
    }

    /// <summary>A code that was typed back ends the pauses: the person is there, and at home where it was typed.</summary>
    public void Approved(Verification verification, UInt128 destination, DateTimeOffset now)
    {
        if (verification.Details.IsTest)
        {
            return;
        }

        destination = keys.Counted(verification, destination);

        // Who has nothing to forget has nothing to tell: what is counted here is counted everywhere.
        if (windows.MayPause(now))
        {
            var key = LimitKeys.OfDestination(verification.ServiceSid, destination, LimitKind.Cooldown);
            foreach (var pause in (ReadOnlySpan<UInt128>)[key, ~key])
            {
                if (windows.Forget(pause))
                {
                    shared.Forgotten(pause);
                }
            }
        }

        if (IpAddress.TryParse(verification.Details.DeviceIp, out var address))
        {
            var place = keys.OfPlace(verification.ServiceSid, destination, address);
            places.Learn(place);
            shared.Learned(place);
        }
    }

    /// <summary>By what was seen when the start was counted: the same windows would have to be found again.</summary>
    public TimeSpan Wait(StartFacts start, DateTimeOffset now) => start.NextAt > now ? start.NextAt - now : TimeSpan.Zero;

    bool IsAtHome(StartFacts start, UInt128 destination) => keys.OfPlace(start, destination) is { } place && places.Knows(place);

    RateLimit[] Named(StartFacts start, IReadOnlyDictionary<string, string> values, out string? unknown)
    {
        unknown = null;
        var named = new RateLimit[values.Count];
        var count = 0;
        foreach (var name in values.Keys)
        {
            if (limits.Find(start.Service.AccountSid, RateLimit.NameOf(start.Service.Sid, name)) is not { } limit)
            {
                unknown = name;
                return [];
            }

            named[count++] = limit;
        }

        return named;
    }

    /// <summary>The bucket whose rule stands at a place: buckets come first, in the order of their limits.</summary>
    static GuardRefusal OfBucket(RateLimit[] named, int rule, TimeSpan retryIn)
    {
        foreach (var limit in named)
        {
            if (rule < limit.Buckets.Count)
            {
                return LimitRefusals.OfBucket(limit, limit.Buckets[rule], retryIn);
            }

            rule -= limit.Buckets.Count;
        }

        throw new InvalidOperationException("The refusing rule belongs to no bucket.");
    }
}

/// <summary>What a start was counted by, and when, so that just this can be given back.</summary>
sealed record CountedStart(WindowRule[] Rules, DateTimeOffset At);
