using System.Text.RegularExpressions;

namespace Countersign.Carriers.GenericHttp;

/// <summary>A regular expression out of a description, over what a stranger wrote.</summary>
static class FirstGroup
{
    /// <summary>Makes one whose time grows with the text's length only.</summary>
    /// <exception cref="ArgumentException">It is no expression.</exception>
    /// <exception cref="NotSupportedException">It looks around or back, which cannot be done in that time.</exception>
    public static Regex Of(string pattern) => new(pattern, RegexOptions.NonBacktracking | RegexOptions.CultureInvariant, TimeSpan.FromMilliseconds(250));

    /// <summary>The first group of the first match, or the match where there is no group; null where there is none.</summary>
    public static string? In(this Regex pattern, string text)
    {
        try
        {
            var match = pattern.Match(text);
            return !match.Success ? null : match.Groups.Count > 1 ? match.Groups[1].Value : match.Value;
        }
        catch (RegexMatchTimeoutException)
        {
            return null;
        }
    }
}
