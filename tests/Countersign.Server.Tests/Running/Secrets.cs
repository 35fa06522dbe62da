using System.Collections.Concurrent;
using System.Text.RegularExpressions;

namespace Countersign.Server.Tests.Running;

/// <summary>What must never be in a log.</summary>
sealed class Secrets
{
    // Shorter ones, such as codes of four digits, turn up by chance in ports and line numbers.
    const int ShortestTold = 6;

    readonly ConcurrentDictionary<string, bool> _secrets = new();

    public void Add(string secret)
    {
        if (secret.Length >= ShortestTold)
        {
            _secrets[secret] = true;
        }
    }

    public void AssertAbsentFrom(CapturedLogs logs)
    {
        var patterns = _secrets.Keys.Select(secret => new Regex($"(?<![0-9A-Za-z]){Regex.Escape(secret)}(?![0-9A-Za-z])")).ToArray();
        foreach (var line in logs.Lines)
        {
            Assert.False(patterns.Any(pattern => pattern.IsMatch(line.Text)), $"A secret of a test was logged: {line}");
        }
    }
}
