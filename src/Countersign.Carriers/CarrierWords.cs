using System.Buffers;

namespace Countersign.Carriers;

/// <summary>Takes over a carrier's own words only where they cannot hold a number or a text.</summary>
static class CarrierWords
{
    const int LongestId = 128;

    /// <summary>What UUIDs, ULIDs, numbers, Base64 and names with dots, dashes and colons are written with. A text, an address with a query or a piece of a page is not.</summary>
    static readonly SearchValues<char> OfIds = SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._:+/=");

    /// <summary>A carrier's name for a message: letters, digits and <c>- . _ : + / =</c>, at most 128 unless said otherwise; null for anything else.</summary>
    public static string? Id(string? text, int longest = LongestId) =>
        text is { Length: > 0 } && text.Length <= longest && text.AsSpan().IndexOfAnyExcept(OfIds) < 0 ? text : null;
}
