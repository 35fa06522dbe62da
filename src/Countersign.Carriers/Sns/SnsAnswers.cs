using System.Text;
using System.Xml;
using System.Xml.Linq;
using Countersign.Core.Delivery;
using Countersign.Core.Delivery.Errors;

namespace Countersign.Carriers.Sns;

/// <summary>Reads what the two APIs answer.</summary>
static class SnsAnswers
{
    /// <summary>End User Messaging: JSON. The error is the last part of <c>__type</c>, refined by <c>Reason</c>.</summary>
    public static SendOutcome Json(CarrierAnswer answer)
    {
        var json = VendorJson.Parse(answer.Body);
        if (answer.IsSuccess)
        {
            return Taken(answer, json.TextAt("MessageId"));
        }

        var type = json.TextAt("__type")?.Split('#')[^1];
        var reason = json.TextAt("Reason") ?? json.TextAt("reason");
        return type is null && reason is null
            ? Refusals.ByStatus(answer.Status)
            : Refused(answer, SnsErrors.Find(reason) ?? SnsErrors.Find(type), reason ?? type);
    }

    /// <summary>SNS: XML of the query protocol.</summary>
    public static SendOutcome Xml(CarrierAnswer answer)
    {
        var root = Parse(answer.Body);
        string? ValueOf(string name) => root?.Descendants().FirstOrDefault(element => element.Name.LocalName == name)?.Value;
        if (answer.IsSuccess)
        {
            return Taken(answer, root?.Name.LocalName == "PublishResponse" ? ValueOf("MessageId") : null);
        }

        // Only the sentence says which parameter is wrong; it quotes the number, so no more is taken from it than the parameter's name.
        return ValueOf("Code") is not { } code ? Refusals.ByStatus(answer.Status)
            : code == "InvalidParameter" && ValueOf("Message")?.Contains("PhoneNumber", StringComparison.Ordinal) == true ? Refused(answer, DeliveryError.InvalidNumber, "InvalidParameter:PhoneNumber")
            : Refused(answer, SnsErrors.Find(code), code);
    }

    static SendOutcome Taken(CarrierAnswer answer, string? id) =>
        CarrierWords.Id(id) is { } taken ? new SendOutcome.Accepted(taken) : Refusals.ByStatus(answer.Status);

    static SendOutcome.Refused Refused(CarrierAnswer answer, DeliveryError? error, string? code) =>
        new(error ?? Refusals.OfUnlisted(answer.Status), Refusals.Code(code) ?? $"http_{answer.Status}");

    static XElement? Parse(byte[] body)
    {
        try
        {
            using var reader = XmlReader.Create(new StringReader(Encoding.UTF8.GetString(body)), new XmlReaderSettings { DtdProcessing = DtdProcessing.Prohibit });
            return XElement.Load(reader);
        }
        catch (XmlException)
        {
            return null;
        }
    }
}
