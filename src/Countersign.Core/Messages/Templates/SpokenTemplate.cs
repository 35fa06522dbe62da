using System.Text;

namespace Countersign.Core.Messages.Templates;

/// <summary>
/// A template as a call says it. The built-in words of the language frame it, since a listener must know who calls and what to press: the template's words before the code
/// take the place of "Your code is:", those after it are said before the goodbye. Where nothing stands before the code, the whole text is said once with the code spelled in it,
/// and the code is then read as in any call.
/// </summary>
static class SpokenTemplate
{
    /// <summary>Bytes of UTF-8. Carriers bound what a call may be told (Twilio: 4,000 characters of markup), and nobody listens to more for a code.</summary>
    const int Longest = 1000;

    /// <summary>The built-in script with the template's words, or, where they fill more than a call can be told, as it is. The request fills every variable of the text.</summary>
    public static VoiceScript Write(VoiceScript script, TemplateTranslation translation, MessageRequest request)
    {
        var (before, after) = translation.Pattern.FillAround(name => name == "friendly_name" ? request.FriendlyName : request.ValueOf(name)!);
        if (Encoding.UTF8.GetByteCount(before) + Encoding.UTF8.GetByteCount(after) > Longest)
            return script;

        if (!before.Any(char.IsLetterOrDigit))
            return script with { Announce = $"{before}{string.Join(", ", script.Digits)}{after}".Trim() };

        var closing = new string([.. after.SkipWhile(c => char.IsWhiteSpace(c) || c is '.' or ',' or ';' or ':' or '!' or '。' or '，' or '।')]).TrimEnd();
        if (closing.Length > 0 && char.IsLetterOrDigit(closing[^1]))
            closing += ".";
        return script with
        {
            Announce = before.Trim(),
            Goodbye = closing.Length == 0 ? script.Goodbye : $"{closing} {script.Goodbye}",
        };
    }
}
