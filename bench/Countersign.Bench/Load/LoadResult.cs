using System.Text.Json;

namespace Countersign.Bench.Load;

/// <summary>What a run of the generator saw.</summary>
sealed class LoadResult
{
    readonly SortedDictionary<string, long> _wrong = new(StringComparer.Ordinal);

    public Histogram Latency { get; } = new();

    /// <summary>From the first request to the last answer.</summary>
    public TimeSpan Elapsed { get; set; }

    public long Answers => Latency.Count;

    public double PerSecond => Answers / Elapsed.TotalSeconds;

    /// <summary>Answers that were not the right one, by their status, code and reason.</summary>
    public IReadOnlyDictionary<string, long> Wrong => _wrong;

    /// <summary>Counts a wrong answer under what it says of itself, which is never the destination: that is in its message only.</summary>
    public void CountWrong(int status, ReadOnlySpan<byte> body)
    {
        var kind = $"{status}{Describe(body)}";
        _wrong[kind] = _wrong.GetValueOrDefault(kind) + 1;
    }

    static string Describe(ReadOnlySpan<byte> body)
    {
        try
        {
            var reader = new Utf8JsonReader(body);
            using var answer = JsonDocument.ParseValue(ref reader);
            var root = answer.RootElement;
            return root.TryGetProperty("code", out var code) && code.ValueKind == JsonValueKind.Number
                ? $" {code}{(root.TryGetProperty("details", out var details) && details.TryGetProperty("reason", out var reason) ? $" {reason}" : "")}"
                : root.TryGetProperty("status", out var state) ? $" {state}" : "";
        }
        catch (JsonException)
        {
            return " not JSON";
        }
    }
}
