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
        var values = new Dictionary<string, string>(StringComparer.Ordinal);
        var parts = new List<Part>();
        string? variable = null;
        var (at, of) = (0, 0);
        for (var placeholder = Placeholder().Match(text); placeholder.Success; placeholder = placeholder.NextMatch())
        {
            parts.Add(new Part(text[of..placeholder.Index], null));
            of = placeholder.Index + placeholder.Length;
            var name = placeholder.Groups[1].Value;
            if (name is "code" or "friendly_name")
            {
                parts.Add(new Part(name == "code" ? code?.Reveal() : friendlyName, name));
            }
            else if (TryTake(message, parts, variable, isEnd: false, values, ref at))
            {
                (variable, parts) = (name, []);
            }
            else
            {
                return null;
            }
        }

        parts.Add(new Part(text[of..], null));
        return TryTake(message, parts, variable, isEnd: true, values, ref at) ? values : null;
    }

    /// <summary>
    /// Takes what stands between two variables from the message, at the first place where it is, and what lies before that for the variable before it. From left to right and never
    /// back, so that the time grows with the lengths alone, whatever a caller makes of text and message.
    /// </summary>
    static bool TryTake(string message, List<Part> parts, string? variable, bool isEnd, Dictionary<string, string> values, ref int at)
    {
        var last = variable is null ? at : Math.Min(message.Length, at + MaxValue);
        for (var start = variable is null ? at : at + 1; start <= last; start++)
        {
            if (EndOf(message, parts, start) is { } end && (!isEnd || end == message.Length))
            {
                var value = message[at..start];
                at = end;
                return variable is null || (!value.Contains("{{", StringComparison.Ordinal) && (values.TryAdd(variable, value) || values[variable] == value));
            }
        }

        return false;
    }

    /// <summary>Where parts that begin at a place of the message end; null where they are not there.</summary>
    static int? EndOf(string message, List<Part> parts, int at)
    {
        foreach (var part in parts)
        {
            var rest = message.AsSpan(at);
            var length = part.Name is not null && LengthOf(rest, part.Name) is > 0 and var named ? named
                : part.Text is not null && rest.StartsWith(part.Text, StringComparison.Ordinal) ? part.Text.Length : -1;
            if (length < 0)
            {
                return null;
            }

            at += length;
        }

        return at;
    }

    /// <summary>How long the placeholder of a name is that a text begins with; 0 where it begins with none.</summary>
    static int LengthOf(ReadOnlySpan<char> text, string name)
    {
        if (!text.StartsWith("{{", StringComparison.Ordinal))
        {
            return 0;
        }

        var inner = text[2..].TrimStart();
        if (!inner.StartsWith(name, StringComparison.Ordinal))
        {
            return 0;
        }

        inner = inner[name.Length..].TrimStart();
        return inner.StartsWith("}}", StringComparison.Ordinal) ? text.Length - inner.Length + 2 : 0;
    }

    /// <summary>A piece of a template: its <paramref name="Text"/>, or the placeholder of <paramref name="Name"/>, in whose place the text may stand; null for no text.</summary>
    readonly record struct Part(string? Text, string? Name);

    [GeneratedRegex(@"\{\{\s*([A-Za-z0-9_]+)\s*\}\}")]
    private static partial Regex Placeholder();
}
