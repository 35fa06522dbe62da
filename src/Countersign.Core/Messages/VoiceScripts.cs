using System.Collections.Frozen;
using System.Diagnostics.CodeAnalysis;
using Countersign.Core.Codes;

namespace Countersign.Core.Messages;

/// <summary>
/// The built-in scripts of calls, in the 21 languages that Twilio's default call speaks, from <c>VoiceWords/*.json</c>.
/// Pure: nothing of a carrier's markup is in a script, and whoever writes the markup has to escape the texts.
/// </summary>
public static class VoiceScripts
{
    /// <summary>Three times: once to find a pen, once to write, once to compare.</summary>
    const int UsualRepeats = 3;

    static readonly Lazy<FrozenDictionary<string, VoiceWords>> All = new(Load);

    /// <summary>The 21 tags that a call can be asked for in, in their canonical casing.</summary>
    public static IReadOnlyCollection<string> Locales => All.Value.Keys;

    /// <summary>Whether a call can be made in this language. One that was asked for and cannot be is Twilio's 60331, never another language.</summary>
    public static bool Supports(string locale) => Find(locale) is not null;

    /// <summary>The script in a language that was asked for: the tag's own words, else those of its language.</summary>
    /// <returns>False if there are none (<see cref="Supports"/>).</returns>
    public static bool TryFor(string locale, string friendlyName, OneTimeCode code, [NotNullWhen(true)] out VoiceScript? script)
    {
        script = Find(locale)?.Fill(friendlyName, code, UsualRepeats);
        return script is not null;
    }

    /// <summary>The script where no language was asked for: that of the number's country (<see cref="Messages.Locales.DefaultFor"/>), else English.</summary>
    public static VoiceScript ForNumber(string e164, string friendlyName, OneTimeCode code) =>
        (Find(Messages.Locales.DefaultFor(e164)) ?? All.Value[Messages.Locales.Fallback]).Fill(friendlyName, code, UsualRepeats);

    static VoiceWords? Find(string tag)
    {
        if (!Messages.Locales.TryNormalize(tag, out var canonical))
            return null;
        if (All.Value.TryGetValue(tag.Replace('_', '-'), out var words))
            return words;

        // A text goes by its script, a call by what is spoken: Taiwan reads zh-HK's characters, but does not speak Cantonese.
        if (canonical.StartsWith("zh", StringComparison.Ordinal))
            return All.Value[SpeaksCantonese(tag) ? "zh-HK" : "zh"];
        return All.Value.GetValueOrDefault(canonical);
    }

    static bool SpeaksCantonese(string tag) =>
        tag.Split('-', '_').Any(part => part.Equals("HK", StringComparison.OrdinalIgnoreCase) || part.Equals("MO", StringComparison.OrdinalIgnoreCase));

    static FrozenDictionary<string, VoiceWords> Load() =>
        EmbeddedWords.Load("voice/", WordsJson.Default.VoiceFile)
            .Select(file => new VoiceWords(file))
            .ToFrozenDictionary(words => words.Locale, StringComparer.OrdinalIgnoreCase);
}

/// <summary>The words of a call in one language.</summary>
sealed class VoiceWords(VoiceFile file)
{
    readonly TextPattern greeting = EmbeddedWords.Parse(file.Locale, file.Greeting);

    public string Locale => file.Locale;

    public VoiceScript Fill(string friendlyName, OneTimeCode code, int repeats) => new()
    {
        Locale = file.Speech,
        Greeting = greeting.Fill(_ => friendlyName),
        Announce = file.Announce,
        Digits = [.. code.Reveal().Select(c => char.ToUpperInvariant(c).ToString())],
        Again = file.Again,
        PressKey = file.PressKey,
        NoKey = file.NoKey,
        Goodbye = file.Goodbye,
        Repeats = repeats,
    };
}

/// <summary>A file of words: <c>locale</c> is the tag that they are asked for by, <c>speech</c> the one that a speech engine is given.</summary>
sealed record VoiceFile(
    string Locale,
    string Speech,
    string Greeting,
    string Announce,
    string Again,
    string PressKey,
    string NoKey,
    string Goodbye);
