namespace Countersign.Core.Messages;

/// <summary>
/// What phones need to find in a text to fill the code in by themselves.
/// <list type="bullet">
/// <item>Android's SMS Retriever: the text starts with <c>&lt;#&gt;</c> and its last token is the app's hash; at most 140 bytes, one segment.</item>
/// <item>WebOTP and Safari (WICG "Origin-bound one-time codes"): the last line starts with <c>@host #code</c>, one space apart.</item>
/// </list>
/// Asked for both, the last line is <c>@host #code hash</c>. That breaks neither: the WICG grammar ignores what trails the code
/// (only <c>%</c> has a meaning there, and no hash contains it), and the hash still ends the text.
/// </summary>
public static class Autofill
{
    internal const string RetrieverPrefix = "<#> ";

    const int AppHashLength = 11;
    const int LongestHost = 253;
    const int LongestLabel = 63;

    /// <summary>Whether this can be an Android app's hash: 11 characters of base 64.</summary>
    public static bool IsAppHash(string value) =>
        value.Length == AppHashLength && value.All(c => char.IsAsciiLetterOrDigit(c) || c is '+' or '/');

    /// <summary>Whether this is a bare host: no scheme, port or path, ASCII only (an international name in its <c>xn--</c> form).</summary>
    public static bool IsWebOtpHost(string value)
    {
        if (value.Length > LongestHost)
            return false;
        var host = value.AsSpan();
        foreach (var range in host.Split('.'))
        {
            var label = host[range];
            if (label.Length is 0 or > LongestLabel || label[0] == '-' || label[^1] == '-' || !IsLabel(label))
                return false;
        }

        return true;
    }

    /// <summary>Writes what has to come last, if anything.</summary>
    internal static void AppendEnding(ref TextBuffer buffer, MessageRequest request)
    {
        if (request.WebOtpHost is { } host)
        {
            buffer.Append("\n@");
            buffer.Append(host);
            buffer.Append(" #");
            buffer.Append(request.Code.Reveal());
        }

        if (request.AppHash is { } hash)
        {
            buffer.Append(" ");
            buffer.Append(hash);
        }
    }

    static bool IsLabel(ReadOnlySpan<char> label)
    {
        foreach (var c in label)
        {
            if (!char.IsAsciiLetterOrDigit(c) && c != '-')
                return false;
        }

        return true;
    }
}
