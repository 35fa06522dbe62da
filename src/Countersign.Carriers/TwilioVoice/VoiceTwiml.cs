using System.Text;
using System.Xml;
using Countersign.Core.Messages;

namespace Countersign.Carriers.TwilioVoice;

/// <summary>Writes what a call says as TwiML (Twilio, "TwiML for Programmable Voice"): Say, Pause, Gather and Hangup only.</summary>
sealed class VoiceTwiml(SayVoices voices)
{
    /// <summary>Characters that the Calls resource takes as its <c>Twiml</c> parameter.</summary>
    public const int Longest = 4000;

    const string Declaration = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>";

    /// <summary>Greets, reads the code out as often as the script says, and hangs up; less often where that would be too long for Twilio. Null where it is even then.</summary>
    public string? Read(VoiceScript script)
    {
        for (var repeats = Math.Clamp(script.Repeats, 1, 5); repeats > 0; repeats--)
        {
            var times = repeats;
            var document = Write(xml =>
            {
                Say(xml, script.Locale, script.Greeting);
                ReadCode(xml, script, times);
            });
            if (document.Length <= Longest)
            {
                return document;
            }
        }

        return null;
    }

    /// <summary>Greets and asks for a key, whose press asks <paramref name="action"/> for what to say next. Null where it is too long for Twilio.</summary>
    public string? AskForKey(VoiceScript script, string action)
    {
        var document = Write(xml =>
        {
            xml.WriteStartElement("Gather");
            xml.WriteAttributeString("input", "dtmf");
            xml.WriteAttributeString("numDigits", "1");
            // So that # counts as a key, and does not end an empty entry.
            xml.WriteAttributeString("finishOnKey", "");
            xml.WriteAttributeString("timeout", "6");
            xml.WriteAttributeString("action", action);
            xml.WriteAttributeString("method", "POST");
            Say(xml, script.Locale, script.Greeting);
            Say(xml, script.Locale, script.PressKey);
            Pause(xml, 3);
            Say(xml, script.Locale, script.PressKey);
            xml.WriteEndElement();
            Say(xml, script.Locale, script.NoKey);
            HangUp(xml);
        });
        return document.Length <= Longest ? document : null;
    }

    /// <summary>Reads the code out after a key was pressed.</summary>
    public string ReadAfterKey(VoiceScript script) => Write(xml => ReadCode(xml, script, Math.Clamp(script.Repeats, 1, 5)));

    /// <summary>Greets and reads the code out, as long as that may be: what is fetched has more room than what is sent along.</summary>
    public string ReadToPerson(VoiceScript script) => Write(xml =>
    {
        Say(xml, script.Locale, script.Greeting);
        ReadCode(xml, script, Math.Clamp(script.Repeats, 1, 5));
    });

    /// <summary>Hangs up without a word.</summary>
    public static string HangUp() => Write(HangUp);

    /// <summary>Says goodbye, and nothing else.</summary>
    public string Refuse(VoiceScript script) => Write(xml =>
    {
        Say(xml, script.Locale, script.Goodbye);
        HangUp(xml);
    });

    void ReadCode(XmlWriter xml, VoiceScript script, int repeats)
    {
        for (var i = 0; i < repeats; i++)
        {
            Pause(xml, 1);
            Say(xml, script.Locale, i == 0 ? script.Announce : script.Again);
            foreach (var digit in script.Digits)
            {
                Say(xml, script.Locale, digit);
                Pause(xml, 1);
            }
        }

        Say(xml, script.Locale, script.Goodbye);
        HangUp(xml);
    }

    void Say(XmlWriter xml, string locale, string text)
    {
        var clean = Clean(text);
        if (string.IsNullOrWhiteSpace(clean))
        {
            return; // Twilio takes an empty Say for an error.
        }

        var language = SayLanguages.For(locale);
        xml.WriteStartElement("Say");
        xml.WriteAttributeString("language", language);
        if (voices.For(language) is { } voice)
        {
            xml.WriteAttributeString("voice", voice);
        }

        xml.WriteString(clean);
        xml.WriteEndElement();
    }

    static void Pause(XmlWriter xml, int seconds)
    {
        xml.WriteStartElement("Pause");
        xml.WriteAttributeString("length", XmlConvert.ToString(seconds));
        xml.WriteEndElement();
    }

    static void HangUp(XmlWriter xml)
    {
        xml.WriteStartElement("Hangup");
        xml.WriteEndElement();
    }

    static string Write(Action<XmlWriter> write)
    {
        var document = new StringBuilder(Declaration);
        using (var xml = XmlWriter.Create(document, new XmlWriterSettings { OmitXmlDeclaration = true, Indent = false, ConformanceLevel = ConformanceLevel.Fragment }))
        {
            xml.WriteStartElement("Response");
            write(xml);
            xml.WriteEndElement();
        }

        return document.ToString();
    }

    // A name that someone configured may hold what XML 1.0 cannot.
    static string Clean(string text)
    {
        var clean = new StringBuilder(text.Length);
        foreach (var rune in text.EnumerateRunes())
        {
            if (rune != Rune.ReplacementChar && (rune.Value > char.MaxValue || XmlConvert.IsXmlChar((char)rune.Value)))
            {
                clean.Append(rune.ToString());
            }
        }

        return clean.ToString();
    }
}
