using System.Collections.Frozen;

namespace Countersign.Core.Messages.Senders;

/// <summary>The sender rules of countries, from <c>senders.json</c>, and the choice that they leave. Pure.</summary>
public static class SenderRules
{
    static readonly Lazy<FrozenDictionary<string, SenderRule>> All = new(Load);

    /// <summary>What is known, by country; every country that is missing is unknown.</summary>
    public static IReadOnlyCollection<SenderRule> Known => All.Value.Values;

    /// <summary>The rule of a country (ISO 3166-1 alpha-2, any case); of one that nothing is known of, a rule that says so.</summary>
    public static SenderRule For(string country) => All.Value.GetValueOrDefault(country) ?? new SenderRule(country.ToUpperInvariant());

    /// <summary>
    /// The first sender that the country lets through, in the order given. One that needs registration is taken, with the caution that says so:
    /// whoever configured it knows whether it is registered. So is one of a kind that nothing is known of.
    /// </summary>
    public static SenderChoice Choose(string country, IReadOnlyList<string> senders)
    {
        var rule = For(country);
        var passedOver = new List<PassedOverSender>();
        foreach (var sender in senders)
        {
            if (!SenderFormat.TryParse(sender, out var kind))
                passedOver.Add(new PassedOverSender(sender, SenderRefusal.Malformed));
            else if (RefusalOf(kind, rule) is { } refusal)
                passedOver.Add(new PassedOverSender(sender, refusal));
            else
                return new SenderChoice(sender, rule.Of(kind), CautionOf(kind, rule), passedOver);
        }

        return new SenderChoice(null, SenderSupport.Unknown, null, passedOver);
    }

    static SenderRefusal? RefusalOf(SenderKind kind, SenderRule rule)
    {
        if (rule.TwoWayOnly && kind == SenderKind.Alphanumeric)
            return SenderRefusal.CannotBeRepliedTo;
        return rule.Of(kind) == SenderSupport.NotAllowed ? SenderRefusal.NotAllowed : null;
    }

    static string? CautionOf(SenderKind kind, SenderRule rule) =>
        rule.Of(kind) == SenderSupport.RegistrationNeeded ? rule.Registration : null;

    static FrozenDictionary<string, SenderRule> Load() =>
        EmbeddedWords.Read("senders.json", SendersJson.Default.SendersFile).Rules
            .ToFrozenDictionary(rule => rule.Country, StringComparer.OrdinalIgnoreCase);
}

/// <summary>Which sender was chosen, and why not those before it.</summary>
/// <param name="Sender">As it was configured, or null if the country lets none of them through.</param>
/// <param name="Support">What is known of its kind in that country.</param>
/// <param name="Caution">What has to be registered for it to arrive, in a sentence, or null.</param>
/// <param name="PassedOver">In the order given.</param>
public sealed record SenderChoice(string? Sender, SenderSupport Support, string? Caution, IReadOnlyList<PassedOverSender> PassedOver);

/// <summary>A sender that was not chosen.</summary>
public sealed record PassedOverSender(string Sender, SenderRefusal Reason);

/// <summary>Why a sender cannot be used for a country.</summary>
public enum SenderRefusal
{
    /// <summary>Neither a name, nor a number, nor a short code (<see cref="SenderFormat.TryParse"/>).</summary>
    Malformed = 1,

    /// <summary>The country blocks or replaces senders of its kind.</summary>
    NotAllowed = 2,

    /// <summary>The country wants a sender that can be replied to.</summary>
    CannotBeRepliedTo = 3,
}
