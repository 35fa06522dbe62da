using Countersign.Core.Channels;
using Countersign.Core.Numbers;
using Countersign.Core.Services;
using Countersign.Core.Verifications;

namespace Countersign.Core.Guard;

/// <summary>Asks every stage about a start, cheapest first, and tells those that let it through what became of it.</summary>
public sealed class StartGuard(IEnumerable<IGuardStage> stages, TimeProvider time)
{
    readonly IGuardStage[] _stages = [.. stages.OrderBy(stage => stage.Order)];
    readonly ChannelRule[] _rules = [.. stages.OfType<ChannelRule>().OrderBy(stage => stage.Order)];

    /// <summary>The first refusal; null when all let it through, and then a call of <c>Settle</c> must follow.</summary>
    public GuardRefusal? Judge(StartFacts start)
    {
        var now = time.GetUtcNow();
        var passed = 0;
        try
        {
            for (; passed < _stages.Length; passed++)
            {
                if (_stages[passed].Judge(start, now) is { } refusal)
                {
                    Settle(start, sent: false, passed, now);
                    return refusal;
                }
            }

            return null;
        }
        catch
        {
            // What a stage that failed was preceded by would stay counted for ever.
            Settle(start, sent: false, passed, now);
            throw;
        }
    }

    /// <summary>
    /// Why nothing goes to a destination by a channel, as far as that shows without a start: asked before one is chosen, and before a fallback plan moves on. Null where it may.
    /// </summary>
    public GuardRefusal? Forbids(VerifyService service, Destination to, UInt128 key, Channel channel)
    {
        if (_rules.Length == 0)
        {
            return null;
        }

        var now = time.GetUtcNow();
        foreach (var rule in _rules)
        {
            if (rule.Forbids(service, to, key, channel, now) is { } refusal)
            {
                return refusal;
            }
        }

        return null;
    }

    /// <summary>Those of some channels by which the rules let something go to a destination, in their order: the same list where that is all of them.</summary>
    public IReadOnlyList<Channel> Allowed(VerifyService service, Destination to, UInt128 key, IReadOnlyList<Channel> channels)
    {
        List<Channel>? allowed = null;
        for (var i = 0; i < channels.Count; i++)
        {
            if (Forbids(service, to, key, channels[i]) is not null)
            {
                allowed ??= [.. channels.Take(i)];
            }
            else
            {
                allowed?.Add(channels[i]);
            }
        }

        return allowed ?? channels;
    }

    /// <summary>Whether some rule may close one channel of a destination and leave another open.</summary>
    public bool DiffersByChannel(VerifyService service)
    {
        foreach (var rule in _rules)
        {
            if (rule.DiffersByChannel(service))
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>Whether the message of a start that was let through went into the outbox.</summary>
    public void Settle(StartFacts start, bool sent) => Settle(start, sent, _stages.Length, time.GetUtcNow());

    /// <summary>How long a next start to the same destination would have to wait after this one, which was let through; zero for not at all.</summary>
    public TimeSpan Wait(StartFacts start)
    {
        var now = time.GetUtcNow();
        var longest = TimeSpan.Zero;
        foreach (var stage in _stages)
        {
            var wait = stage.Wait(start, now);
            longest = wait > longest ? wait : longest;
        }

        return longest;
    }

    /// <summary>
    /// The code of a verification was typed back; <paramref name="destination"/> is the index value of its destination. Where a mailbox had the code too nothing is learned of the number,
    /// its network or its device.
    /// </summary>
    public void Approved(Verification verification, UInt128 destination)
    {
        if (verification.WentToMailbox)
        {
            return;
        }

        var now = time.GetUtcNow();
        foreach (var stage in _stages)
        {
            stage.Approved(verification, destination, now);
        }
    }

    void Settle(StartFacts start, bool sent, int count, DateTimeOffset now)
    {
        for (var i = 0; i < count; i++)
        {
            _stages[i].Settle(start, sent, now);
        }
    }
}
