namespace Countersign.Core.Delivery.Errors;

/// <summary>
/// What a carrier answered, as it may be said beside the message that it is of. A carrier's own code is whatever stood at its place in an answer: only what has the form of a code is said, no text, and no
/// digits that may be somebody's number.
/// </summary>
static class SpokenError
{
    const int LongestCode = 48, MostDigits = 6;

    /// <summary>Our name of the error, and the carrier's own code.</summary>
    public static string Of(DeliveryError error, string? carrierCode) =>
        CodeOf(carrierCode) is { Length: > 0 } code ? $"{DeliveryErrors.NameOf(error)}, the carrier's code: {code}" : DeliveryErrors.NameOf(error);

    /// <summary>The carrier's own code; empty where there is none that may be said.</summary>
    public static string CodeOf(string? carrierCode) =>
        carrierCode is { Length: > 0 and <= LongestCode }
        && carrierCode.All(static sign => char.IsAsciiLetterOrDigit(sign) || sign is '.' or '_' or '-' or ':') && carrierCode.Count(char.IsAsciiDigit) <= MostDigits
            ? carrierCode : "";
}
