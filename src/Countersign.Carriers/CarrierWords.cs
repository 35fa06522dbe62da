namespace Countersign.Carriers;

/// <summary>Takes over a carrier's own words only where they cannot hold a number or a text.</summary>
static class CarrierWords
{
    const int LongestId = 128;

    /// <summary>A carrier's name for a message: visible ASCII without spaces, at most 128; null for anything else.</summary>
    public static string? Id(string? text) =>
        text is { Length: > 0 and <= LongestId } && text.AsSpan().IndexOfAnyExceptInRange('!', '~') < 0 ? text : null;
}
