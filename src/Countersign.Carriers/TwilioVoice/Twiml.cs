using System.Globalization;
using System.Text;
using System.Xml;
using Countersign.Core.Messages;

namespace Countersign.Carriers.TwilioVoice;

/// <summary>Writes what Twilio is to say (TwiML): texts are escaped, digits stand alone with pauses between.</summary>
static class Twiml
{
    /// <summary>The whole call in one: greeting, code, goodbye.</summary>
    public static string ReadOut(VoiceScript script, string? voice) => Write(xml =>
    {
        Pause(xml);
        Say(xml, script, voice, script.Greeting);
        Code(xml, script, voice);
    });

    /// <summary>Greets and asks for a key; the code is only in what <paramref name="action"/> answers.</summary>
    public static string Gate(VoiceScript script, string? voice, string action) => Write(xml =>
    {
        Pause(xml);
        Say(xml, script, voice, script.Greeting);
        xml.WriteStartElement("Gather");
        xml.WriteAttributeString("numDigits", "1");
        xml.WriteAttributeString("timeout", "10");
        xml.WriteAttributeString("method", "POST");
        xml.WriteAttributeString("action", action);
        Say(xml, script, voice, script.PressKey);
        xml.WriteEndElement();
        Say(xml, script, voice, script.NoKey);
        Hangup(xml);
    });

    /// <summary>The code, after a key was pressed.</summary>
    public static string AfterKey(VoiceScript script, string? voice) => Write(xml => Code(xml, script, voice));

    /// <summary>Ends the call.</summary>
    public static string End() => Write(Hangup);

    static void Code(XmlWriter xml, VoiceScript script, string? voice)
    {
        for (var time = 0; time < script.Repeats; time++)
        {
            Say(xml, script, voice, time == 0 ? script.Announce : script.Again);
            foreach (var digit in script.Digits)
            {
                Say(xml, script, voice, digit);
            }

            Pause(xml);
        }

        Say(xml, script, voice, script.Goodbye);
        Hangup(xml);
    }

    static void Say(XmlWriter xml, VoiceScript script, string? voice, string text)
    {
        xml.WriteStartElement("Say");
        if (voice is not null)
        {
            xml.WriteAttributeString("voice", voice);
        }

        xml.WriteAttributeString("language", script.Locale);
        xml.WriteString(text);
        xml.WriteEndElement();
    }

    static void Pause(XmlWriter xml)
    {
        xml.WriteStartElement("Pause");
        xml.WriteAttributeString("length", 1.ToString(CultureInfo.InvariantCulture));
        xml.WriteEndElement();
    }

    static void Hangup(XmlWriter xml)
    {
        xml.WriteStartElement("Hangup");
        xml.WriteEndElement();
    }

    static string Write(Action<XmlWriter> content)
    {
        var text = new StringBuilder();
        using (var xml = XmlWriter.Create(text, new XmlWriterSettings { OmitXmlDeclaration = true }))
        {
            xml.WriteStartElement("Response");
            content(xml);
            xml.WriteEndElement();
        }

        return text.ToString();
    }
}
