namespace Countersign.Core.Messages.Templates;

/// <summary>
/// A template as a call says it. The built-in words of the language frame it, since a listener must know who calls and what to press: the template's words before the code
/// take the place of "Your code is:", those after it are said before the goodbye. Where nothing stands before the code, the whole text is said once with the code spelled in it,
/// and the code is then read as in any call.
/// </summary>
static class SpokenTemplate
{
    /// <summary>The built-in script with the template's words. The request fills every variable of the text.</summary>
    public static VoiceScript Write(VoiceScript script, TemplateTranslation translation, MessageRequest request)
    {
        var (before, after) = translation.Pattern.FillAround(name => name == "friendly_name" ? request.FriendlyName : request.ValueOf(name)!);
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
