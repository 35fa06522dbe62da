using System.Text.Json;
using System.Text.RegularExpressions;
using Countersign.Server.Tests.Running;

namespace Countersign.Server.Tests.Api;

/// <summary>Asks many times and gathers every answer that is broken, instead of stopping at the first.</summary>
sealed partial class Sweep
{
    readonly List<string> _broken = [];
    int _asked;

    /// <summary>Takes an answer to a bad request: no 5xx, nothing of our insides in it, and an error always in the API's envelope.</summary>
    public Answer Take(Answer answer, string asked)
    {
        _asked++;
        if (WhatIsBroken(answer) is { } broken)
        {
            _broken.Add($"{asked}: {broken}: {answer.Status} {answer.Body[..Math.Min(answer.Body.Length, 300)]}");
        }

        return answer;
    }

    /// <summary>Nothing was broken, and so many answers were looked at.</summary>
    public void AssertClean(int atLeast)
    {
        Assert.Empty(_broken);
        Assert.InRange(_asked, atLeast, int.MaxValue);
    }

    static string? WhatIsBroken(Answer answer)
    {
        if (answer.Status >= 500)
        {
            return "a 5xx";
        }

        if (Insides().IsMatch(answer.Body))
        {
            return "something of our insides";
        }

        if (answer.Status < 400)
        {
            return null;
        }

        try
        {
            return answer.Headers["Content-Type"] == "application/json" && answer.Number("status") == answer.Status && answer.Number("code") is > 20000 and < 70000
                && answer.Text("message") is { Length: > 0 } && answer.Text("details.reason") is { Length: > 0 }
                    ? null
                    : "not the envelope";
        }
        catch (Exception problem) when (problem is JsonException or KeyNotFoundException or InvalidOperationException)
        {
            return "not the envelope";
        }
    }

    [GeneratedRegex(@"Exception|StackTrace|\bat (Countersign|System|Microsoft)\.|(System|Microsoft|Countersign)\.[A-Z]\w+\.|\.cs:line|SQLite|<html", RegexOptions.IgnoreCase)]
    private static partial Regex Insides();
}
