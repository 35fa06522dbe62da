namespace Countersign.Core.Messages.Senders;

/// <summary>What a sender is, by its form.</summary>
public enum SenderKind
{
    /// <summary>A name: cannot be replied to.</summary>
    Alphanumeric = 1,

    /// <summary>An E.164 number, with its plus sign.</summary>
    Number = 2,

    /// <summary>3 to 8 digits.</summary>
    ShortCode = 3,
}

/// <summary>Tells senders apart, and from what is none.</summary>
public static class SenderFormat
{
    // 3GPP TS 23.040, 9.1.2.5: 20 half-octets, seven bits a character.
    const int LongestName = 11;
    const int FewestNumberDigits = 7;
    const int MostNumberDigits = 15;
    const int FewestShortCodeDigits = 3;
    const int MostShortCodeDigits = 8;

    /// <summary>
    /// A number is <c>+</c> and 7 to 15 digits, the first not 0 (E.164). A short code is 3 to 8 digits. A name is 1 to 11 of the characters that every carrier
    /// passes (ASCII letters and digits, space, <c>+ - _ &amp;</c>; no space at either end) with a letter among them, since one without
    /// would be taken for a number.
    /// </summary>
    /// <returns>False for anything else.</returns>
    public static bool TryParse(string sender, out SenderKind kind)
    {
        if (IsNumber(sender))
            kind = SenderKind.Number;
        else if (IsShortCode(sender))
            kind = SenderKind.ShortCode;
        else if (IsName(sender))
            kind = SenderKind.Alphanumeric;
        else
            kind = default;
        return kind != default;
    }

    static bool IsNumber(string sender) =>
        sender.StartsWith('+')
        && sender.Length - 1 is >= FewestNumberDigits and <= MostNumberDigits
        && sender[1] != '0'
        && sender.Skip(1).All(char.IsAsciiDigit);

    static bool IsShortCode(string sender) =>
        sender.Length is >= FewestShortCodeDigits and <= MostShortCodeDigits && sender.All(char.IsAsciiDigit);

    static bool IsName(string sender) =>
        sender.Length is > 0 and <= LongestName
        && sender[0] != ' '
        && sender[^1] != ' '
        && sender.All(c => char.IsAsciiLetterOrDigit(c) || c is ' ' or '+' or '-' or '_' or '&')
        && sender.Any(char.IsAsciiLetter);
}
