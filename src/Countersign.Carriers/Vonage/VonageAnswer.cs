using System.Text.Json;
using Countersign.Core.Delivery;
using Countersign.Core.Delivery.Errors;

namespace Countersign.Carriers.Vonage;

/// <summary>
/// Reads the SMS API's answer, which is a 200 even for a refusal: <c>messages</c> has one entry for each part of a long message, each with a <c>status</c>. A message of
/// which any part was refused is refused, as it cannot be read.
/// </summary>
static class VonageAnswer
{
    public static SendOutcome Read(CarrierAnswer answer)
    {
        var parts = answer.Json().At("messages");
        var statuses = parts.ValueKind == JsonValueKind.Array ? parts.EnumerateArray().Select(part => StatusOf(part.TextAt("status"))).ToList() : [];
        if (statuses.Count == 0 || statuses.Contains(null))
        {
            return new SendOutcome.Refused(answer.IsSuccess ? DeliveryError.MalformedAnswer : HttpStatusErrors.Of(answer.Status), HttpStatusErrors.CodeOf(answer.Status));
        }

        if (statuses.Find(status => status != "0") is { } failed)
        {
            return new SendOutcome.Refused(
                VonageErrors.All.TryGetValue(failed, out var known) ? known : answer.IsSuccess ? DeliveryError.Unknown : HttpStatusErrors.Of(answer.Status),
                failed);
        }

        return answer.IsSuccess
            ? new SendOutcome.Accepted(CarrierWords.Id(parts.TextAt("0.message-id")))
            : new SendOutcome.Refused(HttpStatusErrors.Of(answer.Status), HttpStatusErrors.CodeOf(answer.Status));
    }

    static string? StatusOf(string? text) => text is { Length: 1 or 2 } && text.All(char.IsAsciiDigit) ? text : null;
}
