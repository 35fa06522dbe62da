using System.Globalization;
using System.Text.Json;
using Countersign.Core.Delivery.Errors;

namespace Countersign.Core.Delivery.Simulation;

/// <summary>Reads rules off their JSON and remembers the first thing that was wrong. After a problem what was read is not to be relied on.</summary>
sealed class RuleReader(DateTimeOffset now)
{
    const int MaxPrefix = 64, MaxWords = 32, MaxWord = 64, MaxPerSecond = 100_000;
    static readonly TimeSpan MaxLatency = TimeSpan.FromMinutes(1), MaxDelay = TimeSpan.FromHours(1), MaxOutage = TimeSpan.FromDays(1);

    static readonly string[] Names =
        ["prefix", "latency_ms", "loss", "receipts", "receipt_delay_ms", "refusal", "undelivered", "filter", "messages_per_second", "outage"];

    static readonly Dictionary<string, DeliveryError> Errors = ErrorDictionary.All.ToDictionary(entry => entry.Name, entry => entry.Error);

    /// <summary>The first thing that was wrong.</summary>
    public RuleProblem? Problem { get; private set; }

    public IReadOnlyList<SimulationRule> Read(JsonElement root)
    {
        Members(root, "body", ["rules"]);
        if (Problem is not null)
        {
            return [];
        }

        if (!root.TryGetProperty("rules", out var list) || list.ValueKind != JsonValueKind.Array || list.GetArrayLength() > SimulationRulesJson.MaxRules)
        {
            Wrong("rules", $"Must be a list of at most {SimulationRulesJson.MaxRules} rules.");
            return [];
        }

        var rules = new List<SimulationRule>();
        foreach (var rule in list.EnumerateArray())
        {
            var at = string.Create(CultureInfo.InvariantCulture, $"rules[{rules.Count}]");
            Members(rule, at, Names);
            if (Problem is not null)
            {
                return [];
            }

            rules.Add(ReadRule(rule, at));
        }

        if (rules.Select(rule => rule.Prefix).Distinct().Count() != rules.Count)
        {
            Wrong("rules", "Two rules have the same prefix.");
        }

        return rules;
    }

    SimulationRule ReadRule(JsonElement rule, string at) => new()
    {
        Prefix = ReadPrefix(rule, at),
        Latency = ReadSpread(rule, at, "latency_ms", MaxLatency),
        Loss = Number(rule, at, "loss", 0, 1) ?? 0,
        Receipts = ReadMode(rule, at),
        ReceiptDelay = ReadSpread(rule, at, "receipt_delay_ms", MaxDelay),
        Refusal = ReadMishap(rule, at, "refusal"),
        Undelivered = ReadMishap(rule, at, "undelivered"),
        Filter = ReadWords(rule, at),
        MessagesPerSecond = Whole(rule, at, "messages_per_second", 1, MaxPerSecond),
        Outage = ReadOutage(rule, at),
    };

    string ReadPrefix(JsonElement rule, string at)
    {
        if (rule.TryGetProperty("prefix", out var prefix) && TextOf(prefix) is { Length: <= MaxPrefix } text && (text.Length == 0 || !text.All(char.IsAsciiDigit)))
        {
            return text;
        }

        Wrong($"{at}.prefix", "Must be the start of a number in E.164, with its plus sign (+46), of a mailbox, or an empty text for every destination.");
        return "";
    }

    Spread ReadSpread(JsonElement rule, string at, string name, TimeSpan max)
    {
        if (!Has(rule, name, out var value))
        {
            return default;
        }

        var (first, last) = value.ValueKind == JsonValueKind.Array && value.GetArrayLength() == 2 ? (value[0], value[1]) : (value, value);
        if (Milliseconds(first) is { } shortest && Milliseconds(last) is { } longest && shortest <= longest && longest <= max)
        {
            return new Spread(shortest, longest);
        }

        Wrong($"{at}.{name}", string.Create(CultureInfo.InvariantCulture, $"Must be milliseconds from 0 to {max.TotalMilliseconds}, or two of them in a list, the shorter first."));
        return default;
    }

    static TimeSpan? Milliseconds(JsonElement element) =>
        element.ValueKind == JsonValueKind.Number && element.TryGetInt32(out var number) && number >= 0 ? TimeSpan.FromMilliseconds(number) : null;

    ReceiptMode? ReadMode(JsonElement rule, string at)
    {
        if (!Has(rule, "receipts", out var value))
        {
            return null;
        }

        switch (TextOf(value))
        {
            case "none": return ReceiptMode.None;
            case "failures": return ReceiptMode.Failures;
            case "all": return ReceiptMode.All;
            default:
                Wrong($"{at}.receipts", "Must be none, failures or all.");
                return null;
        }
    }

    Mishap? ReadMishap(JsonElement rule, string at, string name)
    {
        if (!Has(rule, name, out var value) || !Members(value, $"{at}.{name}", ["error", "probability"]))
        {
            return null;
        }

        if (value.TryGetProperty("error", out var error) && Errors.TryGetValue(TextOf(error) ?? "", out var known))
        {
            return new Mishap(known, Number(value, $"{at}.{name}", "probability", 0, 1) ?? 1);
        }

        Wrong($"{at}.{name}.error", "Must be the name of a delivery error, such as unreachable: GET /admin/v1/errors lists them.");
        return null;
    }

    string[] ReadWords(JsonElement rule, string at)
    {
        if (!Has(rule, "filter", out var value))
        {
            return [];
        }

        var words = value.ValueKind == JsonValueKind.Array ? value.EnumerateArray().Select(word => TextOf(word) ?? "").ToArray() : [""];
        if (words.Length > MaxWords || Array.Exists(words, word => word.Length is 0 or > MaxWord))
        {
            Wrong($"{at}.filter", $"Must be a list of at most {MaxWords} words of 1 to {MaxWord} characters.");
        }

        return words;
    }

    Outage? ReadOutage(JsonElement rule, string at)
    {
        if (!Has(rule, "outage", out var value) || !Members(value, $"{at}.outage", ["seconds", "from", "until"]))
        {
            return null;
        }

        var (hasSeconds, from, until) = (Has(value, "seconds", out _), Moment(value, "from"), Moment(value, "until"));
        if (hasSeconds && from is null && until is null)
        {
            return new Outage(now, now + TimeSpan.FromSeconds(Number(value, $"{at}.outage", "seconds", 1, MaxOutage.TotalSeconds) ?? 0));
        }

        if (!hasSeconds && from < until)
        {
            return new Outage(from.Value, until.Value);
        }

        Wrong($"{at}.outage", "Must have either seconds from now on, 1 to 86400, or from and until, two moments in ISO 8601.");
        return null;
    }

    static DateTimeOffset? Moment(JsonElement element, string name) =>
        Has(element, name, out var text) && DateTimeOffset.TryParse(TextOf(text), CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var moment) ? moment : null;

    double? Number(JsonElement element, string at, string name, double min, double max)
    {
        if (!Has(element, name, out var value))
        {
            return null;
        }

        if (value.ValueKind == JsonValueKind.Number && value.TryGetDouble(out var number) && number >= min && number <= max)
        {
            return number;
        }

        Wrong($"{at}.{name}", string.Create(CultureInfo.InvariantCulture, $"Must be a number from {min} to {max}."));
        return null;
    }

    int? Whole(JsonElement element, string at, string name, int min, int max)
    {
        if (!Has(element, name, out var value))
        {
            return null;
        }

        // 2.0 is whole, although it is not read as one.
        if (value.ValueKind == JsonValueKind.Number && value.TryGetDouble(out var number) && number == Math.Floor(number) && number >= min && number <= max)
        {
            return (int)number;
        }

        Wrong($"{at}.{name}", string.Create(CultureInfo.InvariantCulture, $"Must be a whole number from {min} to {max}."));
        return null;
    }

    bool Members(JsonElement element, string at, string[] known)
    {
        if (element.ValueKind == JsonValueKind.Object && element.EnumerateObject().All(member => known.Contains(NameOf(member))))
        {
            return true;
        }

        Wrong(at, $"Must be an object with members out of: {string.Join(", ", known)}.");
        return false;
    }

    void Wrong(string member, string explanation) => Problem ??= new RuleProblem(member, explanation);

    static bool Has(JsonElement element, string name, out JsonElement value) => element.TryGetProperty(name, out value) && value.ValueKind != JsonValueKind.Null;

    static string? NameOf(JsonProperty member)
    {
        try
        {
            return member.Name;
        }
        catch (InvalidOperationException)
        {
            return null; // As below.
        }
    }

    static string? TextOf(JsonElement value)
    {
        try
        {
            return value.ValueKind == JsonValueKind.String ? value.GetString() : null;
        }
        catch (InvalidOperationException)
        {
            return null; // An escape that stands for half a character.
        }
    }
}

/// <summary>What is wrong with rules, for the person who wrote them.</summary>
/// <param name="Member">Which member, as <c>rules[0].loss</c>.</param>
/// <param name="Explanation">What it must be.</param>
public sealed record RuleProblem(string Member, string Explanation);
