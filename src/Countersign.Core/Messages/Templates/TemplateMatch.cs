using System.Text;
using System.Text.RegularExpressions;
using Countersign.Core.Codes;

namespace Countersign.Core.Messages.Templates;

/// <summary>A template found by a message that was written out of it, values filled in: the way of before template SIDs.</summary>
/// <param name="TemplateSid">The template (HJ…).</param>
/// <param name="Locale">The language of the text that the message was written in.</param>
/// <param name="Substitutions">The values that the message has for the text's own variables.</param>
public sealed partial record TemplateMatch(Sid TemplateSid, string Locale, IReadOnlyDictionary<string, string> Substitutions)
{
    const int MaxValue = 500;

    /// <summary>
    /// The first template with an approved text that the whole message can be read as; null where there is none. <c>{{friendly_name}}</c> and <c>{{code}}</c> may
    /// stand as they are or as the name and the caller's own code; every other variable must have a value, the same wherever it is repeated.
    /// </summary>
    public static TemplateMatch? Find(IEnumerable<(Sid Sid, MessageTemplate Template)> templates, string message, string friendlyName, OneTimeCode? code)
    {
        foreach (var (sid, template) in templates)
        {
            foreach (var translation in template.Translations)
            {
                if (Read(translation.Text, message, friendlyName, code) is { } values)
                    return new TemplateMatch(sid, translation.Locale, values);
            }
        }

        return null;
    }

    static Dictionary<string, string>? Read(string text, string message, string friendlyName, OneTimeCode? code)
    {
        var placeholders = Placeholder().Matches(text);
        if (!message.StartsWith(text[..placeholders[0].Index], StringComparison.Ordinal))
            return null;

        var names = new List<string>();
        var pattern = new StringBuilder(@"\A");
        var at = 0;
        foreach (Match placeholder in placeholders)
        {
            pattern.Append(Regex.Escape(text[at..placeholder.Index]));
            at = placeholder.Index + placeholder.Length;
            var name = placeholder.Groups[1].Value;
            if (name == "code")
            {
                pattern.Append(code is null ? @"\{\{\s*code\s*\}\}" : $@"(?:\{{\{{\s*code\s*\}}\}}|{Regex.Escape(code.Reveal())})");
            }
            else if (name == "friendly_name")
            {
                pattern.Append($@"(?:\{{\{{\s*friendly_name\s*\}}\}}|{Regex.Escape(friendlyName)})");
            }
            else
            {
                pattern.Append("(.+?)");
                names.Add(name);
            }
        }

        pattern.Append(Regex.Escape(text[at..])).Append(@"\z");

        // Without backtracking the time is bounded by the lengths, whatever a caller makes of the message.
        var found = Regex.Match(message, pattern.ToString(), RegexOptions.NonBacktracking | RegexOptions.Singleline | RegexOptions.CultureInvariant);
        return found.Success ? ValuesOf(found, names) : null;
    }

    static Dictionary<string, string>? ValuesOf(Match found, List<string> names)
    {
        var values = new Dictionary<string, string>(StringComparer.Ordinal);
        for (var i = 0; i < names.Count; i++)
        {
            var value = found.Groups[i + 1].Value;
            var isValue = value.Length <= MaxValue && !value.Contains("{{", StringComparison.Ordinal);
            if (!isValue || (!values.TryAdd(names[i], value) && values[names[i]] != value))
                return null;
        }

        return values;
    }

    [GeneratedRegex(@"\{\{\s*([A-Za-z0-9_]+)\s*\}\}")]
    private static partial Regex Placeholder();
}
