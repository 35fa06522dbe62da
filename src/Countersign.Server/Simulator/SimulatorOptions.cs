using System.Globalization;
using System.Net;
using System.Text.Json;
using System.Text.Json.Nodes;
using Countersign.Core;
using Countersign.Core.Delivery.Simulation;

namespace Countersign.Server.Simulator;

/// <summary>What the stand-alone simulator is started with.</summary>
sealed record SimulatorOptions
{
    public const string DefaultUrls = "http://127.0.0.1:9090";

    const string DefaultAccount = "AC00000000000000000000000000000001";

    /// <summary>Where the HTTP side listens.</summary>
    public string Urls { get; init; } = DefaultUrls;

    /// <summary>Where the SMPP side listens; null for not at all.</summary>
    public IPEndPoint? Smpp { get; init; }

    /// <summary>AC and 32 hex digits.</summary>
    public Sid Account { get; init; } = Sid.Parse(DefaultAccount, "AC");

    /// <summary>At least 8 printable ASCII characters. Made up where none is given.</summary>
    public required string Token { get; init; }

    /// <summary>SMPP has room for 8 characters: the first ones of the token.</summary>
    public string SmppPassword => Token[..8];

    public IReadOnlyList<SimulationRule> Rules { get; init; } = [];

    /// <summary>Prefixes that stand before two magic digits, each with whether its errors are refusals.</summary>
    public IReadOnlyList<(string Prefix, bool Refused)> Magic { get; init; } = [];

    static readonly string[] Options =
        ["--urls", "--smpp", "--account", "--token", "--rules", "--magic", "--magic-refused", "--loss", "--rate", "--receipts", "--latency", "--receipt-delay", "--refusal", "--undelivered", "--filter"];

    /// <summary>Reads a command line; null with the sentence to print when it is not right.</summary>
    public static SimulatorOptions? Read(string[] args, DateTimeOffset now, RandomSource random, out string problem)
    {
        problem = "";
        var options = new SimulatorOptions { Token = Sid.NewRandom("AC", random).ToString()[2..] };
        var magic = new List<(string, bool)>();
        var everywhere = new JsonObject();
        string? file = null;
        for (var i = 0; i < args.Length; i += 2)
        {
            if (i + 1 >= args.Length)
            {
                problem = Options.Contains(args[i]) ? $"{args[i]} needs a value." : $"There is no option {args[i]}.";
                return null;
            }

            var value = args[i + 1];
            switch (args[i])
            {
                case "--urls": options = options with { Urls = value }; break;
                case "--smpp" when IPEndPoint.TryParse(value, out var smpp): options = options with { Smpp = smpp }; break;
                case "--smpp": problem = "--smpp takes an address and a port, such as 127.0.0.1:2775."; return null;
                case "--account" when Sid.TryParse(value, "AC", out var account): options = options with { Account = account }; break;
                case "--account": problem = "--account takes AC and 32 hex digits."; return null;
                case "--token" when value.Length is >= 8 and <= 128 && value.All(c => c is > ' ' and <= '~'): options = options with { Token = value }; break;
                case "--token": problem = "--token takes 8 to 128 printable ASCII characters without spaces."; return null;
                case "--rules": file = value; break;
                case "--magic" or "--magic-refused" when value.Length is > 1 and <= 14 && value[0] == '+' && value[1..].All(char.IsAsciiDigit): magic.Add((value, args[i] == "--magic-refused")); break;
                case "--magic" or "--magic-refused": problem = $"{args[i]} takes a number in E.164 without its last two digits, such as +467017406."; return null;
                case "--loss": everywhere["loss"] = Number(value); break;
                case "--rate": everywhere["messages_per_second"] = Number(value); break;
                case "--receipts": everywhere["receipts"] = value; break;
                case "--latency": everywhere["latency_ms"] = Range(value); break;
                case "--receipt-delay": everywhere["receipt_delay_ms"] = Range(value); break;
                case "--refusal" or "--undelivered": everywhere[args[i][2..]] = Mishap(value); break;
                case "--filter": everywhere["filter"] = new JsonArray([.. value.Split(',').Select(word => (JsonNode)word)]); break;
                default: problem = $"There is no option {args[i]}."; return null;
            }
        }

        if (ReadRules(file, everywhere, now, out problem) is not { } rules)
        {
            return null;
        }

        return options with { Rules = rules, Magic = magic };
    }

    static IReadOnlyList<SimulationRule>? ReadRules(string? file, JsonObject everywhere, DateTimeOffset now, out string problem)
    {
        try
        {
            var root = file is null ? new JsonObject { ["rules"] = new JsonArray() } : JsonNode.Parse(File.ReadAllText(file))!;
            if (everywhere.Count > 0 && root["rules"] is JsonArray list)
            {
                everywhere["prefix"] = "";
                list.Add(everywhere);
            }

            using var document = JsonDocument.Parse(root.ToJsonString());
            problem = SimulationRulesJson.TryRead(document.RootElement, now, out var rules, out var wrong) ? "" : $"The rules are not right at {wrong.Member}. {wrong.Explanation}";
            return rules is not null && wrong is null ? rules : null;
        }
        catch (Exception broken) when (broken is IOException or UnauthorizedAccessException or JsonException or InvalidOperationException or NullReferenceException)
        {
            problem = $"The rules in {file} cannot be read: {broken.Message}";
            return null;
        }
    }

    static JsonNode Number(string text) => double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var number) ? number : text;

    /// <summary><c>200</c>, or <c>200-1500</c>.</summary>
    static JsonNode Range(string text) => text.Split('-') is [var shortest, var longest] ? new JsonArray(Whole(shortest), Whole(longest)) : Whole(text);

    static JsonNode Whole(string text) => int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : text;

    /// <summary><c>unreachable</c>, or <c>unreachable:0.5</c>.</summary>
    static JsonObject Mishap(string text) => text.Split(':') is [var error, var probability]
        ? new JsonObject { ["error"] = error, ["probability"] = Number(probability) }
        : new JsonObject { ["error"] = text };
}
