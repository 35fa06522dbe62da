using System.Diagnostics.CodeAnalysis;
using Countersign.Core.Codes;

namespace Countersign.Core.Factors.BackupCodes;

/// <summary>
/// A code that a person keeps on paper: ten characters out of 24 that are not mixed up when they are read, 45 bits. It prints as dots.
/// </summary>
public sealed class BackupCode
{
    /// <summary>Characters of a code, without what groups them.</summary>
    public const int Length = 10;

    // No vowels, so that no words come about; no 0 O, 1 I L, 2 Z, 5 S.
    const string Letters = "346789BCDFGHJKMNPQRTVWXY";

    /// <summary>What is compared in the stead of what cannot be a code at all: with letters that no code has.</summary>
    public static readonly BackupCode None = new(new string('0', Length));

    readonly string _value;

    BackupCode(string value) => _value = value;

    /// <summary>A new one, each character as likely as any other.</summary>
    public static BackupCode New(RandomSource random)
    {
        Span<char> code = stackalloc char[Length];
        Span<byte> one = stackalloc byte[1];
        for (var at = 0; at < Length;)
        {
            random.Fill(one);

            // What lies above the last whole multiple is drawn again: it would favour the first letters.
            if (one[0] < 256 / Letters.Length * Letters.Length)
            {
                code[at++] = Letters[one[0] % Letters.Length];
            }
        }

        return new BackupCode(new string(code));
    }

    /// <summary>Reads a code as people type it: in whichever case, with spaces and dashes wherever.</summary>
    public static bool TryParse(string text, [NotNullWhen(true)] out BackupCode? code)
    {
        var plain = TypedCode.Plain(text).ToUpperInvariant();
        code = plain.Length == Length && plain.All(static letter => Letters.Contains(letter)) ? new BackupCode(plain) : null;
        return code is not null;
    }

    /// <summary>As it is compared.</summary>
    public string Reveal() => _value;

    /// <summary>As it is shown, in two groups.</summary>
    public string RevealGrouped() => $"{_value[..5]}-{_value[5..]}";

    public override string ToString() => "••••••";
}
