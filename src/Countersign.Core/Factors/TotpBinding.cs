namespace Countersign.Core.Factors;

/// <summary>The hash of a TOTP factor. The numbers lie in stores.</summary>
public enum TotpAlgorithm
{
    Sha1 = 1,
    Sha256 = 2,
    Sha512 = 3,
}

/// <summary>How an authenticator app and this server make the same codes.</summary>
public sealed record TotpBinding
{
    public required TotpSecret Secret { get; init; }

    /// <summary>Default SHA-1: many apps know nothing else.</summary>
    public TotpAlgorithm Algorithm { get; init; } = TotpAlgorithm.Sha1;

    /// <summary>Digits, 3 to 8. Default 6.</summary>
    public int CodeLength { get; init; } = 6;

    /// <summary>Seconds that a code stands, 20 to 60. Default 30.</summary>
    public int TimeStep { get; init; } = 30;

    /// <summary>Steps before and after the current one whose codes are accepted, 0 to 2. Default 1.</summary>
    public int Skew { get; init; } = 1;

    /// <summary>The step of the last code that was accepted; that one and earlier ones are not accepted again. -1 for none.</summary>
    public long LastStep { get; init; } = -1;
}

/// <summary>The secret that codes are made of, in memory. It prints as dots.</summary>
public sealed class TotpSecret(byte[] value) : IEquatable<TotpSecret>
{
    /// <summary>Bytes at least and at most. RFC 4226 asks for 16, and what is made here has 20; many seeds that people have in their apps already have 10.</summary>
    public const int MinBytes = 10, MaxBytes = 128;

    /// <summary>The bytes: for sealing, making codes, and the one answer that shows them.</summary>
    public byte[] Reveal() => value;

    public bool Equals(TotpSecret? other) => other is not null && System.Security.Cryptography.CryptographicOperations.FixedTimeEquals(value, other.Reveal());

    public override bool Equals(object? obj) => Equals(obj as TotpSecret);

    public override int GetHashCode() => value.Length;

    public override string ToString() => "••••••";
}
