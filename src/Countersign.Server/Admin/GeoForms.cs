using System.Text.Json;
using Countersign.Core.Channels;
using Countersign.Core.Guard.Geo;
using Countersign.Server.Api;

namespace Countersign.Server.Admin;

/// <summary>Reads geo permissions: one rule for every channel, or an object with a rule for some.</summary>
static class GeoForms
{
    static readonly (string Name, GeoRule Rule)[] Rules = [("allow", GeoRule.Allow), ("watch", GeoRule.Watch), ("deny", GeoRule.Deny)];

    /// <summary>A whole table: what is left out is allowed.</summary>
    public static GeoTable ReadTable(AdminBody body)
    {
        var fallback = body.Has("default") ? ReadRules(body, "default", body.Raw("default"), default) : default;
        var countries = new Dictionary<string, GeoRules>();
        var raw = body.Raw("countries");
        if (raw.ValueKind == JsonValueKind.Object)
        {
            foreach (var member in raw.EnumerateObject())
            {
                var country = member.Name.ToUpperInvariant();
                if (!GeoTable.CanName(country))
                {
                    body.Invalid("countries", "not_a_country", "Countries are ISO 3166-1 codes of two letters, such as DE, or ZZ for numbers of no country.");
                    break;
                }

                if (!countries.TryAdd(country, ReadRules(body, $"countries.{country}", member.Value, fallback)))
                {
                    body.Invalid("countries", "duplicate_key", "A country was named more than once.");
                    break;
                }
            }
        }
        else if (body.Has("countries"))
        {
            body.Invalid("countries", "not_an_object", "Must be an object with countries as members.");
        }

        return new GeoTable { Default = fallback, Countries = countries };
    }

    /// <summary>The rules that a text gives to every channel, or an object to those that it names; the others keep what they had.</summary>
    public static GeoRules ReadRules(AdminBody body, string name, JsonElement raw, GeoRules before)
    {
        if (raw.ValueKind == JsonValueKind.String)
        {
            return ReadRule(body, name, raw) is { } rule ? GeoRules.All(rule) : before;
        }

        if (raw.ValueKind != JsonValueKind.Object)
        {
            body.Invalid(name, "not_a_rule", "Must be allow, watch or deny, or an object with such a rule for sms, call or whatsapp.");
            return before;
        }

        foreach (var member in raw.EnumerateObject())
        {
            before = With(body, before, member.Name, ReadRule(body, $"{name}.{member.Name}", member.Value));
        }

        return before;
    }

    /// <summary>A rule for one channel, by the channel's name.</summary>
    public static GeoRules With(AdminBody body, GeoRules rules, string channel, GeoRule? rule)
    {
        if (rule is not { } value)
        {
            return rules;
        }

        switch (channel)
        {
            case "sms": return rules with { Sms = value };
            case "call": return rules with { Call = value };
            case "whatsapp": return rules with { WhatsApp = value };
            default:
                body.Invalid(channel, "not_a_channel", "Channels with countries are sms, call and whatsapp.");
                return rules;
        }
    }

    public static GeoRule? ReadRule(AdminBody body, string name, JsonElement raw)
    {
        if (raw.ValueKind == JsonValueKind.String)
        {
            foreach (var (word, rule) in Rules)
            {
                if (raw.ValueEquals(word))
                {
                    return rule;
                }
            }
        }

        body.Invalid(name, "not_a_rule", "Must be allow, watch or deny.");
        return null;
    }

    public static string NameOf(GeoRule rule) => Rules.First(named => named.Rule == rule).Name;
}

/// <summary>A table of geo permissions, its countries in the order of the alphabet.</summary>
sealed class GeoTableAnswer(GeoTable table) : JsonAnswer(StatusCodes.Status200OK)
{
    protected override void Write(Utf8JsonWriter json)
    {
        json.WriteStartObject();
        json.WriteStartObject("default"u8);
        GeoJson.WriteRules(json, table.Default);
        json.WriteEndObject();
        json.WriteStartObject("countries"u8);
        foreach (var (country, rules) in table.Countries.OrderBy(entry => entry.Key, StringComparer.Ordinal))
        {
            json.WriteStartObject(country);
            GeoJson.WriteRules(json, rules);
            json.WriteEndObject();
        }

        json.WriteEndObject();
        json.WriteEndObject();
    }
}

/// <summary>What holds for one country.</summary>
sealed class GeoCountryAnswer(string country, GeoRules rules) : JsonAnswer(StatusCodes.Status200OK)
{
    protected override void Write(Utf8JsonWriter json)
    {
        json.WriteStartObject();
        json.WriteString("country"u8, country);
        GeoJson.WriteRules(json, rules);
        json.WriteEndObject();
    }
}

/// <summary>How rules are written.</summary>
static class GeoJson
{
    public static void WriteRules(Utf8JsonWriter json, GeoRules rules)
    {
        foreach (var channel in (ReadOnlySpan<Channel>)[Channel.Sms, Channel.Call, Channel.WhatsApp])
        {
            json.WriteString(Wire.Channel(channel), GeoForms.NameOf(rules.For(channel)));
        }
    }
}
