using System.Diagnostics;
using Countersign.Bench.Guard;

namespace Countersign.Bench.Timing;

/// <summary>Two cases that must take equally long, or, as a control, must not.</summary>
/// <param name="Name">What is compared with what.</param>
/// <param name="IsControl">It leaks on purpose and must be found.</param>
abstract record Pair(string Name, bool IsControl)
{
    /// <summary>Runs both in random order, so many times together, after a tenth of that to warm up.</summary>
    public abstract Welch Measure(int samples, Rng rng, CancellationToken ct);
}

/// <summary>Both cases run the same code, with an input that is ready before the clock runs: otherwise it would be two pieces of machine code that are compared.</summary>
/// <param name="Name">What is compared with what.</param>
/// <param name="IsControl">It leaks on purpose and must be found.</param>
/// <param name="Input">The input of a sample: its number, and whether it is of the first case.</param>
/// <param name="Run">What is timed.</param>
sealed record Pair<T>(string Name, bool IsControl, Func<int, bool, T> Input, Action<T> Run) : Pair(Name, IsControl)
{
    public override Welch Measure(int samples, Rng rng, CancellationToken ct)
    {
        var warmUp = samples / 10;
        var (first, second) = (new List<double>(samples), new List<double>(samples));
        for (var i = 0; i < samples + warmUp; i++)
        {
            ct.ThrowIfCancellationRequested();
            var isFirst = rng.Chance(0.5);
            var input = Input(i, isFirst);
            var begun = Stopwatch.GetTimestamp();
            Run(input);
            var took = Stopwatch.GetElapsedTime(begun).TotalNanoseconds;
            if (i >= warmUp)
            {
                (isFirst ? first : second).Add(took);
            }
        }

        return Welch.Compare([.. first], [.. second]);
    }
}
