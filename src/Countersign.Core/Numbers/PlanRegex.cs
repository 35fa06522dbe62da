using System.Text.RegularExpressions;

namespace Countersign.Core.Numbers;

/// <summary>
/// A pattern of the numbering plans. Interpreted at first, at about 0.2 µs a match: compiling costs milliseconds, and most are of countries that nobody asks for. One that is used often
/// is compiled beside the requests, and answers faster from then on.
/// </summary>
sealed class PlanRegex(string pattern)
{
    const RegexOptions Options = RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture;

    // Matches after which it is worth it.
    const int Often = 4096;

    // A thread that counts late makes it later, and never skips the last.
    int _uses;
    volatile Regex _regex = new(pattern, Options);

    public bool IsMatch(ReadOnlySpan<char> text)
    {
        if (_uses < Often && ++_uses == Often)
        {
            ThreadPool.UnsafeQueueUserWorkItem(static hot => hot._regex = new Regex(hot._regex.ToString(), Options | RegexOptions.Compiled), this, preferLocal: false);
        }

        return _regex.IsMatch(text);
    }
}
