using System.Runtime.CompilerServices;

namespace Countersign.Core.Insight;

/// <summary>A value for each <see cref="RollupCounter"/>. As a delta it may be negative: a message that was undelivered may turn out to have arrived.</summary>
[InlineArray(RollupCounters.Count)]
public struct RollupCounts : IEquatable<RollupCounts>
{
    long _first;

    public long this[RollupCounter counter]
    {
        readonly get => this[(int)counter];
        set => this[(int)counter] = value;
    }

    /// <summary>Nothing was counted, or what was counted cancels out.</summary>
    public readonly bool IsZero => !((ReadOnlySpan<long>)this).ContainsAnyExcept(0L);

    public static RollupCounts operator +(RollupCounts left, RollupCounts right)
    {
        for (var i = 0; i < RollupCounters.Count; i++)
        {
            left[i] += right[i];
        }

        return left;
    }

    public static bool operator ==(RollupCounts left, RollupCounts right) => left.Equals(right);

    public static bool operator !=(RollupCounts left, RollupCounts right) => !left.Equals(right);

    public readonly bool Equals(RollupCounts other) => ((ReadOnlySpan<long>)this).SequenceEqual(other);

    public override readonly bool Equals(object? obj) => obj is RollupCounts other && Equals(other);

    public override readonly int GetHashCode()
    {
        var hash = default(HashCode);
        foreach (var value in this)
        {
            hash.Add(value);
        }

        return hash.ToHashCode();
    }

    /// <summary>The counters that are not zero.</summary>
    public override readonly string ToString()
    {
        var text = new List<string>();
        for (var i = 0; i < RollupCounters.Count; i++)
        {
            if (this[i] != 0)
            {
                text.Add($"{RollupCounters.Names[i]} {this[i]}");
            }
        }

        return string.Join(", ", text);
    }
}
