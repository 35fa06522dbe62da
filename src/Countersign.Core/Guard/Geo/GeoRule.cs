using System.Text.Json.Serialization;
using Countersign.Core.Channels;

namespace Countersign.Core.Guard.Geo;

/// <summary>Whether messages go to a country by a channel, the stricter the greater.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<GeoRule>))]
public enum GeoRule
{
    /// <summary>They go.</summary>
    Allow,

    /// <summary>They go, and are counted.</summary>
    Watch,

    /// <summary>They are refused (403/60605).</summary>
    Deny,
}

/// <summary>What holds for one country, by channel. E-mail has no country.</summary>
[method: JsonConstructor]
public readonly record struct GeoRules(GeoRule Sms, GeoRule Call, GeoRule WhatsApp)
{
    /// <summary>The same for every channel.</summary>
    public static GeoRules All(GeoRule rule) => new(rule, rule, rule);

    /// <summary>What holds for a channel; <see cref="GeoRule.Allow"/> for one without countries.</summary>
    public GeoRule For(Channel channel) => channel switch
    {
        Channel.Sms => Sms,
        Channel.Call => Call,
        Channel.WhatsApp => WhatsApp,
        _ => GeoRule.Allow,
    };
}
