using Countersign.Core.Verifications;

namespace Countersign.Core.Guard;

/// <summary>Asks every stage about a start, cheapest first, and tells those that let it through what became of it.</summary>
public sealed class StartGuard(IEnumerable<IGuardStage> stages, TimeProvider time)
{
    readonly IGuardStage[] _stages = [.. stages.OrderBy(stage => stage.Order)];

    /// <summary>The first refusal; null when all let it through, and then a call of <c>Settle</c> must follow.</summary>
    public GuardRefusal? Judge(StartFacts start)
    {
        var now = time.GetUtcNow();
        for (var i = 0; i < _stages.Length; i++)
        {
            if (_stages[i].Judge(start, now) is { } refusal)
            {
                Settle(start, sent: false, i, now);
                return refusal;
            }
        }

        return null;
    }

    /// <summary>Whether the message of a start that was let through went into the outbox.</summary>
    public void Settle(StartFacts start, bool sent) => Settle(start, sent, _stages.Length, time.GetUtcNow());

    /// <summary>How long a next start to the same destination would have to wait; zero for not at all.</summary>
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

    /// <summary>The code of a verification was typed back.</summary>
    public void Approved(Verification verification)
    {
        var now = time.GetUtcNow();
        foreach (var stage in _stages)
        {
            stage.Approved(verification, now);
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
