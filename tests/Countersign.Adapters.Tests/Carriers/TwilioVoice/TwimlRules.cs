using System.Xml.Linq;

namespace Countersign.Adapters.Tests.Carriers.TwilioVoice;

/// <summary>Twilio's rules for the verbs that we use (Twilio, "TwiML for Programmable Voice"): names, nesting, attributes and their values.</summary>
static class TwimlRules
{
    static readonly string[] Languages =
    [
        "ca-ES", "da-DK", "de-DE", "en-AU", "en-CA", "en-GB", "en-IN", "en-US", "es-ES", "es-MX", "fi-FI", "fr-CA", "fr-FR", "it-IT", "ja-JP", "ko-KR", "nb-NO", "nl-NL", "pl-PL", "pt-BR",
        "pt-PT", "ru-RU", "sv-SE", "zh-CN", "zh-HK", "zh-TW",
    ];

    static readonly Dictionary<string, (string[] Attributes, string[] Children)> Verbs = new()
    {
        ["Response"] = ([], ["Say", "Pause", "Gather", "Hangup"]),
        ["Say"] = (["voice", "language", "loop"], []),
        ["Pause"] = (["length"], []),
        ["Gather"] = (["numDigits", "timeout", "method", "action", "finishOnKey", "input", "actionOnEmptyResult"], ["Say", "Play", "Pause"]),
        ["Hangup"] = ([], []),
    };

    /// <summary>Throws what is wrong; gives the parsed document.</summary>
    public static XElement Check(string twiml)
    {
        Assert.InRange(twiml.Length, 1, 4000);
        var root = XDocument.Parse(twiml).Root!;
        Assert.Equal("Response", root.Name.LocalName);
        CheckElement(root);
        return root;
    }

    static void CheckElement(XElement element)
    {
        Assert.True(Verbs.TryGetValue(element.Name.LocalName, out var rule), $"{element.Name} is no verb.");
        Assert.All(element.Attributes(), attribute => Assert.Contains(attribute.Name.LocalName, rule.Attributes));
        Assert.All(element.Elements(), child => Assert.Contains(child.Name.LocalName, rule.Children));
        switch (element.Name.LocalName)
        {
            case "Say":
                Assert.NotEqual("", element.Value.Trim());
                Assert.Contains(element.Attribute("language")!.Value, Languages);
                break;

            case "Pause":
                Assert.InRange(int.Parse(element.Attribute("length")!.Value, null), 1, 60);
                break;

            case "Gather":
                Assert.InRange(int.Parse(element.Attribute("numDigits")!.Value, null), 1, 20);
                Assert.InRange(int.Parse(element.Attribute("timeout")!.Value, null), 1, 600);
                Assert.True(Uri.TryCreate(element.Attribute("action")!.Value, UriKind.Absolute, out var action) && action.Scheme == "https");
                Assert.Contains(element.Attribute("method")!.Value, (string[])["GET", "POST"]);
                break;
        }

        foreach (var child in element.Elements())
            CheckElement(child);
    }
}
