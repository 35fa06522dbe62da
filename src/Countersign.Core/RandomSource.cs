using System.Security.Cryptography;

namespace Countersign.Core;

/// <summary>Where every random byte comes from, so that tests can replay one run. Never a seeded generator in production.</summary>
public abstract class RandomSource
{
    /// <summary>The operating system's cryptographically secure generator.</summary>
    public static RandomSource System { get; } = new SystemRandomSource();

    /// <summary>Fills <paramref name="bytes"/> with random bytes.</summary>
    public abstract void Fill(Span<byte> bytes);

    sealed class SystemRandomSource : RandomSource
    {
        public override void Fill(Span<byte> bytes) => RandomNumberGenerator.Fill(bytes);
    }
}
