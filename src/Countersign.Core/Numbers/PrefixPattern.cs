namespace Countersign.Core.Numbers;

/// <summary>A pattern of libphonenumber's metadata that a number may start with. Nearly all are plain digits and need no regex.</summary>
sealed class PrefixPattern
{
    readonly string? _literal;
    readonly PlanRegex? _regex;

    PrefixPattern(string pattern)
    {
        if (pattern.AsSpan().ContainsAnyExceptInRange('0', '9'))
            _regex = new PlanRegex($@"\A(?:{pattern})");
        else
            _literal = pattern;
    }

    public static PrefixPattern? From(string? pattern) => string.IsNullOrEmpty(pattern) ? null : new PrefixPattern(pattern);

    public bool Starts(ReadOnlySpan<char> national) =>
        _literal is not null ? national.StartsWith(_literal, StringComparison.Ordinal) : _regex!.IsMatch(national);
}
