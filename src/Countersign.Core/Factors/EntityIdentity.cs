using System.Diagnostics.CodeAnalysis;

namespace Countersign.Core.Factors;

/// <summary>
/// The caller's own name for a person: 8 to 64 ASCII letters, digits and dashes. It should be no personal data, but nobody can know what a caller takes, so it is treated as
/// such: it prints masked. Two that differ in case only are two people, since identities may well be random letters.
/// </summary>
public sealed record EntityIdentity
{
    /// <summary>Characters at least and at most.</summary>
    public const int MinLength = 8, MaxLength = 64;

    readonly string _value;

    EntityIdentity(string value) => _value = value;

    /// <summary>Reads an identity as a caller writes it.</summary>
    public static bool TryParse([NotNullWhen(true)] string? text, [NotNullWhen(true)] out EntityIdentity? identity)
    {
        identity = text is { Length: >= MinLength and <= MaxLength } && text.All(static letter => char.IsAsciiLetterOrDigit(letter) || letter == '-') ? new EntityIdentity(text) : null;
        return identity is not null;
    }

    /// <summary>The identity that a store kept.</summary>
    public static EntityIdentity Restore(string text) => new(text);

    /// <summary>The identity itself: for the caller's own answers, sealing and hashing.</summary>
    public string Reveal() => _value;

    public override string ToString() => "••••••" + _value[^2..];
}
