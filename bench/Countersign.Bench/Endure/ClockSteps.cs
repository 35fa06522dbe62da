using System.Diagnostics;

namespace Countersign.Bench.Endure;

/// <summary>When clocks of nodes were set forward. That ends the verification of a message that is under way just then, which is rightly not sent; it excuses no other.</summary>
sealed class ClockSteps
{
    /// <summary>How long a message may have been under way when the clock is stepped, and how much later a node may see the step, which it looks for each 50 ms.</summary>
    static readonly TimeSpan UnderWay = TimeSpan.FromSeconds(1), SeenWithin = TimeSpan.FromSeconds(0.5);

    readonly Dictionary<int, TimeSpan> _offsets = [];
    readonly List<long> _forward = [];

    /// <summary>Notes how far a node's clock is off from now on.</summary>
    public void Add(int node, TimeSpan offset)
    {
        if (offset > _offsets.GetValueOrDefault(node))
        {
            _forward.Add(Stopwatch.GetTimestamp());
        }

        _offsets[node] = offset;
    }

    /// <summary>Whether a message that was asked for and acknowledged at these moments of the stopwatch may have been under way at a step.</summary>
    public bool Explain(Asked asked) =>
        _forward.Exists(step => Stopwatch.GetElapsedTime(asked.Answered, step) <= UnderWay && Stopwatch.GetElapsedTime(step, asked.Called) <= SeenWithin);
}

/// <summary>When a message was asked for, and when that was acknowledged, by the stopwatch.</summary>
readonly record struct Asked(long Called, long Answered);
