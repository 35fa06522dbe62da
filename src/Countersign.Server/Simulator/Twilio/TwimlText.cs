using System.Xml;
using System.Xml.Linq;

namespace Countersign.Server.Simulator.Twilio;

/// <summary>What a call says.</summary>
static class TwimlText
{
    /// <summary>The texts of all Say elements, in their order; null where it is no TwiML.</summary>
    public static string? Read(string twiml)
    {
        try
        {
            using var reader = XmlReader.Create(new StringReader(twiml), new XmlReaderSettings { DtdProcessing = DtdProcessing.Prohibit, XmlResolver = null });
            var root = XDocument.Load(reader).Root!;
            return root.Name.LocalName == "Response" ? string.Join(' ', root.Descendants("Say").Select(say => say.Value.Trim())) : null;
        }
        catch (XmlException)
        {
            return null;
        }
    }
}
