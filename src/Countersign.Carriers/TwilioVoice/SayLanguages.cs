using System.Collections.Frozen;

namespace Countersign.Carriers.TwilioVoice;

/// <summary>The languages that Twilio's <c>Say</c> speaks (its TwiML reference and SDKs), and the one nearest to a BCP 47 tag.</summary>
static class SayLanguages
{
    /// <summary>What is spoken where Twilio has no voice for a language: the digits at least are understood by many.</summary>
    public const string Fallback = "en-US";

    // The first of a language is the one for its bare tag.
    static readonly string[] Spoken =
    [
        "af-ZA", "ar-XA", "ar-AE", "bg-BG", "bn-IN", "ca-ES", "cs-CZ", "cy-GB", "da-DK", "de-DE", "de-AT", "el-GR", "en-US", "en-AU", "en-CA", "en-GB", "en-IE", "en-IN",
        "en-NZ", "en-ZA", "es-ES", "es-MX", "es-US", "fi-FI", "fil-PH", "fr-FR", "fr-BE", "fr-CA", "gu-IN", "he-IL", "hi-IN", "hu-HU", "id-ID", "is-IS", "it-IT", "ja-JP",
        "kn-IN", "ko-KR", "lv-LV", "ml-IN", "mr-IN", "ms-MY", "nb-NO", "nl-NL", "nl-BE", "pa-IN", "pl-PL", "pt-PT", "pt-BR", "ro-RO", "ru-RU", "sk-SK", "sr-RS", "sv-SE",
        "ta-IN", "te-IN", "th-TH", "tr-TR", "uk-UA", "vi-VN", "zh-CN", "zh-HK", "zh-TW",
    ];

    static readonly FrozenDictionary<string, string> Exact = Spoken.ToFrozenDictionary(tag => tag, StringComparer.OrdinalIgnoreCase);

    static readonly FrozenDictionary<string, string> ByLanguage =
        Spoken.GroupBy(tag => tag.Split('-')[0]).ToFrozenDictionary(tags => tags.Key, tags => tags.First(), StringComparer.OrdinalIgnoreCase);

    static readonly FrozenDictionary<string, string> OtherNames = new Dictionary<string, string>
    {
        ["no"] = "nb-NO",
        ["nn"] = "nb-NO",
        ["iw"] = "he-IL",
        ["in"] = "id-ID",
        ["tl"] = "fil-PH",
        ["yue"] = "zh-HK",
        ["cmn"] = "zh-CN",
    }.ToFrozenDictionary(StringComparer.OrdinalIgnoreCase);

    /// <summary>Every language that a document of ours may name.</summary>
    public static IReadOnlyCollection<string> All => Spoken;

    /// <summary>The spoken language nearest to a tag: itself, else its language as most people speak it, else <see cref="Fallback"/>.</summary>
    public static string For(string tag)
    {
        var parts = tag.Replace('_', '-').Split('-');
        if (Exact.TryGetValue(string.Join('-', parts), out var exact))
        {
            return exact;
        }

        if (IsOneOf(parts[0], "zh"))
        {
            return parts.Any(part => IsOneOf(part, "HK", "MO")) ? "zh-HK" : parts.Any(part => IsOneOf(part, "TW", "Hant")) ? "zh-TW" : "zh-CN";
        }

        // All other Spanish is of the Americas.
        if (IsOneOf(parts[0], "es") && parts.Length > 1)
        {
            return "es-MX";
        }

        return ByLanguage.GetValueOrDefault(parts[0]) ?? OtherNames.GetValueOrDefault(parts[0]) ?? Fallback;
    }

    static bool IsOneOf(string part, params ReadOnlySpan<string> wanted)
    {
        foreach (var one in wanted)
        {
            if (part.Equals(one, StringComparison.OrdinalIgnoreCase))
            {
                return true;
            }
        }

        return false;
    }
}
