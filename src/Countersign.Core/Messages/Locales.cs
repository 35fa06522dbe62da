using System.Collections.Frozen;

namespace Countersign.Core.Messages;

/// <summary>The languages that a text can be asked for in, and the one that a number's country speaks (Twilio's list of SMS locales).</summary>
public static class Locales
{
    /// <summary>What is used where nothing else is known.</summary>
    public const string Fallback = "en";

    const int LongestTag = 35;

    static readonly FrozenDictionary<string, string> Canonical = new[]
    {
        "af", "ar", "ca", "zh", "zh-CN", "zh-HK", "hr", "cs", "da", "nl", "en", "et", "fi", "fr", "de", "el", "he", "hi", "hu", "id", "it",
        "ja", "kn", "ko", "lt", "ms", "mr", "nb", "pl", "pt", "pt-BR", "ro", "ru", "sk", "es", "sv", "tl", "te", "th", "tr", "uk", "vi",
    }.ToFrozenDictionary(tag => tag, StringComparer.OrdinalIgnoreCase);

    static readonly FrozenDictionary<string, string>.AlternateLookup<ReadOnlySpan<char>> BySpan =
        Canonical.GetAlternateLookup<ReadOnlySpan<char>>();

    /// <summary>The 42 tags that a default text can be asked for in, in their canonical casing.</summary>
    public static IReadOnlyCollection<string> Tags => Canonical.Keys;

    /// <summary>
    /// Finds the supported tag nearest to a BCP 47 tag, whatever its case and with <c>_</c> for <c>-</c>: itself, else the same
    /// tag with its last parts taken off (RFC 4647 lookup). Chinese goes by script: Taiwan, Macao and <c>Hant</c> read <c>zh-HK</c>.
    /// </summary>
    /// <returns>False if the tag is malformed or its language is not among <see cref="Tags"/>.</returns>
    public static bool TryNormalize(string tag, out string canonical)
    {
        canonical = Fallback;
        if (tag.Length is 0 or > LongestTag)
            return false;

        var dashed = tag.Replace('_', '-');
        if (!IsWellFormed(dashed))
            return false;

        if (LanguageOf(dashed).Equals("zh", StringComparison.OrdinalIgnoreCase))
        {
            canonical = Chinese(dashed);
            return true;
        }

        for (var rest = dashed.AsSpan(); rest.Length > 0; rest = rest[..Math.Max(rest.LastIndexOf('-'), 0)])
        {
            if (BySpan.TryGetValue(rest, out canonical!))
                return true;
        }

        canonical = OtherName(LanguageOf(dashed)) ?? Fallback;
        return canonical != Fallback;
    }

    /// <summary>
    /// The language of the country that an E.164 number belongs to, by its calling code; <c>en</c> for any other country and for what
    /// is no number. Britain gives <c>en-GB</c>, which only calls and custom templates tell apart from <c>en</c>.
    /// </summary>
    public static string DefaultFor(string e164)
    {
        if (!e164.StartsWith('+'))
            return Fallback;

        var found = Fallback;
        var code = 0;
        for (var i = 1; i < Math.Min(e164.Length, 5) && char.IsAsciiDigit(e164[i]); i++)
        {
            code = code * 10 + (e164[i] - '0');
            found = ForCallingCode(code) ?? found;
        }

        return found;
    }

    /// <summary>The part before the first separator: <c>pt</c> of <c>pt-BR</c>.</summary>
    internal static ReadOnlySpan<char> LanguageOf(ReadOnlySpan<char> tag)
    {
        var end = tag.IndexOfAny('-', '_');
        return end < 0 ? tag : tag[..end];
    }

    static string? ForCallingCode(int code) => code switch
    {
        34 or 51 or 52 or 53 or 54 or 56 or 57 or 58 or 502 or 503 or 504 or 505 or 506 or 507 or 591 or 593 or 595 or 598 => "es",
        // The Dominican Republic has three area codes; Twilio's table names the first only.
        1809 or 1829 or 1849 => "es",
        41 or 43 or 49 or 352 => "de",
        32 or 33 or 377 => "fr",
        39 or 378 or 379 => "it",
        55 or 351 => "pt",
        20 or 965 or 966 or 968 or 971 => "ar",
        357 => "el",
        372 => "et",
        370 => "lt",
        48 => "pl",
        // Twilio's table says 226, which is Burkina Faso.
        40 => "ro",
        421 => "sk",
        27 => "af",
        380 => "uk",
        62 => "id",
        81 => "ja",
        86 => "zh-CN",
        84 => "vi",
        44 => "en-GB",
        _ => null,
    };

    // A script, where the tag names one, says more than the region: zh-Hans-HK is simplified.
    static string Chinese(string tag)
    {
        if (HasPart(tag, "Hans"))
            return "zh-CN";
        if (HasPart(tag, "Hant") || HasPart(tag, "HK") || HasPart(tag, "TW") || HasPart(tag, "MO"))
            return "zh-HK";
        return HasPart(tag, "CN") || HasPart(tag, "SG") ? "zh-CN" : "zh";
    }

    // Older and neighbouring names of supported languages (IANA language subtag registry).
    static string? OtherName(ReadOnlySpan<char> language) => language switch
    {
        _ when language.Equals("no", StringComparison.OrdinalIgnoreCase) => "nb",
        _ when language.Equals("nn", StringComparison.OrdinalIgnoreCase) => "nb",
        _ when language.Equals("iw", StringComparison.OrdinalIgnoreCase) => "he",
        _ when language.Equals("in", StringComparison.OrdinalIgnoreCase) => "id",
        _ when language.Equals("fil", StringComparison.OrdinalIgnoreCase) => "tl",
        _ => null,
    };

    static bool IsWellFormed(ReadOnlySpan<char> tag)
    {
        foreach (var range in tag.Split('-'))
        {
            var part = tag[range];
            if (part.Length is 0 or > 8 || !IsLettersOrDigits(part))
                return false;
        }

        return true;
    }

    static bool IsLettersOrDigits(ReadOnlySpan<char> part)
    {
        foreach (var c in part)
        {
            if (!char.IsAsciiLetterOrDigit(c))
                return false;
        }

        return true;
    }

    static bool HasPart(ReadOnlySpan<char> tag, ReadOnlySpan<char> wanted)
    {
        foreach (var range in tag.Split('-'))
        {
            if (tag[range].Equals(wanted, StringComparison.OrdinalIgnoreCase))
                return true;
        }

        return false;
    }
}
