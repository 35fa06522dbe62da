using System.Text;
using System.Text.RegularExpressions;

namespace Countersign.Carriers.GenericHttp;

/// <summary>
/// A text with placeholders in braces. It is taken apart once, so what a value holds is never read as a placeholder; each value is escaped for where it stands.
/// </summary>
sealed partial class Template
{
    readonly List<(string Text, bool IsPlaceholder)> _parts = [];

    public Template(string text)
    {
        var position = 0;
        foreach (Match match in Placeholder.Matches(text))
        {
            _parts.Add((text[position..match.Index], false));
            _parts.Add((match.Groups[1].Value, true));
            position = match.Index + match.Length;
        }

        _parts.Add((text[position..], false));
    }

    /// <summary>The placeholders in it that are not known, as they were written.</summary>
    public IEnumerable<string> Unknown(IReadOnlyCollection<string> known) =>
        _parts.Where(part => part.IsPlaceholder && !known.Contains(part.Text)).Select(part => $"{{{part.Text}}}");

    /// <summary>Whether it uses a placeholder.</summary>
    public bool Uses(string name) => _parts.Contains((name, true));

    /// <summary>The text with its values, each through <paramref name="escape"/>.</summary>
    public string Fill(Func<string, string> valueOf, Func<string, string> escape)
    {
        var text = new StringBuilder();
        foreach (var (part, isPlaceholder) in _parts)
        {
            text.Append(isPlaceholder ? escape(valueOf(part)) : part);
        }

        return text.ToString();
    }

    // Wider than any name that we know, so that {Text} and { to } are found to be wrong; too narrow for the braces of JSON.
    [GeneratedRegex(@"\{([ A-Za-z_][A-Za-z0-9_ -]*)\}", RegexOptions.CultureInvariant)]
    static partial Regex Placeholder { get; }
}
