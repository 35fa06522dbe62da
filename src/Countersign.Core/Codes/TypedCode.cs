using System.Buffers;
using System.Globalization;

namespace Countersign.Core.Codes;

/// <summary>What people type when they are asked for a code: apps and messages show it in groups, and keyboards of other scripts have digits of their own.</summary>
public static class TypedCode
{
    /// <summary>Characters that are read: more than any code has with something behind each of its letters. What is longer is none, and stays what it is.</summary>
    public const int MaxTyped = 64;

    static readonly SearchValues<char> Digits = SearchValues.Create("0123456789");

    /// <summary>The letters and digits that were meant: without white space and dashes, and decimal digits of any script (Unicode category Nd) as ASCII ones. The same text where nothing is to be changed.</summary>
    public static string Plain(string typed)
    {
        if (typed.Length > MaxTyped || !typed.AsSpan().ContainsAnyExcept(Digits))
        {
            return typed;
        }

        Span<char> plain = stackalloc char[MaxTyped];
        var length = 0;
        foreach (var letter in typed)
        {
            if (!char.IsWhiteSpace(letter) && letter is not ('-' or '\u2010' or '\u2011' or '\u2013'))
            {
                plain[length++] = char.IsDigit(letter) ? (char)('0' + CharUnicodeInfo.GetDecimalDigitValue(letter)) : letter;
            }
        }

        return new string(plain[..length]);
    }
}
