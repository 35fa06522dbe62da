using System.Diagnostics.CodeAnalysis;

namespace Countersign.Carriers.TwilioVoice;

/// <summary>Which voice speaks which language: a voice that does not speak a language would fail the call.</summary>
sealed class SayVoices
{
    readonly Dictionary<string, string> _byLanguage = new(StringComparer.OrdinalIgnoreCase);
    string? _any;

    /// <summary>Reads <c>voice</c>, or <c>language=voice</c> pairs with commas between them; nothing is no voice.</summary>
    public static bool TryParse(string? text, [NotNullWhen(true)] out SayVoices? voices)
    {
        voices = null;
        var read = new SayVoices();
        foreach (var part in (text ?? "").Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries))
        {
            var pair = part.Split('=', 2, StringSplitOptions.TrimEntries);
            if (pair.Any(word => word.Length == 0 || word.Any(letter => !char.IsAsciiLetterOrDigit(letter) && letter is not ('.' or '-' or '_'))))
            {
                return false;
            }

            if (pair.Length == 1)
            {
                read._any = pair[0];
            }
            else
            {
                read._byLanguage[pair[0]] = pair[1];
            }
        }

        voices = read;
        return true;
    }

    /// <summary>The voice for a language of <see cref="SayLanguages"/>; null for Twilio's choice.</summary>
    public string? For(string language) => _byLanguage.GetValueOrDefault(language) ?? _any;
}
