using System.Globalization;
using System.Xml.Linq;

namespace Countersign.Adapters.Tests.Carriers.TwilioVoice;

/// <summary>
/// Twilio's rules for the part of TwiML that calls are written in, from its TwiML reference: verbs, what may nest in what, attributes and their values. Anything that it
/// does not know is a violation.
/// </summary>
public static class TwimlRules
{
    static readonly HashSet<string> Languages =
    [
        "af-ZA", "am-ET", "ar-AE", "ar-XA", "arb", "bg-BG", "bn-IN", "ca-ES", "cmn-CN", "cmn-TW", "cs-CZ", "cy-GB", "da-DK", "de-AT", "de-DE", "el-GR", "en-AU", "en-CA",
        "en-GB", "en-GB-WLS", "en-IE", "en-IN", "en-NZ", "en-US", "en-ZA", "es-ES", "es-MX", "es-US", "fi-FI", "fil-PH", "fr-CA", "fr-FR", "fr-BE", "gu-IN", "he-IL", "hi-IN",
        "hu-HU", "id-ID", "is-IS", "it-IT", "ja-JP", "kn-IN", "ko-KR", "lv-LV", "ml-IN", "mr-IN", "ms-MY", "nb-NO", "nl-BE", "nl-NL", "pa-IN", "pl-PL", "pt-BR", "pt-PT",
        "ro-RO", "ru-RU", "sk-SK", "sr-RS", "sv-SE", "ta-IN", "te-IN", "th-TH", "tr-TR", "uk-UA", "vi-VN", "yue-HK", "zh-CN", "zh-HK", "zh-TW",
    ];

    /// <summary>The document, which breaks no rule.</summary>
    public static XElement Obeyed(string twiml, bool inline = true)
    {
        var document = XDocument.Parse(twiml, LoadOptions.PreserveWhitespace);
        var violations = Violations(document.Root!).ToList();
        if (inline && twiml.Length > 4000)
        {
            violations.Add("The Twiml parameter takes 4000 characters.");
        }

        Assert.Empty(violations);
        return document.Root!;
    }

    public static IEnumerable<string> Violations(XElement response)
    {
        if (response.Name != "Response" || response.HasAttributes)
        {
            yield return "The root is a Response without attributes.";
        }

        if (response.Nodes().Any(node => node is not XElement))
        {
            yield return "A Response holds verbs only.";
        }

        foreach (var violation in response.Elements().SelectMany(verb => Verb(verb, inGather: false)))
        {
            yield return violation;
        }
    }

    static IEnumerable<string> Verb(XElement verb, bool inGather) => verb.Name.ToString() switch
    {
        "Say" => Attributes(verb, ("language", Languages.Contains), ("voice", IsVoice), ("loop", value => IsInt(value, 0, 1000)))
            .Concat(verb.HasElements || verb.Value.Trim().Length is 0 or > 4096 ? ["Say holds 1 to 4096 characters of text."] : []),
        "Pause" => Attributes(verb, ("length", value => IsInt(value, 1, 600))).Concat(verb.Nodes().Any() ? ["Pause is empty."] : []),
        "Hangup" when !inGather => Attributes(verb).Concat(verb.Nodes().Any() ? ["Hangup is empty."] : []).Concat(verb.ElementsAfterSelf().Any() ? ["Nothing is reached behind Hangup."] : []),
        "Gather" when !inGather => Attributes(
                verb,
                ("input", value => value is "dtmf" or "speech" or "dtmf speech"),
                ("numDigits", value => IsInt(value, 1, 1000)),
                ("finishOnKey", value => value.Length == 0 || (value.Length == 1 && "0123456789#*".Contains(value[0], StringComparison.Ordinal))),
                ("timeout", value => value == "auto" || IsInt(value, 1, 600)),
                ("method", value => value is "GET" or "POST"),
                ("actionOnEmptyResult", value => value is "true" or "false"),
                ("action", value => Uri.TryCreate(value, UriKind.Absolute, out var address) && address.Scheme is "http" or "https"))
            .Concat(verb.Attribute("action") is null ? ["Gather needs an action here."] : [])
            .Concat(verb.Nodes().Any(node => node is not XElement) ? ["Gather holds verbs only."] : [])
            .Concat(verb.Elements().SelectMany(inner => Verb(inner, inGather: true))),
        _ => [$"{verb.Name} may not stand here."],
    };

    static IEnumerable<string> Attributes(XElement verb, params (string Name, Func<string, bool> IsRight)[] allowed) =>
        from attribute in verb.Attributes()
        let rule = allowed.FirstOrDefault(rule => rule.Name == attribute.Name)
        where rule.Name is null || !rule.IsRight(attribute.Value)
        select $"{verb.Name} may not have {attribute}.";

    static bool IsInt(string value, int min, int max) => int.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number >= min && number <= max;

    static bool IsVoice(string value) => value is "man" or "woman" or "alice" || value.StartsWith("Polly.", StringComparison.Ordinal) || value.StartsWith("Google.", StringComparison.Ordinal);
}
