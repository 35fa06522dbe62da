namespace Countersign.Core.Tests.Privacy;

/// <summary>Random bytes that are the same in every run, so that a failure can be looked at twice.</summary>
sealed class ReplayedRandom(int seed = 1) : RandomSource
{
    readonly Random _random = new(seed);
    readonly Lock _gate = new();

    public override void Fill(Span<byte> bytes)
    {
        lock (_gate)
        {
            _random.NextBytes(bytes);
        }
    }
}
