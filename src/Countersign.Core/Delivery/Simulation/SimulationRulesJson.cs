using System.Diagnostics.CodeAnalysis;
using System.Text.Json;
using Countersign.Core.Delivery.Errors;

namespace Countersign.Core.Delivery.Simulation;

/// <summary>Rules as JSON: <c>{"rules":[{"prefix":"+4670","loss":0.1,…}]}</c>, as the API and the stand-alone simulator's file have them.</summary>
public static class SimulationRulesJson
{
    public const int MaxRules = 100;

    /// <summary>Reads rules; false with what is wrong, and where, when they are not right. An outage that is given in seconds begins <paramref name="now"/>.</summary>
    public static bool TryRead(
        JsonElement root, DateTimeOffset now, [NotNullWhen(true)] out IReadOnlyList<SimulationRule>? rules, [NotNullWhen(false)] out RuleProblem? problem)
    {
        var reader = new RuleReader(now);
        rules = reader.Read(root);
        problem = reader.Problem;
        return problem is null;
    }

    /// <summary>Writes rules as they are read.</summary>
    public static void Write(Utf8JsonWriter json, IReadOnlyList<SimulationRule> rules)
    {
        json.WriteStartObject();
        json.WriteStartArray("rules");
        foreach (var rule in rules)
        {
            Write(json, rule);
        }

        json.WriteEndArray();
        json.WriteEndObject();
    }

    static void Write(Utf8JsonWriter json, SimulationRule rule)
    {
        json.WriteStartObject();
        json.WriteString("prefix", rule.Prefix);
        WriteSpread(json, "latency_ms", rule.Latency);
        json.WriteNumber("loss", rule.Loss);
        json.WriteString("receipts", rule.Receipts?.ToString().ToLowerInvariant());
        WriteSpread(json, "receipt_delay_ms", rule.ReceiptDelay);
        WriteMishap(json, "refusal", rule.Refusal);
        WriteMishap(json, "undelivered", rule.Undelivered);
        json.WriteStartArray("filter");
        foreach (var word in rule.Filter)
        {
            json.WriteStringValue(word);
        }

        json.WriteEndArray();
        if (rule.MessagesPerSecond is { } limit)
        {
            json.WriteNumber("messages_per_second", limit);
        }
        else
        {
            json.WriteNull("messages_per_second");
        }

        if (rule.Outage is { } outage)
        {
            json.WriteStartObject("outage");
            json.WriteString("from", outage.From.UtcDateTime);
            json.WriteString("until", outage.Until.UtcDateTime);
            json.WriteEndObject();
        }
        else
        {
            json.WriteNull("outage");
        }

        json.WriteEndObject();
    }

    static void WriteSpread(Utf8JsonWriter json, string name, Spread spread)
    {
        json.WriteStartArray(name);
        json.WriteNumberValue((int)spread.Shortest.TotalMilliseconds);
        json.WriteNumberValue((int)spread.Longest.TotalMilliseconds);
        json.WriteEndArray();
    }

    static void WriteMishap(Utf8JsonWriter json, string name, Mishap? mishap)
    {
        if (mishap is null)
        {
            json.WriteNull(name);
            return;
        }

        json.WriteStartObject(name);
        json.WriteString("error", ErrorDictionary.Of(mishap.Error).Name);
        json.WriteNumber("probability", mishap.Probability);
        json.WriteEndObject();
    }
}
