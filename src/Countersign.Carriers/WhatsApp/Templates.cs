namespace Countersign.Carriers.WhatsApp;

/// <summary>Which approved template, in which language, for which locale.</summary>
sealed class Templates(string name, string language, string? perLocale)
{
    readonly Dictionary<string, (string Name, string Language)> _perLocale =
        (Parse(perLocale) ?? []).ToDictionary(line => line.Locale, line => (line.Name ?? name, line.Language), StringComparer.OrdinalIgnoreCase);

    /// <summary>The locale's own, else that of its language (<c>pt</c> for <c>pt-BR</c>), else the default.</summary>
    public (string Name, string Language) For(string locale) =>
        _perLocale.TryGetValue(locale, out var found) || _perLocale.TryGetValue(locale.Split('-')[0], out found) ? found : (name, language);

    /// <summary>Lines of the form <c>sv=sv</c> or <c>pt-BR=login_code_br:pt_BR</c>; null where one is neither, or a locale stands twice.</summary>
    public static List<(string Locale, string? Name, string Language)>? Parse(string? text)
    {
        var lines = new List<(string, string?, string)>();
        var seen = new HashSet<string>(StringComparer.OrdinalIgnoreCase);
        foreach (var line in (text ?? "").Split('\n', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries))
        {
            if (line.Split('=', StringSplitOptions.TrimEntries) is not [{ Length: > 0 } locale, { Length: > 0 } value] || !seen.Add(locale))
            {
                return null;
            }

            switch (value.Split(':'))
            {
                case [var language] when IsName(language):
                    lines.Add((locale, null, language));
                    break;
                case [var name, var language] when IsName(name) && IsName(language):
                    lines.Add((locale, name, language));
                    break;
                default:
                    return null;
            }
        }

        return lines;
    }

    /// <summary>Names of templates and languages have ASCII letters, digits and underscores.</summary>
    public static bool IsName(string text) => text.Length > 0 && text.All(c => char.IsAsciiLetterOrDigit(c) || c == '_');
}
